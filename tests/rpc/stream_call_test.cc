#include "rpc/stream_call.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "concurrency/gate_set.h"
#include "fake_exchange.h"
#include "played_backend.h"

namespace dragoman::rpc {
namespace {

// A backend that a test plays, behind a cap of one call with room for one that waits.
class StreamCallTest : public testing::Test {
 protected:
  StreamCallTest() {
    config_.backends.push_back({.name = "rooms", .concurrency = config::Concurrency{.max = 1, .queue = 1}});
    gates_.emplace(config_);
    Problems problems;
    capped_ = gates_->Compile("rooms.v1.Rooms/Join", 0, nullptr, nullptr, problems);
    auto played = std::make_unique<PlayedBackend>();
    backend_ = played.get();
    backends_.push_back(std::move(played));
    shown_.push_back(std::make_unique<auth::ShownCredentials>(loop_, no_credentials_, nullptr));
    outbound_.emplace(Outbound{.metadata = metadata_, .backends = backends_, .credentials = shown_});
  }

  struct Opened {
    Opened(const Outbound& outbound, Loop& loop, Exchange* exchange) : call(outbound, loop, exchange) {}
    StreamCall call;
    std::optional<Status> opened;
  };
  std::unique_ptr<Opened> Open(Exchange* exchange, TimePoint deadline = TimePoint::max()) {
    auto opened = std::make_unique<Opened>(*outbound_, loop_, exchange);
    const Target target{.path = "/rooms.v1.Rooms/Join", .gates = capped_, .who = {.address = address_}, .deadline = deadline};
    loop_.Spawn(Await(*opened, target));
    return opened;
  }
  void Turn() {
    loop_.io().restart();
    loop_.io().poll();
  }

  FakeExchange exchange_{"POST", "/", {}, nullptr};

  Loop loop_;
  config::Config config_;
  std::optional<concurrency::GateSet> gates_;
  concurrency::RpcGates capped_;
  PlayedBackend* backend_ = nullptr;

 private:
  const config::IpAddress address_{};
  static Task<void> Await(Opened& opened, Target target) { opened.opened = co_await opened.call.Open(target); }

  const auth::BackendCredentials no_credentials_;
  const MetadataRules metadata_{{}};
  std::vector<std::unique_ptr<upstream::Backend>> backends_;
  std::vector<std::unique_ptr<auth::ShownCredentials>> shown_;
  std::optional<Outbound> outbound_;
};

TEST_F(StreamCallTest, HoldsItsPlaceUntilItsEnd) {
  auto first = Open(&exchange_);
  ASSERT_TRUE(first->opened && first->opened->ok());
  EXPECT_TRUE(first->call.begun());
  EXPECT_EQ(backend_->call(0).deadline, TimePoint::max());
  auto second = Open(nullptr);
  EXPECT_FALSE(second->opened) << "it waits";
  EXPECT_EQ(backend_->calls(), 1u);
  auto third = Open(nullptr);
  ASSERT_TRUE(third->opened);
  EXPECT_EQ(third->opened->reason(), Reason::kOverloaded);
  backend_->call(0).End(Status());
  EXPECT_FALSE(second->opened) << "the first one has not noticed its end";
  EXPECT_TRUE(first->call.End().ok());
  Turn();
  ASSERT_TRUE(second->opened);
  EXPECT_TRUE(second->opened->ok());
  EXPECT_EQ(backend_->calls(), 2u);
}

TEST_F(StreamCallTest, IsCancelledWithItsClient) {
  auto call = Open(&exchange_);
  exchange_.Leave();
  EXPECT_TRUE(backend_->call(0).cancelled);
  EXPECT_EQ(call->call.End().code(), Code::kCancelled);

  FakeExchange gone("POST", "/", {}, nullptr);
  gone.Leave();
  auto late = Open(&gone);
  EXPECT_TRUE(backend_->call(1).cancelled) << "it was gone before";
}

TEST_F(StreamCallTest, IsCancelledInFrontOfACap) {
  auto first = Open(nullptr);
  auto second = Open(&exchange_);
  EXPECT_FALSE(second->opened);
  exchange_.Leave();
  Turn();
  ASSERT_TRUE(second->opened);
  EXPECT_EQ(second->opened->code(), Code::kCancelled);
  auto third = Open(nullptr);
  EXPECT_FALSE(third->opened);
  third->call.Cancel();
  Turn();
  ASSERT_TRUE(third->opened);
  EXPECT_EQ(third->opened->code(), Code::kCancelled);
  EXPECT_EQ(backend_->calls(), 1u);
}

TEST_F(StreamCallTest, LeavesItsClientAloneOnceItIsOver) {
  auto call = Open(&exchange_);
  call.reset();
  EXPECT_TRUE(backend_->call(0).gone);
  exchange_.Leave();
  EXPECT_FALSE(backend_->call(0).cancelled);
}

}  // namespace
}  // namespace dragoman::rpc
