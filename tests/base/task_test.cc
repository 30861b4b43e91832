#include "base/task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
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
