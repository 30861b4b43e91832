#include "reflection/watcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "frame_server.h"
#include "played_reflection.h"
#include "run_until.h"

namespace dragoman::reflection {
namespace {

using What = Settled::Verdict::What;
using frames::FrameConnection;
using frames::FrameServer;
using frames::Framed;

// One that says the same to every call, before it is asked.
FrameServer::Script Saying(std::vector<std::string> answers) {
  return {.on_headers = [answers = std::move(answers)](FrameConnection& connection, FrameConnection::Request& request) {
    connection.Head(request.id);
    for (const std::string& answer : answers) connection.Data(request.id, Framed(answer));
    connection.Trailers(request.id);
  }};
}

FrameServer::Script Describing(const std::string& service) {
  return Saying(PlayedReflection({{"a.proto", PlayedFile("a.proto", "a", {service})}}).Script());
}

class WatcherTest : public testing::Test {
 protected:
  Watcher& Watch(std::vector<std::string> addresses, const WatcherOptions& options = {}) {
    backend_.name = "shop";
    backend_.endpoints.clear();
    for (std::string& address : addresses) backend_.endpoints.push_back({std::move(address), {}});
    return watcher_.emplace(loop_, side_thread_, backend_, nullptr, Credentials{}, options);
  }
  Settled::Verdict AskAll() {
    verdict_.reset();
    loop_.Spawn(Run());
    EXPECT_TRUE(RunUntil(loop_, [this] { return verdict_.has_value(); }));
    return verdict_.value_or(Settled::Verdict{});
  }

  Loop loop_;
  SideThread side_thread_;
  config::Backend backend_;
  std::optional<Watcher> watcher_;

 private:
  Task<void> Run() { verdict_.emplace(co_await watcher_->AskAll()); }

