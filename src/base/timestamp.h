#pragma once

#include <array>
#include <chrono>
#include <string_view>

namespace dragoman {

// A moment in UTC as logs write it: "2026-11-24T07:43:51.123Z" (RFC 3339, milliseconds), for the years 0 to 9999.
class Timestamp {
 public:
  explicit Timestamp(std::chrono::system_clock::time_point time);
  std::string_view view() const { return {text_.data(), text_.size()}; }

 private:
  std::array<char, 24> text_;
};

}  // namespace dragoman
