#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/loop.h"
#include "base/task.h"
#include "rate_limit/admission.h"
#include "rate_limit/caller.h"
#include "rate_limit/limits.h"
#include "rate_limit/rpc_limits.h"
#include "rate_limit/window.h"
#include "transcoding/status.h"

namespace dragoman::rate_limit {

// One worker's side of the limits: admits requests, or refuses them.
//
//   Admission admission;                                             // on the stack of whoever serves the request
//   std::optional<Status> verdict = limiter.TryAdmitHead(limits, caller, admission);
//   if (!verdict) verdict = co_await limiter.AdmitHead(limits, caller, admission);    // the store has to be asked
//   …
//   admission.AppendHeaders(head.headers);
//
// The windows of all limits that are asked together admit together, or nothing is taken. What the head took is given
// back if the message is refused; only what was taken from the store stays taken.
//
// Errors: kRateLimited, kQuotaExceeded, with the window as rule, retry-after (whole seconds, rounded up; none where the
// same
//         request can never pass) and the headers of Admission: `more than 10 requests in 1 s by this client (limit
//         per-client-1s); try again in 3 s`. kBackendUnavailable, with the limit as rule: the store does not answer,
//         and the limit says `deny`.
// Time:   the loop's turn, on the steady clock.
// Threads: its worker's; counters are read by any.
class Limiter {
 public:
  // `shared`: null where there is no store; limits that are shared are the process's own then.
  Limiter(const Loop& loop, const Limits& limits, SharedWindows* shared);

  // The limits whose cost is known without the message. Nothing: AdmitHead has to be asked; nothing has been taken.
  // `limits` must not be empty().
  std::optional<Status> TryAdmitHead(const RpcLimits& limits, const Caller& caller, Admission& admission);
  // `caller` and `admission` must outlive the task.
  Task<Status> AdmitHead(const RpcLimits& limits, const Caller& caller, Admission& admission);

  // Those whose cost is a field of the message, where limits.reads_message(); `wire`: the request message. `admission`
  // is the one that AdmitHead has had.
  std::optional<Status> TryAdmitMessage(const RpcLimits& limits, const Caller& caller, std::string_view wire,
                                        Admission& admission);
  Task<Status> AdmitMessage(const RpcLimits& limits, const Caller& caller, std::string_view wire, Admission& admission);

  // For metrics: requests that some limit was asked for and none refused (counted at their head) …
  uint64_t admitted() const { return admitted_.load(std::memory_order_relaxed); }
  // … that a window, by its index in Limits::windows(), refused …
  uint64_t refused(size_t window) const { return refused_[window].load(std::memory_order_relaxed); }
  // … for which the store did not answer.
  uint64_t unanswered() const { return unanswered_.load(std::memory_order_relaxed); }

 private:
  using Uses = std::vector<RpcLimits::Use>;
  using Entry = Admission::Entry;

  Status AdmitLocal(const Uses& uses, const Caller& caller, std::string_view wire, Admission& admission);
  Task<Status> AdmitShared(const Uses& uses, const Caller& caller, std::string_view wire, Admission& admission);
  void AddLocal(const RpcLimits::Use& use, const Caller& caller, uint64_t cost, Admission& admission) const;
  // Decides what has been added to `admission` since it had `first` windows.
  Status Decide(Admission& admission, size_t first);
  Status DecideWithoutStore(const Uses& uses, const Caller& caller, std::string_view wire, Admission& admission);
  void Look(Entry& entry, Ticks now) const;
  // False: somebody else was faster, and nothing is left.
  bool Take(Entry& entry, Ticks now) const;
  // Of the first `count` windows what this process counts.
  void GiveBack(Admission& admission, size_t count, Ticks now) const;
  Status Refuse(Admission& admission, Ticks now);
  Ticks Now() const { return TicksOf(loop_.now()); }

  const Loop& loop_;
  const Limits& limits_;
  SharedWindows* const shared_;
  std::atomic<uint64_t> admitted_{0};
  std::unique_ptr<std::atomic<uint64_t>[]> refused_;
  std::atomic<uint64_t> unanswered_{0};
};

}  // namespace dragoman::rate_limit
