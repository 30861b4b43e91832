#pragma once

#include "config/config.h"
#include "config/reader.h"

namespace dragoman::config {

// Reads the whole file: one function per part of the grammar, each key in one line with its range. Reports everything
// that is wrong to `context`; then what is wrong has its default in the result, or is not in its list.
Config ReadConfig(const Node& root, ReadContext& context);

}  // namespace dragoman::config
