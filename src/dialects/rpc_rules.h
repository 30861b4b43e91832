#pragma once

#include <string>

#include "auth/access.h"
#include "base/clock.h"
#include "concurrency/admission.h"
#include "dialects/header_rules.h"
#include "rate_limit/admission.h"
#include "rate_limit/rpc_limits.h"

namespace dragoman::dialects {

// What the policies say of one RPC, compiled. Immutable.
struct RpcRules {
  auth::Access access;
  HeaderRules request;   // of metadata
  HeaderRules response;  // of headers, those of refusals included
  Duration timeout{};    // of a unary call
  rate_limit::RpcLimits limits;
  concurrency::RpcGates gates;  // in front of the call

  // Something is decided by the request message.
  bool reads_message() const { return access.reads_message() || limits.reads_message(); }
  // How much may pass, for people: "10/s and 1000/h by consumer [per-client]; at most 20 at once". Empty: as much as comes.
  std::string Bounds() const {
    const std::string caps = gates.description();
    return limits.description() + (limits.empty() || caps.empty() ? "" : "; ") + caps;
  }
};

// An RPC that is about to be served: where it goes, what holds for it, who calls, and what its limits said so far.
struct AdmittedRpc {
  const routing::Match& match;
  const RpcRules& rules;
  const auth::Identity& identity;
  rate_limit::Admission& admission;
};

}  // namespace dragoman::dialects
