#include "dialects/rest/rest_dialect.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "dialects/caller.h"
#include "dialects/header_names.h"
#include "dialects/rest/deadline.h"
#include "dialects/rest/media_type.h"

namespace dragoman::dialects::rest {
namespace {

constexpr std::string_view kHttpCode = "x-http-code";

std::string_view QueryOf(std::string_view target) {
  const size_t mark = target.find('?');
  return mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
}

// Whether the body may be read as JSON. A form that begins like JSON is what `curl -d` sends.
Status CheckMediaType(std::string_view content_type, std::string_view body) {
  switch (ClassifyContentType(content_type)) {
    case MediaType::kNone:
    case MediaType::kJson:
      return {};
    case MediaType::kForm: {
      const size_t first = body.find_first_not_of(" \t\r\n");
      if (first != std::string_view::npos && (body[first] == '{' || body[first] == '[')) return {};
      break;
    }
    case MediaType::kOther:
      break;
  }
  return Status(Reason::kUnsupportedMediaType,
                "expected a body of application/json, got " + std::string(content_type.substr(0, 128)));
}

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
    if (ReachesClient(entry.name)) head.headers.push_back(entry);
  }
}

// Cancels the call when the client goes away; takes the watch off when the call is over.
class CancelWithClient {
 public:
  CancelWithClient(Exchange& exchange, upstream::Call& call) : exchange_(exchange) {
    exchange.WatchCancel([](void* watched) { static_cast<upstream::Call*>(watched)->Cancel(); }, &call);
  }
  ~CancelWithClient() { exchange_.WatchCancel(nullptr, nullptr); }
  CancelWithClient(const CancelWithClient&) = delete;
  CancelWithClient& operator=(const CancelWithClient&) = delete;

 private:
  Exchange& exchange_;
};

}  // namespace

RestDialect::RestDialect(const RestRules& rules, const transcoding::PlanSet& plans,
                         std::span<const std::unique_ptr<upstream::Backend>> backends,
                         std::span<const std::unique_ptr<auth::ShownCredentials>> credentials,
                         rate_limit::Limiter& limiter)
    : rules_(rules), codec_(plans), backends_(backends), credentials_(credentials), limiter_(limiter) {}

Task<Status> RestDialect::Serve(Exchange& exchange, const AdmittedRpc& rpc) {
  Result<BufferPool::Lease> message = co_await ReadRequest(exchange, rpc.match);
  Status no;
  if (!message) {
    no = std::move(message.error());
  } else if (rpc.rules.reads_message()) {
    no = co_await AdmitMessage(exchange, rpc, (*message)->view().substr(upstream::kMessagePrefix));
  }
  if (!no.ok()) {
    co_await RefuseRpc(exchange, no, rpc);
    co_return no;
  }
  co_return co_await Call(exchange, rpc, std::move(*message));
}

Task<Status> RestDialect::AdmitMessage(const Exchange& exchange, const AdmittedRpc& rpc, std::string_view message) {
  if (rpc.rules.access.reads_message()) {
    if (Status no = rpc.rules.access.AdmitMessage(message, rpc.identity); !no.ok()) co_return no;
  }
  if (!rpc.rules.limits.reads_message()) co_return Status();
  const rate_limit::Caller caller = CallerOf(exchange, rpc.identity);
  std::optional<Status> verdict = limiter_.TryAdmitMessage(rpc.rules.limits, caller, message, rpc.admission);
  if (!verdict) verdict = co_await limiter_.AdmitMessage(rpc.rules.limits, caller, message, rpc.admission);
  co_return *std::move(verdict);
}

Task<Result<BufferPool::Lease>> RestDialect::ReadRequest(Exchange& exchange, const routing::Match& match) {
  const routing::Route& route = *match.route;
  transcoding::RequestParts parts;
  parts.captures = {match.captures.data(), match.captures.size()};
  parts.query = QueryOf(exchange.head().target);
  if (!exchange.bodyless()) {
    Result<Buffer*> body = co_await exchange.ReadBody();
    if (!body) co_return tl::unexpected(std::move(body.error()));
    parts.body = *body;
    parts.content_type = exchange.head().Find("content-type");
    if (!parts.body->empty() && !route.request.raw_body()) {
      if (Status no = CheckMediaType(parts.content_type, parts.body->view()); !no.ok())
        co_return tl::unexpected(std::move(no));
    }
  }
  BufferPool::Lease message = BufferPool::Borrow();
  message->Reserve(upstream::kMessagePrefix + 64 + (parts.body ? parts.body->size() : 0));
  message->Extend(upstream::kMessagePrefix);
  if (Status no = route.request.Encode(parts, rules_.request, codec_, *message); !no.ok()) {
    co_return tl::unexpected(std::move(no));
  }
  co_return message;
}

