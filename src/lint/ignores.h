#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lint/lint.h"

namespace dragoman::lint {

// What is left of `findings` once those are silenced whose code is in `codes`, and those of the configuration `file` that a comment in its
// `text` names: one on their line, or one that stands alone above it.
//
//   - {address: 0.0.0.0:8080}  # lint: ignore no-authentication
//   # lint: ignore plaintext-secret, unused-backend
//
// Adds findings about the comments themselves: one that begins so and goes on otherwise (malformed-comment), a code that there is not (unknown-code),
// one that silences nothing (unused-ignore), which only tells itself where all findings were sought.
enum class Sought { kAll, kSome };
std::vector<Finding> Silence(std::vector<Finding> findings, const std::set<std::string, std::less<>>& codes, const std::string& file, std::string_view text,
                             Sought sought = Sought::kAll);

}  // namespace dragoman::lint
