#include "base/wall_clock.h"

#include <gtest/gtest.h>

#include <ctime>

namespace dragoman {
namespace {

int64_t ExactSeconds() {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  return time.tv_sec;
}

// Where a second begins, a clock that is late by a tick would refuse the token that is issued just then.
TEST(WallClock, HasComeToASecondAsSoonAsItBegins) {
  const int64_t start = ExactSeconds();
  int64_t before = start;
  while (before == start) {
    before = ExactSeconds();
    const int64_t told = UnixSeconds();
    ASSERT_GE(told, before);
    ASSERT_LE(told, ExactSeconds());
  }
}

}  // namespace
}  // namespace dragoman
