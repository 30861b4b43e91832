#include "reflection/resolver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "held_lookups.h"

namespace dragoman::reflection {
namespace {

// Counts answers.
class Answers {
 public:
  std::function<void(Resolver::Addresses)> done() {
    return [this](const Resolver::Addresses& addresses) {
      const std::lock_guard lock(mutex_);
      last_ = addresses;
      ++count_;
      changed_.notify_all();
    };
  }
  bool WaitFor(size_t answers) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return count_ >= answers; });
  }
  size_t count() {
    const std::lock_guard lock(mutex_);
    return count_;
  }
  Resolver::Addresses last() {
    const std::lock_guard lock(mutex_);
    return last_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t count_ = 0;
  Resolver::Addresses last_;
};

TEST(Resolver, ResolvesSeveralNamesAtTheSameTimeButNoMoreThanItMay) {
  const HeldLookups lookups;
  Answers answers;
  Resolver resolver(lookups.lookup());
  for (size_t i = 0; i < 3 * Resolver::kAtOnce; ++i) resolver.Resolve("host", 1, TimePoint::max(), answers.done());
  EXPECT_TRUE(lookups.WaitFor(Resolver::kAtOnce));
  lookups.Release();
  EXPECT_TRUE(answers.WaitFor(3 * Resolver::kAtOnce));
  EXPECT_EQ(answers.last().error().message(), "nobody knows");
  EXPECT_EQ(lookups.most(), Resolver::kAtOnce);
}

TEST(Resolver, ResolvesNames) {
  Answers answers;
  Resolver resolver;
  resolver.Resolve("localhost", 7, TimePoint::max(), answers.done());
  ASSERT_TRUE(answers.WaitFor(1));
  const Resolver::Addresses addresses = answers.last();
  ASSERT_TRUE(addresses) << addresses.error().message();
  EXPECT_TRUE(std::ranges::any_of(*addresses,
                                  [](const upstream::SocketAddress& address) { return address.text.ends_with(":7"); }));
}

// A silent name server holds nobody up, and nobody is told what it says when the resolver has gone.
TEST(Resolver, EndsBeforeItsLookups) {
  const HeldLookups lookups;
  std::atomic<bool> told = false;
  std::promise<void> dropped;
  {
    Resolver resolver(lookups.lookup());
    const std::shared_ptr<void> last(nullptr, [&dropped](void*) { dropped.set_value(); });
    resolver.Resolve("silent", 1, TimePoint::max(), [&told, last](const Resolver::Addresses&) { told = true; });
    ASSERT_TRUE(lookups.WaitFor(1));
  }
  lookups.Release();
  ASSERT_EQ(dropped.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
  EXPECT_FALSE(told);
}

TEST(Resolver, LooksUpNothingThatNobodyWaitsForAnyMore) {
  const HeldLookups lookups;
  Answers answers;
  Answers late;
  Resolver resolver(lookups.lookup());
  for (size_t i = 0; i < Resolver::kAtOnce; ++i) resolver.Resolve("first", 1, TimePoint::max(), answers.done());
  ASSERT_TRUE(lookups.WaitFor(Resolver::kAtOnce));
  resolver.Resolve("late", 1, TimePoint(), late.done());
  resolver.Resolve("last", 1, TimePoint::max(), answers.done());
  lookups.Release();
  ASSERT_TRUE(answers.WaitFor(Resolver::kAtOnce + 1));
  EXPECT_THAT(lookups.hosts(), testing::Not(testing::Contains("late")));
  EXPECT_THAT(lookups.hosts(), testing::Contains("last"));
  EXPECT_EQ(late.count(), 0u);
}

TEST(Resolver, LetsNoMoreThanSoManyWait) {
  const HeldLookups lookups;
  Answers answers;
  Answers over;
  Resolver resolver(lookups.lookup());
  for (size_t i = 0; i < Resolver::kAtOnce; ++i) resolver.Resolve("first", 1, TimePoint::max(), answers.done());
  ASSERT_TRUE(lookups.WaitFor(Resolver::kAtOnce));
  resolver.Resolve("late", 1, TimePoint(), answers.done());
  for (size_t i = 1; i < Resolver::kMostWaiting; ++i) resolver.Resolve("waits", 1, TimePoint::max(), answers.done());
  // One of those will not be asked, and makes room.
  resolver.Resolve("waits", 1, TimePoint::max(), answers.done());
  EXPECT_EQ(answers.count(), 0u);
  resolver.Resolve("over", 1, TimePoint::max(), over.done());
  ASSERT_EQ(over.count(), 1u);
  EXPECT_EQ(over.last().error().message(), "10000 other names wait for their turn");
  lookups.Release();
  EXPECT_TRUE(answers.WaitFor(Resolver::kAtOnce + Resolver::kMostWaiting));
  EXPECT_THAT(lookups.hosts(), testing::Not(testing::Contains("over")));
}

}  // namespace
}  // namespace dragoman::reflection
