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

}  // namespace dragoman::gateway
