#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http_client/client.h"

// A URL. What is understood can go into a request line and a Host header, means the same when it is written out again,
// and no refusal shows what stands in front of an @.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using dragoman::http_client::Url;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto url = Url::Parse(text);
  if (!url) {
    if (url.error().empty()) std::abort();
    if (text.find('@') != std::string_view::npos && url.error().find("got") != std::string::npos) std::abort();
    return 0;
  }
  for (const std::string& part : {url->authority, url->target}) {
    for (const char c : part) {
      if (c <= ' ' || c >= 0x7f) std::abort();
    }
  }
  if (url->host.empty() || url->port == 0 || !url->target.starts_with('/')) std::abort();
  const auto again = Url::Parse((url->secure ? "https://" : "http://") + url->authority + url->target);
  if (!again) {
    if (size < 4090) std::abort();  // at the bound, the slash that was added may be one byte too many
    return 0;
  }
  if (again->host != url->host || again->port != url->port || again->target != url->target) std::abort();
  return 0;
}
