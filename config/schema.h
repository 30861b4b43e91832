#pragma once

#include "config/config.h"
#include "config/reader.h"

namespace dragoman::config {

// Reads the whole file: one function per part of the grammar, each key in one line with its range. Reports everything
// that is wrong to `context`; the result is of use only if nothing was.
Config ReadConfig(const Node& root, ReadContext& context);

}  // namespace dragoman::config
