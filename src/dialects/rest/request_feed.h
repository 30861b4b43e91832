#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/buffer_pool.h"
#include "base/task.h"
#include "dialects/rest/rest_worker.h"
#include "exchange/exchange.h"
#include "observe/worker_metrics.h"
#include "rpc/rules.h"
#include "rpc/stream_call.h"
#include "transcoding/stream_splitter.h"

namespace dragoman::dialects::rest {

// What of a request's body goes into a call that streams requests: each element of the JSON, or each piece of the bytes,
// as soon as it is whole, once it has passed the policies that read messages. Path and query are in the first message.
//
//   {"value":1}\n{"value":2}\n      two messages; so are [{"value":1},{"value":2}]
//   a form                          one message
//   a google.api.HttpBody           a message for each piece that comes, at most 64 KiB; of no bytes one, too
//   no element, no form             no message
//   nothing, where the rule has no body: one message of path and query
//
// While a message waits for the backend to take those before it, no more of the body is read. Between two elements the
// client may be silent for as long as it likes; within one limits.body_timeout holds.
//
// Errors: those of Exchange::ReadBodyPiece, of StreamSplitter and RequestPlan, with the element where there is more than
// one: `element 3: line 3, column 8: …`; of rpc::AdmitMessage; kUnsupportedMediaType.
// Lifetime: what it refers to outlives it.   Bounds: one element, at most RestRules::max_message_bytes, and one piece.
class RequestFeed {
 public:
  RequestFeed(const RestWorker& worker, Exchange& exchange, const rpc::Admitted& rpc,
              observe::WorkerMetrics::OpenStream& tally);
  RequestFeed(const RequestFeed&) = delete;
  RequestFeed& operator=(const RequestFeed&) = delete;

  // Reads on until the first message is there, or the body has ended without one. For calls that are not to begin before.
  Task<Status> ReadFirst();
  // Sends every message, and that there are no more. OK: it has, or the call has ended.
  Task<Status> Run(rpc::StreamCall& call);

 private:
  enum class Kind : uint8_t { kUnknown, kWhole, kElements, kBytes };

  // The next message, in `message_`; false: there is none, the body has ended.
  Task<Result<bool>> Next();
  // The same of what has been read; false: more has to be.
  Result<bool> Take();
  // Finds out what the body is.
  Task<Status> Begin();
  Task<Status> ReadPiece();
  Task<Status> ReadForm();
  Status EncodeFirst(transcoding::RequestParts parts);
  Status CheckUrl();
  Status EncodeElement();
  Status EncodeBytes();
  Task<Status> Admit();

  const RestWorker& worker_;
  Exchange& exchange_;
  const rpc::Admitted& rpc_;
  const routing::Route& route_;
  observe::WorkerMetrics::OpenStream& tally_;
  Kind kind_ = Kind::kUnknown;
  bool ended_ = false;  // the body
  std::string_view piece_;
  std::optional<transcoding::StreamSplitter> splitter_;
  BufferPool::Lease element_{Buffer()};  // none while more of the body is waited for
  size_t pieces_ = 0;  // read since the last message
  BufferPool::Lease message_{Buffer()};
  bool has_message_ = false;
  bool admitted_ = false;  // by the policies that read messages
  uint64_t messages_ = 0;  // sent
};

}  // namespace dragoman::dialects::rest
