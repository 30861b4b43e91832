#include "dialects/websocket/conversation.h"

#include <algorithm>
#include <string>
#include <utility>

#include "rpc/admit_message.h"
#include "rpc/caller.h"
#include "rpc/deadline.h"
#include "rpc/message_error.h"
#include "rpc/new_message.h"
#include "rpc/unary_call.h"
#include "upstream/call.h"

namespace dragoman::dialects::websocket {
namespace {

constexpr size_t kCollectBytes = 64 << 10;  // no further reply is rendered into one write
constexpr uint16_t kFirstOwnCode = 4000;    // and the gRPC code

Status Leaving() { return Status(Reason::kDraining, "the gateway is shutting down"); }

}  // namespace

Conversation::Conversation(const WebSocketWorker& worker, Exchange& exchange, const rpc::Admitted& rpc)
    : worker_(worker),
      exchange_(exchange),
      rpc_(rpc),
      route_(*rpc.match.route),
      call_(worker.outbound, exchange.loop(), &exchange),
      connection_(exchange, {.max_message_bytes = worker.rules.max_message_bytes,
                             .silence = worker.rules.silence,
                             .message_timeout = worker.rules.message_timeout}),
      takes_messages_(route_.request.accepts_body()) {
  if (route_.streaming.any()) tally_.emplace(worker.metrics, route_.rpc_index);
}

Task<Status> Conversation::Prepare() {
  Status no = rpc::CollectMetadata(worker_.outbound, exchange_, rpc_.rules, rpc_.identity, metadata_, texts_);
  if (!no.ok()) co_return no;
  const Result<TimePoint> deadline = rpc::DeadlineOf(exchange_, rpc_.rules.timeout);
  if (!deadline) co_return deadline.error();
  auto fields = route_.reply.Select(exchange_.head().query(), rpc_.rules.json->request.fields_parameter);
  if (!fields) co_return std::move(fields.error());
  fields_ = *std::move(fields);
  time_ = *deadline == TimePoint::max() ? Duration::max() : *deadline - exchange_.started();
  if (!takes_messages_) {
    no = EncodeFirst({});
    if (no.ok()) no = co_await Admit();
    if (!no.ok()) co_return no;
    has_message_ = half_closed_ = true;
  }
  // A service that answers may want to speak first, unless the messages are held against policies.
  const bool waits =
      takes_messages_ && (!route_.streaming.requests || !route_.streaming.replies || rpc_.rules.reads_message());
  if (waits) co_return Status();
  co_return co_await Open();
}

Task<Status> Conversation::Open() {
  const TimePoint deadline = time_ == Duration::max() ? TimePoint::max() : Clock::now() + time_;
  const rpc::Target target{.path = route_.grpc_path,
                           .backend = route_.backend,
                           .gates = rpc_.rules.gates,
                           .who = rpc::WhoIs(exchange_, rpc_.identity),
                           .metadata = {metadata_.data(), metadata_.size()},
                           .own = &metadata_,
                           .deadline = deadline};
  Status no = co_await call_.Open(target);
  open_ = no.ok();
  co_return no;
}

Task<Status> Conversation::Hold(const Handshake& handshake) {
  const observe::WorkerMetrics::OpenWebSocket tallied(worker_.metrics);
  co_await Accept(handshake);
  exchange_.WatchDrain(&OnDrain, this);
  listening_ = true;
  exchange_.loop().Spawn(Listen());
  Status outcome;
  if (!open_) outcome = co_await AwaitFirst();
  if (outcome.ok()) {
    Status spoken;
    if (route_.streaming.replies) {
      spoken = co_await Speak();
    } else {
      spoken = co_await SpeakOnce();
    }
    outcome = OutcomeOf(std::move(spoken));
    if (!tally_) exchange_.AddUpstreamTime(call_.waited());
    if (outcome.ok() && !route_.streaming.replies) {
      Append();
      (void)co_await connection_.Flush();
    }
  } else {
    given_up_ = true;
    if (go_.waiting()) go_.Notify();
  }
  exchange_.WatchDrain(nullptr, nullptr);
  co_await connection_.Close(CloseCodeOf(outcome), outcome.message());
  while (listening_) co_await event_.Wait();
  co_return outcome;
}

Task<void> Conversation::Accept(const Handshake& handshake) {
  ResponseHead head;
  rpc_.admission.AppendHeaders(head.headers);
  head.headers.push_back({"x-request-id", exchange_.request_id()});
  rpc_.rules.response.Apply(exchange_.head().scheme, head.headers);
  co_await connection_.Accept(handshake, {head.headers.data(), head.headers.size()});
}

Task<Status> Conversation::AwaitFirst() {
  while (listening_ && !has_message_ && !half_closed_ && !leaving_) co_await event_.Wait();
  if (leaving_) co_return Leaving();
  if (!failure_.ok()) co_return failure_;
  Status no = co_await Open();
  if (no.ok() && leaving_) call_.Cancel();  // meanwhile
  if (no.ok() && go_.waiting()) go_.Notify();
  co_return no;
}

Task<void> Conversation::Listen() {
  failure_ = co_await Hear();
  if (!failure_.ok()) call_.Cancel();
  listening_ = false;
  Wake();  // the last thing: whoever waits destroys this
}

Task<Status> Conversation::Hear() {
  for (;;) {
    if (!has_message_ && !half_closed_) {
      if (Status no = co_await Next(); !no.ok()) co_return no;
      if (!open_) Wake();
    }
    while (!open_ && !given_up_) co_await go_.Wait();
    if (given_up_) co_return Status();
    const bool ends = half_closed_;
    if (std::exchange(has_message_, false)) {
      if (tally_) tally_->CountRequests(1);
      if (Status ended = co_await call_.Send(std::move(message_), ends); !ended.ok()) co_return Status();
    } else {
      BufferPool::Lease nothing{Buffer()};
      (void)co_await call_.Send(std::move(nothing), true);
    }
    if (ends) break;
  }
  // What comes now is good-bye, or too much.
  const Connection::Received received = co_await connection_.Receive(text_);
  if (received == Connection::Received::kClosed) co_return Departed();
  co_return Status(Reason::kInvalidRequest, takes_messages_ ? "a message came behind the last one that the call takes"
                                                            : "the call takes no messages: its rule has no body");
}

Task<Status> Conversation::Next() {
  const Connection::Received received = co_await connection_.Receive(text_);
  if (received == Connection::Received::kClosed) co_return Departed();
  const bool streams = route_.streaming.requests;
  if (streams && received == Connection::Received::kText && text_.empty()) {
    half_closed_ = true;
    co_return Status();
  }
  ++messages_;
  Status no = Encode(received);
  if (no.ok()) no = co_await Admit();
  if (no.reason() != Reason::kUnsupportedMediaType) no = WithNumber(std::move(no));
  has_message_ = no.ok();
  half_closed_ = !streams;
  co_return no;
}

Status Conversation::Encode(Connection::Received kind) {
  const bool raw = route_.request.raw_body();
  if (kind == Connection::Received::kBinary && !raw) {
    return Status(Reason::kUnsupportedMediaType, "expected JSON in a text message, got a binary one");
  }
  Status no;
  if (messages_ == 1) {
    transcoding::RequestParts parts;
    if (raw) {
      parts.raw = text_.view();
      parts.content_type =
          kind == Connection::Received::kText ? "text/plain; charset=utf-8" : "application/octet-stream";
    } else {
      parts.body = &text_;
    }
    no = EncodeFirst(std::move(parts));
  } else {
    message_ = rpc::NewMessage(text_.size());
    if (raw) {
      route_.request.EncodeNextRaw(text_.view(), *message_);
    } else {
      no = route_.request.EncodeNext(text_, {}, rpc_.rules.json->request, worker_.codec, *message_);
    }
  }
  return no;
}

Status Conversation::WithNumber(Status no) const {
  if (no.ok() || !route_.streaming.requests || messages_ == 0) return no;
  return rpc::MessageError("message", messages_, no);
}

Status Conversation::EncodeFirst(transcoding::RequestParts parts) {
  parts.captures = {rpc_.match.captures.data(), rpc_.match.captures.size()};
  parts.query = exchange_.head().query();
  message_ = rpc::NewMessage(text_.size());
  return route_.request.Encode(parts, rpc_.rules.json->request, worker_.codec, *message_);
}

// Each message is held against the policies as if it were the only one; what the first one is charged could be told in
// the response's headers where it is known by then.
Task<Status> Conversation::Admit() {
  if (!rpc_.rules.reads_message()) co_return Status();
  const std::string_view wire = message_->view().substr(upstream::kMessagePrefix);
  if (messages_ <= 1) {
    co_return co_await rpc::AdmitMessage(worker_.limiter, exchange_, rpc_.rules, rpc_.identity, rpc_.admission, wire);
  }
  rate_limit::Admission later;
  co_return co_await rpc::AdmitMessage(worker_.limiter, exchange_, rpc_.rules, rpc_.identity, later, wire);
}

Status Conversation::Departed() const {
  if (!connection_.failure().ok()) return connection_.failure();
  const bool gone = connection_.close_code() == kGone;
  return Status(Code::kCancelled, gone ? "the client went away" : "the client closed the WebSocket");
}

Task<Status> Conversation::Speak() {
  while (const std::optional<std::string_view> reply = co_await call_.Receive()) {
    const Result<bool> ended = Collect(*reply);
    json_ = BufferPool::Lease(Buffer());
    const bool taken = co_await connection_.Flush();
    if (!ended) co_return ended.error();
    if (!taken) co_return Status(Code::kCancelled, "the client went away");
    if (*ended) break;
  }
  co_return Status();
}

Result<bool> Conversation::Collect(std::string_view reply) {
  std::optional<std::optional<std::string_view>> next = reply;
  while (next) {
    if (!*next) return true;
    if (Status no = Render(**next); !no.ok()) return Refuse(std::move(no));
    Append();
    if (connection_.collected() >= kCollectBytes) break;
    next = call_.TryReceive();
  }
  return false;
}

Status Conversation::Render(std::string_view reply) {
  if (json_->capacity() == 0) json_ = BufferPool::Borrow();
  json_->Clear();
  const auto type =
      route_.reply.Render(reply, rpc_.rules.json->reply, worker_.codec, *json_, content_type_, fields_.get());
  return type ? Status() : type.error();
}

// Of an RPC with one reply, which counts only if the call ends well.
Task<Status> Conversation::SpeakOnce() {
  Status rendered;
  while (const std::optional<std::string_view> reply = co_await call_.Receive()) {
    if (++replies_ > 1) {
      call_.Cancel();
      break;
    }
    rendered = Render(*reply);
  }
  co_return rendered;
}

void Conversation::Append() {
  if (tally_) tally_->CountReplies(1);
  connection_.Append(json_->view(), route_.reply.raw_body() ? Connection::Kind::kBinary : Connection::Kind::kText);
}

Status Conversation::OutcomeOf(Status spoken) {
  if (!spoken.ok()) call_.Cancel();
  const Status& ended = call_.End();
  if (!ended.ok() && leaving_) return Leaving();
  if (!ended.ok() && !failure_.ok()) return failure_;
  if (!route_.streaming.replies) {
    if (Status no = rpc::EndOfOneReply(ended, replies_); !no.ok()) return no;
  }
  return spoken.ok() ? ended : spoken;
}

uint16_t Conversation::CloseCodeOf(const Status& outcome) const {
  if (outcome.ok()) return kNormal;
  if (outcome.reason() == Reason::kDraining) return kGoingAway;
  if (outcome.reason() == Reason::kUnsupportedMediaType) return kUnsupportedData;
  return static_cast<uint16_t>(kFirstOwnCode + static_cast<int>(outcome.code()));
}

// What has not begun ends at once; a call has the time that is left.
void Conversation::OnDrain(void* self) {
  auto& conversation = *static_cast<Conversation*>(self);
  if (conversation.open_) return;
  conversation.leaving_ = true;
  conversation.Wake();
}

void Conversation::Wake() {
  if (event_.waiting()) event_.Notify();
}

}  // namespace dragoman::dialects::websocket
