#pragma once

#include <string>

#include "generation/generation.h"

namespace dragoman::cli {

// A commented configuration to begin with, for what QuickConfig found: its listener, its descriptors, its backend under a name that fits, an
// entry of `services` for each package, and blocks that are commented out by a `#` in the first column. `check` has nothing to say of it but what the
// descriptors say themselves, and `fmt` leaves it alone. `folder`: where it will lie, which its paths become relative to; empty: the working directory.
std::string StarterConfig(const Generation& generation, const std::string& folder);

}  // namespace dragoman::cli
