#include "base/timestamp.h"

#include <gtest/gtest.h>

namespace dragoman {
namespace {

TEST(Timestamp, IsUtcWithMilliseconds) {
  struct Case {
    int64_t microseconds;  // since 1970
    std::string_view text;
  };
  const Case cases[] = {
      {0, "1970-01-01T00:00:00.000Z"},
      {-1, "1969-12-31T23:59:59.999Z"},
      {1'795'506'231'123'999, "2026-11-24T07:43:51.123Z"},
      {951'782'400'000'000, "2000-02-29T00:00:00.000Z"},
      {4'102'444'799'999'000, "2099-12-31T23:59:59.999Z"},
  };
  for (const Case& c : cases) {
    const std::chrono::system_clock::time_point time(
        std::chrono::duration_cast<std::chrono::system_clock::duration>(std::chrono::microseconds(c.microseconds)));
    EXPECT_EQ(Timestamp(time).view(), c.text);
  }
}

}  // namespace
}  // namespace dragoman
