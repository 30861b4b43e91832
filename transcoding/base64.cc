#include "transcoding/base64.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "transcoding/text_kernels.h"

namespace dragoman::transcoding {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr size_t kShort = 48;  // bytes or characters, not worth a call
constexpr uint8_t kNoDigit = 0xFF;

constexpr std::array<uint8_t, 256> kDigits = [] {
  std::array<uint8_t, 256> digits{};
  digits.fill(kNoDigit);
  for (size_t i = 0; i < kAlphabet.size(); ++i) digits[static_cast<uint8_t>(kAlphabet[i])] = static_cast<uint8_t>(i);
  digits['-'] = 62;
  digits['_'] = 63;
  return digits;
}();

uint32_t DigitOf(char c) { return kDigits[static_cast<uint8_t>(c)]; }
uint32_t ByteOf(char c) { return static_cast<uint8_t>(c); }

}  // namespace

void AppendBase64(std::string_view bytes, Buffer& out) {
  char* to = out.Extend((bytes.size() + 2) / 3 * 4);
  size_t i = bytes.size() < kShort ? 0 : Kernels().encode_base64(bytes, to);
  to += i / 3 * 4;
  for (; i + 3 <= bytes.size(); i += 3) {
    const uint32_t group = ByteOf(bytes[i]) << 16 | ByteOf(bytes[i + 1]) << 8 | ByteOf(bytes[i + 2]);
    *to++ = kAlphabet[group >> 18];
    *to++ = kAlphabet[(group >> 12) & 63];
    *to++ = kAlphabet[(group >> 6) & 63];
    *to++ = kAlphabet[group & 63];
  }
  const size_t rest = bytes.size() - i;
  if (rest == 0) return;
  const uint32_t group = ByteOf(bytes[i]) << 16 | (rest == 2 ? ByteOf(bytes[i + 1]) << 8 : 0);
  *to++ = kAlphabet[group >> 18];
  *to++ = kAlphabet[(group >> 12) & 63];
  *to++ = rest == 2 ? kAlphabet[(group >> 6) & 63] : '=';
  *to++ = '=';
}

bool AppendFromBase64(std::string_view text, Buffer& out) {
  if (text.size() % 4 == 0 && text.ends_with('=')) text.remove_suffix(text.ends_with("==") ? 2 : 1);
  if (text.size() % 4 == 1) return false;
  const size_t before = out.size();
  char* to = out.Extend(text.size() * 3 / 4);
  uint32_t bad = 0;
  size_t i = text.size() < kShort ? 0 : Kernels().decode_base64(text, to);
  to += i / 4 * 3;
  for (; i + 4 <= text.size(); i += 4) {
    const uint32_t a = DigitOf(text[i]), b = DigitOf(text[i + 1]), c = DigitOf(text[i + 2]), d = DigitOf(text[i + 3]);
    bad |= a | b | c | d;
    const uint32_t group = a << 18 | b << 12 | c << 6 | d;
    *to++ = static_cast<char>(group >> 16);
    *to++ = static_cast<char>(group >> 8);
    *to++ = static_cast<char>(group);
  }
  if (i < text.size()) {
    const uint32_t a = DigitOf(text[i]), b = DigitOf(text[i + 1]);
    const uint32_t c = i + 2 < text.size() ? DigitOf(text[i + 2]) : 0;
    bad |= a | b | c;
    *to++ = static_cast<char>(a << 2 | b >> 4);
    if (i + 2 < text.size()) *to++ = static_cast<char>(b << 4 | c >> 2);
  }
  if (bad > 63) {  // only kNoDigit has bits above the lowest six
    out.Truncate(before);
    return false;
  }
  return true;
}

bool IsBase64(std::string_view text) {
  if (text.size() % 4 == 0 && text.ends_with('=')) text.remove_suffix(text.ends_with("==") ? 2 : 1);
  const bool digits = std::all_of(text.begin(), text.end(),
                                  [](char c) { return DigitOf(c) != kNoDigit && c != '-' && c != '_'; });
  if (!digits || text.size() % 4 == 1) return false;
  const uint32_t surplus = text.size() % 4 == 2 ? 0xF : text.size() % 4 == 3 ? 0x3 : 0;
  return surplus == 0 || (DigitOf(text.back()) & surplus) == 0;
}

}  // namespace dragoman::transcoding
