#include "transcoding/number_text.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <string_view>

namespace dragoman::transcoding {
namespace {

constexpr uint64_t kEightDigits = 100'000'000;  // the first number that has more

// One to eight digits, of which none but the last may be a leading zero; up to eight bytes are written.
char* PutFewDigits(char* to, uint64_t value) {
  if (value < 10) {
    *to = static_cast<char>('0' + value);
    return to + 1;
  }
  if (value < 100) return PutPair(to, value);
  const uint64_t digits = EightDigits(value);
  const int zeros = std::countr_zero(digits) & ~7;  // bits of those in front
  const uint64_t text = (digits | kEightZeros) >> zeros;
  std::memcpy(to, &text, sizeof text);
  return to + sizeof text - zeros / 8;
}

char* PutEightDigits(char* to, uint64_t value) {
  const uint64_t text = EightDigits(value) | kEightZeros;
  std::memcpy(to, &text, sizeof text);
  return to + sizeof text;
}

// Most numbers that are no integers have few decimals. Up to so many digits as a type holds for certain, only one
// decimal number stands for each binary one, so that the one that is found is the shortest, too.
template <typename Float>
struct FewDecimals;
template <>
struct FewDecimals<double> {
  static constexpr int64_t kScale = 100'000'000;
  static constexpr double kBound = 1e7;  // 15 digits with the decimals
};
template <>
struct FewDecimals<float> {
  static constexpr int64_t kScale = 10'000;
  static constexpr float kBound = 1e2F;  // 6 digits
};

// The digits of `magnitude`, which is no integer, with so many decimals; null where they are not the number itself.
// Both are exact in `Float`, so that their quotient is what reading the text would give.
template <typename Float>
char* PutFewDecimals(char* to, Float magnitude) {
  using Few = FewDecimals<Float>;
  constexpr auto kScale = static_cast<Float>(Few::kScale);
  if (magnitude >= Few::kBound) return nullptr;
  const auto digits = static_cast<int64_t>(magnitude * kScale + Float{0.5});
  if (static_cast<Float>(digits) / kScale != magnitude) return nullptr;
  to = PutFewDigits(to, static_cast<uint64_t>(digits / Few::kScale));
  *to++ = '.';
  // Eight of them, of which at least one is no zero.
  const uint64_t decimals = EightDigits(static_cast<uint64_t>(digits % Few::kScale) * (kEightDigits / Few::kScale));
  const uint64_t text = decimals | kEightZeros;
  std::memcpy(to, &text, sizeof text);
  return to + sizeof text - std::countl_zero(decimals) / 8;
}

char* PutText(char* to, std::string_view text) {
  std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

template <typename Float>
char* PutShortest(char* to, Float value) {
  if (std::isnan(value)) return PutText(to, "\"NaN\"");
  // Between these, people expect digits without an exponent.
  constexpr Float kSmallestFixed = Float(1e-5);
  constexpr Float kLargestFixed = Float(1e15);
  const Float magnitude = std::fabs(value);
  if (magnitude < kLargestFixed) {
    const bool negative = std::signbit(value);
    *to = '-';
    const auto whole = static_cast<int64_t>(magnitude);
    if (static_cast<Float>(whole) == magnitude) return PutDecimal(to + negative, static_cast<uint64_t>(whole));
    if (magnitude >= kSmallestFixed) {
      if (char* const end = PutFewDecimals(to + negative, magnitude)) return end;
      return std::to_chars(to, to + kLongestNumber, value, std::chars_format::fixed).ptr;
    }
  } else if (std::isinf(value)) {
    return PutText(to, value < 0 ? "\"-Infinity\"" : "\"Infinity\"");
  }
  return std::to_chars(to, to + kLongestNumber, value, std::chars_format::scientific).ptr;
}

}  // namespace

char* PutDecimal(char* to, uint64_t value) {
  if (value < kEightDigits) return PutFewDigits(to, value);
  const uint64_t front = value / kEightDigits;
  if (front < kEightDigits) {
    to = PutFewDigits(to, front);
  } else {
    to = PutEightDigits(PutFewDigits(to, front / kEightDigits), front % kEightDigits);
  }
  return PutEightDigits(to, value % kEightDigits);
}

char* PutDecimal(char* to, int64_t value) {
  const auto magnitude = static_cast<uint64_t>(value);
  if (value >= 0) return PutDecimal(to, magnitude);
  *to = '-';
  return PutDecimal(to + 1, 0 - magnitude);
}

char* PutFloating(char* to, double value) { return PutShortest(to, value); }
char* PutFloating(char* to, float value) { return PutShortest(to, value); }

}  // namespace dragoman::transcoding
