#include "composition/planner.h"
#include "config/scalar.h"
#include "transcoding/quote.h"

namespace dragoman::composition {
namespace {

using transcoding::Quote;

std::string Rendered(Duration duration) {
  return config::RenderDuration(std::chrono::duration_cast<config::Milliseconds>(duration));
}

}  // namespace

bool Planner::CheckGraph() {
  std::vector<GraphNode> nodes;
  for (const PlannedCall& call : calls_) nodes.push_back({call.inputs, call.timeout});
  if (const std::vector<size_t> cycle = FindCycle(nodes); !cycle.empty()) {
    Report(composition_.calls[cycle.front()].at, "calls wait for each other: " + ChainOf(cycle));
    return false;
  }
  for (const PlannedCall& call : calls_) CheckOptional(call);
  CheckUsed();
  critical_path_ = FindCriticalPath(nodes);
  if (critical_path_.timeouts > composition_.timeout) {
    std::string chain;
    for (const size_t call : critical_path_.calls) {
      chain += (chain.empty() ? "" : " → ") + calls_[call].name;
      if (calls_[call].timeout) chain += " (" + Rendered(*calls_[call].timeout) + ")";
    }
    Report(composition_.at, "the time-outs of " + chain + " add up to " + Rendered(critical_path_.timeouts) +
                                ", more than the " + Rendered(composition_.timeout) + " of the composition");
  }
  return true;
}

// A call without which the answer is an error must not wait for one that may fail.
void Planner::CheckOptional(const PlannedCall& call) {
  if (call.failure != PlannedCall::Failure::kRequired) return;
  for (size_t other = 0; other < calls_.size(); ++other) {
    if ((call.needs & SetOf(other)) == 0 || calls_[other].failure != PlannedCall::Failure::kOptional) continue;
    Report(composition_.calls[call.variable].at,
           "call " + Quote(call.name) + " is required, but needs " + Quote(calls_[other].name) +
               ", which is optional; write ?? where it uses it, give " + Quote(calls_[other].name) +
               " a default, or make " + Quote(call.name) + " optional");
  }
}

// A call that only reads and that nothing uses is a slip.
void Planner::CheckUsed() {
  if (composition_.writes()) return;
  CallSet used = response_->uses(nullptr);
  for (const PlannedCall& call : calls_) used |= call.inputs;
  for (const PlannedCall& call : calls_) {
    if ((used & SetOf(call.variable)) != 0) continue;
    Report(composition_.calls[call.variable].at,
           "call " + Quote(call.name) + " is not used by the answer or any other call");
  }
}

}  // namespace dragoman::composition
