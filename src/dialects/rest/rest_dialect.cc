#include "dialects/rest/rest_dialect.h"

#include <string>
#include <utility>

#include "dialects/rest/error_reply.h"
#include "dialects/rest/response_head.h"
#include "dialects/rest/streamed_rpc.h"
#include "exchange/media_type.h"
#include "rpc/admit_message.h"
#include "rpc/caller.h"
#include "rpc/deadline.h"
#include "rpc/new_message.h"

namespace dragoman::dialects::rest {
RestDialect::RestDialect(const RestRules& rules, const transcoding::PlanSet& plans, const rpc::Outbound& outbound,
                         rate_limit::Limiter& limiter, observe::WorkerMetrics& metrics)
    : rules_(rules),
      codec_(plans),
      outbound_(outbound),
      limiter_(limiter),
      worker_{.rules = rules, .codec = codec_, .outbound = outbound, .limiter = limiter, .metrics = metrics} {}

Task<Status> RestDialect::Serve(Exchange& exchange, const rpc::Admitted& rpc) {
  if (rpc.match.route->streaming.any()) co_return co_await ServeStream(exchange, rpc);
  Result<BufferPool::Lease> message = co_await ReadRequest(exchange, rpc);
  rpc::Metadata metadata;
  BufferPool::Lease texts{Buffer()};
  Status status;
  if (message) {
    status = rpc::CollectMetadata(outbound_, exchange, rpc.rules, rpc.identity, metadata, texts);
  } else {
    status = std::move(message.error());
  }
  const routing::Route& route = *rpc.match.route;
  const transcoding::JsonRules& json = *rpc.rules.json;
  const auto fields = route.reply.Select(exchange.head().query(), json.request.fields_parameter);
  if (status.ok() && !fields) status = fields.error();
  const Result<TimePoint> deadline = rpc::DeadlineOf(exchange, rpc.rules.timeout);
  if (status.ok() && !deadline) status = deadline.error();
  if (!status.ok()) {
    co_await RefuseAdmitted(exchange, status, rpc);
    co_return status;
  }

  ResponseHead head;
  BufferPool::Lease body = BufferPool::Borrow();
  std::string raw_content_type;
  auto render = [&](std::string_view reply) {
    Result<std::string_view> content_type =
        route.reply.Render(reply, json.reply, codec_, *body, raw_content_type, fields->get());
    if (!content_type) return std::move(content_type.error());
    head.content_type = *content_type;
    return Status();
  };
  rpc::UnaryCall call(outbound_, exchange.loop(), &exchange);
  rpc::UnaryCall::Request request{.target = {.path = route.grpc_path,
                                             .backend = route.backend,
                                             .gates = rpc.rules.gates,
                                             .who = rpc::WhoIs(exchange, rpc.identity),
                                             .metadata = {metadata.data(), metadata.size()},
                                             .own = &metadata,
                                             .deadline = *deadline},
                                  .message = std::move(*message)};
  status = co_await call.Run(std::move(request), render);
  exchange.AddUpstreamTime(call.waited());
  AppendMetadata(call.metadata(), head);
  AppendMetadata(call.trailers(), head);
  rpc.admission.AppendHeaders(head.headers);
  if (status.ok()) {
    const Result<int> http_status = StatusOfReply(call.metadata(), call.trailers());
    if (http_status) {
      head.status = *http_status;
    } else {
      status = http_status.error();
    }
  }
  if (!status.ok()) {
    co_await ReplyWithError(exchange, status, &rpc.rules, rules_.errors, codec_, head);
    co_return status;
  }
  CompleteHead(exchange, rpc.rules, head);
  co_return co_await exchange.Reply(head, body->view());
}

Task<Result<BufferPool::Lease>> RestDialect::ReadRequest(Exchange& exchange, const rpc::Admitted& rpc) {
  const routing::Route& route = *rpc.match.route;
  transcoding::RequestParts parts;
  parts.captures = {rpc.match.captures.data(), rpc.match.captures.size()};
  parts.query = exchange.head().query();
  if (route.request.raw_body()) parts.content_type = exchange.head().Find("content-type");
  if (!exchange.bodyless()) {
    Result<Buffer*> body = co_await exchange.ReadBody();
    if (!body) co_return tl::unexpected(std::move(body.error()));
    parts.body = *body;
    if (!parts.body->empty() && route.request.accepts_body() && !route.request.raw_body()) {
      const TakenBodies taken{.forms = route.request.accepts_form()};
      const auto syntax = SyntaxOfBody(exchange.head(), parts.body->view(), taken);
      if (!syntax) co_return tl::unexpected(syntax.error());
      parts.syntax = *syntax;
    }
  }
  BufferPool::Lease message = rpc::NewMessage(parts.body ? parts.body->size() : 0);
  if (Status no = route.request.Encode(parts, rpc.rules.json->request, codec_, *message); !no.ok()) {
    co_return tl::unexpected(std::move(no));
  }
  if (rpc.rules.reads_message()) {
    const std::string_view wire = message->view().substr(upstream::kMessagePrefix);
    if (Status no = co_await rpc::AdmitMessage(limiter_, exchange, rpc.rules, rpc.identity, rpc.admission, wire); !no.ok()) {
      co_return tl::unexpected(std::move(no));
    }
  }
  co_return message;
}

Task<Status> RestDialect::ServeStream(Exchange& exchange, const rpc::Admitted& rpc) {
  if (rpc.match.route->streaming.requests) {
    StreamedRpc streamed(worker_, exchange, rpc);
    co_return co_await streamed.ServeRequests();
  }
  Result<BufferPool::Lease> message = co_await ReadRequest(exchange, rpc);
  if (!message) {
    co_await RefuseAdmitted(exchange, message.error(), rpc);
    co_return std::move(message.error());
  }
  StreamedRpc streamed(worker_, exchange, rpc);
  co_return co_await streamed.ServeOneRequest(std::move(*message));
}

Task<void> RestDialect::Refuse(Exchange& exchange, const Status& status, const rpc::Rules* rules) {
  ResponseHead head;
  co_await ReplyWithError(exchange, status, rules, rules_.errors, codec_, head);
}

Task<void> RestDialect::RefuseAdmitted(Exchange& exchange, const Status& status, const rpc::Admitted& rpc) {
  ResponseHead head;
  AppendLimits(status, rpc, head);
  co_await ReplyWithError(exchange, status, &rpc.rules, rules_.errors, codec_, head);
}

}  // namespace dragoman::dialects::rest
