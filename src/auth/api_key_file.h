#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "auth/api_keys.h"

namespace dragoman::auth {

// One line of a file of API keys.
//
//   {"sha256":"9f86…","consumer":"mobile","expires":"2027-01-31","tenant":"acme","tier":"gold","scopes":["orders.read"]}
struct ApiKeyLine {
  Sha256 digest{};
  std::string consumer;
  std::string expires;  // as written; empty: never
  int64_t expires_at = std::numeric_limits<int64_t>::max();
  bool disabled = false;
  // Of the consumer; where they say nothing, what the configuration knows of it holds.
  std::string tenant;
  std::string tier;
  std::vector<std::string> scopes;
  std::vector<std::string> roles;

  // Says something of the consumer itself.
  bool describes_consumer() const { return !tenant.empty() || !tier.empty() || !scopes.empty() || !roles.empty(); }
};

inline constexpr size_t kMaxKeyLine = 16 << 10;  // bytes

// Errors: what is wrong with the line: `expected a JSON object`, `unknown member "consumr"; did you mean "consumer"?`.
tl::expected<ApiKeyLine, std::string> ParseApiKeyLine(std::string_view line);
// Without the line's end.
std::string RenderApiKeyLine(const ApiKeyLine& line);

// Calls `take(line, number)` for every line of the file, from 1; empty ones and those that begin with # are passed
// over. Adds what is wrong to `problems`, as "keys.jsonl:3", at most kMaxProblems of them.
void ReadApiKeyFile(const std::string& path, const std::function<void(ApiKeyLine, int)>& take, Problems& problems);

}  // namespace dragoman::auth
