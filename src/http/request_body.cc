#include "http/request_body.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "exchange/too_large.h"

namespace dragoman::http {
namespace {

constexpr size_t kReadBytes = 16 << 10;  // at once, of what comes in an unknown amount

Status Stopped() { return Status(Code::kCancelled, "the reply has ended"); }

}  // namespace

RequestBody::RequestBody(ConnectionIo& io, Workspace& workspace, const RequestParser& parser, const config::Limits& limits,
                         size_t head_end)
    : io_(io),
      workspace_(workspace),
      parser_(parser),
      limits_(limits),
      tail_(head_end),
      remaining_(parser.body_kind() == RequestParser::BodyKind::kSized ? parser.content_length() : 0),
      continue_pending_(parser.expects_continue() && !none()) {
  workspace_.body.Clear();
  workspace_.chunks.Clear();
}

bool RequestBody::complete() const {
  if (raw_) return raw_end_;
  return parser_.body_kind() == RequestParser::BodyKind::kChunked ? chunks_.done() : remaining_ == 0;
}

bool RequestBody::worth_draining() const {
  return refusal_.ok() && !continue_pending_ && remaining_ <= kDrainBytes;
}

Task<Result<Buffer*>> RequestBody::ReadAll() {
  Buffer& body = workspace_.body;
  if (parser_.content_length() > limits_.max_body_bytes) {
    refusal_ = TooLarge("the body", limits_.max_body_bytes);
    co_return Refuse(Status(refusal_));
  }
  chunks_.Bound(limits_.max_body_bytes);
  while (!complete()) {
    const Outcome outcome = Step(body);
    if (outcome == Outcome::kDone) continue;
    if (outcome != Outcome::kBlocked) co_return Refuse(Failure(outcome));
    if (Status late = co_await Wait(Patience::kBodyTimeout); !late.ok()) co_return Refuse(std::move(late));
  }
  io_.ClearDeadline();
  co_return &body;
}

Task<Result<std::string_view>> RequestBody::ReadPiece(Patience patience) {
  Buffer& piece = workspace_.body;
  piece.Clear();
  if (stopped_) co_return Refuse(Stopped());
  while (!complete() && piece.empty()) {
    const Outcome outcome = Step(piece);
    if (outcome == Outcome::kDone) continue;
    if (outcome != Outcome::kBlocked) co_return Refuse(Failure(outcome));
    if (patience == Patience::kEndless) piece.Release();  // it may be long
    if (Status late = co_await Wait(patience); !late.ok()) co_return Refuse(std::move(late));
  }
  io_.ClearDeadline();
  co_return piece.view();
}

Task<bool> RequestBody::Drain() {
  Buffer& scratch = workspace_.body;
  const uint64_t before = received_;
  stopped_ = false;
  while (!complete()) {
    scratch.Clear();
    const Outcome outcome = Step(scratch);
    if (received_ - before > kDrainBytes) co_return false;
    if (outcome == Outcome::kDone) continue;
    if (outcome != Outcome::kBlocked) co_return false;
    if (const Status late = co_await Wait(Patience::kBodyTimeout); !late.ok()) co_return false;
  }
  io_.ClearDeadline();
  co_return true;
}

RequestBody::Outcome RequestBody::Step(Buffer& sink) {
  const size_t before = sink.size();
  const Outcome outcome = parser_.body_kind() == RequestParser::BodyKind::kChunked ? StepChunked(sink) : raw_ ? StepRaw(sink) : StepSized(sink);
  received_ += sink.size() - before;
  return outcome;
}

RequestBody::Outcome RequestBody::StepSized(Buffer& sink) {
  const std::string_view buffered = workspace_.input.view().substr(tail_);
  if (!buffered.empty()) {
    const size_t taken = static_cast<size_t>(std::min<uint64_t>({buffered.size(), remaining_, kPieceBytes}));
    sink.Append(buffered.substr(0, taken));
    tail_ += taken;
    remaining_ -= taken;
    continue_pending_ = false;
    return Outcome::kDone;
  }
  if (!SendContinue()) return Outcome::kFailed;
  const size_t room = static_cast<size_t>(std::min<uint64_t>(remaining_, kPieceBytes));
  const size_t before = sink.size();
  const ConnectionIo::ReadResult read = io_.readable() ? io_.TryRead(sink.Extend(room), room) : ConnectionIo::ReadResult{Outcome::kBlocked};
  sink.Truncate(before + read.bytes);
  remaining_ -= read.bytes;
  return read.outcome;
}

RequestBody::Outcome RequestBody::StepChunked(Buffer& sink) {
  Buffer& raw = workspace_.chunks;
  size_t used = 0;
  if (tail_ < workspace_.input.size()) {
    const std::string_view buffered = workspace_.input.view().substr(tail_, kPieceBytes);
    continue_pending_ = false;
    const Outcome outcome = Decode(buffered, sink, used);
    tail_ += used;
    return outcome;
  }
  if (!SendContinue()) return Outcome::kFailed;
  if (!io_.readable()) return Outcome::kBlocked;
  const ConnectionIo::ReadResult read = io_.TryRead(raw.Extend(kReadBytes), kReadBytes);
  raw.Truncate(read.bytes);
  if (read.outcome != Outcome::kDone) return read.outcome;
  const Outcome outcome = Decode(raw.view(), sink, used);
  const size_t left = raw.size() - used;  // behind the end of the body
  if (left > 0) std::memmove(raw.data(), raw.data() + used, left);
  raw.Truncate(left);
  return outcome;
}

RequestBody::Outcome RequestBody::StepRaw(Buffer& sink) {
  const std::string_view buffered = workspace_.input.view().substr(tail_, kPieceBytes);
  if (!buffered.empty()) {
    sink.Append(buffered);
    tail_ += buffered.size();
    return Outcome::kDone;
  }
  if (!io_.readable()) return Outcome::kBlocked;
  const ConnectionIo::ReadResult read = io_.TryRead(sink.Extend(kReadBytes), kReadBytes);
  sink.Truncate(read.bytes);
  if (read.outcome != Outcome::kEnd) return read.outcome;
  raw_end_ = true;
  return Outcome::kDone;
}

RequestBody::Outcome RequestBody::Decode(std::string_view raw, Buffer& sink, size_t& used) {
  Result<size_t> decoded = chunks_.Decode(raw, sink);
  if (!decoded) {
    refusal_ = std::move(decoded.error());
    return Outcome::kFailed;
  }
  used = *decoded;
  return Outcome::kDone;
}

bool RequestBody::SendContinue() {
  if (reply_begun_ || !std::exchange(continue_pending_, false)) return true;
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  iovec part{const_cast<char*>(kContinue.data()), kContinue.size()};
  std::span<iovec> parts(&part, 1);
  return io_.TryWrite(parts) == Outcome::kDone;  // every earlier reply has left: the socket has room
}

Task<Status> RequestBody::Wait(Patience patience) {
  const TimePoint since = Clock::now();
  if (patience == Patience::kEndless) {
    allowed_ = received_;
    io_.ClearDeadline();
  } else {
    if (received_ >= allowed_) {
      allowed_ = received_ + kPieceBytes;
      left_ = limits_.body_timeout;
    }
    io_.SetDeadline(since + left_);
  }
  while (!io_.readable() && !io_.timed_out() && !stopped_) co_await io_.Event();
  const Duration waited = Clock::now() - since;
  waited_ += waited;
  left_ -= waited;
  if (stopped_) co_return Stopped();
  if (!io_.timed_out()) co_return Status();
  refusal_ = Status(Reason::kRequestTimeout, "the body did not come within " + std::to_string(limits_.body_timeout.count()) + " ms");
  co_return refusal_;
}

Status RequestBody::Failure(Outcome outcome) {
  if (refusal_.ok() && (outcome == Outcome::kEnd || outcome == Outcome::kFailed)) {
    refusal_ = Status(Code::kCancelled, "the client went away");
  }
  return refusal_;
}

void RequestBody::KeepWhatFollows() {
  Buffer& input = workspace_.input;
  const size_t left = input.size() - tail_;
  if (left > 0) std::memmove(input.data(), input.data() + tail_, left);
  input.Truncate(left);
  input.Append(workspace_.chunks.view());
}

}  // namespace dragoman::http
