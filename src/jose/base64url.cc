#include "jose/base64url.h"

#include "transcoding/base64.h"

namespace dragoman::jose {

bool AppendFromBase64Url(std::string_view text, Buffer& out) {
  for (const char foreign : {'+', '/', '='}) {
    if (text.find(foreign) != std::string_view::npos) return false;
  }
  // The digits whose lowest four, or two, bits are none.
  const size_t rest = text.size() % 4;
  if (rest == 2 && std::string_view("AQgw").find(text.back()) == std::string_view::npos) return false;
  if (rest == 3 && std::string_view("AEIMQUYcgkosw048").find(text.back()) == std::string_view::npos) return false;
  return transcoding::AppendFromBase64(text, out);
}

}  // namespace dragoman::jose
