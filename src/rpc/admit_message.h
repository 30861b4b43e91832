#pragma once

#include <string_view>

#include "base/task.h"
#include "exchange/exchange.h"
#include "rate_limit/limiter.h"
#include "rpc/rules.h"

namespace dragoman::rpc {

// What a request message has to pass before there is a call, where rules.reads_message(); `message`: its wire bytes.
// Errors: kForbidden, naming the field; those of rate_limit::Limiter.
Task<Status> AdmitMessage(rate_limit::Limiter& limiter, const Exchange& exchange, const Rules& rules,
                          const auth::Identity& identity, rate_limit::Admission& admission, std::string_view message);

}  // namespace dragoman::rpc
