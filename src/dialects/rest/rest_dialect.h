#pragma once

#include "base/buffer_pool.h"
#include "dialects/dialect.h"
#include "dialects/rest/rest_worker.h"
#include "rate_limit/limiter.h"
#include "observe/worker_metrics.h"
#include "rpc/unary_call.h"
#include "transcoding/json_codec.h"

namespace dragoman::dialects::rest {

// REST/JSON: google.api.http rules in, ProtoJSON out.
class RestDialect : public Dialect {
 public:
  // All must outlive the dialect.
  RestDialect(const RestRules& rules, const transcoding::PlanSet& plans, const rpc::Outbound& outbound,
              rate_limit::Limiter& limiter, observe::WorkerMetrics& metrics);

  Task<Status> Serve(Exchange& exchange, const rpc::Admitted& rpc) override;
  Task<void> Refuse(Exchange& exchange, const Status& status, const rpc::Rules* rules) override;
  Task<void> RefuseAdmitted(Exchange& exchange, const Status& status, const rpc::Admitted& rpc) override;

 private:
  // The HTTP request as a gRPC message that may be sent, with room for gRPC's prefix in front.
  Task<Result<BufferPool::Lease>> ReadRequest(Exchange& exchange, const rpc::Admitted& rpc);
  // An RPC that streams.
  Task<Status> ServeStream(Exchange& exchange, const rpc::Admitted& rpc);

  const RestRules& rules_;
  transcoding::JsonCodec codec_;
  const rpc::Outbound& outbound_;
  rate_limit::Limiter& limiter_;
  const RestWorker worker_;
};

}  // namespace dragoman::dialects::rest
