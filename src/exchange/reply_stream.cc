#include "exchange/reply_stream.h"

#include <algorithm>
#include <array>

#include "exchange/accept.h"

namespace dragoman {
namespace {

constexpr std::string_view kLinesType = "application/x-ndjson";
constexpr std::string_view kEventsType = "text/event-stream";
constexpr std::string_view kArrayType = "application/json";

}  // namespace

StreamFormat StreamFormatOf(std::string_view accept) {
  if (accept.empty() || accept == "*/*") return StreamFormat::kLines;
  struct Choice {
    StreamFormat format;
    std::string_view type;
  };
  constexpr std::array<Choice, 3> kChoices = {
      {{StreamFormat::kEvents, kEventsType}, {StreamFormat::kLines, kLinesType}, {StreamFormat::kArray, kArrayType}}};
  StreamFormat best = StreamFormat::kLines;
  int best_rank = 1;  // twice the quality, and one for a name
  for (const Choice& choice : kChoices) {
    const bool named = NamesMediaType(accept, choice.type);
    // Where nothing is named lines are what is meant.
    const bool preferred = named || choice.format == StreamFormat::kLines;
    const int rank = 4 * QualityOfMediaType(accept, choice.type) + (named ? 2 : 0) + (preferred ? 1 : 0);
    if (QualityOfMediaType(accept, choice.type) == 0 || rank <= best_rank) continue;
    best = choice.format;
    best_rank = rank;
  }
  return best;
}

std::optional<StreamFormat> NamedStreamOf(std::string_view accept) {
  if (accept.empty() || accept == "*/*") return std::nullopt;
  const StreamFormat format = StreamFormatOf(accept);
  if (format == StreamFormat::kArray) return std::nullopt;
  if (!NamesMediaType(accept, format == StreamFormat::kLines ? kLinesType : kEventsType)) return std::nullopt;
  return format;
}

ReplyStream::ReplyStream(Exchange& exchange, StreamFormat format, HeadCompleter complete, void* context,
                         Duration silence)
    : exchange_(exchange),
      format_(format),
      complete_(complete),
      context_(context),
      silence_(silence),
      heartbeat_(
          exchange.loop(), [](void* self) { static_cast<ReplyStream*>(self)->OnSilence(); }, this),
      last_(exchange.loop().now()) {
  heartbeat_.Arm(last_ + silence_);
}

Buffer& ReplyStream::BeginValue() {
  if (out_->capacity() == 0) out_ = BufferPool::Borrow();
  value_at_ = out_->size();
  if (format_ == StreamFormat::kEvents) out_->Append("data: ");
  if (format_ == StreamFormat::kArray) out_->Append(values_ ? ',' : '[');
  return *out_;
}

void ReplyStream::EndValue() {
  values_ = true;
  if (format_ == StreamFormat::kEvents) out_->Append("\n\n");
  if (format_ == StreamFormat::kLines) out_->Append('\n');
}

void ReplyStream::TakeBack() { out_->Truncate(value_at_); }

void ReplyStream::CompleteHead() {
  switch (format_) {
    case StreamFormat::kLines:
      head_.content_type = kLinesType;
      break;
    case StreamFormat::kEvents:
      head_.content_type = kEventsType;
      break;
    case StreamFormat::kArray:
      head_.content_type = kArrayType;
      break;
    case StreamFormat::kRaw:
      break;
  }
  complete_(context_, head_);
  bodyless_ = exchange_.head().http_method == "HEAD" || StatusHasNoBody(head_.status);
  if (format_ != StreamFormat::kRaw) head_.headers.push_back({"vary", "Accept"});
  if (format_ != StreamFormat::kEvents) return;
  const auto is_cache_control = [](const Header& header) { return header.name == "cache-control"; };
  head_.headers.erase(std::remove_if(head_.headers.begin(), head_.headers.end(), is_cache_control),
                      head_.headers.end());
  head_.headers.push_back({"cache-control", "no-store"});
  head_.headers.push_back({"x-accel-buffering", "no"});  // nginx would keep events back until it has 4 KiB of them
}

Task<Status> ReplyStream::Write(std::string_view bytes) {
  Status status;
  if (gone_) {
    status = Status(Code::kCancelled, "the client went away");
  } else if (begun_) {
    status = co_await exchange_.WriteReply(bytes);
  } else {
    CompleteHead();
    begun_ = true;
    ended_ = bodyless_;
    status = co_await exchange_.BeginReply(head_, bodyless_ ? std::string_view() : bytes);
    if (bodyless_ && status.ok()) status = co_await exchange_.FinishReply({});
  }
  gone_ |= !status.ok();
  last_ = exchange_.loop().now();
  co_return status;
}

Task<Status> ReplyStream::Flush() {
  while (beating_) co_await beaten_.Wait();
  Status status;
  if (!ended_ && (!out_->empty() || (values_ && !begun_))) {
    flushing_ = true;
    status = co_await Write(out_->view());
    flushing_ = false;
  }
  Release();
  co_return status;
}

Task<Status> ReplyStream::Finish() {
  co_await Stop();
  if (ended_ || gone_) co_return Status();
  ended_ = true;
  Buffer& out = Collected();
  if (format_ == StreamFormat::kEvents) out.Append("event: end\ndata: {}\n\n");
  if (format_ == StreamFormat::kArray) out.Append(values_ ? "]" : "[]");
  if (begun_) co_return co_await exchange_.FinishReply(out.view());
  begun_ = true;
  CompleteHead();
  if (!bodyless_) co_return co_await exchange_.Reply(head_, out.view());
  Status status = co_await exchange_.BeginReply(head_, {});
  if (!status.ok()) co_return status;
  co_return co_await exchange_.FinishReply({});
}

Task<Status> ReplyStream::Fail(std::string_view error) {
  co_await Stop();
  if (ended_ || gone_) co_return Status();
  Buffer& out = Collected();
  const bool tells = format_ == StreamFormat::kLines || format_ == StreamFormat::kEvents;
  if (format_ == StreamFormat::kEvents) {
    out.Append("event: error\ndata: ");
    out.Append(error);
    out.Append("\n\n");
  } else if (format_ == StreamFormat::kLines) {
    out.Append("{\"@error\":");
    out.Append(error);
    out.Append("}\n");
  }
  Status status;
  if (!begun_ || (!tells && !out.empty())) {
    status = co_await Write(out.view());
    out.Clear();
  }
  if (ended_ || !status.ok()) co_return status;
  ended_ = true;
  if (tells) co_return co_await exchange_.FinishReply(out.view());
  exchange_.AbortReply();
  co_return Status();
}

Task<void> ReplyStream::Stop() {
  while (beating_) co_await beaten_.Wait();
  heartbeat_.Disarm();
}

void ReplyStream::OnSilence() {
  const TimePoint due = last_ + silence_;
  const TimePoint now = exchange_.loop().now();
  if (now < due || flushing_) return heartbeat_.Arm(flushing_ ? now + silence_ : due);
  // What bytes are is known with the first of them.
  const bool has_head = !begun_ && format_ != StreamFormat::kRaw;
  if (!gone_ && (has_head || format_ == StreamFormat::kEvents)) exchange_.loop().Spawn(Beat());
}

Task<void> ReplyStream::Beat() {
  beating_ = true;
  (void)co_await Write(format_ == StreamFormat::kEvents ? kComment : std::string_view());
  if (!ended_ && !gone_) heartbeat_.Arm(last_ + silence_);
  if (ended_ && end_callback_ != nullptr) end_callback_(end_context_);
  beating_ = false;
  if (beaten_.waiting()) beaten_.Notify();  // the last thing: whoever waits may destroy this
}

}  // namespace dragoman
