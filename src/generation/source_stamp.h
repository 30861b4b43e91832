#pragma once

#include <string>

#include "config/config.h"

namespace dragoman {

// What tells one state of the files that `config.descriptors` names from another: of descriptor sets themselves, and of every `.proto`
// file below the roots of sources, since any may be imported. Within the bounds of ProtoFiles.
std::string StampOf(const config::Config& config);

}  // namespace dragoman
