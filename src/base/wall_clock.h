#pragma once

#include <ctime>

#include <cstdint>

namespace dragoman {

// Seconds since 1970, as certificates, tokens and keys count.
//
// From the kernel's coarse clock, which is far cheaper than the exact one but one tick late (1 to 10 ms). A token may be shown in
// the very millisecond in which its issuer's clock, and ours, has come to `iat`: so towards the end of a second the exact clock
// is asked.
inline int64_t UnixSeconds() {
  constexpr long kMayBeOver = 950'000'000;  // ns within a second; leaves room for ticks that are late themselves
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &time);
  if (time.tv_nsec >= kMayBeOver) ::clock_gettime(CLOCK_REALTIME, &time);
  return time.tv_sec;
}

}  // namespace dragoman
