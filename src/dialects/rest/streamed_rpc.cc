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
      call_(worker.outbound, exchange.loop(), &exchange),
      reply_(
          exchange, FormatOf(exchange, route_),
          [](void* self, ResponseHead& head) { static_cast<StreamedRpc*>(self)->CompleteReplyHead(head); }, this),
      pump_(call_, route_.reply, worker.rules.reply, worker.codec, reply_, tally_) {
  reply_.WatchEnd([](void* self) { static_cast<StreamedRpc*>(self)->call_.Cancel(); }, this);
}

Status StreamedRpc::Prepare() {
  if (Status no =
          rpc::CollectMetadata(worker_.outbound, exchange_, rpc_.rules, rpc_.identity, metadata_, texts_);
      !no.ok()) {
    return no;
  }
  const Result<TimePoint> deadline = rpc::DeadlineOf(exchange_, rpc_.rules.timeout);
  if (!deadline) return deadline.error();
  deadline_ = *deadline;
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

Task<Status> StreamedRpc::ServeReplies(BufferPool::Lease message) {
  Status no = Prepare();
  if (no.ok()) no = co_await Open();
  if (!no.ok()) co_return co_await End(std::move(no));
  tally_.CountRequests(1);
  (void)co_await call_.Send(std::move(message), true);  // an error shows as the call's status
  Status pumped = co_await pump_.Run();
  co_return co_await End(OutcomeOf(std::move(pumped)));
}

// Before the response has begun; where it begins behind the end of the call, trailers are headers too.
void StreamedRpc::CompleteReplyHead(ResponseHead& head) {
  const std::span<const Header> trailers = call_ended_ ? call_.trailers() : std::span<const Header>();
  if (!pump_.content_type().empty() && route_.reply.raw_body()) head.content_type = pump_.content_type();
  head.status = StatusOfReply(call_.metadata(), trailers).value_or(500);
  AppendMetadata(call_.metadata(), head);
  AppendMetadata(trailers, head);
  rpc_.admission.AppendHeaders(head.headers);
  CompleteHead(exchange_, rpc_.rules, head);
}

Status StreamedRpc::OutcomeOf(Status pumped) {
  const bool enough = reply_.ended();  // HEAD
  if (!pumped.ok() || enough) call_.Cancel();
  const Status& ended = call_.End();
  call_ended_ = true;
  if (enough) return {};
  if (!pumped.ok()) return pumped;
  if (!ended.ok() || reply_.has_values()) return ended;
  const Result<int> status = StatusOfReply(call_.metadata(), call_.trailers());
  return status ? Status() : status.error();
}

Task<Status> StreamedRpc::End(Status outcome) {
  if (outcome.ok()) {
    (void)co_await reply_.Finish();
    co_return outcome;
  }
  co_await reply_.Stop();
  if (reply_.begun() || reply_.has_values()) {
    BufferPool::Lease error = BufferPool::Borrow();
    worker_.rules.errors.Render(outcome, worker_.codec, *error);
    (void)co_await reply_.Fail(error->view());
    co_return outcome;
  }
  ResponseHead head;
  AppendMetadata(call_.metadata(), head);
  AppendMetadata(call_.trailers(), head);
  AppendLimits(outcome, rpc_, head);
  co_await ReplyWithError(exchange_, outcome, &rpc_.rules, worker_.rules.errors, worker_.codec, head);
  co_return outcome;
}

}  // namespace dragoman::dialects::rest
