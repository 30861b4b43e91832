#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config/load.h"

// Any text is either a configuration or a list of problems, each with a place and a text of one line.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto config = dragoman::config::LoadText("dragoman.yaml", {reinterpret_cast<const char*>(data), size});
  if (config) {
    if (config->listeners.empty() || config->backends.empty()) std::abort();
    return 0;
  }
  if (config.error().empty()) std::abort();
  for (const dragoman::Problem& problem : config.error()) {
    if (!problem.where.starts_with("dragoman.yaml:") || problem.what.empty()) std::abort();
    if (problem.what.find('\n') != std::string::npos) std::abort();
  }
  return 0;
}
