#include "upstream/grpc_timeout.h"

#include <gtest/gtest.h>

namespace dragoman::upstream {
namespace {

using std::chrono::duration_cast;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

TEST(TimeoutText, IsRoundedUpToAtMostEightDigits) {
  const struct {
    nanoseconds remaining;
    const char* text;
  } kCases[] = {
      {seconds(15), "15000m"},
      {seconds(15) - microseconds(300), "15000m"},
      {microseconds(1500), "1500u"},
      {nanoseconds(1), "1u"},
      {nanoseconds(0), "1n"},
      {seconds(-3), "1n"},
      {milliseconds(10), "10000u"},
      {milliseconds(10) + nanoseconds(1), "11m"},
      {milliseconds(99'999'999), "99999999m"},
      {milliseconds(100'000'000), "100000S"},
      {seconds(99'999'999), "99999999S"},
      {seconds(100'000'000), "1666667M"},
  };
  for (const auto& test : kCases) EXPECT_EQ(TimeoutText(test.remaining).view(), test.text);
  EXPECT_LE(TimeoutText(Duration::max()).view().size(), 9u);
}

TEST(RoundedTime, HasTwoDigits) {
  const struct {
    nanoseconds time;
    const char* text;
  } kCases[] = {
      {seconds(15), "15 s"},
      {seconds(15) - milliseconds(3), "15 s"},
      {milliseconds(1260), "1.3 s"},
      {seconds(1), "1 s"},
      {milliseconds(999), "1000 ms"},
      {milliseconds(250), "250 ms"},
      {milliseconds(198), "200 ms"},
      {milliseconds(99), "99 ms"},
      {microseconds(99'700), "100 ms"},
      {milliseconds(7), "7 ms"},
      {seconds(120), "120 s"},
      {nanoseconds(0), "0 ms"},
  };
  for (const auto& test : kCases) EXPECT_EQ(RoundedTime(test.time), test.text);
}

}  // namespace
}  // namespace dragoman::upstream
