#pragma once

#include <span>
#include <vector>

#include "auth/authenticator.h"
#include "observe/worker_metrics.h"
#include "rate_limit/limiter.h"
#include "routing/router.h"
#include "rpc/rules.h"
#include "rpc/unary_call.h"

namespace dragoman::composition {

// What the calls of compositions need of their worker. All of it outlives them.
struct Surroundings {
  const std::vector<routing::Rpc>& rpcs;
  std::span<const rpc::Rules> rules;  // of rpcs
  const auth::Authenticator& authenticator;
  rate_limit::Limiter& limiter;
  const rpc::Outbound& outbound;
  observe::WorkerMetrics& metrics;
};

}  // namespace dragoman::composition
