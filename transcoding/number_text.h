#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "transcoding/buffer.h"

// Numbers → text, as JSON has them.
namespace dragoman::transcoding {

void AppendDecimal(int64_t value, Buffer& out);
void AppendDecimal(uint64_t value, Buffer& out);

// The shortest text that reads back as the same number: 1, 0.1, 1e+20, -0; NaN and the infinities as strings, quotes
// included.
void AppendFloating(double value, Buffer& out);
void AppendFloating(float value, Buffer& out);

// Writes `value` at `to`, which has room for 20 digits; returns the end.
char* PutDecimal(char* to, uint64_t value);

// 00 01 02 … 99.
inline constexpr std::array<char, 200> kDigitPairs = [] {
  std::array<char, 200> pairs{};
  for (size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

// Writes `digits` digits of `value`, which has no more, with zeros in front; returns the end.
inline char* PutPadded(char* to, uint64_t value, size_t digits) {
  size_t left = digits;
  for (; left >= 2; left -= 2, value /= 100) std::memcpy(to + left - 2, &kDigitPairs[value % 100 * 2], 2);
  if (left == 1) *to = static_cast<char>('0' + value % 10);
  return to + digits;
}

}  // namespace dragoman::transcoding
