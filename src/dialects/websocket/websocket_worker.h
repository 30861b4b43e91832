#pragma once

#include <cstdint>

#include "observe/worker_metrics.h"
#include "rate_limit/limiter.h"
#include "rpc/outgoing_call.h"
#include "transcoding/json_codec.h"

namespace dragoman::dialects::websocket {

// What the WebSocket dialect needs to know of the configuration. Immutable, shared by the workers.
struct WebSocketRules {
  uint64_t max_message_bytes = 4u << 20;  // of a client's message
  Duration silence{};                     // as of Connection: limits.idle_timeout
  Duration message_timeout{};             // likewise: limits.body_timeout
};

// What it works with on one worker. All of it outlives the exchanges.
struct WebSocketWorker {
  const WebSocketRules& rules;
  transcoding::JsonCodec& codec;
  const rpc::Outbound& outbound;
  rate_limit::Limiter& limiter;
  observe::WorkerMetrics& metrics;
};

}  // namespace dragoman::dialects::websocket
