#include "rpc/admit_message.h"

#include <optional>
#include <utility>

#include "rpc/caller.h"

namespace dragoman::rpc {

Task<Status> AdmitMessage(rate_limit::Limiter& limiter, const Exchange& exchange, const Rules& rules,
                          const auth::Identity& identity, rate_limit::Admission& admission, std::string_view message) {
  if (rules.access.reads_message()) {
    if (Status no = rules.access.AdmitMessage(message, identity); !no.ok()) co_return no;
  }
  if (!rules.limits.reads_message()) co_return Status();
  const rate_limit::Caller caller = CallerOf(exchange, identity);
  std::optional<Status> verdict = limiter.TryAdmitMessage(rules.limits, caller, message, admission);
  if (!verdict) verdict = co_await limiter.AdmitMessage(rules.limits, caller, message, admission);
  co_return *std::move(verdict);
}

}  // namespace dragoman::rpc
