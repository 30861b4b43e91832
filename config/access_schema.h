#pragma once

#include "config/reader.h"

// The grammar of who may come in: the keys authentication, consumers and policies.
namespace dragoman::config {

void ReadAccess(MappingReader& root, Config& config);

}  // namespace dragoman::config