  std::optional<Settled::Verdict> verdict_;
};

TEST_F(WatcherTest, AsksEveryAddressEachRound) {
  FrameServer one(Describing("A"));
  FrameServer two(Describing("A"));
  Watcher& watcher = Watch({one.address(), two.address()});
  EXPECT_EQ(AskAll().what, What::kTaken);
  EXPECT_EQ(AskAll().what, What::kSame);
  EXPECT_EQ(one.Count("accept"), 2u);
  EXPECT_EQ(two.Count("accept"), 2u);
  EXPECT_THAT(watcher.latest()->services, testing::ElementsAre("a.A"));
}

TEST_F(WatcherTest, DoesNotTakeTurnsBetweenTwoBuilds) {
  FrameServer one(Describing("A"));
  FrameServer two(Describing("B"));
  Watcher& watcher = Watch({one.address(), two.address()});
  const Settled::Verdict first = AskAll();
  EXPECT_EQ(first.what, What::kTaken);
  EXPECT_THAT(first.why, testing::HasSubstr("its addresses describe 2 different schemas"));
  const std::string fingerprint = watcher.latest()->fingerprint;
  for (int round = 0; round < 4; ++round) {
    EXPECT_EQ(AskAll().what, What::kDiffers);
    EXPECT_EQ(watcher.latest()->fingerprint, fingerprint);
  }
}

TEST_F(WatcherTest, AsksOneAddressOfAName) {
  FrameServer server(Describing("A"));
  const std::string port = server.address().substr(server.address().rfind(':'));
  Watcher& watcher = Watch({"localhost" + port, server.address()});
  EXPECT_EQ(AskAll().what, What::kTaken);
  EXPECT_EQ(server.Count("accept"), 1u) << "127.0.0.1 is the same by name";
  EXPECT_FALSE(watcher.failure());
}

TEST_F(WatcherTest, SaysWhyNobodyAnswers) {
  Watcher& nowhere = Watch({"nowhere.invalid:1"});
  EXPECT_EQ(AskAll().what, What::kNobody);
  ASSERT_TRUE(nowhere.failure());
  EXPECT_EQ(nowhere.failure()->kind, Failure::Kind::kUnreachable);
  EXPECT_THAT(nowhere.failure()->what, testing::StartsWith("backend \"shop\": cannot resolve nowhere.invalid: "));

  // Who answers wrongly tells more than who does not answer.
  FrameServer wrong(Saying({"\xff"}));
  Watcher& both = Watch({"unix:/nowhere.sock", wrong.address()});
  EXPECT_EQ(AskAll().why, "backend \"shop\" answers list_services with bytes that are no ServerReflectionResponse");
  EXPECT_EQ(both.failure()->kind, Failure::Kind::kBadAnswer);
}

TEST_F(WatcherTest, WaitsForNobodyForEver) {
  FrameServer silent({.silent = true});
  FrameServer mute({.on_headers = [](FrameConnection& connection, FrameConnection::Request& request) { connection.Head(request.id); }});
  WatcherOptions options;
  options.bounds.deadline = std::chrono::milliseconds(50);
  Watch({mute.address(), silent.address()}, options);
  EXPECT_THAT(AskAll().why, testing::StartsWith("backend \"shop\" did not end its answer within "));
  Watch({silent.address()}, options);
  EXPECT_THAT(AskAll().why, testing::StartsWith("no connection to backend \"shop\" within "));
  options.round = std::chrono::milliseconds(0);
  Watch({silent.address()}, options);
  EXPECT_EQ(AskAll().why, "backend \"shop\": no time was left to ask " + silent.address());
}

TEST_F(WatcherTest, AsksASampleOfMany) {
  std::vector<std::unique_ptr<FrameServer>> servers;
  std::vector<std::string> addresses;
  for (int i = 0; i < 6; ++i) {
    servers.push_back(std::make_unique<FrameServer>(Describing("A")));
    addresses.push_back(servers.back()->address());
  }
  WatcherOptions options;
  options.sample = 2;
  Watch(addresses, options);
  EXPECT_EQ(AskAll().what, What::kTaken);
  size_t asked = 0;
  for (const auto& server : servers) asked += server->Count("accept");
  EXPECT_EQ(asked, 2u);
}

Task<void> AskAllOf(Watcher& watcher, bool& ended) {
  (void)co_await watcher.AskAll();
  ended = true;
}

// A gateway that shuts down waits for nobody.
TEST(Watcher, EndsItsRoundWhenItIsCancelled) {
  FrameServer silent({.silent = true});
  config::Backend backend{.name = "shop", .endpoints = {{silent.address(), {}}, {"127.0.0.1:1", {}}}};
  Loop loop;
  SideThread side_thread;
  Watcher watcher(loop, side_thread, backend, nullptr, {});
  bool ended = false;
  loop.Spawn(AskAllOf(watcher, ended));
  EXPECT_TRUE(RunUntil(loop, [&] { return silent.Saw("accept"); }, std::chrono::milliseconds(10)));
  EXPECT_FALSE(ended);
  watcher.Cancel();
  EXPECT_TRUE(RunUntil(loop, [&] { return ended; }, std::chrono::milliseconds(10)));
  EXPECT_EQ(watcher.latest(), nullptr);
}

// An endless answer, and one that is too large, end at a bound.
TEST_F(WatcherTest, TakesNoMoreThanItsBounds) {
  const auto file = [](int n) { return PlayedFile("f" + std::to_string(n) + ".proto", "p", {}, {"f" + std::to_string(n + 1) + ".proto"}); };
  std::vector<std::string> chain = {PlayedReflection::List({"p.S"}),
                                    PlayedReflection::Files({PlayedFile("f0.proto", "p", {"S"}, {"f1.proto"})})};
  for (int i = 1; i < 50; ++i) chain.push_back(PlayedReflection::Files({file(i)}));
  FrameServer endless(Saying(chain));
  WatcherOptions options;
  options.bounds.files = 20;
  Watch({endless.address()}, options);
  EXPECT_EQ(AskAll().why, "backend \"shop\" sends files over 20 of them");

  FrameServer huge(Saying({std::string(1000, 'x')}));
  options.bounds.answer_bytes = 999;
  Watch({huge.address()}, options);
  EXPECT_EQ(AskAll().why, "backend \"shop\" sent a message over 999 bytes");

  FrameServer talkative(Saying({PlayedReflection::List({}), PlayedReflection::List({}), PlayedReflection::List({})}));
  Watch({talkative.address()});
  EXPECT_THAT(AskAll().why, testing::StartsWith("backend \"shop\" lists no service at all: is this the right server?"));
}

}  // namespace
}  // namespace dragoman::reflection
