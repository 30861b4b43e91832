#include "reflection/watcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "frame_server.h"
#include "held_lookups.h"
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
    return watcher_.emplace(loop_, side_thread_, resolver_ ? *resolver_ : resolver_.emplace(), backend_, nullptr,
                            Credentials{}, options);
  }
  Settled::Verdict AskAll() {
    verdict_.reset();
    loop_.Spawn(Run());
    EXPECT_TRUE(RunUntil(loop_, [this] { return verdict_.has_value(); }));
    return verdict_.value_or(Settled::Verdict{});
  }

  Loop loop_;
  SideThread side_thread_;
  std::optional<Resolver> resolver_;
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
  EXPECT_EQ(AskAll().why, "backend \"shop\" answers list_services with bytes that are no ServerReflectionResponse; put that right, or " +
                              std::string(kFileInstead));
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

// One that nobody answers for must not keep the others waiting: here each lookup waits until both have begun.
TEST_F(WatcherTest, ResolvesItsNamesAtTheSameTime) {
  std::mutex mutex;
  std::condition_variable changed;
  size_t begun = 0;
  resolver_.emplace([&](const std::string&, uint16_t) -> Resolver::Addresses {
    std::unique_lock lock(mutex);
    ++begun;
    changed.notify_all();
    const bool both = changed.wait_for(lock, std::chrono::seconds(20), [&] { return begun == 2; });
    return Refuse(Reason::kBackendUnavailable, both ? "nobody knows it" : "it was alone");
  });
  Watch({"one.invalid:1", "two.invalid:1"});
  EXPECT_EQ(AskAll().why, "backend \"shop\": cannot resolve one.invalid: nobody knows it");
  watcher_.reset();
  resolver_.reset();
}

// A name server that is silent takes half the round, and then the addresses that are known are asked.
TEST_F(WatcherTest, WaitsForNoNameLongerThanForHalfTheRound) {
  const HeldLookups lookups;
  resolver_.emplace(lookups.lookup());
  WatcherOptions options;
  options.round = std::chrono::milliseconds(20);
  Watch({"silent.invalid:1"}, options);
  EXPECT_EQ(AskAll().why, "backend \"shop\": cannot resolve silent.invalid: no answer in time");

  FrameServer server(Describing("A"));
  options.round = std::chrono::seconds(3);
  Watcher& watcher = Watch({"silent.invalid:1", server.address()}, options);
  EXPECT_EQ(AskAll().what, What::kTaken);
  EXPECT_THAT(watcher.latest()->services, testing::ElementsAre("a.A"));
  EXPECT_EQ(lookups.hosts().size(), 2u);
}

Task<void> AskAllOf(Watcher& watcher) { (void)co_await watcher.AskAll(); }

// A gateway that shuts down waits for nobody: neither for an address, nor for a credential, nor for a name.
TEST(Watcher, EndsWithItsLoop) {
  FrameServer silent({.silent = true});
  std::atomic<bool> asked = false;
  FrameServer mute({.on_headers = [&asked](FrameConnection& connection, FrameConnection::Request& request) {
    connection.Head(request.id);
    asked = true;
  }});
  Signal never;
  const Credentials waiting{.attach = [&never](Credentials::Metadata&, TimePoint) -> Task<Status> {
    co_await never.Wait();
    co_return Status();
  }};
  const struct {
    std::string address;
    Credentials credentials;
    std::function<bool()> begun;
  } kCases[] = {
      {silent.address(), {}, [&] { return silent.Saw("accept"); }},
      {mute.address(), {}, [&] { return asked.load(); }},
      {mute.address(), waiting, [&] { return never.waiting(); }},
      {"localhost:1", {}, [] { return true; }},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.address);
    config::Backend backend{.name = "shop", .endpoints = {{test.address, {}}}};
    auto loop = std::make_unique<Loop>();
    auto side_thread = std::make_unique<SideThread>();
    std::optional<Resolver> resolver(std::in_place);
    std::optional<Watcher> watcher(std::in_place, *loop, *side_thread, *resolver, backend, nullptr, test.credentials);
    loop->Spawn(AskAllOf(*watcher));
    EXPECT_TRUE(RunUntil(*loop, test.begun, std::chrono::milliseconds(10)));
    EXPECT_EQ(watcher->latest(), nullptr);
    side_thread.reset();
    watcher.reset();
    resolver.reset();
    loop.reset();
    EXPECT_FALSE(never.waiting());
  }
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
