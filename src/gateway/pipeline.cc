#include "gateway/pipeline.h"

#include <string>
#include <utility>

namespace dragoman::gateway {

Pipeline::Pipeline(const Generation& generation, dialects::Dialect& rest, observe::AccessLog* access_log)
    : generation_(generation), rest_(rest), access_log_(access_log) {}

Task<void> Pipeline::Serve(Exchange& exchange) {
  dialects::Dialect& dialect = rest_;  // so far the only one: it words every refusal from here on
  const RequestHead& head = exchange.head();
  routing::Match match;
  if (!generation_.router.Find(head.http_method, head.target, match)) {
    const std::string allow = head.http_method == "OPTIONS" ? generation_.router.Allow(head.target) : std::string();
    if (!allow.empty()) {
      Log(exchange, nullptr, co_await DescribeOptions(exchange, allow));
      co_return;
    }
    const Status no = generation_.router.WhyNot(head.http_method, head.target);
    co_await dialect.Refuse(exchange, no);
    Log(exchange, nullptr, no);
    co_return;
  }
  const Status outcome = co_await dialect.Serve(exchange, match);
  Log(exchange, match.route, outcome);
}

Task<void> Pipeline::Refuse(Exchange& exchange, Status status) {
  co_await rest_.Refuse(exchange, status);
  Log(exchange, nullptr, status);
}

Task<Status> Pipeline::DescribeOptions(Exchange& exchange, std::string_view allow) {
  ResponseHead head;
  head.status = 204;
  head.headers.push_back({"allow", allow});
  head.headers.push_back({"x-request-id", exchange.request_id()});
  co_return co_await exchange.Reply(head, {});
}

void Pipeline::Log(const Exchange& exchange, const routing::Route* route, const Status& outcome) {
  if (access_log_ == nullptr) return;
  const Duration duration = Clock::now() - exchange.started();
  observe::AccessEntry entry;
  entry.time =
      std::chrono::system_clock::now() - std::chrono::duration_cast<std::chrono::system_clock::duration>(duration);
  entry.request_id = exchange.request_id();
  entry.peer = exchange.peer().address;
  entry.http_method = exchange.head().http_method;
  entry.path = exchange.head().target.substr(0, exchange.head().target.find('?'));
  entry.status = exchange.cancelled() ? HttpStatusOf(Code::kCancelled) : exchange.reply_status();
  entry.bytes = exchange.reply_bytes();
  entry.duration = duration;
  if (route != nullptr) {
    entry.rpc = route->rpc;
    entry.backend = generation_.config.backends[route->backend].name;
  }
  if (route != nullptr && outcome.reason() == Reason::kNone) entry.grpc_status = static_cast<int>(outcome.code());
  entry.reason = FactsOf(outcome.reason()).name;
  access_log_->Write(entry);
}

}  // namespace dragoman::gateway
