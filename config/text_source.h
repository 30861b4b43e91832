#pragma once

#include <cstddef>
#include <string>
#include <tl/expected.hpp>

#include "config/config.h"

namespace dragoman::config {

inline constexpr size_t kMaxSourceBytes = 16u << 20;  // of a file that a TextSource names

// The text that `source` stands for; of a file or variable without the line's end behind it.
//
// Errors, for the operator: "dragoman.yaml:9:20" and "tls.key: cannot be read: Permission denied", "the environment has
// no variable API_KEY"; an empty text. Threads: any; reads a file, so not a worker's once it serves.
tl::expected<std::string, Problem> ResolveText(const TextSource& source);

}  // namespace dragoman::config
