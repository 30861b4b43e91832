#include "dialects/rest/streamed_rpc.h"

#include <utility>

#include "dialects/rest/error_reply.h"
#include "dialects/rest/response_head.h"
#include "rpc/caller.h"
#include "rpc/deadline.h"
#include "rpc/unary_call.h"

namespace dragoman::dialects::rest {
namespace {

StreamFormat FormatOf(const Exchange& exchange, const routing::Route& route) {
  return route.reply.raw_body() ? StreamFormat::kRaw : StreamFormatOf(exchange.head().Find("accept"));
}

}  // namespace

StreamedRpc::StreamedRpc(const RestWorker& worker, Exchange& exchange, const rpc::Admitted& rpc)
    : worker_(worker),
      exchange_(exchange),
      rpc_(rpc),
      route_(*rpc.match.route),
      tally_(worker.metrics, route_.rpc_index),
      call_(worker.outbound, exchange.loop(), &exchange) {
  if (route_.streaming.requests) feed_.emplace(worker, exchange, rpc, tally_);
}

Task<Status> StreamedRpc::ServeOneRequest(BufferPool::Lease message) {
  Status outcome = Prepare();
  if (outcome.ok()) outcome = co_await Open();
  if (outcome.ok()) {
    tally_.CountRequests(1);
    (void)co_await call_.Send(std::move(message), true);  // an error shows as the call's status
    Status received = co_await Receive();
    outcome = OutcomeOf(std::move(received));
  }
  co_await End(outcome);
  co_return outcome;
}

Task<Status> StreamedRpc::ServeRequests() {
  Status outcome = Prepare();
  // A service that only hears is called with its first message, and one whose messages are held against policies not
  // before they allow one. One that answers may want to speak first.
  const bool waits = !route_.streaming.replies || rpc_.rules.reads_message();
  if (outcome.ok() && waits) outcome = co_await feed_->ReadFirst();
  if (outcome.ok()) outcome = co_await Open();
  if (outcome.ok()) {
    feeding_ = true;
    exchange_.loop().Spawn(Feed());
    Status received = co_await Receive();
    outcome = OutcomeOf(std::move(received));
  }
  co_await End(outcome);
  while (feeding_) co_await feed_ended_.Wait();
  co_return outcome;
}

Status StreamedRpc::Prepare() {
  Status no = rpc::CollectMetadata(worker_.outbound, exchange_, rpc_.rules, rpc_.identity, metadata_, texts_);
  if (!no.ok()) return no;
  const Result<TimePoint> deadline = rpc::DeadlineOf(exchange_, rpc_.rules.timeout);
  if (!deadline) return deadline.error();
  deadline_ = *deadline;
  auto fields = route_.reply.Select(exchange_.head().query(), rpc_.rules.json->request.fields_parameter);
  if (!fields) return std::move(fields.error());
  fields_ = *std::move(fields);
  return {};
}

Task<Status> StreamedRpc::Open() {
  const rpc::Target target{.path = route_.grpc_path,
                           .backend = route_.backend,
                           .gates = rpc_.rules.gates,
                           .who = rpc::WhoIs(exchange_, rpc_.identity),
                           .metadata = {metadata_.data(), metadata_.size()},
                           .own = &metadata_,
                           .deadline = deadline_};
  co_return co_await call_.Open(target);
}

Task<void> StreamedRpc::Feed() {
  fed_ = co_await feed_->Run(call_);
  if (!fed_.ok()) call_.Cancel();
  feeding_ = false;
  if (feed_ended_.waiting()) feed_ended_.Notify();  // the last thing: whoever waits destroys this
}

Task<Status> StreamedRpc::Receive() {
  if (!route_.streaming.replies) co_return co_await ReceiveOne();
  reply_.emplace(
      exchange_, FormatOf(exchange_, route_),
      [](void* self, ResponseHead& head) { static_cast<StreamedRpc*>(self)->CompleteReplyHead(head); }, this);
  reply_->WatchEnd([](void* self) { static_cast<StreamedRpc*>(self)->call_.Cancel(); }, this);
  pump_.emplace(call_, ReplyPump::Form{route_.reply, rpc_.rules.json->reply, fields_.get()}, worker_.codec, *reply_,
                tally_);
  co_return co_await pump_->Run();
}

Task<Status> StreamedRpc::ReceiveOne() {
  Status taken;
  while (const std::optional<std::string_view> reply = co_await call_.Receive()) {
    if (++replies_ > 1) {
      call_.Cancel();
      break;
    }
    tally_.CountReplies(1);
    body_ = BufferPool::Borrow();
    const Result<std::string_view> type =
        route_.reply.Render(*reply, rpc_.rules.json->reply, worker_.codec, *body_, raw_content_type_, fields_.get());
    if (type) {
      content_type_ = *type;
    } else {
      taken = type.error();
    }
  }
  co_return taken;
}

Status StreamedRpc::OutcomeOf(Status received) {
  const bool enough = reply_ && reply_->ended();  // HEAD
  if (!received.ok() || enough) call_.Cancel();
  const Status& ended = call_.End();
  call_ended_ = true;
  if (enough) return {};
  if (!fed_.ok()) return fed_;
  if (!reply_) {
    if (Status no = rpc::EndOfOneReply(ended, replies_); !no.ok()) return no;
  }
  if (!received.ok()) return received;
  if (!ended.ok()) return ended;
  if (reply_ && reply_->has_values()) return {};
  const Result<int> status = StatusOfReply(call_.metadata(), call_.trailers());
  return status ? Status() : status.error();
}

// Where the response begins behind the end of the call, trailers are headers too.
void StreamedRpc::CompleteReplyHead(ResponseHead& head) {
  const std::span<const Header> trailers = call_ended_ ? call_.trailers() : std::span<const Header>();
  if (!reply_) {
    head.content_type = content_type_;
  } else if (route_.reply.raw_body()) {
    head.content_type = pump_->content_type();
  }
  head.status = StatusOfReply(call_.metadata(), trailers).value_or(500);
  AppendMetadata(call_.metadata(), head);
  AppendMetadata(trailers, head);
  rpc_.admission.AppendHeaders(head.headers);
  CompleteHead(exchange_, rpc_.rules, head);
}

Task<void> StreamedRpc::End(const Status& outcome) {
  if (reply_) co_await reply_->Stop();
  const bool begun = reply_ && (reply_->begun() || reply_->has_values());
  if (!outcome.ok() && !begun) {
    co_await AnswerError(outcome);
  } else if (!reply_) {
    co_await AnswerOne();
  } else if (outcome.ok()) {
    (void)co_await reply_->Finish();
  } else {
    BufferPool::Lease error = BufferPool::Borrow();
    worker_.rules.errors.Render(outcome, worker_.codec, *error);
    (void)co_await reply_->Fail(error->view());
  }
}

Task<void> StreamedRpc::AnswerOne() {
  ResponseHead head;
  CompleteReplyHead(head);
  (void)co_await exchange_.Reply(head, body_->view());
}

Task<void> StreamedRpc::AnswerError(const Status& status) {
  ResponseHead head;
  AppendMetadata(call_.metadata(), head);
  AppendMetadata(call_.trailers(), head);
  AppendLimits(status, rpc_, head);
  co_await ReplyWithError(exchange_, status, &rpc_.rules, worker_.rules.errors, worker_.codec, head);
}

}  // namespace dragoman::dialects::rest
