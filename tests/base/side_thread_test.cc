#include "base/side_thread.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <future>
#include <memory>
#include <thread>
#include <vector>

namespace dragoman {
namespace {

TEST(SideThread, DoesWorkElsewhereInOrder) {
  std::vector<int> done;
  std::promise<std::thread::id> last;
  SideThread side_thread;
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(side_thread.Post([&done, i] { done.push_back(i); }));
  ASSERT_TRUE(side_thread.Post([&last] { last.set_value(std::this_thread::get_id()); }));
  EXPECT_NE(last.get_future().get(), std::this_thread::get_id());
  EXPECT_EQ(done, (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

TEST(SideThread, RefusesWorkWhenItsQueueIsFull) {
  std::promise<void> running;
  std::promise<void> release;
  std::atomic<int> done{0};
  SideThread side_thread(2);
  ASSERT_TRUE(side_thread.Post([&] {
    running.set_value();
    release.get_future().wait();
  }));
  running.get_future().wait();
  EXPECT_TRUE(side_thread.Post([&] { ++done; }));
  EXPECT_TRUE(side_thread.Post([&] { ++done; }));
  EXPECT_FALSE(side_thread.Post([&] { ++done; }));
  std::promise<void> idle;
  release.set_value();
  while (!side_thread.Post([&] { idle.set_value(); })) std::this_thread::yield();
  idle.get_future().wait();
  EXPECT_EQ(done, 2);
}

TEST(SideThread, LetsTheWorkThatRunsEnd) {
  std::promise<void> running;
  std::promise<void> release;
  std::atomic<bool> ended{false};
  std::thread releaser;
  {
    SideThread side_thread;
    ASSERT_TRUE(side_thread.Post([&] {
      running.set_value();
      release.get_future().wait();
      ended = true;
    }));
    running.get_future().wait();
    releaser = std::thread([&] { release.set_value(); });
  }
  EXPECT_TRUE(ended);
  releaser.join();
}

TEST(SideThread, TakesWorkFromItsOwnWork) {
  std::promise<void> done;
  SideThread side_thread;
  ASSERT_TRUE(side_thread.Post([&] { EXPECT_TRUE(side_thread.Post([&] { done.set_value(); })); }));
  done.get_future().wait();
}

TEST(SideThread, DoesNothingOnceItIsStopped) {
  auto held = std::make_shared<int>(0);
  std::promise<void> running;
  std::promise<void> release;
  SideThread side_thread(SIZE_MAX);
  ASSERT_TRUE(side_thread.Post([&] {
    running.set_value();
    release.get_future().wait();
  }));
  running.get_future().wait();
  ASSERT_TRUE(side_thread.Post([held] { ++*held; }));
  std::thread stopper([&] { side_thread.Stop(); });
  while (side_thread.Post([] {})) std::this_thread::yield();
  release.set_value();
  stopper.join();
  EXPECT_EQ(*held, 0) << "what waited is dropped";
  EXPECT_EQ(held.use_count(), 1) << "and let go of";
  EXPECT_FALSE(side_thread.Post([] {}));
  side_thread.Stop();
}

}  // namespace
}  // namespace dragoman
