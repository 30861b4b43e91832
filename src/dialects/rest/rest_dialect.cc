#include "dialects/rest/rest_dialect.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "exchange/media_type.h"
#include "rpc/admit_message.h"
#include "rpc/caller.h"
#include "rpc/deadline.h"
#include "rpc/header_names.h"

namespace dragoman::dialects::rest {
namespace {

constexpr std::string_view kHttpCode = "x-http-code";

// The status that the backend asks for in x-http-code, 200 to 599; `fallback` without one, 0 if it makes no sense.
int AskedStatus(std::span<const Header> metadata, int fallback) {
  for (const Header& entry : metadata) {
    if (entry.name != kHttpCode) continue;
    int asked = 0;
    const char* end = entry.value.data() + entry.value.size();
    const auto [parsed, error] = std::from_chars(entry.value.data(), end, asked);
    return error == std::errc() && parsed == end && asked >= 200 && asked <= 599 ? asked : 0;
  }
  return fallback;
}

void AddMetadata(std::span<const Header> metadata, ResponseHead& head) {
  for (const Header& entry : metadata) {
    if (rpc::ReachesClient(entry.name)) head.headers.push_back(entry);
  }
}

}  // namespace

RestDialect::RestDialect(const RestRules& rules, const transcoding::PlanSet& plans, const rpc::Outbound& outbound,
                         rate_limit::Limiter& limiter)
    : rules_(rules), codec_(plans), outbound_(outbound), limiter_(limiter) {}

Task<Status> RestDialect::Serve(Exchange& exchange, const rpc::Admitted& rpc) {
  Result<BufferPool::Lease> message = co_await ReadRequest(exchange, rpc);
  rpc::Metadata metadata;
  BufferPool::Lease texts{Buffer()};
  Status status;
  if (message) {
    status = rpc::CollectMetadata(outbound_, exchange, rpc.rules, rpc.identity, metadata, texts);
  } else {
    status = std::move(message.error());
  }
  const Result<TimePoint> deadline = rpc::DeadlineOf(exchange, rpc.rules.timeout);
  if (status.ok() && !deadline) status = deadline.error();
  if (!status.ok()) {
    co_await RefuseAdmitted(exchange, status, rpc);
    co_return status;
  }

  const routing::Route& route = *rpc.match.route;
  ResponseHead head;
  BufferPool::Lease body = BufferPool::Borrow();
  std::string raw_content_type;
  auto render = [&](std::string_view reply) {
    Result<std::string_view> content_type = route.reply.Render(reply, rules_.reply, codec_, *body, raw_content_type);
    if (!content_type) return std::move(content_type.error());
    head.content_type = *content_type;
    return Status();
  };
  rpc::UnaryCall call(outbound_, exchange.loop(), &exchange);
  rpc::UnaryCall::Request request{.path = route.grpc_path,
                                  .backend = route.backend,
                                  .gates = rpc.rules.gates,
                                  .who = rpc::WhoIs(exchange, rpc.identity),
                                  .metadata = {metadata.data(), metadata.size()},
                                  .own = &metadata,
                                  .deadline = *deadline,
                                  .message = std::move(*message)};
  status = co_await call.Run(std::move(request), render);
  exchange.AddUpstreamTime(call.waited());
  AddMetadata(call.metadata(), head);
  AddMetadata(call.trailers(), head);
  rpc.admission.AppendHeaders(head.headers);
  if (status.ok()) {
    head.status = AskedStatus(call.metadata(), AskedStatus(call.trailers(), 200));
    if (head.status == 0) {
      status = Status(Code::kInternal, "the backend sent an x-http-code that is no HTTP status between 200 and 599");
    }
  }
  if (!status.ok()) {
    co_await SendError(exchange, status, &rpc.rules, head);
    co_return status;
  }
  head.headers.push_back({"x-request-id", exchange.request_id()});
  rpc.rules.response.Apply(exchange.head().scheme, head.headers);
  co_return co_await exchange.Reply(head, body->view());
}

Task<Result<BufferPool::Lease>> RestDialect::ReadRequest(Exchange& exchange, const rpc::Admitted& rpc) {
  const routing::Route& route = *rpc.match.route;
  transcoding::RequestParts parts;
  parts.captures = {rpc.match.captures.data(), rpc.match.captures.size()};
  parts.query = exchange.head().query();
  if (!exchange.bodyless()) {
    Result<Buffer*> body = co_await exchange.ReadBody();
    if (!body) co_return tl::unexpected(std::move(body.error()));
    parts.body = *body;
    parts.content_type = exchange.head().Find("content-type");
    if (!parts.body->empty() && !route.request.raw_body()) {
      const Forms forms = route.request.accepts_form() ? Forms::kTaken : Forms::kNotTaken;
      const auto syntax = SyntaxOfBody(exchange.head(), parts.body->view(), forms);
      if (!syntax) co_return tl::unexpected(syntax.error());
      parts.syntax = *syntax;
    }
  }
  BufferPool::Lease message = BufferPool::Borrow();
  message->Reserve(upstream::kMessagePrefix + 64 + (parts.body ? parts.body->size() : 0));
  message->Extend(upstream::kMessagePrefix);
  if (Status no = route.request.Encode(parts, rules_.request, codec_, *message); !no.ok()) {
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

Task<void> RestDialect::Refuse(Exchange& exchange, const Status& status, const rpc::Rules* rules) {
  ResponseHead head;
  co_await SendError(exchange, status, rules, head);
}

Task<void> RestDialect::RefuseAdmitted(Exchange& exchange, const Status& status, const rpc::Admitted& rpc) {
  ResponseHead head;
  const bool told = status.reason() == Reason::kRateLimited || status.reason() == Reason::kQuotaExceeded;
  if (!told) rpc.admission.AppendHeaders(head.headers);
  co_await SendError(exchange, status, &rpc.rules, head);
}

Task<void> RestDialect::SendError(Exchange& exchange, const Status& status, const rpc::Rules* rules, ResponseHead& head) {
  if (exchange.reply_begun()) co_return;
  BufferPool::Lease body = BufferPool::Borrow();
  rules_.errors.Render(status, codec_, *body);
  head.status = status.http_status();
  head.content_type = rules_.errors.content_type();
  head.headers.push_back({"x-request-id", exchange.request_id()});
  for (const auto& [name, value] : status.headers()) head.headers.push_back({name, value});
  std::string retry_after;
  if (const std::optional<int64_t> seconds = transcoding::RetryAfterSeconds(status)) {
    head.headers.push_back({"retry-after", retry_after = std::to_string(*seconds)});
  }
  if (rules != nullptr) rules->response.Apply(exchange.head().scheme, head.headers);
  (void)co_await exchange.Reply(head, body->view());
}

}  // namespace dragoman::dialects::rest
