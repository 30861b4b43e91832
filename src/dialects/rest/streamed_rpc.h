#pragma once

#include <optional>

#include "base/buffer_pool.h"
#include "base/task.h"
#include "dialects/rest/reply_pump.h"
#include "dialects/rest/rest_worker.h"
#include "exchange/exchange.h"
#include "exchange/reply_stream.h"
#include "observe/worker_metrics.h"
#include "rpc/rules.h"
#include "rpc/stream_call.h"

namespace dragoman::dialects::rest {

// One request for an RPC that streams, either way or both, from its call to the end of its response.
//
// Lifetime: one exchange's. Whatever fails, every coroutine of its own has ended before Serve returns.
class StreamedRpc {
 public:
  StreamedRpc(const RestWorker& worker, Exchange& exchange, const rpc::Admitted& rpc);
  StreamedRpc(const StreamedRpc&) = delete;
  StreamedRpc& operator=(const StreamedRpc&) = delete;

  // `message`: the request message, as UnaryCall takes it. Ends the response; returns how the RPC ended.
  Task<Status> ServeReplies(BufferPool::Lease message);

 private:
  // What goes upstream, but for messages. Errors: kInvalidRequest.
  Status Prepare();
  void CompleteReplyHead(ResponseHead& head);
  Task<Status> Open();
  // How the call ended, as far as the client is concerned. `pumped`: how the pump did.
  Status OutcomeOf(Status pumped);
  // Ends the response, by whatever is possible still.
  Task<Status> End(Status outcome);

  const RestWorker& worker_;
  Exchange& exchange_;
  const rpc::Admitted& rpc_;
  const routing::Route& route_;
  observe::WorkerMetrics::OpenStream tally_;
  rpc::Metadata metadata_;
  BufferPool::Lease texts_{Buffer()};
  TimePoint deadline_{};
  rpc::StreamCall call_;
  bool call_ended_ = false;
  ReplyStream reply_;
  ReplyPump pump_;
};

}  // namespace dragoman::dialects::rest
