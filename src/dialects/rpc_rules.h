#pragma once

#include "auth/access.h"
#include "base/clock.h"
#include "dialects/header_rules.h"

namespace dragoman::dialects {

// What the policies say of one RPC, compiled. Immutable.
struct RpcRules {
  auth::Access access;
  HeaderRules request;   // of metadata
  HeaderRules response;  // of headers, those of refusals included
  Duration timeout{};    // of a unary call
};

// An RPC that is about to be served: where it goes, what holds for it, who calls.
struct AdmittedRpc {
  const routing::Match& match;
  const RpcRules& rules;
  const auth::Identity& identity;
};

}  // namespace dragoman::dialects
