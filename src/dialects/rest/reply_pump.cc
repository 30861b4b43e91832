#include "dialects/rest/reply_pump.h"

#include "dialects/rest/response_head.h"

namespace dragoman::dialects::rest {

Task<Status> ReplyPump::Run() {
  for (;;) {
    const std::optional<std::string_view> message = co_await call_.Receive();
    if (!message) co_return Status();
    Result<bool> last = Collect(*message);
    if (!last) co_return std::move(last.error());
    if (*last) co_return Status();
    if (Status gone = co_await reply_.Flush(); !gone.ok()) co_return gone;
    if (reply_.ended()) co_return Status();
  }
}

Result<bool> ReplyPump::Collect(std::string_view message) {
  if (!reply_.has_values()) {
    if (const Result<int> status = StatusOfReply(call_.metadata(), {}); !status) return Refuse(status.error());
  }
  for (;;) {
    Buffer& out = reply_.BeginValue();
    std::string& own_type = content_type_.empty() ? own_content_type_ : later_content_type_;
    const Result<std::string_view> type = form_.plan.Render(message, form_.options, codec_, out, own_type, form_.fields);
    if (!type) {
      reply_.TakeBack();
      return Refuse(type.error());
    }
    if (content_type_.empty()) content_type_ = *type;
    reply_.EndValue();
    tally_.CountReplies(1);
    if (reply_.full()) return false;
    const std::optional<std::optional<std::string_view>> next = call_.TryReceive();
    if (!next) return false;
    if (!*next) return true;
    message = **next;
  }
}

}  // namespace dragoman::dialects::rest
