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
    : connection_(connection),
      id_(id),
      fields_(connection.host().limits),
      body_memory_(connection.bodies()),
      reply_memory_(connection.replies()) {
  body_memory_.WatchRoom([](void* self) { static_cast<Http2Exchange*>(self)->OnRoom(); }, this);
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
  if (awaits_ == Awaits::kWhole && received_ >= allowed_) ExpectBodyIn(connection_.host().limits.body_timeout);
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
  body_memory_.WatchRoom(nullptr, nullptr);
  connection_.Wake(readable_);
}

// Lets the client send as much again as was read, if it has so much to send.
void Http2Exchange::TakeWindow() {
  constexpr size_t kWorthTelling = Http2Connection::kStreamWindow / 2;  // of less nghttp2 would tell the client nothing
  if (ended_ || !open_ || unconsumed_ < kWorthTelling) return;
  const uint64_t most = whole_ ? connection_.host().limits.max_body_bytes + 1 : UINT64_MAX;  // one more is a refusal
  if (fields_.content_length().value_or(most) <= received_ + connection_.WindowOf(*this)) return;
  held_back_ = !MayOpenWindow();
  if (held_back_) {
    read_deadline_ = TimePoint::max();
  } else {
    connection_.Consume(*this, std::exchange(unconsumed_, 0));
  }
}

// Where something is kept of what was read, what comes instead of it is more than there was.
bool Http2Exchange::MayOpenWindow() {
  if (whole_) return body_memory_.TryGrow(unconsumed_);
  const uint64_t kept = kept_bytes() - std::min<uint64_t>(kept_bytes(), Http2Connection::kStreamWindow);
  if (kept > body_memory_.bytes()) return body_memory_.TryGrow(kept - body_memory_.bytes());
  body_memory_.Hold(kept);
  return true;
}

// Others hold less.
void Http2Exchange::OnRoom() {
  TakeWindow();
  if (!held_back_ && timed_ && awaits_ != Awaits::kNothing) ExpectBodyIn(connection_.host().limits.body_timeout);
}

// The next piece is to be there within `patience`.
void Http2Exchange::ExpectBodyIn(Duration patience) {
  allowed_ = received_ + kPieceBytes;
  patience_ = patience;
  expected_since_ = loop_->now();
  read_deadline_ = expected_since_ + patience;
  connection_.Watch(read_deadline_);
}

void Http2Exchange::AskForBody() {
  if (std::exchange(continue_pending_, false) && open_ && !ended_ && received_ == 0 && !reply_begun_) {
    continue_on_its_way_ = true;
    connection_.SubmitContinue(*this);
  }
}

Task<void> Http2Exchange::AwaitBody(Awaits what, Patience patience) {
  const TimePoint since = Clock::now();
  timed_ = patience == Patience::kBodyTimeout;
  expected_since_ = held_back_ ? TimePoint::max() : since;
  if (!timed_) {
    allowed_ = received_;
  } else if (!held_back_ && received_ >= allowed_) {
    ExpectBodyIn(connection_.host().limits.body_timeout);
  } else if (!held_back_) {
    read_deadline_ = since + patience_;
    connection_.Watch(read_deadline_);
  }
  awaits_ = what;
  co_await readable_.Wait();
  awaits_ = Awaits::kNothing;
  read_deadline_ = TimePoint::max();
  const TimePoint now = Clock::now();
  if (now > expected_since_) patience_ -= now - expected_since_;
  read_wait_ += now - since;
}

void Http2Exchange::OnBodyLate() {
  read_deadline_ = TimePoint::max();
  if (refusal_.ok()) {
    const std::string timeout = std::to_string(connection_.host().limits.body_timeout.count());
    refusal_ = Status(Reason::kRequestTimeout, "the body did not come within " + timeout + " ms");
  }
  connection_.Wake(readable_);
}

// What a reset would take from the client is what it has not got to yet (curl before 8): it is given some time to notice
// that the rest is not wanted, or to answer the PING behind what was written. The stream's window stays as it is.
Task<void> Http2Exchange::OutlastRequest() {
  const Duration patience = std::chrono::seconds(aborting_ ? 1 : 5);
  discards_ = true;
  body_memory_.WatchRoom(nullptr, nullptr);
  body_memory_.Hold(0);
  body_ = BufferPool::Lease(Buffer());
  piece_ = BufferPool::Lease(Buffer());
  refusal_ = Status();
  read_deadline_ = Clock::now() + std::min<Duration>(patience, connection_.host().limits.body_timeout);
  connection_.Watch(read_deadline_);
  while (open_ && (aborting_ || !ended_) && refusal_.ok()) co_await readable_.Wait();
}

Task<Result<Buffer*>> Http2Exchange::ReadBody() {
  const uint64_t most = connection_.host().limits.max_body_bytes;
  if (refusal_.ok() && (fields_.content_length().value_or(0) > most || received_ > most)) {
    refusal_ = TooLarge("the body", most);
  }
  if (MoreMayCome()) {
    AskForBody();
    whole_ = true;
    const uint64_t length = std::min<uint64_t>(fields_.content_length().value_or(most), Http2Connection::kWideStreamWindow);
    if (length > Http2Connection::kStreamWindow && body_memory_.TryGrowAtOnce(length - Http2Connection::kStreamWindow)) {
      connection_.OpenWide(*this, static_cast<int32_t>(length));
    }
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
  if (body.size() > reply_memory_.bytes()) reply_memory_.Hold(body.size());
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
  body_memory_.WatchRoom(nullptr, nullptr);
  connection_.Wake(readable_);
}

void Http2Exchange::AbortReply() {
  if (reply_ended_) return;
  EndReply();
  if (!open_) return;
  aborting_ = reply_bytes_ > 0 && AllTaken();
  if (aborting_) {
    connection_.AskWhetherRead(*this);
  } else {
    connection_.Reset(*this, NGHTTP2_INTERNAL_ERROR);
  }
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
  body_memory_.WatchRoom(nullptr, nullptr);
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
