#include <algorithm>
#include <memory>

#include "base/memory_budget.h"
#include "upstream_fixture.h"

// What calls for one client collect of their replies.
namespace dragoman::upstream {
namespace {

constexpr size_t kWindow = 64 << 10;
constexpr size_t kBudget = 256 << 10;
constexpr size_t kMessage = 500'000;
constexpr int kCalls = 8;

std::string Content(int number, size_t size) { return std::string(size, static_cast<char>('a' + number)); }

class ReplyMemoryTest : public UpstreamTest {
 protected:
  // A call whose reply is kept until its share is given back.
  struct Asker {
    explicit Asker(MemoryBudget& budget) : share(budget) {}
    MemoryShare share;
    std::unique_ptr<Call> call;
    Outcome outcome;
  };

  void Ask(Backend& backend, Asker& asker, int number, Duration timeout = std::chrono::minutes(1)) {
    path_.push_back(std::make_unique<std::string>("/t.T/" + std::to_string(number)));
    asker.call = backend.Start({.path = *path_.back(),
                                .metadata = {},
                                .deadline = Clock::now() + timeout,
                                .max_reply_bytes = 4 << 20,
                                .memory = &asker.share});
    loop_.Spawn([](Call& call, Outcome& outcome) -> Task<void> {
      (void)co_await call.Send(Message("please"), true);
      co_await Finish(call, outcome);
    }(*asker.call, asker.outcome));
  }

  // What is on its way is here: small calls come and go on the same connection.
  void Settle(Backend& backend, FrameServer& server) {
    for (int i = 0; i < 20; ++i) EXPECT_EQ(Run(backend, server, {.path = "/t.T/small"}).messages.size(), 1u);
  }

  // "/t.T/3" is answered with kMessage bytes of its own, "/t.T/small" with few.
  static FrameServer::Script Large() {
    return Does([](FrameConnection& connection, FrameConnection::Request& request) {
      const std::string name = request.headers[":path"].substr(5);
      connection.Reply(request.id, name == "small" ? "ok" : Content(std::stoi(name), kMessage));
    });
  }
  static size_t Sent(FrameServer& server) {
    size_t sent = 0;
    server.With(0, [&sent](FrameConnection& connection) {
      for (int i = 0; i < kCalls; ++i) sent += connection.sent(2 * i + 1);
    });
    return sent;
  }
  static BackendOptions Narrow() {
    BackendOptions options;
    options.stream_window = kWindow;
    return options;
  }

  std::vector<std::unique_ptr<std::string>> path_;
};

TEST_F(ReplyMemoryTest, BoundsWhatIsCollectedAndLosesNothing) {
  FrameServer server(loop_, Large());
  const std::unique_ptr<Backend> backend = Shop({server.address()}, Narrow());
  MemoryBudget budget(kBudget);
  std::vector<std::unique_ptr<Asker>> askers;
  for (int i = 0; i < kCalls; ++i) askers.push_back(std::make_unique<Asker>(budget));
  for (int i = 0; i < kCalls; ++i) Ask(*backend, *askers[static_cast<size_t>(i)], i);
  size_t done = 0;
  while (done < kCalls) {
    ASSERT_TRUE(server.RunUntil([&] {
      return std::any_of(askers.begin(), askers.end(), [](const auto& asker) { return asker && asker->outcome.done; });
    }));
    Settle(*backend, server);
    // Those that are done have had theirs; the others a window each, and together what the budget and one more allow.
    EXPECT_LE(Sent(server), (done + 2) * (kMessage + kMessagePrefix) + kCalls * kWindow + kBudget);
    EXPECT_LE(budget.used(), kBudget + kMessage);
    for (size_t i = 0; i < askers.size(); ++i) {
      if (!askers[i] || !askers[i]->outcome.done) continue;
      ++done;
      EXPECT_TRUE(askers[i]->outcome.status.ok()) << askers[i]->outcome.status.message();
      EXPECT_EQ(askers[i]->outcome.messages, std::vector<std::string>{Content(static_cast<int>(i), kMessage)});
      askers[i].reset();  // its client has taken it
    }
  }
  EXPECT_EQ(budget.used(), 0u);
  EXPECT_GT(budget.TakeWaits(), 0u);
}

TEST_F(ReplyMemoryTest, AsksNobodyForWhatTheWindowLetsCome) {
  FrameServer server(loop_, Large());
  const std::unique_ptr<Backend> backend = Shop({server.address()});  // 1 MiB
  MemoryBudget budget(0);
  Asker asker(budget);
  Ask(*backend, asker, 3);
  ASSERT_TRUE(server.RunUntil([&] { return asker.outcome.done; }));
  EXPECT_EQ(asker.outcome.messages, std::vector<std::string>{Content(3, kMessage)});
  EXPECT_EQ(asker.share.bytes(), 0u);
}

// A stream gives back what a large message took when the next one is small.
TEST_F(ReplyMemoryTest, IsGivenBackByWhoeverGoesOn) {
  FrameServer server(loop_, Does([](FrameConnection& connection, FrameConnection::Request& request) {
    connection.Head(request.id);
    connection.Data(request.id, Framed(Content(0, kMessage)));
    connection.Data(request.id, Framed("small"));
  }));
  const std::unique_ptr<Backend> backend = Shop({server.address()}, Narrow());
  MemoryBudget budget(kBudget);
  Asker asker(budget);
  asker.call = backend->Start({.path = "/t.T/0", .metadata = {}, .memory = &asker.share});
  std::vector<size_t> held;
  loop_.Spawn([](Asker& reader, std::vector<size_t>& sizes) -> Task<void> {
    (void)co_await reader.call->Send(Message("please"), true);
    while (co_await reader.call->Receive()) sizes.push_back(reader.share.bytes());
  }(asker, held));
  ASSERT_TRUE(server.RunUntil([&] { return held.size() == 2; }));
  EXPECT_GT(held[0], kBudget);
  EXPECT_LE(held[0], kMessage);
  EXPECT_LE(held[1], 5u);
  asker.call->Cancel();
  RunTurn();
}

TEST_F(ReplyMemoryTest, SaysWhyAReplyWasNotCollectedInTime) {
  FrameServer server(loop_, Large());
  const std::unique_ptr<Backend> backend = Shop({server.address()}, Narrow());
  MemoryBudget budget(kBudget);
  Asker first(budget);
  Asker second(budget);
  Ask(*backend, first, 0);
  ASSERT_TRUE(server.RunUntil([&] { return first.outcome.done; }));
  Ask(*backend, second, 1, std::chrono::seconds(1));
  ASSERT_TRUE(server.RunUntil([&] { return second.outcome.done; }));
  EXPECT_EQ(second.outcome.status.reason(), Reason::kDeadlineExceeded);
  EXPECT_THAT(std::string(second.outcome.status.message()),
              testing::StartsWith(
                  "the client took too little of its other replies to make room for that of backend \"shop\" within "));
  EXPECT_EQ(second.outcome.messages.size(), 0u);
}

}  // namespace
}  // namespace dragoman::upstream
