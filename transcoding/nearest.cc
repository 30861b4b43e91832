#include "transcoding/nearest.h"

#include <algorithm>
#include <array>
#include <utility>

namespace dragoman {
namespace {

constexpr size_t kMaxLength = 64;  // bytes of a name that is compared at all

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

size_t EditDistance(std::string_view left, std::string_view right, size_t limit) {
  const size_t difference = left.size() > right.size() ? left.size() - right.size() : right.size() - left.size();
  if (difference > limit || left.size() > kMaxLength || right.size() > kMaxLength) return limit + 1;

  // Three rows of the table: row[j] is the distance between the first i bytes of `left` and the first j of `right`.
  std::array<std::array<size_t, kMaxLength + 1>, 3> rows;
  auto* before_previous = &rows[0];
  auto* previous = &rows[1];
  auto* current = &rows[2];
  for (size_t j = 0; j <= right.size(); ++j) (*previous)[j] = j;
  for (size_t i = 1; i <= left.size(); ++i) {
    (*current)[0] = i;
    size_t least = i;
    for (size_t j = 1; j <= right.size(); ++j) {
      const char a = Lower(left[i - 1]);
      const char b = Lower(right[j - 1]);
      size_t distance = std::min({(*previous)[j] + 1, (*current)[j - 1] + 1, (*previous)[j - 1] + (a == b ? 0u : 1u)});
      if (i > 1 && j > 1 && a == Lower(right[j - 2]) && b == Lower(left[i - 2])) {
        distance = std::min(distance, (*before_previous)[j - 2] + 1);
      }
      (*current)[j] = distance;
      least = std::min(least, distance);
    }
    if (least > limit) return limit + 1;
    std::swap(before_previous, previous);
    std::swap(previous, current);
  }
  return std::min((*previous)[right.size()], limit + 1);
}

size_t NearEnough(std::string_view name) { return std::clamp<size_t>(name.size() / 3, 1, 3); }

}  // namespace dragoman
