#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "exchange/reply_stream.h"
#include "observe/worker_metrics.h"
#include "rpc/stream_call.h"
#include "transcoding/json_codec.h"
#include "transcoding/reply_plan.h"

namespace dragoman::dialects::rest {

// What comes from a call, rendered, into a response: all messages that have come in one turn of the loop leave in one
// write, and no further one is received before the client has taken it.
//
// Lifetime: what it refers to outlives it.   Cost: no allocation per message once buffers are warm.
class ReplyPump {
 public:
  // How each message is rendered.
  struct Form {
    const transcoding::ReplyPlan& plan;
    const transcoding::JsonWriteOptions& options;
    const transcoding::FieldSelection* fields;  // null: all
  };

  ReplyPump(rpc::StreamCall& call, const Form& form, transcoding::JsonCodec& codec, ReplyStream& reply,
            observe::WorkerMetrics::OpenStream& tally)
      : call_(call), form_(form), codec_(codec), reply_(reply), tally_(tally) {}

  // Until the call has given its last message; what has been collected then may not have left yet. Ends earlier where
  // the response has ended. Errors: kReplyNotRenderable, kBackendProtocolError, of a message; Code::kInternal for a bad
  // x-http-code, before the first; Code::kCancelled: the client is gone.
  Task<Status> Run();
  // Of the messages so far; empty before the first.
  std::string_view content_type() const { return content_type_; }

 private:
  // Renders what is there; true once the call has given its last message.
  Result<bool> Collect(std::string_view first);

  rpc::StreamCall& call_;
  const Form form_;
  transcoding::JsonCodec& codec_;
  ReplyStream& reply_;
  observe::WorkerMetrics::OpenStream& tally_;
  std::string_view content_type_;
  std::string own_content_type_;  // where it is that of an HttpBody
  std::string later_content_type_;
};

}  // namespace dragoman::dialects::rest
