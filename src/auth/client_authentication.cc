#include "auth/client_authentication.h"

#include "transcoding/base64.h"
#include "transcoding/buffer.h"
#include "transcoding/percent.h"

#include <algorithm>

namespace dragoman::auth {
std::string FormEncode(std::string_view text) {
  std::string encoded;
  encoded.reserve(text.size());
  while (true) {
    const size_t blank = std::min(text.find(' '), text.size());
    transcoding::AppendPercentEncoded(text.substr(0, blank), "*-._", encoded);
    if (blank == text.size()) return encoded;
    encoded += '+';
    text.remove_prefix(blank + 1);
  }
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
