#include "auth/token_fetcher.h"

#include <atomic>

#include "auth_fixture.h"

namespace dragoman::auth {
namespace {

using ::testing::Each;
using ::testing::EndsWith;

std::string Granted(const std::string& token, int expires_in) {
  return ScriptedServer::Response(R"({"access_token":")" + token + R"(","token_type":"Bearer","expires_in":)" +
                                  std::to_string(expires_in) + "}");
}

class TokenFetcherTest : public AuthTest {
 protected:
  std::unique_ptr<TokenFetcher> Start(const ScriptedServer& server, const TokenFetcherOptions& options = {}) {
    BackendCredentials credentials;
    credentials.backend = "maps";
    credentials.grant = {.client = {.token = {.url = server.url("/token")}, .client_id = "gateway"},
                         .client_secret = "s3cret"};
    token_ = cell_->Subscribe(this, [&](std::shared_ptr<const BackendToken> token) {
      token_ = std::move(token);
      seen_.push_back(token_->authorization);
    });
    auto fetcher = TokenFetcher::Make(loop_, credentials, cell_, options);
    EXPECT_TRUE(fetcher);
    (*fetcher)->Start();
    return *std::move(fetcher);
  }

  bool RunUntilShown(const std::string& authorization) {
    return RunUntil([&] { return token_->authorization == authorization && !token_->pending; });
  }

