#include "concurrency/wait_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <queue>
#include <random>
#include <vector>

namespace dragoman::concurrency {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kTimeout = milliseconds(100);
const TimePoint kStart = TimePoint() + seconds(1000);

WaitQueue::Item Since(Duration since, Priority priority = Priority::kNormal) {
  WaitQueue::Item item;
  item.priority = priority;
  item.since = kStart + since;
  item.until = item.since + kTimeout;
  return item;
}

TEST(WaitQueue, ServesByPriorityAndTheFirstFirstWithinOne) {
  WaitQueue queue({10, kTimeout});
  WaitQueue::Item low = Since({}, Priority::kLow), normal = Since({}), later = Since({}),
                  high = Since({}, Priority::kHigh);
  for (WaitQueue::Item* item : {&low, &normal, &later, &high}) queue.Push(*item);
  for (WaitQueue::Item* expected : {&high, &normal, &later, &low}) {
    ASSERT_EQ(queue.Next(), expected);
    queue.Remove(*expected);
  }
  EXPECT_EQ(queue.Next(), nullptr);
  EXPECT_EQ(queue.size(), 0u);
}

TEST(WaitQueue, GivesUpTheNewestOfTheLowestPriority) {
  WaitQueue queue({4, kTimeout});
  WaitQueue::Item low = Since({}, Priority::kLow), newer = Since({}, Priority::kLow), normal = Since({});
  for (WaitQueue::Item* item : {&low, &normal, &newer}) queue.Push(*item);
  EXPECT_FALSE(queue.full());
  EXPECT_EQ(queue.LowerThan(Priority::kLow), nullptr);
  EXPECT_EQ(queue.LowerThan(Priority::kNormal), &newer);
  EXPECT_EQ(queue.LowerThan(Priority::kHigh), &newer);
  queue.Remove(newer);
  queue.Remove(low);
  EXPECT_EQ(queue.LowerThan(Priority::kNormal), nullptr);
  EXPECT_EQ(queue.LowerThan(Priority::kHigh), &normal);
  queue.Remove(normal);
}

TEST(WaitQueue, IsPatientUntilSomebodyIsRefused) {
  WaitQueue queue({10, kTimeout});
  WaitQueue::Item first = Since({}), second = Since(milliseconds(60));
  queue.Push(first);
  queue.Push(second);
  EXPECT_EQ(queue.Stale(kStart + milliseconds(99)), nullptr);
  queue.Strain();
  EXPECT_EQ(queue.Stale(kStart + milliseconds(50)), nullptr);
  EXPECT_EQ(queue.Stale(kStart + milliseconds(51)), &first);
  queue.Remove(first);
  // The last one is kept for the place that comes free, until its time is over.
  EXPECT_EQ(queue.Stale(kStart + milliseconds(159)), nullptr);
  EXPECT_EQ(queue.Stale(kStart + milliseconds(160)), &second);
  queue.Remove(second);
  // An empty queue is patient again.
  WaitQueue::Item third = Since({}), fourth = Since({});
  queue.Push(third);
  queue.Push(fourth);
  EXPECT_EQ(queue.Stale(kStart + milliseconds(99)), nullptr);
  queue.Remove(third);
  queue.Remove(fourth);
}

TEST(WaitQueue, LowPrioritiesGrowStaleWhileHigherOnesWait) {
  WaitQueue queue({10, kTimeout});
  WaitQueue::Item low = Since({}, Priority::kLow), high = Since(milliseconds(60), Priority::kHigh);
  queue.Push(low);
  queue.Push(high);
  queue.Strain();
  EXPECT_EQ(queue.Stale(kStart + milliseconds(70)), &low);
  queue.Remove(low);
  EXPECT_EQ(queue.Stale(kStart + milliseconds(120)), nullptr) << "the last of the highest priority";
  queue.Remove(high);
}

TEST(WaitQueue, ADeadlineOfItsOwnEndsAWait) {
  WaitQueue queue({10, kTimeout});
  WaitQueue::Item item = Since({});
  item.until = kStart + milliseconds(5);
  queue.Push(item);
  EXPECT_EQ(queue.Stale(kStart + milliseconds(4)), nullptr);
  EXPECT_EQ(queue.Stale(kStart + milliseconds(5)), &item);
  queue.Remove(item);
}

// Calls that come at random in front of servers that each take the same time, in time that is only counted.
struct Overload {
  struct Class {
    Priority priority;
    double share;
  };
  double load;  // times what the servers can do
  size_t servers = 8;
  Duration service = milliseconds(4);
  WaitQueue::Limits limits{100, kTimeout};
  std::vector<Class> classes = {{Priority::kNormal, 1}};

