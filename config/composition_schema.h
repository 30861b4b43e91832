#pragma once

#include "config/reader.h"

// The grammar of the key compositions.
namespace dragoman::config {

void ReadCompositions(MappingReader& root, Config& config);

}  // namespace dragoman::config
