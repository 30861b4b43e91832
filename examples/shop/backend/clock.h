#pragma once

#include <cstdint>

namespace shop {

// A moment of the shop's own clock, in seconds since 1970, which starts at 2026-01-15T10:00:00Z and ticks each time it
// is read, so that answers are the same in every run. Threads: any.
int64_t NextSecond();

}  // namespace shop
