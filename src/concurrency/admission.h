#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/loop.h"
#include "base/task.h"
#include "concurrency/consumer_gates.h"
#include "concurrency/gate.h"
#include "concurrency/permit.h"
#include "config/config.h"
#include "exchange/cancellation.h"
#include "transcoding/status.h"

namespace dragoman::concurrency {

// The cap of a backend or of an RPC, and how refusals call it.
struct NamedGate {
  NamedGate(const config::Concurrency& configured, std::string subject_text, std::string rule_name);
  Status Refuse(Outcome outcome) const;

  const config::Concurrency& limits;
  const std::string subject;  // `backend "shop"`
  const std::string rule;     // "backend shop", "rpc"
  Tally tally;
  Gate gate;
};

// The caps that hold for one RPC. Made by GateSet, copied freely: the RPC's own gate lives as long as a copy.
//
// Lifetime: may be destroyed after its GateSet, not used.   Threads: any.
class RpcGates {
 public:
  RpcGates() = default;  // none

  bool empty() const { return !consumers_ && !rpc_ && !backend_; }
  // Those that somebody who is inside of `outer` still has to pass.
  RpcGates Within(const RpcGates& outer) const {
    RpcGates rest = *this;
    if (rest.consumers_ == outer.consumers_) rest.consumers_ = nullptr;
    if (rest.rpc_ == outer.rpc_) rest.rpc_.reset();
    if (rest.backend_ == outer.backend_) rest.backend_ = nullptr;
    return rest;
  }
  // For people: "each consumer at most 4 at once (gold 16); at most 20 at once, 10 wait up to 100 ms; backend shop at
  // most 8 at once". Empty: no caps.
  std::string description() const;

  // Into all gates at once; a refusal, if it is certain already; nothing: ask Enter.
  //
  // Errors: kOverloaded with retry-after (whole seconds) and the rule "consumer", "rpc" or "backend NAME".
  // Cost: without caps a branch; else see Gate and ConsumerGates. No clock is read but for a refusal.
  std::optional<Result<Permit>> TryEnter(const Who& who, Loop& loop) const {
    if (empty()) return Result<Permit>(Permit());
    return TryGates(who, loop);
  }

  // Into one gate after the other, consumer, RPC, backend, waiting where there is a queue, and holding meanwhile the
  // places before it. Everybody keeps to that order, and whoever has the last place waits for no gate, so none waits
  // for ever; each wait is bounded by the gate's queue_timeout and `deadline` besides.
  //
  // What `who` points at, and `cancellation`, outlive the wait. `cancellation`: of whoever may give up (an Exchange: its
  // client goes away); null: nobody can. While it waits, it has its WatchCancel.
  // Errors: as TryEnter's; Code::kCancelled: it was cancelled.
  // Threads: the loop's own.
  Task<Result<Permit>> Enter(Loop& loop, Who who, TimePoint deadline, Cancellation* cancellation) const;

 private:
  friend class GateSet;

  std::optional<Result<Permit>> TryGates(const Who& who, Loop& loop) const;
  Priority PriorityOf(std::string_view tier) const;
  Status RefuseCaller(const Who& who, Outcome outcome, uint32_t retry_after) const;

  ConsumerGates* consumers_ = nullptr;
  std::shared_ptr<NamedGate> rpc_;
  NamedGate* backend_ = nullptr;
  const config::Priorities* priorities_ = nullptr;  // null: all are normal
};

}  // namespace dragoman::concurrency
