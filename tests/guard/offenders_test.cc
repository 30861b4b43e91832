#include "guard/offenders.h"

#include "guard_fixture.h"

namespace dragoman::guard {
namespace {

class OffendersTest : public testing::Test {
 protected:
  Offenders Make() { return Offenders(config_, counters_); }
  // How many failures it takes from now on, each `pause` after the one before.
  static int FailuresUntilBanned(Offenders& offenders, TimePoint now, Duration pause) {
    for (int count = 1; count <= 1000; ++count, now += pause) {
      if (offenders.Add(7, {.failure = true}, now)) return count;
    }
    return 0;
  }
  config::Guard config_;
  Counters counters_;
  const TimePoint now_{24h};
};

TEST_F(OffendersTest, CountsFailuresWithinAWindow) {
  config_.patterns.reset();
  struct Case {
    Duration pause;
    int banned_at;  // 0: never
  };
  for (const Case& c : {Case{0s, 10}, Case{1s, 10}, Case{6s, 10}, Case{5s, 10}, Case{7s, 0}, Case{30s, 0}}) {
    Offenders offenders = Make();
    EXPECT_EQ(FailuresUntilBanned(offenders, now_, c.pause), c.banned_at) << c.pause.count();
  }
}

TEST_F(OffendersTest, AWindowsEndIsNoFreshStart) {
  config_.patterns.reset();
  Offenders offenders = Make();
  offenders.Add(7, {.failure = true}, now_);
  for (int i = 0; i < 8; ++i) EXPECT_FALSE(offenders.Add(7, {.failure = true}, now_ + 59s));
  EXPECT_FALSE(offenders.Add(7, {.failure = true}, now_ + 60s + 500ms));
  const auto sentence = offenders.Add(7, {.failure = true}, now_ + 61s);
  ASSERT_TRUE(sentence);
  EXPECT_EQ(sentence->rule, BanRule::kBruteForce);
  EXPECT_EQ(sentence->duration, Duration(60s));
}

TEST_F(OffendersTest, StandsClocksThatStepBack) {
  Offenders offenders = Make();
  offenders.Add(7, {.failure = true, .points = 5}, now_ + 1h);
  EXPECT_FALSE(offenders.Add(7, {.failure = true, .points = 5}, now_));
}

TEST_F(OffendersTest, ForgetsWhoWasHeardOfLeastRecently) {
  config_.max_entries = 8;  // one bucket
  Offenders offenders = Make();
  for (uint64_t i = 1; i <= 8; ++i) offenders.Add(i, {.points = 50}, now_ + std::chrono::seconds(i));
  EXPECT_EQ(offenders.size(), 8u);
  EXPECT_TRUE(offenders.Add(1, {.points = 60}, now_ + 9s));  // banned: the last that goes
  for (uint64_t i = 9; i <= 15; ++i) offenders.Add(i, {.points = 50}, now_ + std::chrono::seconds(i));
  EXPECT_EQ(counters_.evicted_offenders, 7u);
  EXPECT_EQ(offenders.size(), 8u);
  EXPECT_EQ(offenders.Add(1, {.points = 100}, now_ + 70s)->count, 2u);
}

TEST_F(OffendersTest, DoesNotCountWhoWasForgottenInDueTime) {
  config_.max_entries = 8;
  Offenders offenders = Make();
  for (uint64_t i = 1; i <= 8; ++i) offenders.Add(i, {.failure = true, .points = 2}, now_);
  for (uint64_t i = 9; i <= 16; ++i) offenders.Add(i, {.failure = true, .points = 2}, now_ + 10min);
  EXPECT_EQ(counters_.evicted_offenders, 0u);
}

}  // namespace
}  // namespace dragoman::guard
