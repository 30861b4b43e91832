#include "store/redis.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

#include "redis_fixture.h"

namespace dragoman::store {
namespace {

using testing::AnyOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kEcho = "return ARGV[1]";

TEST_F(RedisTest, RunsScriptsOverTcpAndUnixSockets) {
  RedisServer server;
  for (const std::string& url :
       {server.url(), server.unix_url(), "redis://localhost:" + std::to_string(server.port())}) {
    SCOPED_TRACE(url);
    const auto redis = Connect(OptionsOf(url));
    const std::string bytes("a\0\r\n\xff", 5);
    EXPECT_EQ(Run(*redis, kEcho, {}, {bytes}), "$" + bytes);
    EXPECT_EQ(Run(*redis, "return {1, KEYS[1], false}", {"k"}), "[:1 $k nil]");
    EXPECT_EQ(redis->counters().commands, 2u);
    EXPECT_EQ(redis->counters().failures, 0u);
    EXPECT_TRUE(redis->counters().up);
  }
}

TEST_F(RedisTest, LogsInAndChoosesItsDatabase) {
  RedisServer server({"--user", "default", "off", "--user", "app", "on", ">pass@word", "~*", "+@all"});
  const std::string where = "127.0.0.1:" + std::to_string(server.port());
  const auto other = Connect(OptionsOf("redis://app:pass%40word@" + where));
  EXPECT_EQ(Run(*other, "return redis.call('SET', KEYS[1], 0)", {"here"}), "+OK");
  EXPECT_EQ(Run(*other, "return redis.call('EXISTS', KEYS[1])", {"here"}), ":1");
  const auto third = Connect(OptionsOf("redis://app:pass%40word@" + where + "/3"));
  EXPECT_EQ(Run(*third, "return redis.call('EXISTS', KEYS[1])", {"here"}), ":0");
}

TEST_F(RedisTest, LogsInWithAPasswordAlone) {
  RedisServer server({"--requirepass", "secret"});
  const auto redis = Connect(OptionsOf("redis://:secret@127.0.0.1:" + std::to_string(server.port())));
  EXPECT_EQ(Run(*redis, "return 5"), ":5");
}

TEST_F(RedisTest, StaysDownWithoutTheRightPasswordAndKeepsItToItself) {
  RedisServer server({"--requirepass", "secret"});
  const std::string where = "127.0.0.1:" + std::to_string(server.port());
  const struct {
    std::string url;
    std::string why;
  } kCases[] = {
      {"redis://:wr0ngword@" + where, "it refuses the login: WRONGPASS"},
      {"redis://wh0:wr0ngword@" + where, "it refuses the login: WRONGPASS"},
      {"redis://" + where, "cannot run scripts: it answers NOAUTH Authentication required."},
      {"redis://:secret@" + where + "/99", "cannot choose the database: it answers ERR DB index is out of range"},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.why);
    std::unique_ptr<Redis> redis;
    const std::string log = LogUntil("\n", [&] { redis = Begin(OptionsOf(test.url)); });
    EXPECT_THAT(log, EndsWith(" warn store_down address=" + where + " error=\"" + test.why + "\"\n"));
    EXPECT_THAT(log, Not(AnyOf(HasSubstr("wr0ngword"), HasSubstr("secret"))));
    EXPECT_FALSE(redis->up());
    EXPECT_EQ(Run(*redis, "return 5"), "none");
  }
}

TEST_F(RedisTest, SaysWhyItCannotConnect) {
  std::string nobody;
  {
    FakeRedis gone([](FakeRedis::Connection&) {});
    nobody = gone.url();
  }
  const struct {
    std::string url;
    std::string why;
  } kCases[] = {
      {nobody, "cannot connect: Connection refused"},
      {"unix:/nowhere/redis.sock", "cannot connect: No such file or directory"},
      {"redis://no-such-host.invalid", "cannot resolve no-such-host.invalid: "},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.url);
    std::unique_ptr<Redis> redis;
    EXPECT_THAT(LogUntil("\n", [&] { redis = Begin(OptionsOf(test.url)); }), HasSubstr("error=\"" + test.why));
    EXPECT_EQ(Run(*redis, "return 5"), "none");
  }
}

TEST_F(RedisTest, SaysThatItIsDownOnceHoweverOftenItTries) {
  std::atomic<int> tries = 0;
  FakeRedis server([&](FakeRedis::Connection&) { ++tries; });
  const auto redis = Begin(OptionsOf(server.url()));
  testing::internal::CaptureStderr();
  EXPECT_TRUE(RunUntil([&] { return tries >= 5; }));
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, EndsWith("error=\"it closed the connection\"\n"));
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1) << log;
}

TEST_F(RedisTest, SendsTheScriptAgainWhenRedisHasForgottenIt) {
  RedisServer server;
  const auto redis = Connect(OptionsOf(server.url()));
  EXPECT_EQ(Run(*redis, "return 'once'"), "$once");
  EXPECT_EQ(server.Command({"SCRIPT", "FLUSH"}), "OK");
  EXPECT_EQ(Run(*redis, "return 'once'"), "$once");
  EXPECT_EQ(redis->counters().failures, 0u);
  EXPECT_TRUE(redis->up());
}

