#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/buffer_pool.h"
#include "base/loop.h"
#include "base/task.h"
#include "dialects/websocket/connection.h"
#include "dialects/websocket/handshake.h"
#include "dialects/websocket/websocket_worker.h"
#include "exchange/exchange.h"
#include "observe/worker_metrics.h"
#include "rpc/rules.h"
#include "rpc/stream_call.h"

namespace dragoman::dialects::websocket {

// One RPC over one WebSocket, from its call to the close frame.
//
// One coroutine listens: client → message → call. Another one speaks: call → reply → client; it alone closes. Neither
// goes on before the other side has taken what it has. Whichever ends badly ends the other: who listens cancels the
// call, which wakes who speaks; the end of the connection ends who listens.
//
// Lifetime: one exchange's. All coroutines have ended before Hold returns.
class Conversation {
 public:
  Conversation(const WebSocketWorker& worker, Exchange& exchange, const rpc::Admitted& rpc);
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;

  // What can be known before there is a WebSocket; begins the call where it waits for no message. Errors: those of
  // rpc::CollectMetadata, rpc::DeadlineOf, RequestPlan::Encode and rpc::AdmitMessage where the rule has no body,
  // StreamCall::Open.
  Task<Status> Prepare();
  // Then takes the exchange over, and ends it. Returns how the RPC ended.
  Task<Status> Hold(const Handshake& handshake);

 private:
  Task<void> Accept(const Handshake& handshake);
  Task<Status> Open();
  // Until there is a first message that may be sent, and then until the call has begun.
  Task<Status> AwaitFirst();

  Task<void> Listen();
  // OK: there is nothing more to be heard.
  Task<Status> Hear();
  // The next message, in `message_`, or that there will be none.
  Task<Status> Next();
  Status Encode(Connection::Received kind);
  // What is wrong with a message, which it names where there may be several.
  Status WithNumber(Status no) const;
  Status EncodeFirst(transcoding::RequestParts parts);
  Task<Status> Admit();
  Status Departed() const;

  Task<Status> Speak();
  // Renders `reply`, and what else has come; true: the call has given its last one.
  Result<bool> Collect(std::string_view reply);
  Status Render(std::string_view reply);
  Task<Status> SpeakOnce();
  void Append();
  Status OutcomeOf(Status spoken);
  uint16_t CloseCodeOf(const Status& outcome) const;

  static void OnDrain(void* self);
  void Wake();

  const WebSocketWorker& worker_;
  Exchange& exchange_;
  const rpc::Admitted& rpc_;
  const routing::Route& route_;
  std::optional<observe::WorkerMetrics::OpenStream> tally_;  // where anything streams
  rpc::Metadata metadata_;
  BufferPool::Lease texts_{Buffer()};
  transcoding::ReplyPlan::Selection fields_;
  Duration time_{};  // for the call, from its begin
  rpc::StreamCall call_;
  Connection connection_;
  const bool takes_messages_;  // of the client; else path and query are all
  bool open_ = false;          // the call
  bool given_up_ = false;      // there will be none
  bool leaving_ = false;       // the gateway is, and there is no call yet
  bool listening_ = false;
  Signal event_;  // for who speaks
  Signal go_;     // for who listens

  Buffer text_;
  BufferPool::Lease message_{Buffer()};
  bool has_message_ = false;
  bool half_closed_ = false;  // the client has no more to say
  uint64_t messages_ = 0;     // of the client
  Status failure_;            // why listening ended, where it was not done

  BufferPool::Lease json_{Buffer()};
  std::string content_type_;  // of an HttpBody; nobody is told
  size_t replies_ = 0;
};

}  // namespace dragoman::dialects::websocket
