#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config/format.h"
#include "config/load.h"

// Any text is either refused with a place, or written in a form that stays as it is when it is formatted again, loads as before or not at all
// as before.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dragoman::config;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto formatted = FormatYaml(text);
  if (!formatted) {
    if (formatted.error().line < 1 || formatted.error().column < 1 || formatted.error().what.empty()) std::abort();
    return 0;
  }
  const auto again = FormatYaml(*formatted);
  if (!again || *again != *formatted) std::abort();
  if (LoadText("d.yaml", text).has_value() != LoadText("d.yaml", *formatted).has_value()) std::abort();
  return 0;
}