TEST_F(RedisTest, ComesBackAfterAKillAndRestart) {
  RedisServer server;
  for (const std::string& url : {server.url(), server.unix_url()}) {
    const auto redis = Connect(OptionsOf(url));
    EXPECT_EQ(Run(*redis, "return 5"), ":5");
    server.Kill();
    EXPECT_TRUE(RunUntil([&] { return !redis->up(); }));
    EXPECT_EQ(Run(*redis, "return 5"), "none");
    server.Start();
    EXPECT_TRUE(RunUntil([&] { return redis->up(); }));
    EXPECT_EQ(Run(*redis, "return 5"), ":5");
    EXPECT_EQ(redis->counters().reconnects, 1u);
  }
}

TEST_F(RedisTest, DoesNotWaitForOneThatStandsStillAndComesBackWhenItGoesOn) {
  RedisServer server;
  RedisOptions options = OptionsOf(server.url());
  options.timeout = options.connect_timeout = 50ms;
  const auto redis = Connect(options);
  server.Freeze();
  EXPECT_EQ(Run(*redis, "return 5"), "none");
  EXPECT_FALSE(redis->up());
  EXPECT_EQ(Run(*redis, "return 5"), "none");
  server.Thaw();
  EXPECT_TRUE(RunUntilTold(*redis, "return 6", ":6"));
  EXPECT_TRUE(redis->up());
}

TEST_F(RedisTest, AnErrorMeansDownButForOneTryNowAndThen) {
  RedisServer server;
  RedisOptions patient = OptionsOf(server.url());
  patient.min_pause = patient.max_pause = 1h;
  const auto slow = Connect(patient);
  const auto quick = Connect(OptionsOf(server.url()));
  constexpr std::string_view kSet = "redis.call('SET', KEYS[1], 1) return 5";
  EXPECT_EQ(Run(*quick, kSet, {"k"}), ":5");
  server.Command({"CONFIG", "SET", "maxmemory", "1"});
  for (Redis* redis : {slow.get(), quick.get()}) {
    EXPECT_EQ(Run(*redis, kSet, {"k"}), "none");
    EXPECT_FALSE(redis->up());
    EXPECT_FALSE(redis->counters().up);
  }
  EXPECT_EQ(Run(*slow, "return 5"), "none") << "it would have been answered, but the next try is an hour away";
  server.Command({"CONFIG", "SET", "maxmemory", "0"});
  EXPECT_TRUE(RunUntilTold(*quick, "return 5", ":5"));
  EXPECT_TRUE(quick->up());
  EXPECT_TRUE(quick->counters().up);
  EXPECT_EQ(quick->counters().reconnects, 0u);
}

TEST_F(RedisTest, IsUpForTheLogOnceItHasAnsweredWellForAWhile) {
  RedisServer server;
  RedisOptions options = OptionsOf(server.url());
  options.settling = 1h;
  const auto never = Connect(options);
  options.settling = 20ms;
  const auto soon = Connect(options);
  constexpr std::string_view kSet = "return redis.call('SET', KEYS[1], 1)";
  server.Command({"CONFIG", "SET", "maxmemory", "1"});
  const std::string log = LogUntil("store_up", [&] {
    for (Redis* redis : {never.get(), soon.get()}) {
      EXPECT_EQ(Run(*redis, kSet, {"k"}), "none");
      EXPECT_TRUE(RunUntilTold(*redis, "return 5", ":5")) << "which needs no memory";
      EXPECT_TRUE(redis->counters().up);
      EXPECT_EQ(Run(*redis, kSet, {"k"}), "none");
    }
    server.Command({"CONFIG", "SET", "maxmemory", "0"});
    for (Redis* redis : {never.get(), soon.get()}) EXPECT_TRUE(RunUntilTold(*redis, "return 5", ":5"));
  });
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 3) << "two that are down, one that is up:\n" << log;
}

TEST_F(RedisTest, OnceClosedItAnswersNobody) {
  RedisServer server;
  const auto redis = Connect(OptionsOf(server.url()));
  server.Freeze();
  const Script script("return 1");
  std::array<std::optional<std::string>, 3> told;
  for (auto& one : told) loop_.Spawn(RunInto(*redis, script, {}, {}, one));
  EXPECT_FALSE(told[0].has_value());
  testing::internal::CaptureStderr();
  redis->Close();
  for (const auto& one : told) EXPECT_EQ(one.value_or("waits"), "none");
  server.Thaw();
  EXPECT_FALSE(RunUntilTold(*redis, "return 1", ":1", 100ms));
  EXPECT_FALSE(redis->up());
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "") << "nothing is wrong with it";
}

