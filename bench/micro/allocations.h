#pragma once

#include <cstdint>

namespace bench {

// Calls of operator new by this process so far, libraries' included.
uint64_t Allocations();

}  // namespace bench
