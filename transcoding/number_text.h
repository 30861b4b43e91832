#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "transcoding/buffer.h"

// Numbers → text, as JSON has them.
namespace dragoman::transcoding {

// Enough for each of them, with room to spare: they are put in whole words.
constexpr size_t kLongestNumber = 48;  // bytes

// Write a number at `to`, which has room for kLongestNumber bytes; return the end. Of those that are no integers the
// shortest text that reads back as the same number: 1, 0.1, 1e+20, -0; NaN and the infinities as strings, quotes
// included.
char* PutDecimal(char* to, int64_t value);
char* PutDecimal(char* to, uint64_t value);
char* PutFloating(char* to, double value);
char* PutFloating(char* to, float value);

// The same at the end of a buffer.
inline void AppendDecimal(int64_t value, Buffer& out) { out.EndAt(PutDecimal(out.Reserve(kLongestNumber), value)); }
inline void AppendDecimal(uint64_t value, Buffer& out) { out.EndAt(PutDecimal(out.Reserve(kLongestNumber), value)); }
inline void AppendFloating(double value, Buffer& out) { out.EndAt(PutFloating(out.Reserve(kLongestNumber), value)); }
inline void AppendFloating(float value, Buffer& out) { out.EndAt(PutFloating(out.Reserve(kLongestNumber), value)); }

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

// The digits of `value`, which has at most eight, as bytes 0 to 9, the first in the lowest. All are found at once: halves
// of four digits, then quarters of two, each by a multiplication that divides every part.
inline uint64_t EightDigits(uint64_t value) {
  const uint64_t halves = value / 10'000 | value % 10'000 << 32;
  const uint64_t hundreds = halves * 10'486 >> 20 & 0x0000'007F'0000'007F;
  const uint64_t quarters = hundreds | (halves - hundreds * 100) << 16;
  const uint64_t tens = quarters * 103 >> 10 & 0x000F'000F'000F'000F;
  return tens | (quarters - tens * 10) << 8;
}

constexpr uint64_t kEightZeros = 0x3030'3030'3030'3030;  // the text

// Puts two digits of `value`, which has no more; returns the end.
inline char* PutPair(char* to, uint64_t value) {
  std::memcpy(to, &kDigitPairs[value * 2], 2);
  return to + 2;
}

}  // namespace dragoman::transcoding
