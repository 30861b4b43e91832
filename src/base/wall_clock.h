#pragma once

#include <ctime>

#include <cstdint>

namespace dragoman {

// Seconds since 1970, as certificates, tokens and keys count. The kernel's coarse clock: some milliseconds late, and far
// cheaper than the exact one.
inline int64_t UnixSeconds() {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &time);
  return time.tv_sec;
}

}  // namespace dragoman
