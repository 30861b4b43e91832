#include "http/http2_exchange.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/log.h"
#include "exchange/too_large.h"
#include "http/http2_connection.h"
#include "http/http2_response.h"
#include "http/response_writer.h"

namespace dragoman::http {
namespace {

Status Gone() { return Status(Code::kCancelled, "the client went away"); }

Status Ended() { return Status(Code::kCancelled, "the reply has ended"); }

Status NotNow() { return Status(Code::kInternal, "the reply has already begun, or not yet"); }

}  // namespace

Http2Exchange::Http2Exchange(Http2Connection& connection, int32_t id)
    : connection_(connection), id_(id), fields_(connection.host().limits) {
  peer_ = &connection.peer();
  loop_ = &connection.host().loop;
}

void Http2Exchange::OnField(std::string_view name, std::string_view value) {
  if (!head_done_) return fields_.Add(name, value);
  trailer_bytes_ += name.size() + value.size();
  if (trailer_bytes_ <= kMaxTrailerBytes || !refusal_.ok()) return;
  refusal_ =
      Status(Reason::kHeadersTooLarge, "the trailers are longer than " + std::to_string(kMaxTrailerBytes) + " bytes");
}

void Http2Exchange::OnHead() {
  head_done_ = true;
  started_ = loop_->now();
  head_refusal_ = fields_.Finish(head_);
  head_.scheme = connection_.scheme();
  continue_pending_ = fields_.expects_continue();
  if (connection_.host().draining) NotifyDrain();
  request_id_ = head_.Find("x-request-id");
  if (!ValidRequestId(request_id_)) {
    own_request_id_ = RequestId::Make();
    request_id_ = own_request_id_.view();
  }
}

void Http2Exchange::OnData(std::string_view bytes) {
  received_ += bytes.size();
  if (discards_) return;
  if (awaits_ == Awaits::kWhole && received_ >= allowed_) {
    allowed_ = received_ + kPieceBytes;
    read_deadline_ = loop_->now() + connection_.host().limits.body_timeout;
  }
  if (body_->capacity() == 0) body_ = BufferPool::Borrow();
  body_->Append(bytes);
  unconsumed_ += bytes.size();
  const uint64_t most = connection_.host().limits.max_body_bytes;
  if (awaits_ == Awaits::kWhole && received_ > most) {
    refusal_ = TooLarge("the body", most);
    connection_.Wake(readable_);
  } else if (awaits_ == Awaits::kWhole) {
    TakeWindow();
  } else if (awaits_ == Awaits::kPiece) {
    connection_.Wake(readable_);
  }
}

void Http2Exchange::OnEnd() {
  ended_ = true;
  connection_.Wake(readable_);
}

// Lets the client send as much again as was read.
void Http2Exchange::TakeWindow() {
  if (ended_ || !open_) return;
  connection_.Consume(*this, std::exchange(unconsumed_, 0));
}

void Http2Exchange::AskForBody() {
  if (std::exchange(continue_pending_, false) && open_ && !ended_ && received_ == 0 && !reply_begun_) {
    continue_on_its_way_ = true;
    connection_.SubmitContinue(*this);
  }
}

Task<void> Http2Exchange::AwaitBody(Awaits what, Patience patience) {
  const TimePoint since = Clock::now();
  if (patience == Patience::kEndless) {
    allowed_ = received_;
  } else {
    if (received_ >= allowed_) {
      allowed_ = received_ + kPieceBytes;
      patience_ = connection_.host().limits.body_timeout;
    }
    read_deadline_ = since + patience_;
    connection_.Watch(read_deadline_);
  }
  awaits_ = what;
  co_await readable_.Wait();
  awaits_ = Awaits::kNothing;
  read_deadline_ = TimePoint::max();
  const Duration waited = Clock::now() - since;
  patience_ -= waited;
  read_wait_ += waited;
}

void Http2Exchange::OnBodyLate() {
  read_deadline_ = TimePoint::max();
  if (refusal_.ok()) {
    const std::string timeout = std::to_string(connection_.host().limits.body_timeout.count());
    refusal_ = Status(Reason::kRequestTimeout, "the body did not come within " + timeout + " ms");
  }
  connection_.Wake(readable_);
}

// What a reset would take from the client is the reply, if it has not got to it yet (curl before 8): it is given some
// time to notice that the rest is not wanted. The stream's window stays as it is.
Task<void> Http2Exchange::OutlastRequest() {
  constexpr auto kPatience = std::chrono::seconds(5);
  discards_ = true;
  body_ = BufferPool::Lease(Buffer());
  piece_ = BufferPool::Lease(Buffer());
  refusal_ = Status();
  read_deadline_ = Clock::now() + std::min<Duration>(kPatience, connection_.host().limits.body_timeout);
  connection_.Watch(read_deadline_);
  while (open_ && !ended_ && refusal_.ok()) co_await readable_.Wait();
}

Task<Result<Buffer*>> Http2Exchange::ReadBody() {
  const uint64_t most = connection_.host().limits.max_body_bytes;
  if (refusal_.ok() && (fields_.content_length().value_or(0) > most || received_ > most)) {
    refusal_ = TooLarge("the body", most);
  }
  if (MoreMayCome()) {
    AskForBody();
    if (fields_.content_length().value_or(most) > Http2Connection::kStreamWindow) connection_.OpenWide(*this);
    TakeWindow();
    while (MoreMayCome()) co_await AwaitBody(Awaits::kWhole, Patience::kBodyTimeout);
  }
  if (!refusal_.ok()) co_return tl::unexpected(refusal_);
  if (reply_ended_) co_return tl::unexpected(Ended());
  if (!ended_) co_return tl::unexpected(Gone());
  co_return &*body_;
}

Task<Result<std::string_view>> Http2Exchange::ReadBodyPiece(Patience patience) {
  AskForBody();
  piece_->Clear();
  while (body_->empty() && MoreMayCome()) co_await AwaitBody(Awaits::kPiece, patience);
  if (!refusal_.ok()) co_return tl::unexpected(refusal_);
  if (reply_ended_) co_return tl::unexpected(Ended());
  if (body_->empty() && !ended_) co_return tl::unexpected(Gone());
  std::swap(body_, piece_);
  TakeWindow();
  co_return piece_->view();
}

void Http2Exchange::Begin(const ResponseHead& head, bool sized, uint64_t content_length) {
  reply_begun_ = true;
  reply_status_ = head.status;
  bodyless_reply_ = head_.http_method == "HEAD" || StatusHasNoBody(head.status);
  if (!open_) return;
  std::optional<uint64_t> length;
  if (head.status == 205) {
    length = 0;
  } else if (sized && head.status != 204 && head.status != 304) {
    length = content_length;
  }
  const Http2ResponseFields fields(head, standing_headers(), length, connection_.host().date.Now());
  if (fields.dropped() > 0) {
    const std::string_view path = head_.target.substr(0, head_.target.find('?'));  // a query may hold secrets
    LogWarn("response_headers_dropped", {{"path", path}, {"count", fields.dropped()}});
  }
  connection_.SubmitHead(*this, fields.fields(), bodyless_reply_ || (sized && content_length == 0));
}

Task<Status> Http2Exchange::Reply(const ResponseHead& head, std::string_view body) {
  if (reply_begun_ || reply_ended_) co_return NotNow();
  Begin(head, /*sized=*/true, body.size());
  last_ = true;
  if (!bodyless_reply_) unsent_ = body;
  reply_bytes_ = unsent_.size();
  while (open_ && !AllTaken()) co_await writable_.Wait();
  const bool taken = AllTaken();
  unsent_ = {};
  if (taken) EndReply();
  if (stalled_since_ != TimePoint::max()) write_wait_ += Clock::now() - std::exchange(stalled_since_, TimePoint::max());
  co_return taken ? Status() : Gone();
}

Task<Status> Http2Exchange::BeginReply(const ResponseHead& head, std::string_view first) {
  if (reply_begun_ || reply_ended_) co_return NotNow();
  Begin(head, /*sized=*/false, 0);
  co_return co_await Send(first, false);
}

Task<Status> Http2Exchange::WriteReply(std::string_view bytes) {
  if (!reply_begun_ || reply_ended_) co_return NotNow();
  co_return co_await Send(bytes, false);
}

Task<Status> Http2Exchange::FinishReply(std::string_view rest) {
  if (!reply_begun_ || reply_ended_) co_return NotNow();
  Status status = co_await Send(rest, true);
  EndReply();
  co_return status;
}

Task<Status> Http2Exchange::Send(std::string_view bytes, bool last) {
  if (bodyless_reply_) {
    last_ = true;  // its head was the end
  } else {
    reply_bytes_ += bytes.size();
    unsent_ = bytes;
    last_ = last;
    if (open_ && (last || !bytes.empty())) connection_.SendMore(*this);
  }
  while (open_ && !AllTaken()) co_await writable_.Wait();
  const bool taken = AllTaken();
  unsent_ = {};
  if (stalled_since_ != TimePoint::max()) write_wait_ += Clock::now() - std::exchange(stalled_since_, TimePoint::max());
  if (taken && (open_ || last_)) co_return Status();
  co_return Gone();
}

// Nothing more is read.
void Http2Exchange::EndReply() {
  reply_ended_ = true;
  connection_.Wake(readable_);
}

void Http2Exchange::AbortReply() {
  if (reply_ended_) return;
  EndReply();
  if (open_) connection_.Reset(*this, NGHTTP2_INTERNAL_ERROR);
}

void Http2Exchange::OnHeadSent(bool ends) {
  if (std::exchange(continue_on_its_way_, false)) return;
  head_sent_ = true;
  end_sent_ = ends;
  if (AllTaken()) connection_.Wake(writable_);
}

size_t Http2Exchange::OnPack(size_t most, bool& last) {
  const size_t bytes = std::min(most, unsent_.size());
  last = last_ && bytes == unsent_.size();
  deferred_ = bytes == 0 && !last;
  return bytes;
}

void Http2Exchange::OnPacked(size_t bytes) {
  unsent_.remove_prefix(bytes);
  write_deadline_ = TimePoint::max();
  if (!unsent_.empty()) return;
  end_sent_ = last_;
  connection_.Wake(writable_);
}

bool Http2Exchange::OnClose() {
  open_ = false;
  writing_hook_.unlink();
  connection_.Wake(readable_);
  connection_.Wake(writable_);
  return !(last_ && AllTaken());
}

void Http2Exchange::Cancel() {
  open_ = false;
  connection_.Wake(readable_);
  connection_.Wake(writable_);
  if (!reply_ended_) NotifyCancel();
}

void Http2Exchange::TellDraining() {
  if (!draining()) NotifyDrain();
}

}  // namespace dragoman::http
