#pragma once

#include "exchange/exchange.h"
#include "rpc/rules.h"
#include "transcoding/status.h"

namespace dragoman::dialects {

// What a client speaks: turns its request into an RPC and the RPC's outcome, refusals included, back into its words.
//
// Threads: one dialect object a worker; many exchanges at once, each between two suspensions.
class Dialect {
 public:
  virtual ~Dialect() = default;
  // Serves the RPC and ends the reply. Returns how the RPC ended, for the log.
  virtual Task<Status> Serve(Exchange& exchange, const rpc::Admitted& rpc) = 0;
  // Answers with `status`, which is not OK, unless a reply has begun. `rules`: of the RPC, null where there is none.
  virtual Task<void> Refuse(Exchange& exchange, const Status& status, const rpc::Rules* rules) = 0;
  // The same for one that had been admitted: its limits are told.
  virtual Task<void> RefuseAdmitted(Exchange& exchange, const Status& status, const rpc::Admitted& rpc) = 0;
};

}  // namespace dragoman::dialects
