// What a Redis may do to us, and what becomes of those who wait.
#include <array>
#include <atomic>

#include "redis_fixture.h"

namespace dragoman::store {
namespace {

using testing::HasSubstr;

class BadRedisTest : public RedisTest {
 protected:
  // What a command comes to, and the first line that is logged.
  void ExpectGivenUp(FakeRedis::Script script, const std::string& why, std::chrono::milliseconds timeout = 10s) {
    FakeRedis server(std::move(script));
    RedisOptions options = OptionsOf(server.url());
    options.timeout = timeout;
    options.min_pause = options.max_pause = 1h;
    options.reply = {.max_bytes = 1 << 16, .max_elements = 100};
    const auto redis = Connect(options);
    std::string told;
    EXPECT_THAT(LogUntil("\n", [&] { told = Run(*redis, "return 5"); }), HasSubstr(why));
    EXPECT_EQ(told, "none");
    EXPECT_FALSE(redis->up());
    EXPECT_EQ(redis->counters().failures, 1u);
    EXPECT_EQ(Run(*redis, "return 5"), "none");
  }
};

TEST_F(BadRedisTest, AnswersNoClientCanUse) {
  std::string nested;
  for (int i = 0; i < 1000; ++i) nested += "*1\r\n";
  const struct {
    const char* name;
    std::string reply;
    std::string why;
  } kCases[] = {
      {"garbage", "garbage\r\n", "it breaks the protocol: Protocol error, got "},
      {"zeros", std::string(1000, '\0'), "it breaks the protocol: Protocol error, got "},
      {"a huge text", "$100000\r\n" + std::string(100'000, 'x') + "\r\n", "a reply of more than 65536 bytes"},
      {"an endless line", "+" + std::string(100'000, 'x'), "a reply of more than 65536 bytes"},
      {"a huge array", "*1000000000\r\n", "an array of more than 100 values"},
      {"nested arrays", nested, "an array within an array"},
      {"two answers to one command", "-ERR 1\r\n:2\r\n", "it answers ERR 1"},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    ExpectGivenUp(FakeRedis::Answers(test.reply), test.why);
  }
}

TEST_F(BadRedisTest, AnswersNothing) {
  ExpectGivenUp(
      [](FakeRedis::Connection& connection) {
        connection.Greet();
        connection.WaitForClose();
      },
      "error=\"no answer within 30ms\"", 30ms);
}

TEST_F(BadRedisTest, AnswersHalf) {
  ExpectGivenUp(
      [](FakeRedis::Connection& connection) {
        connection.Greet();
        connection.ReadCommand();
        connection.Write("$5\r\nab");
        connection.WaitForClose();
      },
      "error=\"no answer within 30ms\"", 30ms);
}

TEST_F(BadRedisTest, ClosesInsteadOfAnswering) {
  ExpectGivenUp(
      [](FakeRedis::Connection& connection) {
        connection.Greet();
        connection.ReadCommand();
      },
      "error=\"it closed the connection\"");
}

TEST_F(BadRedisTest, AnswersWithErrors) {
  for (const char* error :
       {"OOM command not allowed", "READONLY You can't write", "LOADING Redis is loading", "MISCONF Errors writing",
        "BUSY Redis is busy", "NOPERM no", "ERR unknown command", "WRONGTYPE no", "NOSCRIPT never heard of it"}) {
    SCOPED_TRACE(error);
    ExpectGivenUp(FakeRedis::Answers("-" + std::string(error) + "\r\n"), std::string("it answers ") + error);
  }
}

TEST_F(BadRedisTest, SpeaksUnasked) {
  FakeRedis server([](FakeRedis::Connection& connection) {
    connection.Greet();
    connection.Write("+hello\r\n");
    connection.WaitForClose();
  });
  RedisOptions options = OptionsOf(server.url());
  options.min_pause = options.max_pause = 1h;
  std::unique_ptr<Redis> redis;
  EXPECT_THAT(LogUntil("\n", [&] { redis = Begin(options); }), HasSubstr("error=\"it answers what nobody has asked\""));
  EXPECT_FALSE(redis->up());
}

TEST_F(BadRedisTest, GreetsWrongly) {
  const struct {
    const char* name;
    std::string greeting;
    std::string why;
  } kCases[] = {
      {"still loading", "-LOADING Redis is loading the dataset in memory\r\n",
       "cannot run scripts: it answers LOADING Redis is loading the dataset in memory"},
      {"too many clients", "-ERR max number of clients reached\r\n",
       "cannot run scripts: it answers ERR max number of clients reached"},
      {"not what was asked", "+OK\r\n", "cannot run scripts: it answers with something else"},
      {"not Redis", "HTTP/1.1 400 Bad Request\r\n\r\n", "it breaks the protocol: Protocol error, got"},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    FakeRedis server([&](FakeRedis::Connection& connection) {
      connection.Write(test.greeting);
      connection.WaitForClose();
    });
    RedisOptions options = OptionsOf(server.url());
    options.min_pause = options.max_pause = 1h;
    std::unique_ptr<Redis> redis;
    EXPECT_THAT(LogUntil("\n", [&] { redis = Begin(options); }), HasSubstr(test.why));
  }
}

TEST_F(BadRedisTest, DoesNotGreet) {
  FakeRedis server([](FakeRedis::Connection& connection) { connection.WaitForClose(); });
  RedisOptions options = OptionsOf(server.url());
  options.connect_timeout = 30ms;
  options.min_pause = options.max_pause = 1h;
  std::unique_ptr<Redis> redis;
  EXPECT_THAT(LogUntil("\n", [&] { redis = Begin(options); }), HasSubstr("error=\"cannot connect within 30ms\""));
}

// The second connection must see none of what the first one's commands are answered with.
TEST_F(BadRedisTest, AnswersTooLate) {
  std::atomic<int> connections = 0;
  FakeRedis server([&](FakeRedis::Connection& connection) {
    const bool first = ++connections == 1;
    connection.Greet();
    while (!connection.ReadCommand().empty()) {
      if (first) {
        connection.WaitForClose();
        connection.Write("$4\r\nlate\r\n");
        return;
      }
      connection.Write("$5\r\nright\r\n");
    }
  });
  RedisOptions options = OptionsOf(server.url());
  options.timeout = 50ms;
  const auto redis = Connect(options);
  EXPECT_EQ(Run(*redis, "return 5"), "none");
  EXPECT_TRUE(RunUntilTold(*redis, "return 5", "$right"));
}

TEST_F(BadRedisTest, AnswersInPiecesAndManyAtOnce) {
  FakeRedis server([](FakeRedis::Connection& connection) {
    connection.Greet();
    for (int i = 0; i < 3; ++i) connection.ReadCommand();
    const std::string replies = "$3\r\none\r\n*1\r\n:2\r\n+three\r\n";
    for (const char& byte : replies) connection.Write({&byte, 1});
    connection.WaitForClose();
  });
  const auto redis = Connect(OptionsOf(server.url()));
  const Script script("return 5");
  std::array<std::optional<std::string>, 3> told;
  for (auto& answer : told) loop_.Spawn(RunInto(*redis, script, {}, {}, answer));
  EXPECT_TRUE(RunUntil([&] { return told[2].has_value(); }));
  EXPECT_EQ(told[0].value_or(""), "$one");
  EXPECT_EQ(told[1].value_or(""), "[:2]");
  EXPECT_EQ(told[2].value_or(""), "+three");
}

// A server that reads nothing: what it is sent stays within its bound, and its time.
TEST_F(BadRedisTest, ReadsNothing) {
  std::atomic<bool> over = false;
  FakeRedis server([&](FakeRedis::Connection& connection) {
    connection.Greet();
    over.wait(false);
  });
  RedisOptions options = OptionsOf(server.url());
  options.timeout = 50ms;
  options.min_pause = options.max_pause = 1h;
  options.max_unsent = 1 << 20;
  const auto redis = Connect(options);
  const Script script("return 5");
  const std::string big(600'000, 'x');
  std::array<std::optional<std::string>, 20> told;
  for (auto& answer : told) loop_.Spawn(RunInto(*redis, script, {}, {big}, answer));
  EXPECT_FALSE(told[1].has_value());
  EXPECT_EQ(told[2].value_or("waits"), "none") << "a mebibyte has not been sent yet";
  EXPECT_TRUE(RunUntil([&] { return told[0].has_value() && told[1].has_value(); }));
  EXPECT_EQ(*told[0] + *told[1], "nonenone");
  over = true;
  over.notify_all();
}

}  // namespace
}  // namespace dragoman::store
