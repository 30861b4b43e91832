#include "upstream/grpc_timeout.h"

#include <charconv>
#include <cstdint>
#include <cstdio>

namespace dragoman::upstream {
namespace {

struct Unit {
  char letter;
  int64_t nanoseconds;
};

// Microseconds and milliseconds first: they are what timeouts are told in.
constexpr Unit kUnits[] = {
    {'u', 1'000}, {'m', 1'000'000}, {'S', 1'000'000'000}, {'M', 60'000'000'000}, {'H', 3'600'000'000'000}};
constexpr int64_t kFine = 10'000;      // above so many microseconds, milliseconds are fine enough
constexpr int64_t kMost = 99'999'999;  // eight digits

}  // namespace

TimeoutText::TimeoutText(Duration remaining) {
  const int64_t nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(remaining).count();
  int64_t count = 1;
  char letter = 'n';
  if (nanoseconds > 0) {
    for (const Unit& unit : kUnits) {
      count = nanoseconds / unit.nanoseconds + (nanoseconds % unit.nanoseconds != 0 ? 1 : 0);
      letter = unit.letter;
      if (count <= (letter == 'u' ? kFine : kMost)) break;
    }
  }
  char* end = std::to_chars(text_.data(), text_.data() + text_.size() - 1, count).ptr;
  *end++ = letter;
  size_ = static_cast<size_t>(end - text_.data());
}

std::string RoundedTime(Duration time) {
  const double seconds = std::chrono::duration<double>(time).count();
  char text[32];
  if (seconds < 0.9995) {
    std::snprintf(text, sizeof text, "%.2g ms", seconds * 1000);
    const double milliseconds = seconds * 1000;
    if (milliseconds >= 99.5) std::snprintf(text, sizeof text, "%d0 ms", static_cast<int>(milliseconds / 10 + 0.5));
  } else if (seconds < 99.5) {
    std::snprintf(text, sizeof text, "%.2g s", seconds);
  } else {
    std::snprintf(text, sizeof text, "%.0f s", seconds);
  }
  return text;
}

}  // namespace dragoman::upstream
