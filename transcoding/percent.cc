#include "transcoding/percent.h"

#include <cstddef>

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

tl::expected<std::string_view, std::string> PercentDecode(std::string_view text, PercentDecoding how, std::string& scratch) {
  const bool plus_is_space = how == PercentDecoding::kForm;
  const size_t first = plus_is_space ? text.find_first_of("%+") : text.find('%');
  if (first == std::string_view::npos) return text;

  scratch.assign(text.substr(0, first));
  for (size_t i = first; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '+' && plus_is_space) {
      scratch += ' ';
    } else if (c != '%') {
      scratch += c;
    } else {
      const int high = i + 2 < text.size() ? HexValue(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? HexValue(text[i + 2]) : -1;
      if (high < 0 || low < 0) {
        return tl::unexpected("column " + std::to_string(i + 1) + ": expected two hex digits after '%'");
      }
      const char decoded = static_cast<char>(high * 16 + low);
      if (decoded == '/' && how == PercentDecoding::kKeepSlash) {
        scratch += text.substr(i, 3);
      } else {
        scratch += decoded;
      }
      i += 2;
    }
  }
  return std::string_view(scratch);
}

}  // namespace dragoman::transcoding
