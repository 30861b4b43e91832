#pragma once

#include <optional>
#include <string>

#include "base/buffer_pool.h"
#include "base/task.h"
#include "dialects/rest/reply_pump.h"
#include "dialects/rest/request_feed.h"
#include "dialects/rest/rest_worker.h"
#include "exchange/exchange.h"
#include "exchange/reply_stream.h"
#include "observe/worker_metrics.h"
#include "rpc/rules.h"
#include "rpc/stream_call.h"

namespace dragoman::dialects::rest {

// One request for an RPC that streams, either way or both, from its call to the end of its response.
//
// Where requests stream, one coroutine reads the body and sends (RequestFeed) while another one receives and writes
// (ReplyPump). Whichever ends badly ends the other: what is wrong with the body cancels the call, which wakes who
// receives; the end of the call makes sending fail, and the end of the response makes reading fail.
//
// Lifetime: one exchange's. Whatever fails, all coroutines have ended before Serve… returns.
class StreamedRpc {
 public:
  StreamedRpc(const RestWorker& worker, Exchange& exchange, const rpc::Admitted& rpc);
  StreamedRpc(const StreamedRpc&) = delete;
  StreamedRpc& operator=(const StreamedRpc&) = delete;

  // Both end the response, and return how the RPC ended. Of an RPC with one request: `message`, as UnaryCall takes it.
  Task<Status> ServeOneRequest(BufferPool::Lease message);
  // The body is read as it comes.
  Task<Status> ServeRequests();

 private:
  // What goes upstream, but for messages. Errors: kInvalidRequest.
  Status Prepare();
  Task<Status> Open();
  Task<void> Feed();
  // Until the call has ended, or whatever comes is not wanted.
  Task<Status> Receive();
  Task<Status> ReceiveOne();
  // How the call ended, as far as the client is concerned. `received`: how receiving did.
  Status OutcomeOf(Status received);
  void CompleteReplyHead(ResponseHead& head);
  // Ends the response, by whatever is possible still.
  Task<void> End(const Status& outcome);
  Task<void> AnswerOne();
  Task<void> AnswerError(const Status& status);

  const RestWorker& worker_;
  Exchange& exchange_;
  const rpc::Admitted& rpc_;
  const routing::Route& route_;
  observe::WorkerMetrics::OpenStream tally_;
  rpc::Metadata metadata_;
  BufferPool::Lease texts_{Buffer()};
  TimePoint deadline_{};
  transcoding::ReplyPlan::Selection fields_;
  rpc::StreamCall call_;
  bool call_ended_ = false;

  std::optional<RequestFeed> feed_;
  Status fed_;  // why feeding ended, where it was not done
  bool feeding_ = false;
  Signal feed_ended_;

  std::optional<ReplyStream> reply_;  // where replies stream
  std::optional<ReplyPump> pump_;
  size_t replies_ = 0;                // else
  BufferPool::Lease body_{Buffer()};
  std::string raw_content_type_;
  std::string_view content_type_;
};

}  // namespace dragoman::dialects::rest
