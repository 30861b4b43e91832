#pragma once

#include <rapidjson/document.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace dragoman::jose {

// The claims of a token: a JSON object, bounded in size and depth, no name twice in one object.
//
// Threads: immutable.   Spec: RFC 7519, section 4.
class Claims {
 public:
  static constexpr size_t kMaxBytes = 64 << 10;
  static constexpr size_t kMaxDepth = 16;

  // Errors: what is wrong, without any text of the token's: "the claims are no JSON object".
  static tl::expected<std::shared_ptr<const Claims>, std::string> Parse(std::string_view json);

  // The value at a path; null if there is none. A member that is named by the whole path is tried first
  // ("https://acme.example/tenant"), then each part between dots ("realm_access.roles").
  const rapidjson::Value* Find(std::string_view path) const;
  // The text of a string claim; empty if it is absent or no string.
  std::string_view Text(std::string_view path) const;
  // The time of a NumericDate claim in seconds since 1970, fractions cut off; nothing if it is absent or no number.
  std::optional<int64_t> Seconds(std::string_view name) const;

 private:
  Claims() = default;

  rapidjson::Document document_;
};

}  // namespace dragoman::jose
