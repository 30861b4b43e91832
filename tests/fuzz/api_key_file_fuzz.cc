#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "auth/api_key_file.h"

// One line of a file of API keys. What is read is written and read back as it was; what is refused is refused with a reason.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dragoman::auth;
  const auto line = ParseApiKeyLine(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!line) {
    if (line.error().empty()) std::abort();
    return 0;
  }
  const std::string text = RenderApiKeyLine(*line);
  const auto again = ParseApiKeyLine(text);
  if (!again || RenderApiKeyLine(*again) != text || again->digest != line->digest || again->expires_at != line->expires_at) {
    if (text.size() <= kMaxKeyLine) std::abort();
  }
  return 0;
}
