#include <algorithm>
#include <chrono>

#include "config/scalar.h"
#include "lint/checks.h"
#include "transcoding/quote.h"

namespace dragoman::lint {
namespace {

using config::Concurrency;
using config::Milliseconds;
using config::RenderDuration;
using transcoding::Quote;

Milliseconds InMilliseconds(Duration duration) { return std::chrono::duration_cast<Milliseconds>(duration); }

// Calls of compositions whose time is up before their own time-out.
void CheckCompositions(const Generation& generation, Findings& findings) {
  struct Deadline {
    Milliseconds longest{0};
    std::string composition;
  };
  std::map<size_t, Deadline> parts;  // by RPC
  for (const composition::Plan& plan : generation.compositions) {
    const Milliseconds whole = InMilliseconds(generation.rules[plan.rpc].timeout);
    for (size_t i = 0; i < plan.calls.size(); ++i) {
      const config::CompositionCall& call = plan.configured->calls[i];
      if (call.timeout && *call.timeout > whole) {
        findings.Add(kTimeoutNeverReached, call.at,
                     plan.name + ": call " + Quote(call.name) + " may take " + RenderDuration(*call.timeout) + ", the whole only " + RenderDuration(whole) +
                         ", so that its time-out never ends it; shorten it, or lengthen the composition's");
      }
      const routing::Rpc& rpc = generation.router.rpcs()[plan.calls[i].rpc];
      const Duration allowed = generation.rules[plan.calls[i].rpc].timeout;
      if (call.timeout && allowed != Duration::max() && *call.timeout > InMilliseconds(allowed)) {
        findings.Add(kTimeoutNeverReached, call.at,
                     plan.name + ": call " + Quote(call.name) + " may take " + RenderDuration(*call.timeout) + ", " + rpc.name + " only " +
                         RenderDuration(InMilliseconds(allowed)) + " by " +
                         (rpc.policy.timeout ? "its policy's timeout" : "backends." + generation.config.backends[rpc.backend].name + ".timeout") +
                         ", so that its time-out never ends it; shorten it, or lengthen that");
      }
      Deadline& deadline = parts[plan.calls[i].rpc];
      if (whole < deadline.longest) continue;
      deadline = {whole, plan.name};
    }
  }
  for (const routing::Route& route : generation.router.routes()) parts.erase(route.rpc_index);  // others call it as well
  for (const auto& [index, deadline] : parts) {
    const routing::Rpc& rpc = generation.router.rpcs()[index];
    if (!rpc.policy.timeout || *rpc.policy.timeout <= deadline.longest) continue;
    for (const config::Policy& policy : generation.config.policies) {
      const auto selects = [&](const auto& selector) { return selector.text == rpc.name; };
      if (policy.timeout != rpc.policy.timeout || std::none_of(policy.methods.begin(), policy.methods.end(), selects)) continue;
      findings.AddFor(kTimeoutNeverReached, policy.at, rpc.name,
                      ": its time-out of " + RenderDuration(*rpc.policy.timeout) + " never ends it, since only compositions call it, and " + deadline.composition +
                          ", the longest of them, ends after " + RenderDuration(deadline.longest) + "; shorten it");
      break;
    }
  }
}

// Waiting takes as long as the call may.
void CheckQueues(const Generation& generation, Findings& findings) {
  const auto check = [&](const Concurrency& cap, const routing::Rpc& rpc, Milliseconds timeout) {
    if (cap.queue == 0 || cap.queue_timeout < timeout) return;
    findings.AddFor(kQueueLongerThanTimeout, cap.at, rpc.name,
                    ": may wait " + RenderDuration(cap.queue_timeout) + " for its turn, and has " + RenderDuration(timeout) +
                        " in all, so that nothing is left for the call; shorten queue_timeout");
  };
  for (size_t i = 0; i < generation.rules.size(); ++i) {
    const routing::Rpc& rpc = generation.router.rpcs()[i];
    if (generation.rules[i].timeout == Duration::max()) continue;
    const Milliseconds timeout = InMilliseconds(generation.rules[i].timeout);
    if (rpc.backend != routing::kNoBackend && generation.config.backends[rpc.backend].concurrency) {
      check(*generation.config.backends[rpc.backend].concurrency, rpc, timeout);
    }
    if (rpc.policy.concurrency == nullptr) continue;
    for (const Concurrency& cap : *rpc.policy.concurrency) check(cap, rpc, timeout);
  }
}

void CheckDrain(const Generation& generation, Findings& findings) {
  const routing::Rpc* slowest = nullptr;
  Milliseconds longest = generation.config.drain.grace;
  for (size_t i = 0; i < generation.rules.size(); ++i) {
    const routing::Rpc& rpc = generation.router.rpcs()[i];
    if (rpc.streaming.any() || generation.rules[i].timeout == Duration::max()) continue;
    const Milliseconds timeout = InMilliseconds(generation.rules[i].timeout);
    if (timeout <= longest) continue;
    longest = timeout;
    slowest = &rpc;
  }
  if (slowest == nullptr) return;
  findings.Add(kDrainCutsCalls,
               slowest->composition ? generation.config.compositions[*slowest->composition].at : generation.config.backends[slowest->backend].at,
               slowest->name + " may take " + RenderDuration(longest) + ", but drain.grace is " + RenderDuration(generation.config.drain.grace) +
                   ", so that a restart cuts it off; lengthen drain.grace, or shorten the time-out");
}

}  // namespace

void CheckTimeouts(const Generation& generation, Findings& findings) {
  CheckCompositions(generation, findings);
  CheckQueues(generation, findings);
  CheckDrain(generation, findings);
}

}  // namespace dragoman::lint
