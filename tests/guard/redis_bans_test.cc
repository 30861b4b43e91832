#include "guard/redis_bans.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fake_redis.h"
#include "redis_server.h"
#include "run_until.h"

namespace dragoman::guard {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// A gateway's side that remembers what it was told.
class Ledger final : public BanExchange {
 public:
  void Ban(const std::string& what, Duration duration, BanRule rule = BanRule::kPatterns, uint32_t count = 1) {
    BanNews& one = news_.emplace_back();
    one.ban.what = what;
    one.ban.rule = rule;
    one.ban.since = std::chrono::system_clock::now();
    one.ban.until = one.ban.since + duration;
    one.ban.count = count;
  }
  void Lift(const std::string& what) {
    BanNews& one = news_.emplace_back();
    one.lifted = true;
    one.ban.what = what;
    one.ban.since = std::chrono::system_clock::now();
  }
  // "192.0.2.7 patterns 1 60m", "192.0.2.7 lifted": the minutes left, to the nearest.
  const std::vector<std::string>& told() const { return told_; }
  bool idle() const { return news_.empty(); }

  std::vector<BanNews> TakeNews(size_t most, const Moment&) override {
    const auto end = news_.begin() + static_cast<ptrdiff_t>(std::min(most, news_.size()));
    std::vector<BanNews> taken(news_.begin(), end);
    news_.erase(news_.begin(), end);
    return taken;
  }
  void Merge(std::span<const BanNews> news, const Moment& now) override {
    for (const BanNews& one : news) {
      if (one.lifted) {
        told_.push_back(one.ban.what + " lifted");
        continue;
      }
      const auto left = std::chrono::round<std::chrono::minutes>(one.ban.until - now.wall);
      told_.push_back(one.ban.what + " " + std::string(NameOf(one.ban.rule)) + " " + std::to_string(one.ban.count) +
                      " " + std::to_string(left.count()) + "m");
    }
  }

 private:
  std::vector<BanNews> news_;
  std::vector<std::string> told_;
};

store::RedisOptions OptionsOf(const std::string& url) {
  config::Redis redis;
  redis.url = config::TextSource{.kind = config::TextSource::Kind::kText, .value = url, .at = {}};
  auto options = store::RedisOptions::From(redis);
  EXPECT_TRUE(options);
  options->timeout = options->connect_timeout = 10s;
  options->min_pause = options->max_pause = 10ms;
  return *std::move(options);
}

class RedisBansTest : public testing::Test {
 protected:
  struct Gateway {
    Gateway(Loop& loop, SideThread& side_thread, const std::string& url, size_t max_entries)
        : redis(loop, side_thread, OptionsOf(url)),
          bans(std::make_unique<RedisBans>(
              loop, redis, ledger, RedisBans::Options{.prefix = "p:", .max_entries = max_entries, .every = 5ms})) {}
    Ledger ledger;
    store::Redis redis;
    std::unique_ptr<RedisBans> bans;
  };

  std::unique_ptr<Gateway> Begin(const std::string& url, size_t max_entries = 10'000) {
    return std::make_unique<Gateway>(loop_, side_thread_, url, max_entries);
  }

  // Runs the loop until `done`; false after ten seconds.
  bool RunUntil(const std::function<bool()>& done) { return dragoman::RunUntil(loop_, done); }

  // Until `gateway` has asked once more and heard the answer.
  bool RunRound(Gateway& gateway) {
    const uint64_t asked = gateway.redis.counters().commands;
    return RunUntil([&] { return gateway.redis.counters().commands >= asked + 2; });
  }

