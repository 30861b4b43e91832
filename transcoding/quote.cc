#include "transcoding/quote.h"

#include "transcoding/utf8.h"

namespace dragoman::transcoding {
namespace {

constexpr size_t kShownBytes = 64;

void AppendControl(std::string& to, char c) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  switch (c) {
    case '\n':
      to += "\\n";
      return;
    case '\r':
      to += "\\r";
      return;
    case '\t':
      to += "\\t";
      return;
    default:
      to += "\\u00";
      to += kHex[static_cast<uint8_t>(c) >> 4];
      to += kHex[static_cast<uint8_t>(c) & 15];
  }
}

void AppendShown(std::string& to, std::string_view text, bool escape) {
  size_t shown = 0;
  while (shown < text.size()) {
    const size_t size = Utf8CharacterSize(text.substr(shown));
    const size_t step = size == 0 ? 1 : size;
    if (shown + step > kShownBytes) {
      to += "…";
      return;
    }
    const char c = text[shown];
    if (size == 0) {
      to += "\uFFFD";
    } else if (static_cast<uint8_t>(c) < 0x20 || c == 0x7F) {
      AppendControl(to, c);
    } else {
      if (escape && (c == '"' || c == '\\')) to += '\\';
      to += text.substr(shown, size);
    }
    shown += step;
  }
}

}  // namespace

std::string Quote(std::string_view text) {
  std::string quoted = "\"";
  AppendShown(quoted, text, true);
  quoted += '"';
  return quoted;
}

std::string Excerpt(std::string_view text) {
  std::string excerpt;
  AppendShown(excerpt, text, false);
  return excerpt;
}

std::string QuoteByte(char byte) {
  if (byte > 0x20 && byte < 0x7F) return std::string("'") + byte + "'";
  constexpr std::string_view kHex = "0123456789ABCDEF";
  return std::string("byte 0x") + kHex[static_cast<uint8_t>(byte) >> 4] + kHex[static_cast<uint8_t>(byte) & 15];
}

}  // namespace dragoman::transcoding