  struct Outcome {
    double goodput = 0;  // of what the servers can do
    std::vector<Duration> waits;
    std::array<uint64_t, WaitQueue::kPriorities> admitted{};
    std::array<uint64_t, WaitQueue::kPriorities> refused{};
    double Admitted(Priority priority) const {
      const auto i = static_cast<size_t>(priority);
      return static_cast<double>(admitted[i]) / static_cast<double>(admitted[i] + refused[i]);
    }
    Duration Wait(double quantile) {
      std::sort(waits.begin(), waits.end());
      return waits[static_cast<size_t>(quantile * static_cast<double>(waits.size() - 1))];
    }
  };

  Outcome Run() const {
    std::mt19937_64 random(20261124);
    const double capacity = static_cast<double>(servers) / std::chrono::duration<double>(service).count();
    std::exponential_distribution<double> gap(load * capacity);
    std::uniform_real_distribution<double> which(0, 1);
    WaitQueue queue(limits);
    std::deque<WaitQueue::Item> items;
    std::priority_queue<TimePoint, std::vector<TimePoint>, std::greater<>> ends;
    Outcome outcome;
    const auto refuse = [&](const WaitQueue::Item& item) {
      queue.Strain();
      ++outcome.refused[static_cast<size_t>(item.priority)];
    };
    const auto sweep = [&](TimePoint now) {
      while (WaitQueue::Item* stale = queue.Stale(now)) {
        queue.Remove(*stale);
        refuse(*stale);
      }
    };
    const auto serve = [&](const WaitQueue::Item& item, TimePoint now) {
      ++outcome.admitted[static_cast<size_t>(item.priority)];
      outcome.waits.push_back(now - item.since);
      ends.push(now + service);
    };
    uint64_t done = 0;
    constexpr Duration kLength = seconds(10);
    for (TimePoint next = kStart; next < kStart + kLength;) {
      if (!ends.empty() && ends.top() <= next) {
        const TimePoint now = ends.top();
        ends.pop();
        ++done;
        sweep(now);
        if (WaitQueue::Item* item = queue.Next()) {
          queue.Remove(*item);
          serve(*item, now);
        }
        continue;
      }
      double left = which(random);
      Priority priority = classes.back().priority;
      for (const Class& kind : classes) {
        if (left < kind.share) {
          priority = kind.priority;
          break;
        }
        left -= kind.share;
      }
      WaitQueue::Item& item = items.emplace_back(Since(next - kStart, priority));
      if (ends.size() < servers) {
        serve(item, next);
      } else {
        if (queue.full()) sweep(next);
        WaitQueue::Item* out = queue.full() ? queue.LowerThan(priority) : nullptr;
        if (out) {
          queue.Remove(*out);
          refuse(*out);
        }
        if (queue.full()) {
          refuse(item);
        } else {
          queue.Push(item);
        }
      }
      next += std::chrono::duration_cast<Duration>(std::chrono::duration<double>(gap(random)));
    }
    while (WaitQueue::Item* item = queue.Next()) queue.Remove(*item);
    outcome.goodput = static_cast<double>(done) / (capacity * std::chrono::duration<double>(kLength).count());
    return outcome;
  }
};

TEST(WaitQueue, AtFiveTimesTheLoadNothingIsIdleAndNobodyWaitsToTheBound) {
  struct Case {
    const char* name;
    Overload overload;
  };
  for (const Case& test : {Case{"a short queue", {.load = 5, .limits = {10, kTimeout}}}, Case{"100 wait", {.load = 5}},
                           Case{"more wait than can be served in time", {.load = 5, .limits = {1000, kTimeout}}},
                           Case{"few slow servers", {.load = 5, .servers = 2, .service = milliseconds(20)}}}) {
    SCOPED_TRACE(test.name);
    Overload::Outcome outcome = test.overload.Run();
    EXPECT_GE(outcome.goodput, 0.99);
    // But for the beginning, before the first is refused.
    EXPECT_LE(outcome.Wait(0.5), kTimeout / 2);
    EXPECT_LT(outcome.Wait(0.99), kTimeout);
    EXPECT_LE(outcome.Wait(1), kTimeout);
  }
}

TEST(WaitQueue, BelowTheCapacityNothingIsRefused) {
  Overload::Outcome outcome = Overload{.load = 0.9}.Run();
  EXPECT_EQ(outcome.Admitted(Priority::kNormal), 1);
  EXPECT_LT(outcome.Wait(0.99), milliseconds(20));
}

TEST(WaitQueue, ShedsTheLowFirst) {
  // High priority offers half of what can be served, normal as much, low four times as much.
  Overload::Outcome outcome =
      Overload{.load = 5, .classes = {{Priority::kHigh, 0.1}, {Priority::kNormal, 0.1}, {Priority::kLow, 0.8}}}.Run();
  EXPECT_GE(outcome.goodput, 0.99);
  EXPECT_EQ(outcome.Admitted(Priority::kHigh), 1);
  EXPECT_GE(outcome.Admitted(Priority::kNormal), 0.9);
  EXPECT_LE(outcome.Admitted(Priority::kLow), 0.1);
}

}  // namespace
}  // namespace dragoman::concurrency
