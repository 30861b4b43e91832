#pragma once

#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "config/config.h"

namespace dragoman::cli {

// What `serve --backend ADDRESS --descriptors PATH --listen ADDRESS` means: one listener, one backend named "default",
// and every service of the descriptors. PATH is a FileDescriptorSet, a folder of .proto files, or one such file, whose
// folder is its root; only whether it is a folder is looked up. Without one the backend is asked for its descriptors
// (reflection), once. Errors: an address that is none, naming the flag.
tl::expected<config::Config, std::string> QuickConfig(const std::string& backend,
                                                      const std::optional<std::string>& descriptors,
                                                      const std::string& listen);

}  // namespace dragoman::cli
