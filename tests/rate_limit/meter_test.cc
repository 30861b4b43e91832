#include "rate_limit/meter.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace dragoman::rate_limit {
namespace {

using namespace std::chrono_literals;
using Kind = config::LimitWindow::Kind;

config::LimitWindow Rate(uint64_t amount, config::Milliseconds per, uint64_t burst = 0) {
  return {.kind = Kind::kRate, .name = "w", .amount = amount, .per = per, .burst = burst};
}
config::LimitWindow Quota(uint64_t amount, config::Milliseconds per) {
  return {.kind = Kind::kQuota, .name = "w", .amount = amount, .per = per};
}

// One bucket and a clock.
class Tap {
 public:
  explicit Tap(const config::LimitWindow& window) : meter_(*Meter::Build(window)) {}

  void Advance(Duration by) { now_ += TicksOf(by); }
  Meter::Verdict Draw(uint64_t cost = 1) {
    const Meter::Verdict verdict = meter_.Charge(state_, now_, cost);
    if (verdict.admitted) state_ = verdict.state;
    return verdict;
  }
  // How many pass at once.
  uint64_t Drain() {
    uint64_t count = 0;
    while (Draw().admitted) ++count;
    return count;
  }
  const Meter& meter() const { return meter_; }
  Ticks state() const { return state_; }
  void set_state(Ticks state) { state_ = state; }
  Ticks now() const { return now_; }