Task<Status> RestDialect::Call(Exchange& exchange, const AdmittedRpc& rpc, BufferPool::Lease message) {
  const routing::Route& route = *rpc.match.route;
  Metadata metadata;
  BufferPool::Lease texts{Buffer()};
  Status status = CollectMetadata(exchange, rpc, metadata, texts);
  Result<TimePoint> deadline = DeadlineOf(exchange, rpc.rules.timeout);
  if (status.ok() && !deadline) status = std::move(deadline.error());
  auth::ShownCredentials& credentials = *credentials_[route.backend];
  if (status.ok()) {
    std::optional<Status> attached = credentials.TryAttach(metadata, exchange.loop().now());
    if (!attached) attached = co_await credentials.Attach(metadata, *deadline);
    status = *std::move(attached);
  }
  concurrency::Permit permit;
  if (status.ok() && !rpc.rules.gates.empty()) {
    const concurrency::Who who = WhoIs(exchange, rpc.identity);
    std::optional<Result<concurrency::Permit>> entered = rpc.rules.gates.TryEnter(who, exchange.loop());
    if (!entered) entered = co_await rpc.rules.gates.Enter(exchange.loop(), who, *deadline, &exchange);
    if (*entered) permit = std::move(**entered);
    if (!*entered) status = std::move(entered->error());
  }
  if (!status.ok()) {
    co_await RefuseRpc(exchange, status, rpc);
    co_return status;
  }

  const TimePoint asked = Clock::now();
  const std::unique_ptr<upstream::Call> call =
      backends_[route.backend]->Start({.path = route.grpc_path,
                                       .metadata = {metadata.data(), metadata.size()},
                                       .deadline = *deadline,
                                       .max_reply_bytes = rules_.max_reply_bytes});
  const CancelWithClient watch(exchange, *call);

  BufferPool::Lease body = BufferPool::Borrow();
  std::string raw_content_type;
  ResponseHead head;
  (void)co_await call->Send(std::move(message), true);  // an error shows as the call's status
  size_t replies = 0;
  while (const std::optional<std::string_view> reply = co_await call->Receive()) {
    if (++replies > 1) {
      call->Cancel();
      break;
    }
    // Rendered before the status is known, since the bytes are only lent until the next Receive; nearly every call that
    // has a reply ends OK.
    Result<std::string_view> content_type = route.reply.Render(*reply, rules_.reply, codec_, *body, raw_content_type);
    if (content_type) {
      head.content_type = *content_type;
    } else {
      status = std::move(content_type.error());
    }
  }
  if (Status no = Conclude(*call, replies, head); !no.ok()) status = std::move(no);
  permit.Release();
  exchange.AddUpstreamTime(std::max(Duration::zero(), exchange.loop().now() - asked));
  rpc.admission.AppendHeaders(head.headers);
  if (call->status().code() == Code::kUnauthenticated) credentials.OnUnauthenticated();
  if (!status.ok()) {
    co_await SendError(exchange, status, &rpc.rules, head);
    co_return status;
  }
  head.headers.push_back({"x-request-id", exchange.request_id()});
  rpc.rules.response.Apply(exchange.head().scheme, head.headers);
  co_return co_await exchange.Reply(head, body->view());
}

// What goes upstream with the call, but for the gateway's own credentials. `texts` holds what had to be spelled.
Status RestDialect::CollectMetadata(const Exchange& exchange, const AdmittedRpc& rpc, Metadata& metadata,
                                    BufferPool::Lease& texts) const {
  using Credentials = MetadataRules::Credentials;
  const Credentials credentials =
      rpc.rules.access.forwards_credentials() ? Credentials::kForward : Credentials::kWithhold;
  if (Status no = rules_.metadata.Collect(exchange, credentials, metadata); !no.ok()) return no;
  if (rules_.metadata.tells_identity()) {
    texts = BufferPool::Borrow();
    rules_.metadata.AppendIdentity(rpc.identity, *texts, metadata);
  }
  rpc.rules.request.Apply(exchange.head().scheme, metadata);
  return {};
}

// How the call ended, and what its metadata mean to the response.
Status RestDialect::Conclude(const upstream::Call& call, size_t replies, ResponseHead& head) {
  AddMetadata(call.metadata(), head);
  AddMetadata(call.trailers(), head);
  if (replies > 1) {
    return Status(Reason::kBackendProtocolError, "the backend sent a second reply message to a unary call");
  }
  if (!call.status().ok()) return call.status();
  if (replies == 0) {
    return Status(Reason::kBackendProtocolError, "the backend ended the call with OK but without a reply message");
  }
  head.status = AskedStatus(call.metadata(), AskedStatus(call.trailers(), 200));
  if (head.status == 0) {
    return Status(Code::kInternal, "the backend sent an x-http-code that is no HTTP status between 200 and 599");
  }
  return {};
}

Task<void> RestDialect::Refuse(Exchange& exchange, const Status& status, const RpcRules* rules) {
  ResponseHead head;
  co_await SendError(exchange, status, rules, head);
}

Task<void> RestDialect::RefuseRpc(Exchange& exchange, const Status& status, const AdmittedRpc& rpc) {
  ResponseHead head;
  const bool told = status.reason() == Reason::kRateLimited || status.reason() == Reason::kQuotaExceeded;
  if (!told) rpc.admission.AppendHeaders(head.headers);
  co_await SendError(exchange, status, &rpc.rules, head);
}

Task<void> RestDialect::SendError(Exchange& exchange, const Status& status, const RpcRules* rules, ResponseHead& head) {
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
