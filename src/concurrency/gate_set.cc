#include "concurrency/gate_set.h"

#include <utility>

namespace dragoman::concurrency {
namespace {

Figures FiguresOf(std::string rule, uint64_t under_way, uint64_t waiting, const Tally& tally) {
  const auto read = [](const std::atomic<uint64_t>& count) { return count.load(std::memory_order_relaxed); };
  return {.rule = std::move(rule),
          .under_way = under_way,
          .waiting = waiting,
          .waited = read(tally.waited),
          .full = read(tally.full),
          .timed_out = read(tally.timed_out),
          .shed = read(tally.shed),
          .pushed_out = read(tally.pushed_out),
          .left = read(tally.left)};
}

Figures FiguresOf(const NamedGate& named, std::string rule) {
  const Gate::Load load = named.gate.load();
  return FiguresOf(std::move(rule), load.under_way, load.waiting, named.tally);
}

}  // namespace

GateSet::GateSet(const config::Config& config) : config_(config) {
  for (const config::Backend& backend : config.backends) {
    backends_.push_back(nullptr);
    if (!backend.concurrency) continue;
    backends_.back() = std::make_unique<NamedGate>(*backend.concurrency, "backend \"" + backend.name + "\"",
                                                   "backend " + backend.name);
  }
}

RpcGates GateSet::Compile(std::string_view name, std::optional<size_t> backend, const std::vector<config::Concurrency>* concurrency,
                          const config::Priorities* priorities, Problems& problems) {
  using Per = config::Concurrency::Per;
  RpcGates gates;
  gates.priorities_ = priorities;
  if (backend) gates.backend_ = backends_[*backend].get();
  if (concurrency == nullptr) return gates;
  const std::lock_guard lock(mutex_);
  for (const config::Concurrency& limits : *concurrency) {
    const bool of_rpc = limits.per == Per::kRpc;
    if (of_rpc ? gates.rpc_ != nullptr : gates.consumers_ != nullptr) {
      problems.push_back({limits.at.ToString(),
                          std::string("expected one cap per ") + (of_rpc ? "rpc" : "consumer") + ", got a second one"});
      continue;
    }
    if (of_rpc) {
      gates.rpc_ = &rpcs_.try_emplace({std::string(name), &limits}, limits, "rpc " + std::string(name), "rpc").first->second;
    } else {
      std::unique_ptr<ConsumerGates>& consumers = consumers_[&limits];
      if (!consumers) consumers = std::make_unique<ConsumerGates>(limits);
      gates.consumers_ = consumers.get();
    }
  }
  return gates;
}

std::vector<Figures> GateSet::figures() {
  const std::lock_guard lock(mutex_);
  std::vector<Figures> all;
  for (const std::unique_ptr<NamedGate>& backend : backends_) {
    if (backend) all.push_back(FiguresOf(*backend, backend->rule));
  }
  for (size_t policy = 0; policy < config_.policies.size(); ++policy) {
    const auto& caps = config_.policies[policy].concurrency;
    if (!caps) continue;
    for (const config::Concurrency& limits : *caps) {
      const auto found = consumers_.find(&limits);
      if (found == consumers_.end()) continue;
      const ConsumerGates::Sums sums = found->second->sums();
      all.push_back(FiguresOf("consumer policies[" + std::to_string(policy) + "]", sums.under_way, sums.waiting,
                              found->second->tally()));
    }
  }
  for (const auto& [name, rpc] : rpcs_) all.push_back(FiguresOf(rpc, rpc.subject));
  return all;
}

}  // namespace dragoman::concurrency
