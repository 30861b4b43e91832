#pragma once

#include <rapidjson/document.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "jose/strict_json.h"

namespace dragoman::jose {

// The claims of a token: a JSON object, bounded in size and depth, no name twice in one object, all text UTF-8.
//
// Threads: immutable.   Spec: RFC 7519, section 4.
class Claims {
 public:
  static constexpr size_t kMaxBytes = 64 << 10;
  static constexpr size_t kMaxDepth = 16;                    // levels, the claims' own object included
  static constexpr int64_t kLatestSecond = 253'402'300'799;  // the end of the year 9999

  // Errors: what is wrong, without any text of the token's: "the token's content is no JSON object".
  static tl::expected<std::shared_ptr<const Claims>, std::string> Parse(std::string_view json);

  // The value at a path; null if there is none. A member that is named by the whole path is tried first
  // ("https://acme.example/tenant"), then each part between dots ("realm_access.roles").
  const rapidjson::Value* Find(std::string_view path) const;
  // The text of a string claim; empty if it is absent or no string.
  std::string_view Text(std::string_view path) const;
  // The time of a NumericDate claim in seconds since 1970, fractions cut off; nothing if it is absent, no number,
  // before 1970 or after the year 9999 (which milliseconds are).
  std::optional<int64_t> Seconds(std::string_view name) const;

  size_t memory() const { return sizeof *this + json_.memory(); }  // bytes

 private:
  Claims() = default;

  StrictJson json_;
};

}  // namespace dragoman::jose
