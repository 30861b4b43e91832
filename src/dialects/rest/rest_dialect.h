#pragma once

#include <memory>
#include <span>
#include <vector>

#include "auth/shown_credentials.h"
#include "base/buffer_pool.h"
#include "dialects/dialect.h"
#include "dialects/rest/metadata.h"
#include "rate_limit/limiter.h"
#include "transcoding/error_body.h"
#include "transcoding/json_codec.h"
#include "upstream/call.h"

namespace dragoman::dialects::rest {

// What the REST dialect needs to know of the configuration. Immutable, shared by the workers.
struct RestRules {
  transcoding::RequestOptions request;
  transcoding::JsonWriteOptions reply;
  transcoding::ErrorBody errors;
  MetadataRules metadata;
  size_t max_reply_bytes = 32u << 20;
};

// REST/JSON: google.api.http rules in, ProtoJSON out.
class RestDialect : public Dialect {
 public:
  // `backends`, and what each is shown: in the order of the configuration, as Route::backend counts them. All must
  // outlive the dialect.
  RestDialect(const RestRules& rules, const transcoding::PlanSet& plans,
              std::span<const std::unique_ptr<upstream::Backend>> backends,
              std::span<const std::unique_ptr<auth::ShownCredentials>> credentials, rate_limit::Limiter& limiter);

  Task<Status> Serve(Exchange& exchange, const AdmittedRpc& rpc) override;
  Task<void> Refuse(Exchange& exchange, const Status& status, const RpcRules* rules) override;

 private:
  // The HTTP request as a gRPC message, with room for gRPC's prefix in front.
  Task<Result<BufferPool::Lease>> ReadRequest(Exchange& exchange, const routing::Match& match);
  // The unary call: one message there, one back, and the response from it.
  Task<Status> Call(Exchange& exchange, const AdmittedRpc& rpc, BufferPool::Lease message);

  Status CollectMetadata(const Exchange& exchange, const AdmittedRpc& rpc, Metadata& metadata,
                         BufferPool::Lease& texts) const;
  static Status Conclude(const upstream::Call& call, size_t replies, ResponseHead& head);

  // What the message has to pass before there is a call.
  Task<Status> AdmitMessage(const Exchange& exchange, const AdmittedRpc& rpc, std::string_view message);

  // Refuses what had been admitted so far.
  Task<void> RefuseRpc(Exchange& exchange, const Status& status, const AdmittedRpc& rpc);
  // `status` as a response; `head` may hold headers already.
  Task<void> SendError(Exchange& exchange, const Status& status, const RpcRules* rules, ResponseHead& head);

  const RestRules& rules_;
  transcoding::JsonCodec codec_;
  std::span<const std::unique_ptr<upstream::Backend>> backends_;
  std::span<const std::unique_ptr<auth::ShownCredentials>> credentials_;
  rate_limit::Limiter& limiter_;
};

}  // namespace dragoman::dialects::rest
