#pragma once

#include <cstddef>
#include <limits>
#include <ranges>
#include <string>
#include <string_view>

namespace dragoman {

// How many edits (insertion, deletion, substitution, swap of neighbours; ASCII case is free) turn `left` into `right`:
// the optimal string alignment distance. More than `limit` edits are all the same: limit + 1.
//
//   EditDistance("endpoint", "endpoints", 2) → 1      EditDistance("abc", "xyz", 2) → 3
//
// Cost: O(|left| · |right|); names over 64 bytes are never near.
size_t EditDistance(std::string_view left, std::string_view right, size_t limit);

// The most edits by which a name may be off and still be meant: one in three bytes, at most three, at least one.
size_t NearEnough(std::string_view name);

// The candidate that `name` was probably meant to be, for "did you mean"; the first of equals, empty where none is near
// enough. `candidates` is any range of what converts to std::string_view and outlives the answer.
template <std::ranges::input_range Candidates>
std::string_view NearestName(std::string_view name, const Candidates& candidates) {
  size_t limit = NearEnough(name);
  std::string_view nearest;
  for (const auto& candidate : candidates) {
    const std::string_view text(candidate);
    const size_t distance = EditDistance(name, text, limit);
    if (distance > limit || text.empty()) continue;
    nearest = text;
    if (distance == 0) break;
    limit = distance - 1;
  }
  return nearest;
}

// `; did you mean "endpoints"?`, to be appended to an error text; empty where none is near enough.
template <std::ranges::input_range Candidates>
std::string DidYouMean(std::string_view name, const Candidates& candidates) {
  const std::string_view nearest = NearestName(name, candidates);
  if (nearest.empty()) return {};
  return "; did you mean \"" + std::string(nearest) + "\"?";
}

}  // namespace dragoman
