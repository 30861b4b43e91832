#pragma once

#include <regex>
#include <string>
#include <string_view>

namespace dragoman {

// `text` with what it tells of time left out: "no answer from backend "shop" within …". A deadline is told in the time that the
// call had, of which a busy machine takes something before the call begins.
inline std::string WithoutTime(std::string_view text) {
  static const std::regex kTold("within [0-9.]+ m?s\\b");
  return std::regex_replace(std::string(text), kTold, "within …");
}

}  // namespace dragoman
