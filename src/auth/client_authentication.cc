#include "auth/client_authentication.h"

#include "transcoding/base64.h"
#include "transcoding/buffer.h"

namespace dragoman::auth {
namespace {

bool StandsForItself(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '*' || c == '-' ||
         c == '.' || c == '_';
}

}  // namespace

std::string FormEncode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (StandsForItself(c)) {
      encoded += c;
    } else if (c == ' ') {
      encoded += '+';
    } else {
      encoded += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return encoded;
}

std::string FormBody(const FormFields& fields) {
  std::string body;
  for (const auto& [name, value] : fields) {
    if (value.empty()) continue;
    if (!body.empty()) body += '&';
    body.append(name).append("=").append(FormEncode(value));
  }
  return body;
}

std::string BasicAuthorization(std::string_view client_id, std::string_view client_secret) {
  Buffer text;
  text.Append("Basic ");
  transcoding::AppendBase64(FormEncode(client_id) + ":" + FormEncode(client_secret), text);
  return std::string(text.view());
}

}  // namespace dragoman::auth
