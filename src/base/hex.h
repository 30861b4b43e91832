#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace dragoman {

// Appends two digits a byte, in lower case, to a text that has push_back.
template <typename Text>
void AppendHex(std::span<const uint8_t> bytes, Text& out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const uint8_t byte : bytes) {
    out.push_back(kDigits[byte >> 4]);
    out.push_back(kDigits[byte & 15]);
  }
}

// {0x0f, 0xa0} → "0fa0"
inline std::string RenderHex(std::span<const uint8_t> bytes) {
  std::string text;
  text.reserve(2 * bytes.size());
  AppendHex(bytes, text);
  return text;
}

}  // namespace dragoman
