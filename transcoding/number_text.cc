#include "transcoding/number_text.h"

#include <charconv>
#include <cmath>

namespace dragoman::transcoding {
namespace {

constexpr size_t kLongestInteger = 20;  // -9223372036854775808
constexpr size_t kLongestFloating =
    40;  // fixed notation within the bounds below: sign, 16 digits, point, 6 zeros, 17 digits

template <typename Integer>
void AppendInteger(Integer value, Buffer& out) {
  char* begin = out.Extend(kLongestInteger);
  const char* end = std::to_chars(begin, begin + kLongestInteger, value).ptr;
  out.Truncate(out.size() - kLongestInteger + static_cast<size_t>(end - begin));
}

template <typename Float>
void AppendShortest(Float value, Buffer& out) {
  if (std::isnan(value)) return out.Append("\"NaN\"");
  if (std::isinf(value)) return out.Append(value < 0 ? "\"-Infinity\"" : "\"Infinity\"");
  // Between these, people expect digits without an exponent.
  constexpr Float kSmallestFixed = Float(1e-5);
  constexpr Float kLargestFixed = Float(1e15);
  const Float magnitude = std::fabs(value);
  if (magnitude < kLargestFixed && value == std::trunc(value)) {
    if (value == 0) return out.Append(std::signbit(value) ? "-0" : "0");
    return AppendInteger(static_cast<int64_t>(value), out);
  }
  const auto format = magnitude >= kSmallestFixed && magnitude < kLargestFixed ? std::chars_format::fixed
                                                                               : std::chars_format::scientific;
  char* begin = out.Extend(kLongestFloating);
  const char* end = std::to_chars(begin, begin + kLongestFloating, value, format).ptr;
  out.Truncate(out.size() - kLongestFloating + static_cast<size_t>(end - begin));
}

}  // namespace

void AppendDecimal(int64_t value, Buffer& out) { AppendInteger(value, out); }
void AppendDecimal(uint64_t value, Buffer& out) { AppendInteger(value, out); }
void AppendFloating(double value, Buffer& out) { AppendShortest(value, out); }
void AppendFloating(float value, Buffer& out) { AppendShortest(value, out); }

}  // namespace dragoman::transcoding
