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
  for (const config::Concurrency& limits : *concurrency) {
    const bool of_rpc = limits.per == Per::kRpc;
    if (of_rpc ? gates.rpc_ != nullptr : gates.consumers_ != nullptr) {
      problems.push_back({limits.at.ToString(),
                          std::string("expected one cap per ") + (of_rpc ? "rpc" : "consumer") + ", got a second one"});
      continue;
    }
    if (of_rpc) {
      gates.rpc_ = GateOf(name, limits);
    } else {
      const std::lock_guard lock(mutex_);
      std::unique_ptr<ConsumerGates>& consumers = consumers_[&limits];
      if (!consumers) consumers = std::make_unique<ConsumerGates>(limits);
      gates.consumers_ = consumers.get();
    }
  }
  return gates;
}

std::shared_ptr<NamedGate> GateSet::GateOf(std::string_view rpc, const config::Concurrency& limits) {
  std::pair key(std::string(rpc), &limits);
  const std::lock_guard lock(grown_->mutex);
  std::weak_ptr<NamedGate>& known = grown_->rpcs[key];
  if (std::shared_ptr<NamedGate> gate = known.lock()) return gate;
  const auto go = [grown = grown_, key](NamedGate* gate) {
    delete gate;
    const std::lock_guard gone(grown->mutex);
    const auto entry = grown->rpcs.find(key);
    if (entry != grown->rpcs.end() && entry->second.expired())
      grown->rpcs.erase(entry);  // else there is another one by now
  };
  std::shared_ptr<NamedGate> gate(new NamedGate(limits, "rpc " + std::string(rpc), "rpc"), go);
  known = gate;
  return gate;
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
  std::vector<std::shared_ptr<NamedGate>> rpcs;  // some may go with it: not while they are locked
  {
    const std::lock_guard grown(grown_->mutex);
    for (const auto& [key, rpc] : grown_->rpcs) {
      if (std::shared_ptr<NamedGate> gate = rpc.lock()) rpcs.push_back(std::move(gate));
    }
  }
  for (const std::shared_ptr<NamedGate>& rpc : rpcs) all.push_back(FiguresOf(*rpc, rpc->subject));
  return all;
}

}  // namespace dragoman::concurrency
