#include "dialects/rest/error_reply.h"

#include <algorithm>
#include <optional>
#include <string>

#include "base/buffer_pool.h"

namespace dragoman::dialects::rest {

Task<void> ReplyWithError(Exchange& exchange, const Status& status, const rpc::Rules* rules,
                          const transcoding::ErrorBody& errors, transcoding::JsonCodec& codec, ResponseHead& head) {
  if (exchange.reply_begun()) co_return;
  BufferPool::Lease body = BufferPool::Borrow();
  errors.Render(status, codec, *body);
  head.status = status.http_status();
  head.content_type = errors.content_type();
  head.headers.push_back({"x-request-id", exchange.request_id()});
  for (const auto& [name, value] : status.headers()) head.headers.push_back({name, value});
  std::string retry_after;
  if (const std::optional<int64_t> seconds = transcoding::RetryAfterSeconds(status)) {
    const auto same = [](const Header& header) { return header.name == "retry-after"; };
    head.headers.erase(std::remove_if(head.headers.begin(), head.headers.end(), same), head.headers.end());  // a backend's metadata
    head.headers.push_back({"retry-after", retry_after = std::to_string(*seconds)});
  }
  if (rules != nullptr) rules->response.Apply(exchange.head().scheme, head.headers);
  (void)co_await exchange.Reply(head, body->view());
}

void AppendLimits(const Status& status, const rpc::Admitted& rpc, ResponseHead& head) {
  const bool told = status.reason() == Reason::kRateLimited || status.reason() == Reason::kQuotaExceeded;
  if (!told) rpc.admission.AppendHeaders(head.headers);
}

}  // namespace dragoman::dialects::rest
