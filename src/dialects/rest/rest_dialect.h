#pragma once

#include "base/buffer_pool.h"
#include "dialects/dialect.h"
#include "rate_limit/limiter.h"
#include "rpc/unary_call.h"
#include "transcoding/error_body.h"
#include "transcoding/json_codec.h"

namespace dragoman::dialects::rest {

// What the REST dialect needs to know of the configuration. Immutable, shared by the workers.
struct RestRules {
  transcoding::RequestOptions request;
  transcoding::JsonWriteOptions reply;
  transcoding::ErrorBody errors;
};

// REST/JSON: google.api.http rules in, ProtoJSON out.
class RestDialect : public Dialect {
 public:
  // All must outlive the dialect.
  RestDialect(const RestRules& rules, const transcoding::PlanSet& plans, const rpc::Outbound& outbound,
              rate_limit::Limiter& limiter);

  Task<Status> Serve(Exchange& exchange, const rpc::Admitted& rpc) override;
  Task<void> Refuse(Exchange& exchange, const Status& status, const rpc::Rules* rules) override;
  Task<void> RefuseAdmitted(Exchange& exchange, const Status& status, const rpc::Admitted& rpc) override;

 private:
  // The HTTP request as a gRPC message that may be sent, with room for gRPC's prefix in front.
  Task<Result<BufferPool::Lease>> ReadRequest(Exchange& exchange, const rpc::Admitted& rpc);
  // `status` as a response; `head` may hold headers already.
  Task<void> SendError(Exchange& exchange, const Status& status, const rpc::Rules* rules, ResponseHead& head);

  const RestRules& rules_;
  transcoding::JsonCodec codec_;
  const rpc::Outbound& outbound_;
  rate_limit::Limiter& limiter_;
};

}  // namespace dragoman::dialects::rest
