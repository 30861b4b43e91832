#include "concurrency/admission.h"

#include <utility>

#include "concurrency/refusal.h"
#include "concurrency/waiter.h"

namespace dragoman::concurrency {

NamedGate::NamedGate(const config::Concurrency& configured, std::string subject_text, std::string rule_name)
    : limits(configured),
      subject(std::move(subject_text)),
      rule(std::move(rule_name)),
      gate({limits.max, {limits.queue, limits.queue_timeout}}, tally) {}

Status NamedGate::Refuse(Outcome outcome) const {
  return Refusal({subject, rule, limits.max, limits.queue}, outcome, gate.retry_after());
}

std::optional<Result<Permit>> RpcGates::TryGates(const Who& who, Loop& loop) const {
  Permit permit;
  if (consumers_) {
    Status no;
    const bool certain = consumers_->With(who, [&](Gate* gate) {
      if (gate == nullptr) {
        no = TooManyCallers(consumers_->most());
      } else if (gate->TryTake()) {
        permit.Add(*gate);
      } else if (gate->Refuses(PriorityOf(who.tier), loop.now())) {
        no = RefuseCaller(who, Outcome::kFull, gate->retry_after());
      } else {
        return false;
      }
      return true;
    });
    if (!certain) return std::nullopt;
    if (!no.ok()) return Result<Permit>(Refuse(std::move(no)));
  }
  for (NamedGate* named : {rpc_.get(), backend_}) {
    if (named == nullptr) continue;
    if (!named->gate.TryTake()) {
      if (!named->gate.Refuses(PriorityOf(who.tier), loop.now())) return std::nullopt;
      return Result<Permit>(Refuse(named->Refuse(Outcome::kFull)));
    }
    permit.Add(named->gate);
  }
  return Result<Permit>(std::move(permit));
}

Task<Result<Permit>> RpcGates::Enter(Loop& loop, Who who, TimePoint deadline, Cancellation* cancellation) const {
  Permit permit;
  const Priority priority = PriorityOf(who.tier);
  if (consumers_) {
    Waiter waiter(loop, priority, deadline);
    Gate* gate = nullptr;
    Outcome outcome = consumers_->With(who, [&](Gate* callers) {
      gate = callers;
      return gate == nullptr ? Outcome::kFull : gate->Join(waiter, loop.now());
    });
    if (gate == nullptr) co_return Refuse(TooManyCallers(consumers_->most()));
    if (outcome == Outcome::kWaiting) outcome = co_await waiter.Wait(cancellation);
    if (outcome != Outcome::kAdmitted) co_return Refuse(RefuseCaller(who, outcome, gate->retry_after()));
    permit.Add(*gate);
  }
  for (NamedGate* named : {rpc_.get(), backend_}) {
    if (named == nullptr) continue;
    Waiter waiter(loop, priority, deadline);
    Outcome outcome = named->gate.Join(waiter, loop.now());
    if (outcome == Outcome::kWaiting) outcome = co_await waiter.Wait(cancellation);
    if (outcome != Outcome::kAdmitted) co_return Refuse(named->Refuse(outcome));
    permit.Add(named->gate);
  }
  co_return permit;
}

Priority RpcGates::PriorityOf(std::string_view tier) const {
  if (priorities_ == nullptr) return Priority::kNormal;
  for (const auto& [name, priority] : priorities_->tiers) {
    if (name == tier) return priority;
  }
  return priorities_->otherwise;
}

Status RpcGates::RefuseCaller(const Who& who, Outcome outcome, uint32_t retry_after) const {
  const Cap cap{"this caller", "consumer", consumers_->MaxOf(who.tier), consumers_->limits().queue};
  return Refusal(cap, outcome, retry_after);
}

std::string RpcGates::description() const {
  std::string text;
  const auto add = [&text](std::string part) { text += (text.empty() ? "" : "; ") + std::move(part); };
  if (consumers_) add("each consumer " + Describe(consumers_->limits()));
  if (rpc_) add(Describe(rpc_->limits));
  if (backend_) add(backend_->rule + " " + Describe(backend_->limits));
  return text;
}

}  // namespace dragoman::concurrency
