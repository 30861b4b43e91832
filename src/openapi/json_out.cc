#include "openapi/json_out.h"

#include "transcoding/utf8.h"

namespace dragoman::openapi {

void JsonOut::Text(std::string_view value) {
  static constexpr char kHex[] = "0123456789abcdef";
  if (full()) return;
  Separate();
  text_ += '"';
  while (!value.empty()) {
    const char c = value.front();
    size_t size = 1;
    if (c == '"' || c == '\\') {
      text_ += '\\';
      text_ += c;
    } else if (c == '\n') {
      text_ += "\\n";
    } else if (c >= 0 && c < ' ') {
      text_ += "\\u00";
      text_ += kHex[c >> 4];
      text_ += kHex[c & 0xf];
    } else if (size = transcoding::Utf8CharacterSize(value); size > 0) {
      text_ += value.substr(0, size);
    } else {
      size = 1;
      text_ += "\xEF\xBF\xBD";
    }
    value.remove_prefix(size);
  }
  text_ += '"';
  comma_ = true;
}

}  // namespace dragoman::openapi
