#include "concurrency/gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <thread>
#include <vector>

#include "callers.h"
#include "concurrency/waiter.h"

namespace dragoman::concurrency {
namespace {

using std::chrono::milliseconds;

MATCHER_P2(Holds, under_way, waiting, "") {
  *result_listener << arg.load().under_way << " under way, " << arg.load().waiting << " waiting";
  return arg.load().under_way == static_cast<uint32_t>(under_way) &&
         arg.load().waiting == static_cast<uint32_t>(waiting);
}

// A gate, and waiters in front of it.
class GateTest : public ::testing::Test {
 protected:
  struct Call {
    std::optional<Outcome> outcome;
  };

  // The call joins `gate` on `on`.
  Call& Join(Gate& gate, Loop& on, Priority priority = Priority::kNormal, Duration deadline = std::chrono::minutes(1),
             Client* client = nullptr) {
    Call& call = calls_.emplace_back();
    on.Spawn(Wait(call, gate, on, priority, Clock::now() + deadline, client));
    return call;
  }

  static Task<void> Wait(Call& call, Gate& gate, Loop& on, Priority priority, TimePoint deadline, Client* client) {
    Waiter waiter(on, priority, deadline);
    Outcome outcome = gate.Join(waiter, on.now());
    if (outcome == Outcome::kWaiting) outcome = co_await waiter.Wait(client);
    call.outcome = outcome;
  }

