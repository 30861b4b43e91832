#pragma once

#include <string>

#include "config/config.h"

namespace dragoman {

// What tells one state of the files that `config.descriptors` names from another: of descriptor sets themselves, and of every `.proto`
// file below the roots of sources, since any may be imported. Looks at no more than kMaxStampedEntries files and folders; of more, some.
inline constexpr size_t kMaxStampedEntries = 200'000;
std::string StampOf(const config::Config& config);

}  // namespace dragoman
