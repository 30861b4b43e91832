#include "rate_limit/redis_windows.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <thread>

#include "redis_windows_fixture.h"

namespace dragoman::rate_limit {
namespace {

using namespace std::string_literals;
using testing::StartsWith;

constexpr auto kHour = std::chrono::hours(1);

class RedisWindowsTest : public testing::Test {
 protected:
  RedisWindowsTest() { EXPECT_TRUE(worker_.Connect()); }

  uint64_t Now() const {  // Redis's time, in microseconds
    const std::string time = server_.Command({"TIME"});
    return std::strtoull(time.c_str(), nullptr, 10) * 1'000'000 +
           std::strtoull(time.c_str() + time.find('\n') + 1, nullptr, 10);
  }
  void SetBucket(const std::string& key, uint64_t level, uint64_t mark) {
    EXPECT_EQ(server_.Command({"SET", key, std::to_string(level) + " " + std::to_string(mark)}), "OK");
  }
  uint64_t MarkOf(const std::string& key) const {
    const std::string bucket = server_.Command({"GET", key});
    return std::strtoull(bucket.c_str() + bucket.find(' ') + 1, nullptr, 10);
  }

  RedisServer server_;
  Worker worker_{OptionsOf(server_.url())};
};

TEST_F(RedisWindowsTest, ARateAdmitsABurstAndThenWaits) {
  const LimitWindow rate = Rate(10, 3);  // one in 1000 hours
  for (const char* told : {"yes 2", "yes 1", "yes 0", "no 0", "no 0"}) {
    EXPECT_EQ(worker_.Tell({{&rate, "alice", 1}}), told);
  }
  EXPECT_EQ(worker_.Tell({{&rate, "bob", 2}}), "yes 1");
  const auto verdicts = worker_.Take({{&rate, "bob", 2}});
  ASSERT_TRUE(verdicts);
  EXPECT_FALSE(verdicts->front().admitted);
  EXPECT_EQ(verdicts->front().remaining, 1u);
  EXPECT_LE(verdicts->front().retry_after, 1000 * kHour);
  EXPECT_GT(verdicts->front().retry_after, 999 * kHour);
  EXPECT_LE(verdicts->front().reset, 2000 * kHour);
  EXPECT_GT(verdicts->front().reset, 1999 * kHour);
}

TEST_F(RedisWindowsTest, AQuotaIsAnAllowanceForAWindow) {
  const LimitWindow quota = Quota(3);
  auto verdicts = worker_.Take({{&quota, "alice", 2}});
  ASSERT_TRUE(verdicts);
  EXPECT_TRUE(verdicts->front().admitted);
  EXPECT_EQ(verdicts->front().remaining, 1u);
  EXPECT_EQ(verdicts->front().reset, 10'000 * kHour) << "the window begins with the first request";
  verdicts = worker_.Take({{&quota, "alice", 2}});
  ASSERT_TRUE(verdicts);
  EXPECT_FALSE(verdicts->front().admitted);
  EXPECT_EQ(verdicts->front().remaining, 1u);
  EXPECT_EQ(verdicts->front().retry_after, verdicts->front().reset);
  EXPECT_GT(verdicts->front().reset, 9'999 * kHour);
  EXPECT_EQ(worker_.Tell({{&quota, "alice", 1}}), "yes 0");
  EXPECT_EQ(worker_.Tell({{&quota, "alice", 1}}), "no 0");
}

TEST_F(RedisWindowsTest, TakesAllOrNothing) {
  const LimitWindow rate = Rate(10, 10);
  const LimitWindow quota = Quota(2);
  const std::vector<Charge> both = {{&rate, "alice", 3}, {&quota, "alice", 1}};
  EXPECT_EQ(worker_.Tell(both), "yes 7, yes 1");
  EXPECT_EQ(worker_.Tell(both), "yes 4, yes 0");
  EXPECT_EQ(worker_.Tell(both), "yes 4, no 0") << "what the rate would have admitted is not taken";
  EXPECT_EQ(worker_.Tell({{&rate, "alice", 4}}), "yes 0");
}

TEST_F(RedisWindowsTest, CountsABucketTwiceThatARequestNamesTwice) {
  const LimitWindow rate = Rate(10, 5);
  const std::vector<Charge> twice = {{&rate, "alice", 2}, {&rate, "alice", 1}};
  EXPECT_EQ(worker_.Tell(twice), "yes 2, yes 2");
  EXPECT_EQ(worker_.Tell(twice), "yes 2, no 2");
  EXPECT_EQ(worker_.Tell({{&rate, "alice", 2}}), "yes 0");
}

TEST_F(RedisWindowsTest, ACostOfNothingOnlyAsks) {
  const LimitWindow rate = Rate(10, 2);
  const LimitWindow quota = Quota(2);
  const std::vector<Charge> ask = {{&rate, "alice", 0}, {&quota, "alice", 0}};
  EXPECT_EQ(worker_.Tell(ask), "yes 2, yes 2");
  EXPECT_EQ(server_.Command({"DBSIZE"}), "0");
  const auto verdicts = worker_.Take(ask);
  ASSERT_TRUE(verdicts);
  EXPECT_EQ(verdicts->at(0).reset, Duration::zero());
  EXPECT_EQ(verdicts->at(1).reset, Duration::zero());
  EXPECT_EQ(worker_.Tell({{&rate, "alice", 2}, {&quota, "alice", 2}}), "yes 0, yes 0");
  EXPECT_EQ(worker_.Tell(ask), "yes 0, yes 0");
  EXPECT_TRUE(worker_.Take({}));
}

TEST_F(RedisWindowsTest, WhatIsMoreThanTheWindowHoldsIsNeverAdmitted) {
  const LimitWindow rate = Rate(10, 5);
  const LimitWindow quota = Quota(5);
  for (const uint64_t cost : {uint64_t{6}, uint64_t{1} << 40, UINT64_MAX}) {
    EXPECT_EQ(worker_.Tell({{&rate, "alice", cost}}), "never 5");
    EXPECT_EQ(worker_.Tell({{&quota, "alice", cost}}), "never 5");
  }
  EXPECT_EQ(server_.Command({"DBSIZE"}), "0");
}

TEST_F(RedisWindowsTest, ABurstOfNothingIsTheAmount) {
  const LimitWindow rate = Rate(3, 0);
  EXPECT_EQ(worker_.Tell({{&rate, "alice", 3}}), "yes 0");
}

TEST_F(RedisWindowsTest, TimeBringsARateBack) {
  const LimitWindow rate = Rate(10, 10);  // one in 1000 hours, which are 3.6e12 µs, one unit each
  constexpr uint64_t kOne = 3'600'000'000'000;
  const std::string key = "p:r36000000000:4:rate:kalice";
  const struct {
    uint64_t level;
    uint64_t ago;  // microseconds
    const char* told;
  } kCases[] = {
      {10 * kOne, 0, "no 0"},
      {10 * kOne, kOne / 2, "no 0"},
      {10 * kOne, kOne, "yes 0"},
      {10 * kOne, 5 * kOne + kOne / 2, "yes 4"},
      {10 * kOne, 100 * kOne, "yes 9"},
      {9 * kOne + kOne / 2, 0, "no 0"},
      {5 * kOne, 2 * kOne, "yes 6"},
      {50 * kOne, kOne, "yes 0"},  // of a larger burst before: never more than the present one is owed
  };
  for (const auto& test : kCases) {
    SetBucket(key, test.level, Now() - test.ago);
    EXPECT_EQ(worker_.Tell({{&rate, "alice", 1}}), test.told) << test.level << " owed " << test.ago << " µs ago";
  }
}

TEST_F(RedisWindowsTest, TheNextWindowOfAQuotaBeginsWithTheNextRequest) {
  const LimitWindow quota = Quota(5);
  SetBucket("p:q36000000000:5:quota:kalice", 5, Now());
  const auto verdicts = worker_.Take({{&quota, "alice", 1}});
  ASSERT_TRUE(verdicts);
  EXPECT_TRUE(verdicts->front().admitted);
  EXPECT_EQ(verdicts->front().remaining, 4u);
  EXPECT_EQ(verdicts->front().reset, 10'000 * kHour);
}

TEST_F(RedisWindowsTest, AClockThatJumpsBackKeepsNobodyOutForLongerThanAWindow) {
  const LimitWindow rate = Rate(1000, 10, 1h);
  const LimitWindow quota = Quota(10, 1h);
  const std::string rate_key = "p:r3600000:4:rate:kalice";
  const std::string quota_key = "p:q3600000:5:quota:kalice";
  constexpr uint64_t kDay = 86'400'000'000;
  SetBucket(rate_key, 1'000'000'000'000, Now() + kDay);
  SetBucket(quota_key, 10, Now() + kDay);
  const auto verdicts = worker_.Take({{&rate, "alice", 1}, {&quota, "alice", 1}});
  ASSERT_TRUE(verdicts);
  EXPECT_FALSE(verdicts->at(0).admitted);
  EXPECT_LE(verdicts->at(0).reset, std::chrono::seconds(36));
  EXPECT_FALSE(verdicts->at(1).admitted);
  EXPECT_LE(verdicts->at(1).reset, 1h);
  EXPECT_LE(MarkOf(rate_key), Now()) << "else the same would be said until the clock is there again";
  EXPECT_LE(MarkOf(quota_key), Now() + 3'600'000'000);
}

TEST_F(RedisWindowsTest, KeysVanishWhenTheirBucketIsAsNew) {
  const LimitWindow rate = Rate(3600, 100, 1h);
  const LimitWindow quota = Quota(100, 1h);
  EXPECT_EQ(worker_.Tell({{&rate, "alice", 10}, {&quota, "alice", 10}}), "yes 90, yes 90");
  const long rate_life = std::strtol(server_.Command({"PTTL", "p:r3600000:4:rate:kalice"}).c_str(), nullptr, 10);
  EXPECT_GT(rate_life, 0);
  EXPECT_LE(rate_life, 10'001);
  const long quota_life = std::strtol(server_.Command({"PTTL", "p:q3600000:5:quota:kalice"}).c_str(), nullptr, 10);
  EXPECT_GT(quota_life, 3'000'000);
  EXPECT_LE(quota_life, 3'600'001);
}

TEST_F(RedisWindowsTest, WhatOthersWroteIntoABucketIsNothing) {
  const LimitWindow rate = Rate(10, 5);
  const LimitWindow quota = Quota(5);
  for (const std::string& value :
       {""s, "x"s, "1"s, "1 2 3"s, "-1 5"s, "5 -1"s, "nan 1"s, "1 nan"s, "\0 \0"s, "0x 1"s}) {
    server_.Command({"SET", "p:r36000000000:4:rate:kalice", value});
    server_.Command({"SET", "p:q36000000000:5:quota:kalice", value});
    EXPECT_EQ(worker_.Tell({{&rate, "alice", 1}, {&quota, "alice", 1}}), "yes 4, yes 4") << value;
  }
  server_.Command({"SET", "p:r36000000000:4:rate:kalice", "inf inf"});
  EXPECT_THAT(worker_.Tell({{&rate, "alice", 1}}), StartsWith("no ")) << "as much as can be owed";
}

TEST_F(RedisWindowsTest, KeysAreAnyBytes) {
  const LimitWindow rate = Rate(10, 5);
  for (const std::string& key :
       {"a\0b"s, "a\0c"s, "\r\n$5\r\n"s, "\xff\xfe"s, std::string(5000, 'x'), std::string(5000, 'x') + "y"}) {
    EXPECT_EQ(worker_.Tell({{&rate, key, 1}}), "yes 4");
    EXPECT_EQ(worker_.Tell({{&rate, key, 1}}), "yes 3");
  }
}

TEST_F(RedisWindowsTest, CountsToTheEndsOfWhatCanBeConfigured) {
  constexpr uint64_t kMost = 1'000'000'000;
  const struct {
    const char* name;
    LimitWindow window;
  } kCases[] = {
      {"slowest with the largest burst", Rate(1, kMost)},
      {"fastest", Rate(kMost, kMost, 10ms)},
      {"a prime", Rate(999'999'937, 999'999'937)},
      {"a prime of a window", Rate(97, 7, 9'999'991ms)},
      {"quota", Quota(kMost)},
      {"short quota", Quota(kMost, 10ms)},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    const uint64_t capacity = test.window.kind == LimitWindow::Kind::kRate ? test.window.burst : test.window.amount;
    const auto first = worker_.Take({{&test.window, test.name, capacity}});
    ASSERT_TRUE(first);
    EXPECT_TRUE(first->front().admitted);
    EXPECT_EQ(first->front().remaining, 0u);
    if (test.window.per < 1h) continue;  // it may have come back by now
    EXPECT_EQ(worker_.Tell({{&test.window, test.name, 1}}), "no 0");
    const auto second = worker_.Take({{&test.window, test.name, 1}});
    ASSERT_TRUE(second);
    EXPECT_GT(second->front().retry_after, Duration::zero());
    EXPECT_GE(second->front().reset, second->front().retry_after);
  }
}

TEST_F(RedisWindowsTest, IsExactHoweverManyGatewaysTake) {
  const LimitWindow rate = Rate(1000, 300);
  const LimitWindow quota = Quota(400);
  constexpr int kThreads = 4;
  constexpr int kRequests = 200;
  std::atomic<uint64_t> admitted = 0;
  std::atomic<uint64_t> refused = 0;
  std::vector<std::unique_ptr<Worker>> workers;
  for (int i = 0; i < kThreads; ++i) workers.push_back(std::make_unique<Worker>(OptionsOf(server_.url())));
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, &worker = *workers[static_cast<size_t>(i)]] {
      ASSERT_TRUE(worker.Connect());
      std::vector<std::vector<Verdict>> verdicts(kRequests, std::vector<Verdict>(2));
      std::vector<std::optional<bool>> known(kRequests);
      for (int n = 0; n < kRequests; ++n) {
        worker.loop().Spawn(
            Worker::TakeInto(worker.windows(), {{&rate, "all", 1}, {&quota, "all", 1}}, verdicts[n], known[n]));
      }
      ASSERT_TRUE(worker.RunUntil([&] { return std::find(known.begin(), known.end(), std::nullopt) == known.end(); }));
      for (int n = 0; n < kRequests; ++n) {
        ASSERT_EQ(known[n], true);
        ++(verdicts[n][0].admitted && verdicts[n][1].admitted ? admitted : refused);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(admitted, 300u);
  EXPECT_EQ(refused, kThreads * kRequests - 300u);
  EXPECT_EQ(worker_.Tell({{&quota, "all", 0}}), "yes 100");
}

TEST_F(RedisWindowsTest, SurvivesALostScriptCacheAndARestart) {
  const LimitWindow rate = Rate(10, 5);
  EXPECT_EQ(worker_.Tell({{&rate, "alice", 1}}), "yes 4");
  server_.Command({"SCRIPT", "FLUSH"});
  EXPECT_EQ(worker_.Tell({{&rate, "alice", 1}}), "yes 3");
  server_.Kill();
  EXPECT_TRUE(worker_.RunUntil([&] { return !worker_.windows().up(); }));
  EXPECT_EQ(worker_.Tell({{&rate, "alice", 1}}), "?");
  server_.Start();
  EXPECT_TRUE(worker_.Connect());
  EXPECT_EQ(worker_.Tell({{&rate, "alice", 1}}), "yes 4");
}

TEST_F(RedisWindowsTest, OutOfMemoryTakesNothingAndSaysSo) {
  const LimitWindow rate = Rate(10, 5);
  const LimitWindow quota = Quota(5);
  const std::vector<Charge> both = {{&rate, "alice", 1}, {&quota, "alice", 1}};
  EXPECT_EQ(worker_.Tell(both), "yes 4, yes 4");
  server_.Command({"CONFIG", "SET", "maxmemory", "1"});
  EXPECT_EQ(worker_.Tell(both), "?");
  EXPECT_FALSE(worker_.windows().up());
  server_.Command({"CONFIG", "SET", "maxmemory", "0"});
  std::string told;
  EXPECT_TRUE(worker_.RunUntil([&] { return (told = worker_.Tell(both)) != "?"; }));
  EXPECT_EQ(told, "yes 3, yes 3");
}

TEST(RedisWindowsAnswersTest, WhatMakesNoSenseIsNoVerdict) {
  const LimitWindow rate = Rate(10, 5);
  const struct {
    const char* name;
    const char* reply;
    const char* told;
  } kCases[] = {
      {"admitted", "*4\r\n:1\r\n:5\r\n:0\r\n:0\r\n", "yes 5"},
      {"refused", "*4\r\n:0\r\n:0\r\n:9007199254740991\r\n:9007199254740991\r\n", "no 0"},
      {"no array", ":1\r\n", "?"},
      {"nil", "$-1\r\n", "?"},
      {"empty", "*0\r\n", "?"},
      {"too few", "*3\r\n:1\r\n:5\r\n:0\r\n", "?"},
      {"too many", "*5\r\n:1\r\n:5\r\n:0\r\n:0\r\n:0\r\n", "?"},
      {"of two charges", "*8\r\n:1\r\n:5\r\n:0\r\n:0\r\n:1\r\n:5\r\n:0\r\n:0\r\n", "?"},
      {"texts", "*4\r\n$1\r\n1\r\n$1\r\n5\r\n$1\r\n0\r\n$1\r\n0\r\n", "?"},
      {"an error within", "*4\r\n:1\r\n-ERR x\r\n:0\r\n:0\r\n", "?"},
      {"neither yes nor no", "*4\r\n:2\r\n:5\r\n:0\r\n:0\r\n", "?"},
      {"negative remaining", "*4\r\n:1\r\n:-1\r\n:0\r\n:0\r\n", "?"},
      {"more than the window holds", "*4\r\n:1\r\n:6\r\n:0\r\n:0\r\n", "?"},
      {"negative reset", "*4\r\n:1\r\n:5\r\n:-1\r\n:0\r\n", "?"},
      {"reset past all time", "*4\r\n:1\r\n:5\r\n:9223372036854775807\r\n:0\r\n", "?"},
      {"negative wait", "*4\r\n:0\r\n:0\r\n:1\r\n:-1\r\n", "?"},
      {"refused without a wait", "*4\r\n:0\r\n:0\r\n:1\r\n:0\r\n", "?"},
      {"admitted with a wait", "*4\r\n:1\r\n:0\r\n:1\r\n:1\r\n", "?"},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    FakeRedis server(FakeRedis::Answers(test.reply));
    Worker worker(OptionsOf(server.url()));
    ASSERT_TRUE(worker.Connect());
    EXPECT_EQ(worker.Tell({{&rate, "alice", 1}}), test.told);
    EXPECT_EQ(worker.windows().up(), std::string_view(test.told) != "?");
    EXPECT_EQ(worker.redis().counters().failures, std::string_view(test.told) == "?" ? 1u : 0u);
  }
}

TEST(RedisWindowsAnswersTest, NobodyIsAdmittedForMoreThanTheWindowHolds) {
  const LimitWindow rate = Rate(10, 5);
  FakeRedis server(FakeRedis::Answers("*4\r\n:1\r\n:5\r\n:0\r\n:0\r\n"));
  Worker worker(OptionsOf(server.url()));
  ASSERT_TRUE(worker.Connect());
  EXPECT_EQ(worker.Tell({{&rate, "alice", 6}}), "?");
}

}  // namespace
}  // namespace dragoman::rate_limit
