#include "reflection/resolver.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace dragoman::reflection {
namespace {

// Lookups that end when the test says so.
class HeldLookups {
 public:
  Resolver::Lookup lookup() {
    return [this](const std::string&, uint16_t) -> Resolver::Addresses {
      std::unique_lock lock(mutex_);
      most_ = std::max(most_, ++under_way_);
      changed_.notify_all();
      changed_.wait(lock, [this] { return released_; });
      --under_way_;
      return Refuse(Reason::kBackendUnavailable, "nobody knows");
    };
  }
  // Until so many are under way; false if they never are.
  bool WaitFor(size_t lookups) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return under_way_ == lookups; });
  }
  void Release() {
    const std::lock_guard lock(mutex_);
    released_ = true;
    changed_.notify_all();
  }
  size_t most() const { return most_; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t under_way_ = 0;
  size_t most_ = 0;
  bool released_ = false;
};

TEST(Resolver, ResolvesSeveralNamesAtTheSameTimeButNoMoreThanItMay) {
  HeldLookups lookups;
  std::mutex mutex;
  std::condition_variable changed;
  size_t done = 0;
  {
    Resolver resolver(lookups.lookup());
    for (size_t i = 0; i < 3 * Resolver::kAtOnce; ++i) {
      resolver.Resolve("host", 1, [&](const Resolver::Addresses& addresses) {
        EXPECT_EQ(addresses.error().message(), "nobody knows");
        const std::lock_guard lock(mutex);
        ++done;
        changed.notify_all();
      });
    }
    EXPECT_TRUE(lookups.WaitFor(Resolver::kAtOnce));
    lookups.Release();
    std::unique_lock lock(mutex);
    EXPECT_TRUE(changed.wait_for(lock, std::chrono::seconds(20), [&] { return done == 3 * Resolver::kAtOnce; }));
  }
  EXPECT_EQ(lookups.most(), Resolver::kAtOnce);
}

TEST(Resolver, ResolvesNames) {
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<Resolver::Addresses> answer;
  Resolver resolver;
  resolver.Resolve("localhost", 7, [&](Resolver::Addresses addresses) {
    const std::lock_guard lock(mutex);
    answer = std::move(addresses);
    changed.notify_all();
  });
  std::unique_lock lock(mutex);
  ASSERT_TRUE(changed.wait_for(lock, std::chrono::seconds(20), [&] { return answer.has_value(); }));
  ASSERT_TRUE(*answer) << answer->error().message();
  EXPECT_TRUE(std::ranges::any_of(**answer,
                                  [](const upstream::SocketAddress& address) { return address.text.ends_with(":7"); }));
}

}  // namespace
}  // namespace dragoman::reflection
