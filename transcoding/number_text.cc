#include "transcoding/number_text.h"

#include <bit>
#include <charconv>
#include <cmath>

namespace dragoman::transcoding {
namespace {

constexpr size_t kLongestInteger = 20;  // -9223372036854775808
constexpr size_t kLongestFloating =
    40;  // fixed notation within the bounds below: sign, 16 digits, point, 6 zeros, 17 digits

constexpr std::array<uint64_t, 20> kPowersOfTen = [] {
  std::array<uint64_t, 20> powers{};
  uint64_t power = 1;
  for (uint64_t& entry : powers) {
    entry = power;
    power *= 10;
  }
  return powers;
}();

// How many digits `value` has: 1 of 0.
size_t DigitsOf(uint64_t value) {
  value |= 1;  // no more digits for it: powers of ten are even
  const size_t fewest = static_cast<size_t>(std::bit_width(value)) * 1233 >> 12;  // times the decimal logarithm of 2
  return fewest + (value >= kPowersOfTen[fewest] ? 1 : 0);
}

// Calls `put` with room for `longest` bytes; it returns the end of what it wrote there, null for nothing.
template <typename Put>
[[gnu::always_inline]] inline bool PutInto(Buffer& out, size_t longest, Put put) {
  const size_t before = out.size();
  char* const begin = out.Extend(longest);
  const char* const end = put(begin);
  out.Truncate(before + (end == nullptr ? 0 : static_cast<size_t>(end - begin)));
  return end != nullptr;
}

// Most numbers that are no integers have few decimals. Up to so many digits as a type holds for certain, only one
// decimal number stands for each binary one, so that the one that is found is the shortest, too.
template <typename Float>
struct FewDecimals;
template <>
struct FewDecimals<double> {
  static constexpr size_t kCount = 8;
  static constexpr double kScale = 1e8;
  static constexpr double kBound = 1e7;  // 15 digits with the decimals
};
template <>
struct FewDecimals<float> {
  static constexpr size_t kCount = 4;
  static constexpr float kScale = 1e4F;
  static constexpr float kBound = 1e2F;  // 6 digits
};

// The digits of `magnitude`, which is no integer, with so many decimals; null where they are not the number itself.
// Both are exact in `Float`, so that their quotient is what reading the text would give.
template <typename Float>
char* PutFewDecimals(char* to, Float magnitude) {
  using Few = FewDecimals<Float>;
  if (magnitude >= Few::kBound) return nullptr;
  auto digits = static_cast<uint64_t>(magnitude * Few::kScale + Float{0.5});
  if (static_cast<Float>(digits) / Few::kScale != magnitude) return nullptr;
  size_t decimals = Few::kCount;
  for (size_t zeros = Few::kCount / 2; zeros > 0; zeros /= 2) {
    if (digits % kPowersOfTen[zeros] != 0) continue;
    digits /= kPowersOfTen[zeros];
    decimals -= zeros;
  }
  to = PutDecimal(to, digits / kPowersOfTen[decimals]);
  *to++ = '.';
  return PutPadded(to, digits % kPowersOfTen[decimals], decimals);
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
    return AppendDecimal(static_cast<int64_t>(value), out);
  }
  const bool fixed = magnitude >= kSmallestFixed && magnitude < kLargestFixed;
  const auto few_decimals = [&](char* to) {
    if (value < 0) *to++ = '-';
    return PutFewDecimals(to, magnitude);
  };
  if (fixed && PutInto(out, kLongestFloating, few_decimals)) return;
  const auto format = fixed ? std::chars_format::fixed : std::chars_format::scientific;
  PutInto(out, kLongestFloating, [&](char* to) { return std::to_chars(to, to + kLongestFloating, value, format).ptr; });
}

}  // namespace

char* PutDecimal(char* to, uint64_t value) { return PutPadded(to, value, DigitsOf(value)); }

void AppendDecimal(uint64_t value, Buffer& out) {
  PutInto(out, kLongestInteger, [value](char* to) { return PutDecimal(to, value); });
}

void AppendDecimal(int64_t value, Buffer& out) {
  PutInto(out, kLongestInteger, [value](char* to) {
    const auto magnitude = static_cast<uint64_t>(value);
    if (value >= 0) return PutDecimal(to, magnitude);
    *to++ = '-';
    return PutDecimal(to, 0 - magnitude);
  });
}

void AppendFloating(double value, Buffer& out) { AppendShortest(value, out); }
void AppendFloating(float value, Buffer& out) { AppendShortest(value, out); }

}  // namespace dragoman::transcoding
