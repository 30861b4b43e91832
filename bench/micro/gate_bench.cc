// Coming into the gates of an RPC and leaving them, while there is room.

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "concurrency/gate_set.h"

namespace {

using namespace dragoman;
using namespace dragoman::concurrency;

struct Caps {
  bool backend = false;
  bool rpc = false;
  bool consumer = false;
};

// Shared by the threads of one benchmark.
struct Shop {
  config::Config config;
  std::vector<config::Concurrency> caps;
  std::unique_ptr<GateSet> set;
  RpcGates gates;

  explicit Shop(const Caps& which) {
    using Per = config::Concurrency::Per;
    config.backends.push_back({.name = "shop"});
    if (which.backend) config.backends[0].concurrency = config::Concurrency{.max = 1000};
    if (which.rpc) caps.push_back({.per = Per::kRpc, .max = 1000});
    if (which.consumer) caps.push_back({.per = Per::kConsumer, .max = 1000});
    set = std::make_unique<GateSet>(config);
    Problems problems;
    gates = set->Compile("shop.v1.Catalog/GetItem", 0, &caps, nullptr, problems);
  }
};

void Enter(benchmark::State& state, const Caps& which) {
  static std::unique_ptr<Shop> shop;
  if (state.thread_index() == 0) shop = std::make_unique<Shop>(which);
  Loop loop;
  const std::string consumer = "consumer-" + std::to_string(state.thread_index());
  const config::IpAddress address = config::IpAddress::Parse("192.0.2.7").value();
  for (auto _ : state) {
    const auto permit = shop->gates.TryEnter({consumer, {}, address}, loop);
    if (!permit || !*permit) std::abort();
  }
}
BENCHMARK_CAPTURE(Enter, none, Caps{})->Name("gate/none");
BENCHMARK_CAPTURE(Enter, backend, Caps{.backend = true})->Name("gate/backend")->Threads(1)->Threads(2);
BENCHMARK_CAPTURE(Enter, consumer, Caps{.consumer = true})->Name("gate/consumer")->Threads(1)->Threads(2);
BENCHMARK_CAPTURE(Enter, all, Caps{true, true, true})->Name("gate/all three")->Threads(1)->Threads(2);

}  // namespace
