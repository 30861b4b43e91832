#include "gateway/pipeline.h"

#include <optional>
#include <string>
#include <utility>

namespace dragoman::gateway {

Pipeline::Pipeline(const Generation& generation, const auth::Authenticator& authenticator, dialects::Dialect& rest,
                   observe::AccessLog* access_log)
    : generation_(generation), authenticator_(authenticator), rest_(rest), access_log_(access_log) {}

Task<void> Pipeline::Serve(Exchange& exchange) {
  dialects::Dialect& dialect = rest_;  // so far the only one: it words every refusal from here on
  const RequestHead& head = exchange.head();
  routing::Match match;
  if (!generation_.router.Find(head.http_method, head.target, match)) {
    const std::string allow = head.http_method == "OPTIONS" ? generation_.router.Allow(head.target) : std::string();
    if (!allow.empty()) {
      Log(exchange, nullptr, nullptr, co_await DescribeOptions(exchange, allow));
      co_return;
    }
    const Status no = generation_.router.WhyNot(head.http_method, head.target);
    co_await dialect.Refuse(exchange, no, nullptr);
    Log(exchange, nullptr, nullptr, no);
    co_return;
  }

  const dialects::RpcRules& rules = generation_.rules[match.route->rpc_index];
  auth::Identity identity;
  if (!rules.access.open()) {
    std::optional<Result<auth::Identity>> proven = authenticator_.TryAuthenticate(rules.access, exchange);
    if (!proven) proven = co_await authenticator_.Authenticate(rules.access, exchange);
    if (*proven) identity = std::move(**proven);
    const Status no = *proven ? rules.access.AdmitIdentity(identity) : std::move(proven->error());
    if (!no.ok()) {
      co_await dialect.Refuse(exchange, no, &rules);
      Log(exchange, match.route, &identity, no);
      co_return;
    }
  }
  const Status outcome = co_await dialect.Serve(exchange, {match, rules, identity});
  Log(exchange, match.route, &identity, outcome);
}

Task<void> Pipeline::Refuse(Exchange& exchange, Status status) {
  co_await rest_.Refuse(exchange, status, nullptr);
  Log(exchange, nullptr, nullptr, status);
}

Task<Status> Pipeline::DescribeOptions(Exchange& exchange, std::string_view allow) {
  ResponseHead head;
  head.status = 204;
  head.headers.push_back({"allow", allow});
  head.headers.push_back({"x-request-id", exchange.request_id()});
  co_return co_await exchange.Reply(head, {});
}

void Pipeline::Log(const Exchange& exchange, const routing::Route* route, const auth::Identity* identity,
                   const Status& outcome) {
  if (access_log_ == nullptr) return;
  const Duration duration = Clock::now() - exchange.started();
  observe::AccessEntry entry;
  entry.time =
      std::chrono::system_clock::now() - std::chrono::duration_cast<std::chrono::system_clock::duration>(duration);
  entry.request_id = exchange.request_id();
  entry.peer = exchange.client_address();
  entry.http_method = exchange.head().http_method;
  entry.path = exchange.head().target.substr(0, exchange.head().target.find('?'));
  entry.status = exchange.cancelled() ? HttpStatusOf(Code::kCancelled) : exchange.reply_status();
  entry.bytes = exchange.reply_bytes();
  entry.duration = duration;
  if (route != nullptr) {
    entry.rpc = route->rpc;
    entry.backend = generation_.config.backends[route->backend].name;
  }
  if (identity != nullptr) entry.scheme = identity->scheme;
  if (identity != nullptr && identity->consumer) entry.consumer = identity->consumer->name;
  if (route != nullptr && outcome.reason() == Reason::kNone) entry.grpc_status = static_cast<int>(outcome.code());
  entry.reason = FactsOf(outcome.reason()).name;
  entry.rule = outcome.rule();
  access_log_->Write(entry);
}

}  // namespace dragoman::gateway