  Tally tally_;
  std::deque<Call> calls_;
  Loop loop_;
};

Gate::Limits Limits(uint32_t max, uint32_t queue, Duration timeout = std::chrono::minutes(1)) {
  return {max, {queue, timeout}};
}

TEST_F(GateTest, HasAsManyPlacesAsItSays) {
  Gate gate(Limits(2, 0), tally_);
  EXPECT_TRUE(gate.idle());
  EXPECT_TRUE(gate.TryTake());
  EXPECT_TRUE(gate.TryTake());
  EXPECT_FALSE(gate.TryTake());
  EXPECT_THAT(gate, Holds(2, 0));
  gate.Release();
  EXPECT_TRUE(gate.TryTake());
  gate.Release();
  gate.Release();
  EXPECT_TRUE(gate.idle());
}

TEST_F(GateTest, WithoutAQueueRefusesAtOnce) {
  Gate gate(Limits(1, 0), tally_);
  EXPECT_FALSE(gate.Refuses(Priority::kHigh, loop_.now())) << "there is room";
  ASSERT_TRUE(gate.TryTake());
  EXPECT_TRUE(gate.Refuses(Priority::kHigh, loop_.now()));
  EXPECT_EQ(Join(gate, loop_, Priority::kHigh).outcome, Outcome::kFull);
  EXPECT_EQ(tally_.full, 2u);
  gate.Release();
}

TEST_F(GateTest, APlaceThatComesFreeGoesToTheBestThatWaits) {
  Gate gate(Limits(1, 10), tally_);
  ASSERT_TRUE(gate.TryTake());
  Call& low = Join(gate, loop_, Priority::kLow);
  Call& first = Join(gate, loop_);
  Call& second = Join(gate, loop_);
  Call& high = Join(gate, loop_, Priority::kHigh);
  EXPECT_THAT(gate, Holds(1, 4));
  uint32_t waiting = 4;
  for (Call* next : {&high, &first, &second, &low}) {
    gate.Release();
    EXPECT_THAT(gate, Holds(1, --waiting)) << "it is never free in between";
    EXPECT_FALSE(gate.TryTake());
    Turn(loop_);
    EXPECT_EQ(next->outcome, Outcome::kAdmitted);
    EXPECT_EQ(std::count_if(calls_.begin(), calls_.end(), [](const Call& call) { return call.outcome.has_value(); }),
              4 - waiting);
  }
  gate.Release();
  EXPECT_TRUE(gate.idle());
  EXPECT_EQ(tally_.waited, 4u);
}

TEST_F(GateTest, AFullQueueTakesHigherPrioritiesForTheNewestLowestOne) {
  Gate gate(Limits(1, 2), tally_);
  ASSERT_TRUE(gate.TryTake());
  Call& low = Join(gate, loop_, Priority::kLow);
  Call& newest = Join(gate, loop_, Priority::kLow);
  EXPECT_EQ(Join(gate, loop_, Priority::kLow).outcome, Outcome::kFull);
  EXPECT_FALSE(gate.Refuses(Priority::kNormal, loop_.now()));
  Call& high = Join(gate, loop_, Priority::kHigh);
  EXPECT_THAT(gate, Holds(1, 2));
  Turn(loop_);
  EXPECT_EQ(newest.outcome, Outcome::kPushedOut);
  EXPECT_FALSE(low.outcome || high.outcome);
  Call& normal = Join(gate, loop_, Priority::kNormal);
  Turn(loop_);
  EXPECT_EQ(low.outcome, Outcome::kPushedOut);
  EXPECT_EQ(Join(gate, loop_, Priority::kNormal).outcome, Outcome::kFull);
  for (Call* next : {&high, &normal}) {
    gate.Release();
    Turn(loop_);
    EXPECT_EQ(next->outcome, Outcome::kAdmitted);
  }
  gate.Release();
  EXPECT_TRUE(gate.idle());
  EXPECT_EQ(tally_.pushed_out, 2u);
  EXPECT_EQ(tally_.full, 2u);
}

TEST_F(GateTest, AWaitEndsWithItsTime) {
  struct Case {
    const char* name;
    Duration timeout;
    Duration deadline;
  };
  for (const Case& test : {Case{"the queue's", milliseconds(10), std::chrono::minutes(1)},
                           Case{"the call's own", std::chrono::minutes(1), milliseconds(10)},
                           Case{"over already", std::chrono::minutes(1), milliseconds(-10)}}) {
    SCOPED_TRACE(test.name);
    Gate gate(Limits(1, 10, test.timeout), tally_);
    ASSERT_TRUE(gate.TryTake());
    Call& call = Join(gate, loop_, Priority::kNormal, test.deadline);
    EXPECT_FALSE(call.outcome);
    loop_.io().restart();
    while (!call.outcome) loop_.io().run_one();
    EXPECT_EQ(call.outcome, Outcome::kTimedOut);
    EXPECT_THAT(gate, Holds(1, 0));
    gate.Release();
    EXPECT_TRUE(gate.idle());
  }
  EXPECT_EQ(tally_.timed_out, 3u);
}

TEST_F(GateTest, APlaceGoesToNobodyWhoseTimeIsOver) {
  Gate gate(Limits(1, 10), tally_);
  ASSERT_TRUE(gate.TryTake());
  Call& late = Join(gate, loop_, Priority::kHigh, milliseconds(-1));
  Call& next = Join(gate, loop_, Priority::kLow);
  gate.Release();
  Turn(loop_);
  EXPECT_EQ(late.outcome, Outcome::kTimedOut);
  EXPECT_EQ(next.outcome, Outcome::kAdmitted);
  gate.Release();
  EXPECT_TRUE(gate.idle());
}

TEST_F(GateTest, AClientThatGoesAwayLeavesTheQueueAtOnce) {
  Gate gate(Limits(1, 10), tally_);
  ASSERT_TRUE(gate.TryTake());
  Client client, gone_before;
  Call& call = Join(gate, loop_, Priority::kNormal, std::chrono::minutes(1), &client);
  client.GoAway();
  EXPECT_THAT(gate, Holds(1, 0));
  Turn(loop_);
  EXPECT_EQ(call.outcome, Outcome::kLeft);
  gone_before.GoAway();
  Call& before = Join(gate, loop_, Priority::kNormal, std::chrono::minutes(1), &gone_before);
  EXPECT_THAT(gate, Holds(1, 0));
  Turn(loop_);
  EXPECT_EQ(before.outcome, Outcome::kLeft);
  EXPECT_EQ(tally_.left, 2u);
  gate.Release();
}

TEST_F(GateTest, AClientThatGoesAwayWithAPlaceOnItsWayKeepsIt) {
  Gate gate(Limits(1, 10), tally_);
  ASSERT_TRUE(gate.TryTake());
  Client client;
  Call& call = Join(gate, loop_, Priority::kNormal, std::chrono::minutes(1), &client);
  gate.Release();
  client.GoAway();
  Turn(loop_);
  EXPECT_EQ(call.outcome, Outcome::kAdmitted) << "what follows learns of it by the exchange";
  gate.Release();
  EXPECT_TRUE(gate.idle());
}

TEST_F(GateTest, AWaiterThatIsDestroyedLeavesTheQueue) {
  Gate gate(Limits(1, 10), tally_);
  ASSERT_TRUE(gate.TryTake());
  auto other = std::make_unique<Loop>();
  Client client;
  Join(gate, *other, Priority::kHigh, std::chrono::minutes(1), &client);
  Call& next = Join(gate, loop_);
  EXPECT_THAT(gate, Holds(1, 2));
  other.reset();
  EXPECT_THAT(gate, Holds(1, 1));
  client.GoAway();  // nobody watches any more
  gate.Release();
  Turn(loop_);
  EXPECT_EQ(next.outcome, Outcome::kAdmitted);
  gate.Release();
}

TEST_F(GateTest, APlaceOnItsWayToAWaiterThatIsDestroyedGoesToTheNext) {
  Gate gate(Limits(1, 10), tally_);
  ASSERT_TRUE(gate.TryTake());
  auto other = std::make_unique<Loop>();
  Call& destroyed = Join(gate, *other, Priority::kHigh);
  Call& next = Join(gate, loop_);
  gate.Release();
  Turn(loop_);
  EXPECT_FALSE(next.outcome);
  other.reset();
  Turn(loop_);
  EXPECT_FALSE(destroyed.outcome);
  EXPECT_EQ(next.outcome, Outcome::kAdmitted);
  gate.Release();
  EXPECT_TRUE(gate.idle());
}

TEST_F(GateTest, RetryAfterGrowsWithTheOverload) {
  Gate gate(Limits(1, 0), tally_);
  ASSERT_TRUE(gate.TryTake());
  const TimePoint start = Clock::now();
  std::vector<uint32_t> seconds;
  // Ten are refused for each that is admitted.
  for (int second = 0; second < 7; ++second) {
    for (int i = 0; i < 100; ++i) {
      if (i % 10 == 0) {
        gate.Release();
        ASSERT_TRUE(gate.TryTake());
      }
      EXPECT_TRUE(gate.Refuses(Priority::kNormal, start + milliseconds(1000 * second + 10 * i)));
    }
    seconds.push_back(gate.retry_after());
  }
  EXPECT_THAT(seconds, ::testing::ElementsAre(1, 2, 4, 8, 11, 11, 11));
  EXPECT_TRUE(gate.Refuses(Priority::kNormal, start + std::chrono::seconds(10)));
  EXPECT_EQ(gate.retry_after(), 1u) << "nobody was refused for a while";
  // Nobody is admitted at all.
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(gate.Refuses(Priority::kNormal, start + std::chrono::seconds(10) + milliseconds(10 * i)));
  }
  EXPECT_EQ(gate.retry_after(), Gate::kLongestRetry);
  gate.Release();
}

// Workers that call through one gate as fast as they can; some of their clients go away.
class Worker {
 public:
  Worker(Gate& gate, std::atomic<uint32_t>& inside, uint32_t max, unsigned seed)
      : gate_(gate), inside_(inside), max_(max), random_(seed) {}