 private:
  const Meter meter_;
  Ticks state_ = 0;
  Ticks now_ = TicksOf(Duration(17h));
};

TEST(Meter, ARateLetsTheBurstThroughAtOnceAndThenOneAtATime) {
  struct Case {
    const char* name;
    config::LimitWindow window;
    uint64_t at_once;
    Duration each;
  };
  const Case cases[] = {
      {"10/s", Rate(10, 1s), 10, 100ms},
      {"a burst above", Rate(10, 1s, 20), 20, 100ms},
      {"a burst of one", Rate(10, 1s, 1), 1, 100ms},
      {"an amount of one", Rate(1, 1h), 1, 1h},
      {"one that divides unevenly", Rate(3, 1s), 3, 333'333'334ns},
      {"a fast one", Rate(1'000'000, 1s, 5), 5, 1us},
      {"the fastest", Rate(1'000'000'000, 1s, 5), 5, 1ns},
      {"the slowest", Rate(1, 10'000h), 1, 10'000h},
  };
  for (const Case& c : cases) {
    Tap tap(c.window);
    EXPECT_EQ(tap.Drain(), c.at_once) << c.name;
    tap.Advance(c.each - 1ns);
    EXPECT_EQ(tap.Drain(), 0u) << c.name;
    tap.Advance(1ns);
    EXPECT_EQ(tap.Drain(), 1u) << c.name;
    tap.Advance(c.each * 2);
    EXPECT_EQ(tap.Drain(), std::min<uint64_t>(2, c.at_once)) << c.name;
    tap.Advance(c.each * static_cast<int64_t>(c.at_once + 1));
    EXPECT_EQ(tap.Drain(), c.at_once) << c.name;
  }
}

TEST(Meter, ARateTellsWhatIsLeftAndWhenAllOfItIsThereAgain) {
  Tap tap(Rate(10, 1s));
  Meter::Verdict verdict = tap.Draw();
  EXPECT_EQ(verdict.remaining, 9u);
  EXPECT_EQ(verdict.reset, TicksOf(100ms));
  verdict = tap.Draw(4);
  EXPECT_EQ(verdict.remaining, 5u);
  EXPECT_EQ(verdict.reset, TicksOf(500ms));
  tap.Advance(50ms);
  EXPECT_EQ(tap.Draw(0).remaining, 5u);
  EXPECT_EQ(tap.Draw(0).reset, TicksOf(450ms));
  verdict = tap.Draw(6);
  EXPECT_FALSE(verdict.admitted);
  EXPECT_EQ(verdict.remaining, 5u);
  EXPECT_EQ(verdict.reset, TicksOf(450ms));
  EXPECT_EQ(verdict.retry_after, TicksOf(50ms));
  tap.Advance(50ms);
  EXPECT_TRUE(tap.Draw(6).admitted);
  tap.Advance(1h);
  verdict = tap.Draw(0);
  EXPECT_EQ(verdict.remaining, 10u);
  EXPECT_EQ(verdict.reset, 0u);
}

TEST(Meter, AQuotaIsForAWindowThatBeginsWithTheFirstRequest) {
  Tap tap(Quota(3, 1h));
  EXPECT_EQ(tap.Draw(0).remaining, 3u);
  EXPECT_EQ(tap.state(), 0u) << "to ask begins nothing";
  tap.Advance(30min);
  Meter::Verdict verdict = tap.Draw();
  EXPECT_EQ(verdict.remaining, 2u);
  EXPECT_EQ(verdict.reset, TicksOf(1h));
  tap.Advance(59min);
  verdict = tap.Draw(2);
  EXPECT_EQ(verdict.remaining, 0u);
  EXPECT_EQ(SecondsUp(verdict.reset), 60u);
  verdict = tap.Draw();
  EXPECT_FALSE(verdict.admitted);
  EXPECT_EQ(SecondsUp(verdict.retry_after), 60u);
  tap.Advance(1min - 1ns);
  EXPECT_FALSE(tap.Draw().admitted) << "the window has not ended";
  tap.Advance(1us);
  EXPECT_EQ(tap.Drain(), 3u);
  tap.Advance(100h);
  EXPECT_EQ(tap.Draw(2).remaining, 1u);
  EXPECT_FALSE(tap.Draw(2).admitted);
  EXPECT_EQ(tap.Draw(1).remaining, 0u);
}

TEST(Meter, QuotasOfEveryAmountAreExact) {
  for (const uint64_t amount : {1, 2, 3, 4, 7, 8, 1000, 1023, 1024, 1025}) {
    Tap tap(Quota(amount, 10s));
    for (int window = 0; window < 3; ++window) {
      EXPECT_EQ(tap.Drain(), amount);
      EXPECT_EQ(tap.Draw().retry_after, TicksOf(10s));
      tap.Advance(10s + 1us);
    }
  }
  Tap huge(Quota(1'000'000'000, 1h));
  EXPECT_EQ(huge.Draw(999'999'999).remaining, 1u);
  EXPECT_FALSE(huge.Draw(2).admitted);
  EXPECT_EQ(huge.Draw(1).remaining, 0u);
  EXPECT_FALSE(huge.Draw(1).admitted);
}

TEST(Meter, AChargeOfMoreThanTheWholeNeverPasses) {
  const config::LimitWindow windows[] = {Rate(10, 1s), Rate(100, 1s, 10), Quota(10, 1s)};
  for (const config::LimitWindow& window : windows) {
    Tap tap(window);
    for (const uint64_t cost : {uint64_t{11}, uint64_t{1} << 40, UINT64_MAX}) {
      const Meter::Verdict verdict = tap.Draw(cost);
      EXPECT_FALSE(verdict.admitted);
      EXPECT_EQ(verdict.retry_after, Meter::kNever);
      EXPECT_EQ(verdict.remaining, 10u);
    }
    EXPECT_TRUE(tap.Draw(10).admitted);
  }
}

TEST(Meter, AnotherWorkersLaterTurnIsNoTrouble) {
  for (const config::LimitWindow& window : {Rate(10, 1s), Quota(10, 1s)}) {
    Tap tap(window);
    const Ticks earlier = tap.now();
    tap.Advance(20ms);
    EXPECT_EQ(tap.Drain(), 10u);
    const Meter::Verdict verdict = tap.meter().Charge(tap.state(), earlier, 1);
    EXPECT_FALSE(verdict.admitted);
    EXPECT_EQ(verdict.remaining, 0u);
    EXPECT_GE(verdict.retry_after, TicksOf(120ms));
  }
}

TEST(Meter, WhatIsGivenBackCanBeTakenAgainOnce) {
  for (const config::LimitWindow& window : {Rate(10, 1s), Quota(10, 1s)}) {
    Tap tap(window);
    (void)tap.Draw(2);
    const Ticks written = tap.Draw(5).state;
    (void)tap.Draw(1);
    tap.set_state(tap.meter().GiveBack(tap.state(), written, tap.now(), 5));
    EXPECT_EQ(tap.Draw(0).remaining, 7u);
    EXPECT_EQ(tap.Drain(), 7u);
  }
}

TEST(Meter, WhatHasComeBackByItselfIsNotGivenTwice) {
  Tap rate(Rate(10, 1s));
  const Ticks written = rate.Draw(5).state;
  rate.Advance(400ms);
  const Ticks partly = rate.meter().GiveBack(rate.state(), written, rate.now(), 5);
  EXPECT_EQ(partly, rate.now()) << "one was still owed";
  rate.Advance(600ms);
  EXPECT_EQ(rate.Drain(), 10u);
  rate.set_state(rate.meter().GiveBack(rate.state(), written, rate.now(), 5));
  EXPECT_EQ(rate.Drain(), 0u);

  Tap quota(Quota(10, 1s));
  const Ticks first_window = quota.Draw(5).state;
  quota.Advance(2s);
  EXPECT_EQ(quota.Drain(), 10u);
  quota.set_state(quota.meter().GiveBack(quota.state(), first_window, quota.now(), 5));
  EXPECT_EQ(quota.Drain(), 0u);
}

// The same in exact arithmetic: every unit that was taken comes back at a time of its own.
TEST(Meter, ARateAgreesWithALeakyBucketOnRandomTraffic) {
  for (uint32_t seed = 1; seed <= 20; ++seed) {
    std::mt19937_64 random(seed);
    const uint64_t amount = uint64_t{1} << random() % 8;  // divides the second
    const uint64_t burst = 1 + random() % 50;
    const int64_t each = 1'000'000'000 / static_cast<int64_t>(amount);
    Tap tap(Rate(amount, 1s, burst));
    int64_t owed = 0;  // nanoseconds
    for (int i = 0; i < 2000; ++i) {
      const auto pause = static_cast<int64_t>(random() % static_cast<uint64_t>(each));
      tap.Advance(Duration(pause));
      owed = std::max<int64_t>(0, owed - pause);
      const uint64_t cost = random() % 3;
      const bool fits = owed + static_cast<int64_t>(cost) * each <= static_cast<int64_t>(burst) * each;
      const Meter::Verdict verdict = tap.Draw(cost);
      ASSERT_EQ(verdict.admitted, fits) << "seed " << seed << ", request " << i;
      if (fits) owed += static_cast<int64_t>(cost) * each;
      ASSERT_EQ(verdict.remaining, static_cast<uint64_t>((static_cast<int64_t>(burst) * each - owed) / each));
      ASSERT_EQ(verdict.reset, TicksOf(Duration(owed)));
    }
  }
}

TEST(Meter, RefusesAtLoadWhatItCannotCount) {
  struct Case {
    config::LimitWindow window;
    std::string error;  // empty: it can
  };
  const Case cases[] = {
      {Rate(0, 1s), "0 in 1 s admits nothing"},
      {Quota(5, 0s), "5 in 0 h admits nothing"},
      {Rate(1'000'000'000, 1s), ""},
      {Rate(1'000'000'000, 999ms),
       "a rate of 1000000000 in 999 ms is more than 1000000000 in 1 s, and cannot be counted"},
      {Rate(1, 1h, 80'000), ""},
      {Rate(1, 1h, 1'000'000'000), "a burst of 1000000000 takes more than ten years to come back"},
      {Rate(1, 10'000h, 9), "a burst of 9 takes more than ten years to come back"},
      {Quota(1'000'000'000, 10s), ""},
      {Quota(1'000'000'000, 1s), "a quota of 1000000000 in 1 s cannot be counted exactly; make the window longer"},
      {Quota(1'000'000, 10ms), ""},
      {Quota(1'000'000'000, 10'000h), ""},
  };
  for (const Case& c : cases) {
    const auto meter = Meter::Build(c.window);
    EXPECT_EQ(meter ? "" : meter.error(), c.error);
  }
}

}  // namespace
}  // namespace dragoman::rate_limit
