#include "base/task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <memory>
#include <string>
#include <vector>

#include "base/loop.h"

namespace dragoman {
namespace {

using ::testing::ElementsAre;

Task<void> WaitAndNote(Signal& signal, std::vector<std::string>& order) {
  order.push_back("waiting");
  co_await signal.Wait();
  order.push_back("woken");
}

Task<void> WaitManyTimes(Loop& loop, Signal& signal, int& count) {
  for (; count < 100'000; ++count) {
    signal.Notify();
    co_await signal.Wait();
  }
  loop.Stop();
}

Task<std::string> Later(Signal& signal, std::string text) {
  co_await signal.Wait();
  co_return text;
}

Task<std::unique_ptr<int>> AtOnce(int number) { co_return std::make_unique<int>(number); }

TEST(Task, GivesItsResultAtOnceOrLater) {
  Loop loop;
  Signal signal;
  std::vector<std::string> order;
  loop.Spawn([](Signal& ready, std::vector<std::string>& out) -> Task<void> {
    out.push_back(std::to_string(*co_await AtOnce(7)));
    out.push_back(co_await Later(ready, "first"));
    out.push_back(co_await Later(ready, "second"));
  }(signal, order));
  EXPECT_THAT(order, ElementsAre("7"));
  signal.Notify();
  EXPECT_THAT(order, ElementsAre("7", "first"));
  signal.Notify();
  EXPECT_THAT(order, ElementsAre("7", "first", "second"));
  EXPECT_FALSE(signal.waiting());
}

TEST(Task, DoesNothingUntilItIsAwaited) {
  Signal signal;
  std::vector<std::string> order;
  { const Task<void> never = WaitAndNote(signal, order); }
  EXPECT_TRUE(order.empty());
}

Task<int> Deep(Signal& signal, int depth) {
  if (depth > 0) co_return 1 + co_await Deep(signal, depth - 1);
  co_await signal.Wait();
  co_return 0;
}

Task<void> NoteDepth(Signal& signal, int depth, int& out) { out = co_await Deep(signal, depth); }

TEST(Task, WaitsThroughManyAwaiters) {
  Loop loop;
  Signal signal;
  int depth = 0;
  loop.Spawn(NoteDepth(signal, 500, depth));
  EXPECT_EQ(depth, 0);
  signal.Notify();
  EXPECT_EQ(depth, 500);
}

// Awaits something that ends at once as often as it is told to, between two waits.
Task<void> WaitInALoop(Signal& signal, int& rounds) {
  for (;;) {
    for (int i = 0; i < 1000; ++i) rounds += *co_await AtOnce(1);
    (void)co_await Later(signal, "");
  }
}

TEST(Task, NeedsNoMoreStackForEveryRound) {
  Loop loop;
  Signal signal;
  int rounds = 0;
  loop.Spawn(WaitInALoop(signal, rounds));
  for (int i = 0; i < 1000; ++i) signal.Notify();
  EXPECT_EQ(rounds, 1'001'000);
}

// Says when its coroutine is destroyed.
Task<void> WaitWithWitness(Signal& signal, std::shared_ptr<int> witness) {
  (void)co_await Later(signal, "");
  ++*witness;
}

TEST(Signal, TakesTheWaiterAndAllThatAwaitItWithIt) {
  Loop loop;
  auto witness = std::make_shared<int>(0);
  {
    Signal signal;
    loop.Spawn(WaitWithWitness(signal, witness));
    EXPECT_EQ(witness.use_count(), 2);
  }
  EXPECT_EQ(witness.use_count(), 1);
  EXPECT_EQ(*witness, 0);
}

TEST(Signal, IsForgottenByAWaiterThatIsDestroyed) {
  Signal signal;
  auto witness = std::make_shared<int>(0);
  {
    Loop loop;
    loop.Spawn(WaitWithWitness(signal, witness));
    EXPECT_TRUE(signal.waiting());
  }
  EXPECT_EQ(witness.use_count(), 1);
  EXPECT_FALSE(signal.waiting());
  signal.Notify();
  EXPECT_EQ(*witness, 0);
}

Task<void> WaitForItsOwn(std::shared_ptr<int> witness) {
  Signal signal;
  co_await signal.Wait();
  ++*witness;
}

TEST(Signal, MayBelongToTheCoroutineThatWaitsForIt) {
  auto witness = std::make_shared<int>(0);
  {
    Loop loop;
    loop.Spawn(WaitForItsOwn(witness));
    EXPECT_EQ(witness.use_count(), 2);
  }
  EXPECT_EQ(witness.use_count(), 1);
}

TEST(Signal, RunsTheWaiterBeforeNotifyReturns) {
  Loop loop;
  Signal signal;
  std::vector<std::string> order;
  loop.Spawn(WaitAndNote(signal, order));
  asio::post(loop.executor(), [&] {
    EXPECT_TRUE(signal.waiting());
    signal.Notify();
    order.push_back("notified");
    EXPECT_FALSE(signal.waiting());
    loop.Stop();
  });
  loop.Run();
  EXPECT_THAT(order, ElementsAre("waiting", "woken", "notified"));
}

TEST(Signal, RemembersOneWakeUpWithoutAWaiter) {
  Loop loop;
  Signal signal;
  std::vector<std::string> order;
  signal.Notify();
  signal.Notify();
  loop.Spawn(WaitAndNote(signal, order));
  asio::post(loop.executor(), [&] {
    order.push_back("other");
    loop.Spawn(WaitAndNote(signal, order));
    asio::post(loop.executor(), [&] {
      EXPECT_TRUE(signal.waiting());
      signal.Notify();
      loop.Stop();
    });
  });
  loop.Run();
  EXPECT_THAT(order, ElementsAre("waiting", "woken", "other", "waiting", "woken"));
}

TEST(Signal, NeedsNoStackForWakeUpsThatHaveHappened) {
  Loop loop;
  Signal signal;
  int count = 0;
  loop.Spawn(WaitManyTimes(loop, signal, count));
  loop.Run();
  EXPECT_EQ(count, 100'000);
}

}  // namespace
}  // namespace dragoman
