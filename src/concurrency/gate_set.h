#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "concurrency/admission.h"
#include "config/config.h"
#include "transcoding/status.h"

namespace dragoman::concurrency {

// How it goes at a gate, or at all gates of a policy's consumers.
struct Figures {
  std::string
      rule;  // "backend shop", "rpc shop.v1.Catalog/GetItem", "consumer policies[2]": bounded by the configuration
  uint64_t under_way = 0;
  uint64_t waiting = 0;
  uint64_t waited = 0;  // admitted after that
  uint64_t full = 0;    // refused, because as many waited as may
  uint64_t timed_out = 0;
  uint64_t shed = 0;        // refused before their time, because the gate was overloaded
  uint64_t pushed_out = 0;  // by a higher priority
  uint64_t left = 0;        // the client went away
};

// All gates of a configuration, shared by all workers.
//
//   GateSet gates(config);
//   const RpcGates of_rpc = gates.Compile("shop.v1.Catalog/GetItem", route.backend, policy.concurrency,
//   policy.priority, problems);
//
// Lifetime: points into the configuration.   Threads: any.
class GateSet {
 public:
  explicit GateSet(const config::Config& config);

  // The gates of the RPC `name`, "shop.v1.Catalog/GetItem", the same ones each time that it is asked for: its backend's (an index into
  // config.backends; a composition has none), its own, and its policy's consumers', which all RPCs share whose policy has that very list.
  // `concurrency`, `priorities`: what the policy says; null: nothing. A second cap of the same sort is a problem.
  RpcGates Compile(std::string_view name, std::optional<size_t> backend, const std::vector<config::Concurrency>* concurrency,
                   const config::Priorities* priorities, Problems& problems);

  // Of every gate, in the order of the configuration: backends, consumers, RPCs. That of an RPC is gone, and its count
  // with it, when no RpcGates has it any more.
  std::vector<Figures> figures();

 private:
  const config::Config& config_;
  std::vector<std::unique_ptr<NamedGate>> backends_;  // of config.backends; null: no cap
  // What grows and shrinks with schemas. An RPC's gate takes itself out when it goes.
  struct Grown {
    std::mutex mutex;
    std::map<std::pair<std::string, const config::Concurrency*>, std::weak_ptr<NamedGate>> rpcs;
  };
  std::shared_ptr<NamedGate> GateOf(std::string_view rpc, const config::Concurrency& limits);

  const std::shared_ptr<Grown> grown_ = std::make_shared<Grown>();
  std::mutex mutex_;  // guards
  std::map<const config::Concurrency*, std::unique_ptr<ConsumerGates>> consumers_;
};

}  // namespace dragoman::concurrency
