#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "concurrency/gate_set.h"
#include "fake_exchange.h"

// Calls that want in, for tests of gates.
namespace dragoman::concurrency {

// A client that may go away.
class Client : public FakeExchange {
 public:
  Client() : FakeExchange("GET", "/v1/items/7", {}) {}
  void GoAway() { NotifyCancel(); }
};

// One call: waits for its gates on a loop, then has a permit or a refusal. While it waits it outlives its loop, as an
// exchange does.
class Caller {
 public:
  struct Options {
    std::string consumer{};
    std::string tier{};
    std::string address = "192.0.2.7";
    Duration deadline = std::chrono::minutes(1);
  };

  Caller(Loop& loop, const RpcGates& gates, Options options)
      : options_(std::move(options)), address_(config::IpAddress::Parse(options_.address).value()) {
    loop.Spawn(Enter(loop, gates));
  }
  Caller(Loop& loop, const RpcGates& gates) : Caller(loop, gates, Options()) {}

  bool waits() const { return !result_; }
  bool admitted() const { return result_ && result_->has_value(); }
  // "" while it waits or is admitted.
  std::string refusal() const { return result_ && !*result_ ? std::string(result_->error().message()) : std::string(); }
  const Status& status() const { return result_->error(); }
  void End() { result_->value().Release(); }

  Client client;

 private:
  Task<void> Enter(Loop& loop, const RpcGates& gates) {
    const Who who{options_.consumer, options_.tier, address_};
    result_.emplace(co_await gates.Enter(loop, who, Clock::now() + options_.deadline, &client));
  }

  const Options options_;
  const config::IpAddress address_;
  std::optional<Result<Permit>> result_;
};

// Runs what is ready on a loop.
inline void Turn(Loop& loop) {
  loop.io().restart();
  loop.io().poll();
}

// A configuration with one backend, "shop", and what one RPC of it may do.
struct Shop {
  config::Config config;
  std::vector<config::Concurrency> caps;  // of the policy
  config::Priorities priorities{config::Priority::kNormal,
                                {{"gold", config::Priority::kHigh}, {"free", config::Priority::kLow}}};
  std::unique_ptr<GateSet> set;

  explicit Shop(std::optional<config::Concurrency> of_backend, std::vector<config::Concurrency> of_rpc = {})
      : caps(std::move(of_rpc)) {
    config.backends.push_back({.name = "shop", .concurrency = std::move(of_backend)});
    set = std::make_unique<GateSet>(config);
  }

  RpcGates Rpc(std::string_view name = "shop.v1.Catalog/GetItem") {
    Problems problems;
    return set->Compile(name, 0, &caps, &priorities, problems);
  }
};

inline config::Concurrency Cap(uint32_t max, uint32_t queue = 0,
                               config::Milliseconds timeout = config::Milliseconds(60'000),
                               config::Concurrency::Per per = config::Concurrency::Per::kRpc) {
  config::Concurrency cap;
  cap.per = per;
  cap.max = max;
  cap.queue = queue;
  cap.queue_timeout = timeout;
  return cap;
}

inline config::Concurrency PerConsumer(uint32_t max, uint32_t queue = 0) {
  return Cap(max, queue, config::Milliseconds(60'000), config::Concurrency::Per::kConsumer);
}

}  // namespace dragoman::concurrency
