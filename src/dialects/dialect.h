#pragma once

#include "exchange/exchange.h"
#include "routing/router.h"
#include "transcoding/status.h"

namespace dragoman::dialects {

// What a client speaks: turns its request into an RPC and the RPC's outcome, refusals included, back into its words.
//
// Threads: one dialect object a worker; many exchanges at once, each between two suspensions.
class Dialect {
 public:
  virtual ~Dialect() = default;
  // Serves the RPC that `match` leads to and ends the reply. Returns how the RPC ended, for the log.
  virtual Task<Status> Serve(Exchange& exchange, const routing::Match& match) = 0;
  // Answers with `status`, which is not OK, unless a reply has begun.
  virtual Task<void> Refuse(Exchange& exchange, const Status& status) = 0;
};

}  // namespace dragoman::dialects
