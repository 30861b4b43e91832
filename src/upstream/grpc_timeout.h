#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/loop.h"

namespace dragoman::upstream {

// The value of grpc-timeout for the time that remains: at most eight digits and a unit, rounded up, so that the backend
// never gives up before the gateway does. What is over stays at once: "1n".
//
//   15 s → "15000m"      1.5 ms → "1500u"      0 → "1n"      100 000 s → "100000S"
//
// Spec: PROTOCOL-HTTP2, "Timeout".
class TimeoutText {
 public:
  explicit TimeoutText(Duration remaining);
  std::string_view view() const { return {text_.data(), size_}; }

 private:
  std::array<char, 16> text_;
  size_t size_;
};

// A time-out as an operator reads it, to two digits: "15 s", "1.3 s", "200 ms".
std::string RoundedTime(Duration time);

}  // namespace dragoman::upstream
