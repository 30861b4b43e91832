#include "transcoding/percent.h"

#include <algorithm>

namespace dragoman::transcoding {
namespace {

// 0…15, or -1 for what is no hex digit.
int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

tl::expected<size_t, size_t> PercentDecodeTo(std::string_view text, PercentDecoding how, char* out) {
  char* end = out;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '+' && how == PercentDecoding::kForm) {
      *end++ = ' ';
    } else if (c != '%') {
      *end++ = c;
    } else {
      const bool room = text.size() - i > 2;
      const int high = room ? HexValue(text[i + 1]) : -1;
      const int low = room ? HexValue(text[i + 2]) : -1;
      if (high < 0 || low < 0) return tl::unexpected(i);
      const char decoded = static_cast<char>(high * 16 + low);
      if (decoded == '/' && how == PercentDecoding::kKeepSlash) {
        end = std::copy_n(text.data() + i, 3, end);
      } else {
        *end++ = decoded;
      }
      i += 2;
    }
  }
  return static_cast<size_t>(end - out);
}

tl::expected<std::string_view, std::string> PercentDecode(std::string_view text, PercentDecoding how,
                                                          std::string& scratch) {
  if (text.find_first_of(how == PercentDecoding::kForm ? "%+" : "%") == std::string_view::npos) return text;
  scratch.resize(text.size());
  const auto size = PercentDecodeTo(text, how, scratch.data());
  if (!size)
    return tl::unexpected("column " + std::to_string(size.error() + 1) + ": expected two hex digits after '%'");
  return std::string_view(scratch).substr(0, *size);
}

void AppendPercentEncoded(std::string_view text, std::string_view marks, std::string& out) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : text) {
    const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (alphanumeric || marks.find(c) != std::string_view::npos) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
}

}  // namespace dragoman::transcoding