  void Start(int coroutines, int calls) {
    left_ = coroutines;
    thread_ = std::thread([this, coroutines, calls] {
      for (int i = 0; i < coroutines; ++i) loop_.Spawn(Run(calls));
      loop_.Run();
    });
  }
  void Join() { thread_.join(); }

  uint64_t admitted = 0;
  uint64_t refused = 0;
  uint64_t too_many = 0;

 private:
  Task<void> Run(int calls) {
    for (int i = 0; i < calls; ++i) co_await Call();
    if (--left_ == 0) loop_.Stop();
  }

  Task<void> Call() {
    if (!gate_.TryTake()) {
      Client client;
      Waiter waiter(loop_, static_cast<Priority>(random_() % 3), Clock::now() + std::chrono::minutes(1));
      Outcome outcome = gate_.Join(waiter, loop_.now());
      if (outcome == Outcome::kWaiting) {
        const bool goes = random_() % 8 == 0;
        if (goes) asio::post(loop_.io(), [gone = &client] { gone->GoAway(); });
        outcome = co_await waiter.Wait(&client);
        // What was posted uses the client.
        if (goes) co_await loop_.Yield();
      }
      if (outcome != Outcome::kAdmitted) {
        ++refused;
        co_await loop_.Yield();
        co_return;
      }
    }
    if (inside_.fetch_add(1) >= max_) ++too_many;
    for (unsigned turns = random_() % 3; turns > 0; --turns) co_await loop_.Yield();
    inside_.fetch_sub(1);
    ++admitted;
    gate_.Release();
  }

  Gate& gate_;
  std::atomic<uint32_t>& inside_;
  const uint32_t max_;
  std::minstd_rand random_;
  int left_ = 0;
  Loop loop_;
  std::thread thread_;
};

TEST_F(GateTest, IsExactAcrossWorkers) {
  constexpr uint32_t kMax = 3;
  constexpr int kCoroutines = 16, kCalls = 300;
  Gate gate(Limits(kMax, 20), tally_);
  std::atomic<uint32_t> inside{0};
  std::deque<Worker> workers;
  for (unsigned seed = 1; seed <= 4; ++seed) workers.emplace_back(gate, inside, kMax, seed);
  std::atomic<bool> over{false};
  uint64_t idle_places = 0;
  std::thread watcher([&] {
    while (!over) {
      const Gate::Load load = gate.load();
      if (load.waiting > 0 && load.under_way != kMax) ++idle_places;
    }
  });
  for (Worker& worker : workers) worker.Start(kCoroutines, kCalls);
  for (Worker& worker : workers) worker.Join();
  over = true;
  watcher.join();
  EXPECT_EQ(idle_places, 0u) << "a place was free while somebody waited";
  EXPECT_TRUE(gate.idle());
  uint64_t admitted = 0, refused = 0;
  for (Worker& worker : workers) {
    EXPECT_EQ(worker.too_many, 0u);
    admitted += worker.admitted;
    refused += worker.refused;
  }
  EXPECT_EQ(admitted + refused, 4u * kCoroutines * kCalls);
  EXPECT_EQ(refused, tally_.full + tally_.pushed_out + tally_.left + tally_.timed_out + tally_.shed);
  EXPECT_GT(tally_.waited, 0u);
}

}  // namespace
}  // namespace dragoman::concurrency
