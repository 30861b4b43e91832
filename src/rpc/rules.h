#pragma once

#include <memory>
#include <string>

#include "auth/access.h"
#include "base/clock.h"
#include "concurrency/admission.h"
#include "cors/policy.h"
#include "rate_limit/admission.h"
#include "rate_limit/rpc_limits.h"
#include "routing/router.h"
#include "rpc/header_rules.h"
#include "transcoding/json_rules.h"

namespace dragoman::rpc {

// What the policies say of one RPC, compiled. Immutable.
struct Rules {
  auth::Access access;
  HeaderRules request;   // of metadata
  HeaderRules response;  // of headers, those of refusals included
  Duration timeout{};    // from the begin of a call to its end; Duration::max(): as long as it takes, as a stream may
  rate_limit::RpcLimits limits;
  concurrency::RpcGates gates;  // in front of the call
  std::shared_ptr<const cors::Policy> cors;  // its own; null: that of the listener
  std::shared_ptr<const transcoding::JsonRules> json;  // never null

  // Something is decided by the request message.
  bool reads_message() const { return access.reads_message() || limits.reads_message(); }
  // How much may pass, for people: "10/s and 1000/h by consumer [per-client]; at most 20 at once". Empty: as much as
  // comes.
  std::string Bounds() const {
    const std::string caps = gates.description();
    return limits.description() + (limits.empty() || caps.empty() ? "" : "; ") + caps;
  }
};

// An RPC, or a composition, that is about to be served: where it goes, what holds for it, who calls, and what its
// limits said so far.
struct Admitted {
  const routing::Match& match;
  const Rules& rules;
  const auth::Identity& identity;
  rate_limit::Admission& admission;
};

}  // namespace dragoman::rpc