TEST_F(RedisTest, LooksForAnotherServerWhenThisOneIsAReplica) {
  RedisServer server;
  const auto redis = Connect(OptionsOf(server.url()));
  server.Command({"REPLICAOF", "127.0.0.1", "1"});
  EXPECT_EQ(Run(*redis, "return redis.call('SET', KEYS[1], 1)", {"k"}), "none");
  EXPECT_TRUE(RunUntil([&] { return redis->counters().reconnects > 0; }));
  server.Command({"REPLICAOF", "NO", "ONE"});
  EXPECT_TRUE(RunUntilTold(*redis, "return 5", ":5"));
}

TEST_F(RedisTest, AnswersFindWhoAskedHoweverManyAskAtOnce) {
  RedisServer server;
  RedisOptions options = OptionsOf(server.url());
  options.max_in_flight = 100;
  const auto redis = Connect(options);
  const Script script(kEcho);
  std::vector<std::string> texts;
  for (int i = 0; i < 150; ++i) texts.push_back(std::to_string(i));
  std::vector<std::optional<std::string>> told(texts.size());
  for (size_t i = 0; i < texts.size(); ++i) loop_.Spawn(RunInto(*redis, script, {}, {texts[i]}, told[i]));
  EXPECT_TRUE(RunUntil([&] { return told[99].has_value(); }));
  for (size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ(told[i].value_or("waits"), i < 100 ? "$" + texts[i] : "none") << "at most 100 are in flight";
  }
  EXPECT_EQ(redis->counters().failures, 50u);
  EXPECT_TRUE(redis->up());
}

TEST_F(RedisTest, ForgetsWhoeverIsGone) {
  RedisServer server;
  const auto redis = Connect(OptionsOf(server.url()));
  const Script script(kEcho);
  std::optional<std::string> first;
  std::optional<std::string> last;
  loop_.Spawn(RunInto(*redis, script, {}, {"first"}, first));
  std::optional<std::string> gone;
  {
    const Task<void> task = RunInto(*redis, script, {}, {"gone"}, gone);
    EXPECT_FALSE(task.await_ready()) << "it waits for its answer";
  }
  loop_.Spawn(RunInto(*redis, script, {}, {"last"}, last));
  EXPECT_TRUE(RunUntil([&] { return last.has_value(); }));
  EXPECT_EQ(first.value_or("waits"), "$first");
  EXPECT_EQ(last.value_or("waits"), "$last");
  EXPECT_FALSE(gone.has_value());
}

// Sets `gone` when its coroutine is destroyed or ends.
struct Mark {
  explicit Mark(int& count) : gone(count) {}
  ~Mark() { ++gone; }
  Mark(const Mark&) = delete;
  Mark& operator=(const Mark&) = delete;
  int& gone;
};

Task<void> RunThenDestroy(std::unique_ptr<Redis>& redis, const Script& script, int& gone) {
  const Mark mark(gone);
  co_await redis->Run(script, {}, {});
  redis.reset();
}

TEST_F(RedisTest, TakesThoseThatWaitWithIt) {
  RedisServer server;
  auto redis = Connect(OptionsOf(server.url()));
  const Script script("return 1");
  int gone = 0;
  for (int i = 0; i < 3; ++i) loop_.Spawn(RunThenDestroy(redis, script, gone));
  EXPECT_EQ(gone, 0);
  redis.reset();
  EXPECT_EQ(gone, 3);
}

TEST_F(RedisTest, MayBeDestroyedByTheOneThatIsAnswered) {
  RedisServer server;
  const Script script("return 1");
  for (const bool fails : {false, true}) {
    auto redis = Connect(OptionsOf(server.url()));
    int gone = 0;
    for (int i = 0; i < 3; ++i) loop_.Spawn(RunThenDestroy(redis, script, gone));
    if (fails) server.Kill();
    EXPECT_TRUE(RunUntil([&] { return gone == 3; }));
    EXPECT_EQ(redis, nullptr);
  }
}

TEST_F(RedisTest, EveryWorkerHasItsOwn) {
  RedisServer server;
  constexpr int kThreads = 4;
  constexpr int kCommands = 500;
  std::atomic<int> answered = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      Loop loop;
      SideThread side_thread;
      Redis redis(loop, side_thread, OptionsOf(server.url()));
      struct Work {
        static Task<void> Count(Loop& loop, Redis& redis, std::atomic<int>& answered) {
          const Script script("return redis.call('INCR', KEYS[1])");
          const std::vector<std::string_view> keys = {"count"};
          while (!redis.up()) co_await loop.Yield();
          for (int n = 0; n < kCommands; ++n) {
            const Reply* reply = co_await redis.Run(script, keys, {});
            if (reply != nullptr) ++answered;
          }
          loop.Stop();
        }
      };
      loop.Spawn(Work::Count(loop, redis, answered));
      loop.Run();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(answered, kThreads * kCommands);
  EXPECT_EQ(server.Command({"GET", "count"}), std::to_string(kThreads * kCommands));
}

}  // namespace
}  // namespace dragoman::store