  std::shared_ptr<TokenCell> cell_ = std::make_shared<TokenCell>();
  std::shared_ptr<const BackendToken> token_;
  std::vector<std::string> seen_;
  const TokenFetcherOptions kFast{.min_backoff = std::chrono::milliseconds(5),
                                  .max_backoff = std::chrono::milliseconds(20),
                                  .cooldown = std::chrono::milliseconds(0)};
};

TEST(RenewAfter, IsWellBeforeTheEnd) {
  using std::chrono::seconds;
  EXPECT_EQ(RenewAfter(seconds(1000), 0), seconds(800));
  EXPECT_EQ(RenewAfter(seconds(1000), 0.5), seconds(750));
  EXPECT_EQ(RenewAfter(seconds(1000), 1), seconds(700));
}

TEST_F(TokenFetcherTest, FetchesAtOnceAndSaysThatItDoes) {
  ScriptedServer server(ScriptedServer::Answers(Granted("one", 3600)));
  const TimePoint before = Clock::now();
  const auto fetcher = Start(server);
  EXPECT_TRUE(token_->pending);
  EXPECT_FALSE(token_->ValidAt(before));
  ASSERT_TRUE(RunUntilShown("Bearer one"));
  EXPECT_TRUE(token_->ValidAt(before + std::chrono::seconds(3599)));
  EXPECT_FALSE(token_->ValidAt(Clock::now() + std::chrono::seconds(3600)));
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST_F(TokenFetcherTest, RenewsBeforeATokenExpires) {
  std::atomic<int> count = 0;
  ScriptedServer server([&](Connection& connection) {
    connection.ReadRequest();
    connection.Write(Granted("t" + std::to_string(++count), 1));
  });
  const auto fetcher = Start(server);
  ASSERT_TRUE(RunUntilShown("Bearer t1"));
  const auto first = token_;
  ASSERT_TRUE(RunUntilShown("Bearer t2"));
  EXPECT_THAT(server.requests(), Each(EndsWith("grant_type=client_credentials")));
  // The first one was there until it was replaced.
  seen_.erase(seen_.begin(), std::find(seen_.begin(), seen_.end(), "Bearer t1"));
  EXPECT_THAT(seen_, Each(testing::StartsWith("Bearer t")));
}

TEST_F(TokenFetcherTest, KeepsTheOldTokenWhileNoNewOneIsToBeHad) {
  std::atomic<int> count = 0;
  ScriptedServer server([&](Connection& connection) {
    connection.ReadRequest();
    const int now = ++count;
    connection.Write(now == 1   ? Granted("one", 600)
                     : now <= 4 ? ScriptedServer::Response("{}", "500 Oops")
                                : Granted("two", 600));
  });
  const auto fetcher = Start(server, kFast);
  ASSERT_TRUE(RunUntilShown("Bearer one"));
  const std::string failed = server.address() + ": answers 500";
  cell_->AskForRenewal();
  ASSERT_TRUE(RunUntil([&] { return token_->why == failed && !token_->pending; }));
  EXPECT_EQ(token_->authorization, "Bearer one");
  EXPECT_TRUE(token_->ValidAt(Clock::now()));
  ASSERT_TRUE(RunUntilShown("Bearer two"));
  EXPECT_EQ(token_->why, "");
  EXPECT_EQ(server.requests().size(), 5u);
}

TEST_F(TokenFetcherTest, TriesAgainAfterAPause) {
  std::atomic<int> count = 0;
  ScriptedServer server([&](Connection& connection) {
    connection.ReadRequest();
    if (++count <= 3) return;  // closed without an answer
    connection.Write(Granted("late", 3600));
  });
  const auto fetcher = Start(server, kFast);
  ASSERT_TRUE(RunUntil([&] { return !token_->why.empty() && !token_->pending; }));
  EXPECT_EQ(token_->why, server.address() + ": closed the connection without an answer");
  EXPECT_EQ(token_->authorization, "");
  ASSERT_TRUE(RunUntilShown("Bearer late"));
  EXPECT_EQ(count, 4);
}

TEST_F(TokenFetcherTest, RenewsAtMostOncePerCooldownWhenATokenIsNotTaken) {
  std::atomic<int> count = 0;
  ScriptedServer server([&](Connection& connection) {
    connection.ReadRequest();
    connection.Write(Granted("t" + std::to_string(++count), 3600));
  });
  const auto fetcher = Start(server, {.cooldown = std::chrono::hours(1)});
  ASSERT_TRUE(RunUntilShown("Bearer t1"));
  for (int i = 0; i < 10; ++i) cell_->AskForRenewal();
  ASSERT_TRUE(RunUntilShown("Bearer t2"));
  for (int i = 0; i < 10; ++i) cell_->AskForRenewal();
  loop_.io().restart();
  while (loop_.io().poll() > 0) {
  }
  EXPECT_FALSE(token_->pending);
  EXPECT_EQ(count, 2);
}

TEST_F(TokenFetcherTest, FetchesOneAtATime) {
  std::atomic<int> now = 0;
  std::atomic<int> most = 0;
  std::atomic<int> count = 0;
  ScriptedServer server([&](Connection& connection) {
    connection.ReadRequest();
    most = std::max(most.load(), ++now);
    cell_->AskForRenewal();
    --now;
    connection.Write(Granted("t" + std::to_string(++count), 3600));
  });
  const auto fetcher = Start(server, kFast);
  ASSERT_TRUE(RunUntilShown("Bearer t1"));
  for (int i = 2; i <= 5; ++i) {
    cell_->AskForRenewal();
    cell_->AskForRenewal();
    ASSERT_TRUE(RunUntilShown("Bearer t" + std::to_string(i)));
  }
  EXPECT_EQ(most, 1);
  EXPECT_EQ(count, 5);
}

TEST_F(TokenFetcherTest, MayBeDestroyedAtAnyTime) {
  ScriptedServer server([](Connection& connection) {
    connection.ReadRequest();
    connection.WaitForClose();
  });
  auto fetching = Start(server);
  fetching.reset();
  cell_->Unsubscribe(this);
  ScriptedServer other(ScriptedServer::Answers(Granted("one", 3600)));
  auto waiting = Start(other);
  ASSERT_TRUE(RunUntilShown("Bearer one"));
  waiting.reset();
  cell_->AskForRenewal();
  loop_.io().poll();
  EXPECT_EQ(other.requests().size(), 1u);
}

TEST_F(TokenFetcherTest, ATokenOfTheSameGrantHoldsUntilThereIsANewOne) {
  std::atomic<bool> fails = true;
  ScriptedServer server([&](Connection& connection) {
    connection.ReadRequest();
    connection.Write(fails ? ScriptedServer::Response("{}") : Granted("new", 3600));
  });
  cell_->Publish({.authorization = "Bearer old", .expires = Clock::now() + std::chrono::hours(1), .why = {}});
  const auto fetcher = Start(server, kFast);
  EXPECT_EQ(token_->authorization, "Bearer old");
  EXPECT_TRUE(token_->ValidAt(Clock::now()));
  ASSERT_TRUE(RunUntil([&] { return !token_->why.empty(); }));
  EXPECT_EQ(token_->authorization, "Bearer old");
  fails = false;
  EXPECT_TRUE(RunUntilShown("Bearer new"));
}

}  // namespace
}  // namespace dragoman::auth
