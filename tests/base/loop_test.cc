#include "base/loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace dragoman {
namespace {

using ::testing::ElementsAre;
using std::chrono::milliseconds;

// A timer that writes its name down when it fires, and may then do something.
struct Alarm {
  Alarm(Loop& loop, std::vector<std::string>& fired, std::string name)
      : timer(loop, &OnFire, this), log(fired), label(std::move(name)) {}

  static void OnFire(void* self) {
    auto& alarm = *static_cast<Alarm*>(self);
    alarm.log.push_back(alarm.label);
    if (alarm.then) alarm.then();
  }

  Timer timer;
  std::vector<std::string>& log;
  std::string label;
  std::function<void()> then;
};

TEST(Timer, FiresInTheOrderOfTimeAndNeverEarly) {
  Loop loop;
  std::vector<std::string> fired;
  Alarm late(loop, fired, "late"), early(loop, fired, "early"), past(loop, fired, "past");
  const TimePoint begin = Clock::now();
  late.timer.Arm(begin + milliseconds(40));
  early.timer.Arm(begin + milliseconds(20));
  past.timer.Arm(begin - milliseconds(20));
  late.then = [&] {
    EXPECT_GE(Clock::now(), begin + milliseconds(40));
    loop.Stop();
  };
  loop.Run();
  EXPECT_THAT(fired, ElementsAre("past", "early", "late"));
  EXPECT_FALSE(late.timer.armed());
}

TEST(Timer, DisarmedReplacedAndDestroyedOnesStaySilent) {
  Loop loop;
  std::vector<std::string> fired;
  Alarm disarmed(loop, fired, "disarmed"), replaced(loop, fired, "replaced"), last(loop, fired, "last");
  std::optional<Alarm> destroyed(std::in_place, loop, fired, "destroyed");
  disarmed.timer.ArmAfter(milliseconds(10));
  destroyed->timer.ArmAfter(milliseconds(10));
  replaced.timer.ArmAfter(milliseconds(1));
  replaced.timer.ArmAfter(milliseconds(20));
  last.timer.ArmAfter(milliseconds(40));
  disarmed.timer.Disarm();
  destroyed.reset();
  last.then = [&] { loop.Stop(); };
  loop.Run();
  EXPECT_THAT(fired, ElementsAre("replaced", "last"));
}

TEST(Timer, MayDestroyDisarmAndArmOthersOfTheSameTick) {
  Loop loop;
  std::vector<std::string> fired;
  const TimePoint at = Clock::now() + milliseconds(10);
  std::vector<std::unique_ptr<Alarm>> alarms;
  for (int i = 0; i < 4; ++i) {
    alarms.push_back(std::make_unique<Alarm>(loop, fired, "any"));
    alarms.back()->timer.Arm(at);
  }
  Alarm end(loop, fired, "end");
  end.then = [&] { loop.Stop(); };
  for (auto& alarm : alarms) {
    alarm->then = [&] {  // whichever comes first ends all others
      for (auto& other : alarms) {
        if (!other->timer.armed()) continue;
        other = std::make_unique<Alarm>(loop, fired, "new");
      }
      end.timer.ArmAfter(milliseconds(1));
    };
  }
  loop.Run();
  EXPECT_THAT(fired, ElementsAre("any", "end"));
}

TEST(Timer, ReArmsItselfAndWorksAgainAfterNothingWasArmed) {
  Loop loop;
  std::vector<std::string> fired;
  Alarm alarm(loop, fired, "again");
  alarm.then = [&] {
    if (fired.size() < 3) return alarm.timer.Arm(TimePoint{});
    if (fired.size() < 5) {  // from an empty wheel
      asio::post(loop.executor(), [&] { alarm.timer.ArmAfter(milliseconds(12)); });
      return;
    }
    loop.Stop();
  };
  alarm.timer.ArmAfter(milliseconds(1));
  loop.Run();
  EXPECT_EQ(fired.size(), 5u);
}

TEST(Timer, StaysArmedBeyondATurnOfTheWheel) {
  Loop loop;
  std::vector<std::string> fired;
  Alarm far(loop, fired, "far"), end(loop, fired, "end");
  // The same slot as one that is due soon, turns later.
  const TimePoint soon = Clock::now() + milliseconds(30);
  far.timer.Arm(soon + 4096 * Loop::kTick);
  end.timer.Arm(soon);
  end.then = [&] { loop.Stop(); };
  loop.Run();
  EXPECT_THAT(fired, ElementsAre("end"));
  EXPECT_TRUE(far.timer.armed());
}

TEST(Loop, RunsTurnEndWorkOnceBehindWhatIsReady) {
  Loop loop;
  std::vector<std::string> order;
  asio::post(loop.executor(), [&] {
    order.push_back("first");
    loop.AtTurnEnd([](void* log) { static_cast<std::vector<std::string>*>(log)->push_back("end"); }, &order);
  });
  asio::post(loop.executor(), [&] { order.push_back("second"); });
  asio::post(loop.executor(), [&] { asio::post(loop.executor(), [&] { asio::post(loop.executor(), [&] { loop.Stop(); }); }); });
  loop.Run();
  EXPECT_THAT(order, ElementsAre("first", "second", "end"));
}

TEST(Loop, ForgetsTurnEndWorkOfWhatIsDestroyed) {
  Loop loop;
  std::vector<std::string> kept, forgotten;
  const auto note = [](void* log) { static_cast<std::vector<std::string>*>(log)->push_back("end"); };
  loop.AtTurnEnd(note, &forgotten);
  loop.AtTurnEnd(note, &kept);
  loop.AtTurnEnd([](void* stopped) { static_cast<Loop*>(stopped)->Stop(); }, &loop);
  loop.ForgetTurnEnd(&forgotten);
  loop.Run();
  EXPECT_THAT(kept, ElementsAre("end"));
  EXPECT_TRUE(forgotten.empty());
}

Task<void> NoteTurns(Loop& loop, std::vector<std::string>& order) {
  order.push_back("first turn");
  co_await loop.Yield();
  order.push_back("second turn");
  loop.Stop();
}

TEST(Loop, LetsOthersHaveTheirTurnWhileACoroutineYields) {
  Loop loop;
  std::vector<std::string> order;
  asio::post(loop.executor(), [&] { loop.Spawn(NoteTurns(loop, order)); });
  asio::post(loop.executor(), [&] { order.push_back("other"); });
  loop.Run();
  EXPECT_THAT(order, ElementsAre("first turn", "other", "second turn"));
}

TEST(Loop, ReadsTheClockOnceATickAndAlwaysInBetween) {
  Loop loop;
  std::vector<std::string> fired;
  Alarm alarm(loop, fired, "tick");
  TimePoint first, second;
  alarm.then = [&] {
    first = loop.now();
    while (Clock::now() == first) {
    }
    second = loop.now();
    loop.Stop();
  };
  const TimePoint due = Clock::now() + milliseconds(10);
  alarm.timer.Arm(due);
  EXPECT_LT(loop.now(), due);
  loop.Run();
  EXPECT_GE(first, due);
  EXPECT_EQ(first, second);
  EXPECT_GT(loop.now(), first);
}

TEST(Loop, StopsFromAnotherThread) {
  Loop loop;
  std::thread stopper([&] { loop.Stop(); });
  loop.Run();
  stopper.join();
}

// A waiting coroutine with an armed timer, which goes with the loop.
Task<void> WaitForever(Loop& loop, std::shared_ptr<int> witness) {
  Timer timer(loop, [](void*) {}, nullptr);
  timer.ArmAfter(std::chrono::hours(1));
  Signal never;
  co_await never.Wait();
  ++*witness;
}

TEST(Loop, TakesWaitingCoroutinesAndTheirTimersWithIt) {
  auto witness = std::make_shared<int>(0);
  {
    Loop loop;
    loop.Spawn(WaitForever(loop, witness));
    asio::post(loop.executor(), [&] { asio::post(loop.executor(), [&] { loop.Stop(); }); });
    loop.Run();
    EXPECT_EQ(witness.use_count(), 2);
  }
  EXPECT_EQ(witness.use_count(), 1);
  EXPECT_EQ(*witness, 0);
}

}  // namespace
}  // namespace dragoman
