#pragma once

#include <cstdint>

#include "base/clock.h"

namespace dragoman::rate_limit {

// A time of the steady clock, or a length of time, in sixteenths of a nanosecond: fine enough for the share of one
// among a thousand million a second, wide enough for 36 years. What the wall clock does is of no matter.
using Ticks = uint64_t;

inline constexpr Ticks kTicksPerNanosecond = 16;
inline constexpr Ticks kTicksPerSecond = kTicksPerNanosecond * 1'000'000'000;

inline Ticks TicksOf(Duration duration) { return static_cast<Ticks>(duration.count()) * kTicksPerNanosecond; }
inline Ticks TicksOf(TimePoint time) { return TicksOf(time.time_since_epoch()); }
// Whole seconds, rounded up.
inline uint64_t SecondsUp(Ticks ticks) { return (ticks + kTicksPerSecond - 1) / kTicksPerSecond; }

}  // namespace dragoman::rate_limit