  Loop loop_;
  SideThread side_thread_;  // ends before the loop that it tells
};

TEST_F(RedisBansTest, OthersHearOfBansAndOfTheirEnd) {
  RedisServer server;
  const auto one = Begin(server.url());
  const auto other = Begin(server.url());
  one->ledger.Ban("192.0.2.7 basic:\xc3\xa4 b", 1h, BanRule::kBruteForce, 3);
  EXPECT_TRUE(RunUntil([&] { return other->ledger.told().size() == 1; }));
  one->ledger.Lift("192.0.2.7 basic:\xc3\xa4 b");
  EXPECT_TRUE(RunUntil([&] { return other->ledger.told().size() == 2; }));
  EXPECT_THAT(other->ledger.told(),
              ElementsAre("192.0.2.7 basic:\xc3\xa4 b brute_force 3 60m", "192.0.2.7 basic:\xc3\xa4 b lifted"));
  EXPECT_TRUE(RunRound(*one));
  EXPECT_THAT(one->ledger.told(), IsEmpty()) << "it knows what it has said";
}

TEST_F(RedisBansTest, EachIsToldOnce) {
  RedisServer server;
  const auto one = Begin(server.url());
  const auto other = Begin(server.url());
  one->ledger.Ban("a", 1h);
  EXPECT_TRUE(RunUntil([&] { return other->ledger.told().size() == 1; }));
  EXPECT_TRUE(RunRound(*other));
  EXPECT_THAT(other->ledger.told(), ElementsAre("a patterns 1 60m"));
}

TEST_F(RedisBansTest, WhoeverComesLaterHearsWhatStillHolds) {
  RedisServer server;
  const auto one = Begin(server.url());
  constexpr size_t kMany = 2 * RedisBans::kBatch + 100;
  for (size_t i = 0; i < kMany; ++i) one->ledger.Ban(std::to_string(i), 1h);
  one->ledger.Lift("5");
  EXPECT_TRUE(RunUntil([&] {
    return one->ledger.idle() && server.Command({"HLEN", "p:bans"}) == std::to_string(kMany);
  }));
  EXPECT_TRUE(RunRound(*one));
  const auto late = Begin(server.url());
  EXPECT_TRUE(RunUntil([&] { return late->ledger.told().size() == kMany; }));
  EXPECT_EQ(late->ledger.told().front(), "0 patterns 1 60m");
  EXPECT_EQ(late->ledger.told().back(), "5 lifted");
}

TEST_F(RedisBansTest, OnlyTheNewestAreKept) {
  RedisServer server;
  const auto one = Begin(server.url(), 10);
  for (int i = 0; i < 500; ++i) one->ledger.Ban(std::to_string(i), 1h);
  EXPECT_TRUE(RunUntil([&] { return one->ledger.idle(); }));
  EXPECT_TRUE(RunRound(*one));
  EXPECT_EQ(server.Command({"HLEN", "p:bans"}), "10");
  EXPECT_EQ(server.Command({"ZCARD", "p:bans:order"}), "10");
  EXPECT_EQ(server.Command({"ZRANGE", "p:bans:order", "0", "1"}), "490\n491");
}

TEST_F(RedisBansTest, OfTwoBansTheLongerStays) {
  RedisServer server;
  const auto one = Begin(server.url());
  const auto other = Begin(server.url());
  one->ledger.Ban("a", 2h);
  EXPECT_TRUE(RunUntil([&] { return other->ledger.told().size() == 1; }));
  other->ledger.Ban("a", 1h);
  other->ledger.Ban("a", 3h);
  EXPECT_TRUE(RunUntil([&] { return one->ledger.told().size() == 1; }));
  EXPECT_THAT(one->ledger.told(), ElementsAre("a patterns 1 180m"));
}

TEST_F(RedisBansTest, NothingIsKeptForever) {
  RedisServer server;
  const auto one = Begin(server.url());
  one->ledger.Ban("a", 10h);
  EXPECT_TRUE(RunUntil([&] { return server.Command({"EXISTS", "p:bans", "p:bans:order"}) == "2"; }));
  for (const char* key : {"p:bans", "p:bans:order"}) {
    const long life = std::strtol(server.Command({"PTTL", key}).c_str(), nullptr, 10);
    EXPECT_GT(life, 9 * 3'600'000);
    EXPECT_LE(life, 10 * 3'600'000 + 60'000);
  }
}

TEST_F(RedisBansTest, ARestartedRedisHearsWhatIsNewAndSoDoOthers) {
  RedisServer server;
  const auto one = Begin(server.url());
  const auto other = Begin(server.url());
  one->ledger.Ban("before", 1h);
  EXPECT_TRUE(RunUntil([&] { return other->ledger.told().size() == 1; }));
  EXPECT_TRUE(RunRound(*one));
  server.Kill();
  EXPECT_TRUE(RunUntil([&] { return !one->redis.up() && !other->redis.up(); }));
  one->ledger.Ban("meanwhile", 1h);
  EXPECT_TRUE(RunUntil([&] { return one->ledger.idle(); }));
  server.Start();
  EXPECT_TRUE(RunUntil([&] { return other->ledger.told().size() == 2; }));
  EXPECT_EQ(other->ledger.told().back(), "meanwhile patterns 1 60m");
}

TEST_F(RedisBansTest, AnOrderThatBeginsAgainIsReadFromItsBeginning) {
  RedisServer server;
  const auto one = Begin(server.url());
  server.Command({"ZADD", "p:bans:order", "99999999999999", "x"});
  server.Command({"HSET", "p:bans", "x", "3999999999999 0 other patterns 1"});
  EXPECT_TRUE(RunUntil([&] { return one->ledger.told().size() == 1; }));
  server.Command({"DEL", "p:bans:order"});
  server.Command({"HSET", "p:bans", "y", "0 0 other by_hand 1"});
  server.Command({"ZADD", "p:bans:order", "5", "y"});
  EXPECT_TRUE(RunUntil([&] { return one->ledger.told().size() == 2; }));
  EXPECT_EQ(one->ledger.told().back(), "y lifted");
}

TEST_F(RedisBansTest, WhatIsNoNewsIsPassedOver) {
  RedisServer server;
  const std::vector<std::string> kBad = {
      "",
      "x",
      "1",
      "1 2",
      "1 2 g",
      "1 2 g patterns",
      "1 2 g patterns x",
      "1 2 g patterns -1",
      "1 2 g patterns 4294967296",
      "1 2 g patterns 1 1",
      "1 2 g no_rule 1",
      "-1 2 g patterns 1",
      "1 -2 g patterns 1",
      "4000000000001 2 g patterns 1",
      "9007199254740993 2 g patterns 1",
      "1 4000000000001 g patterns 1",
      "1 99999999999999999999 g patterns 1",
      "1  2 g patterns 1",
      "1\n2 g patterns 1",
  };
  int place = 0;
  for (const std::string& said : kBad) {
    const std::string what = "bad " + std::to_string(++place);
    server.Command({"HSET", "p:bans", what, said});
    server.Command({"ZADD", "p:bans:order", std::to_string(place), what});
  }
  const std::string long_name(RedisBans::kMaxWhat + 1, 'x');
  server.Command({"HSET", "p:bans", long_name, "0 2 g patterns 1", "", "0 2 g patterns 1"});
  server.Command({"ZADD", "p:bans:order", "100", long_name, "101", "", "102", "not said"});
  server.Command({"HSET", "p:bans", "good", "0 2 g patterns 1"});
  server.Command({"ZADD", "p:bans:order", "103", "good"});
  const auto one = Begin(server.url());
  EXPECT_TRUE(RunUntil([&] { return !one->ledger.told().empty(); }));
  EXPECT_THAT(one->ledger.told(), ElementsAre("good lifted"));
  EXPECT_TRUE(one->redis.up());
}

TEST_F(RedisBansTest, AnswersThatMakeNoSenseChangeNothing) {
  for (const char* reply :
       {":1\r\n", "*0\r\n", "*3\r\n:1\r\n:1\r\n:0\r\n", "*3\r\n:-1\r\n$1\r\n1\r\n:0\r\n",
        "*3\r\n:1\r\n$2\r\n1x\r\n:0\r\n", "*3\r\n:1\r\n$18\r\n123456789012345678\r\n:0\r\n",
        "*4\r\n:1\r\n$1\r\n1\r\n:0\r\n$1\r\na\r\n", "*5\r\n:1\r\n$1\r\n1\r\n:1\r\n$1\r\na\r\n:1\r\n",
        "*3\r\n:4000000000001\r\n$1\r\n1\r\n:0\r\n"}) {
    SCOPED_TRACE(reply);
    FakeRedis server(FakeRedis::Answers(reply));
    const auto one = Begin(server.url());
    EXPECT_TRUE(RunUntil([&] { return one->redis.counters().reconnects == 0 && one->redis.counters().failures > 1; }));
    EXPECT_THAT(one->ledger.told(), IsEmpty());
  }
}

TEST_F(RedisBansTest, MayEndWhileItWaitsForAnAnswer) {
  FakeRedis server([](FakeRedis::Connection& connection) {
    connection.Greet();
    connection.WaitForClose();
  });
  const auto one = Begin(server.url());
  one->ledger.Ban("a", 1h);
  EXPECT_TRUE(RunUntil([&] { return one->redis.up() && one->ledger.idle(); }));
  one->bans.reset();
  EXPECT_TRUE(one->redis.up());
}

}  // namespace
}  // namespace dragoman::guard
