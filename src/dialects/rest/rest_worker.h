#pragma once

#include "observe/worker_metrics.h"
#include "rate_limit/limiter.h"
#include "rpc/outgoing_call.h"
#include "transcoding/error_body.h"
#include "transcoding/json_codec.h"

namespace dragoman::dialects::rest {

// What the REST dialect needs to know of the configuration. Immutable, shared by the workers.
struct RestRules {
  transcoding::ErrorBody errors;
  uint64_t max_message_bytes = 4u << 20;  // of one message of a streamed request, as JSON
};

// What it works with on one worker. All of it outlives the exchanges.
struct RestWorker {
  const RestRules& rules;
  transcoding::JsonCodec& codec;
  const rpc::Outbound& outbound;
  rate_limit::Limiter& limiter;
  observe::WorkerMetrics& metrics;
};

}  // namespace dragoman::dialects::rest
