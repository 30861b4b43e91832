#include "upstream/client_call.h"

#include <algorithm>
#include <utility>

#include "base/http2_session.h"
#include "coding/decoder.h"
#include "coding/encoder.h"
#include "exchange/characters.h"
#include "transcoding/quote.h"
#include "upstream/cluster.h"
#include "upstream/grpc_timeout.h"
#include "upstream/request_metadata.h"

namespace dragoman::upstream {
namespace {

constexpr std::string_view kUserAgent = "grpc-dragoman/" DRAGOMAN_VERSION;
// How much earlier a backend may see a deadline pass than we do: its timers are coarse, and it rounds.
constexpr Duration kDeadlineSlack = std::chrono::milliseconds(20);
constexpr size_t kEntryBytes = 32;  // of a header beside its name and value, as HTTP/2 counts (RFC 9113, 6.5.2)
constexpr int kConsumeSteps = 8;    // in which a window opens: small replies cost nothing

constexpr uint8_t kOwnName = NGHTTP2_NV_FLAG_NO_COPY_NAME;
constexpr uint8_t kOwnBoth = NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE;

// Puts a message's gzip in its place, where that is smaller and it is large enough to matter.
bool Compress(BufferPool::Lease& message) {
  const std::string_view bytes = message->view().substr(kMessagePrefix);
  if (bytes.size() < ClientCall::kWorthCompressing) return false;
  BufferPool::Lease coded = BufferPool::Borrow();
  coded->Extend(kMessagePrefix);
  if (!coding::EncodeWhole(coding::Coding::kGzip, bytes, *coded) || coded->size() >= message->size()) return false;
  std::swap(*message, *coded);
  return true;
}

}  // namespace

ClientCall::ClientCall(Cluster& cluster, const CallHead& head)
    : cluster_(&cluster),
      wakes_(cluster.wakes()),
      started_(cluster.loop().now()),
      deadline_(head.deadline),
      timer_(
          cluster.loop(),
          [](void* call) {
            ClientCall& self = *static_cast<ClientCall*>(call);
            const WakeList::Batch batch(self.wakes_);
            self.OnDeadline();
          },
          this),
      max_reply_bytes_(head.max_reply_bytes),
      reader_(head.max_reply_bytes),
      memory_(head.memory) {
  if (memory_ != nullptr) memory_->WatchRoom([](void* call) { static_cast<ClientCall*>(call)->AskForMore(); }, this);
  if (Status no = Prepare(head); !no.ok()) {
    End(std::move(no));
  } else if (deadline_ != TimePoint::max()) {
    timer_.Arm(deadline_);
  }
}

ClientCall::~ClientCall() {
  if (memory_ != nullptr) memory_->WatchRoom(nullptr, nullptr);
  if (cluster_) cluster_->LeaveQueue(*this);
}

// Keeps the head for every attempt.
Status ClientCall::Prepare(const CallHead& head) {
  if (deadline_ <= started_)
    return Status(Reason::kDeadlineExceeded, "the deadline was over before " + Who() + " was called");
  path_ = head.path;
  metadata_ = head.metadata;
  if (!head.lasting) {
    if (Status no = Keep(head); !no.ok()) return no;
  }
  size_t bytes = path_.size() + kEntryBytes;
  for (const Header& entry : metadata_) bytes += entry.name.size() + entry.value.size() + kEntryBytes;
  if (bytes > kMaxRequestMetadata) {
    return Status(Reason::kHeadersTooLarge,
                  "the metadata for " + Who() + " are over " + std::to_string(kMaxRequestMetadata) + " bytes");
  }
  return Status();
}

Status ClientCall::Keep(const CallHead& head) {
  if (!head.path.starts_with('/') || !IsPrintable(head.path)) {
    return Status(Code::kInternal, transcoding::Quote(head.path) + " is no path of a gRPC method");
  }
  kept_.emplace();
  kept_->Add({}, head.path);
  for (const Header& entry : head.metadata) {
    if (Status no = CheckMetadata(entry); !no.ok()) return no;
    kept_->Add(entry.name, entry.value);
  }
  path_ = kept_->entries().front().value;
  metadata_ = kept_->entries().subspan(1);
  return Status();
}

void ClientCall::Open(Channel& to, const std::string& authority) {
  state_ = State::kOpen;
  ++attempts_;
  sent_end_ = false;
  next_message_ = next_byte_ = 0;
  unsent_ = 0;
  for (const BufferPool::Lease& message : messages_) unsent_ += message->size();

  const bool timed = deadline_ != TimePoint::max();
  const TimeoutText timeout(timed ? deadline_ - cluster_->loop().now() : Duration::zero());
  const auto indexing = [&to](std::string_view name, std::string_view value) -> uint8_t {
    const Indexing how = IndexingOf(name);
    const bool worth = how == Indexing::kAlways || (how == Indexing::kRepeats && to.sent_values().Repeats(name, value));
    return worth ? NGHTTP2_NV_FLAG_NONE : NGHTTP2_NV_FLAG_NO_INDEX;
  };
  boost::container::small_vector<nghttp2_nv, 32> head;
  head.push_back(HeaderPair(":method", "POST", kOwnBoth));
  head.push_back(HeaderPair(":scheme", to.scheme(), kOwnBoth));
  head.push_back(HeaderPair(":path", path_, kOwnName));
  head.push_back(HeaderPair(":authority", authority, kOwnName));
  head.push_back(HeaderPair("te", "trailers", kOwnBoth));
  if (timed) {
    const uint8_t flags = indexing("grpc-timeout", timeout.view());
    head.push_back(HeaderPair("grpc-timeout", timeout.view(), kOwnName | flags));
  }
  head.push_back(HeaderPair("content-type", "application/grpc", kOwnBoth));
  head.push_back(HeaderPair("grpc-accept-encoding", "gzip", kOwnBoth));
  if (cluster_->compresses()) head.push_back(HeaderPair("grpc-encoding", "gzip", kOwnBoth));
  head.push_back(HeaderPair("user-agent", kUserAgent, kOwnBoth));
  for (const Header& entry : metadata_) {
    head.push_back(HeaderPair(entry.name, entry.value, indexing(entry.name, entry.value)));
  }
  to.Open(*this, {head.data(), head.size()});
}

Task<Status> ClientCall::Send(BufferPool::Lease message, bool last) {
  if (state_ == State::kEnded) co_return SendError();
  if (message->size() >= kMessagePrefix) {
    const bool compressed = cluster_->compresses() && Compress(message);
    const size_t length = message->size() - kMessagePrefix;
    const char prefix[kMessagePrefix] = {compressed, static_cast<char>(length >> 24), static_cast<char>(length >> 16),
                                         static_cast<char>(length >> 8), static_cast<char>(length)};
    std::copy(std::begin(prefix), std::end(prefix), message->data());
    unsent_ += message->size();
    messages_.push_back(std::move(message));
  }
  last_queued_ = last;
  if (channel()) channel()->Resume(*this);
  while (!last && state_ != State::kEnded && far_ahead()) co_await writable_.Wait();
  co_return state_ == State::kEnded ? SendError() : Status();
}

Status ClientCall::SendError() const {
  return status_.ok() ? Status(Code::kCancelled, Who() + " has ended the call already") : status_;
}

Stream::Ready ClientCall::ReadyBytes(size_t most) {
  sent_end_ = last_queued_ && unsent_ <= most;
  return {std::min(unsent_, most), sent_end_};
}

void ClientCall::TakeBytes(size_t count, Buffer& out) {
  unsent_ -= count;
  while (count > 0) {
    const Buffer& message = *messages_[next_message_];
    const size_t part = std::min(count, message.size() - next_byte_);
    out.Append(message.view().substr(next_byte_, part));
    count -= part;
    next_byte_ += part;
    if (next_byte_ == message.size()) {
      ++next_message_;
      next_byte_ = 0;
    }
  }
  if (next_message_ > 1 || head_complete_) ForgetSent();
  if (writable_.waiting() && !far_ahead()) wakes_->Add(writable_);
}

// Gives up what no further attempt will need.
void ClientCall::ForgetSent() {
  if (!head_complete_ && replayable_) {
    size_t kept = 0;
    for (size_t i = 0; i < next_message_; ++i) kept += messages_[i]->size();
    if (kept <= kReplayBytes && next_message_ <= kReplayMessages) return;
    replayable_ = false;
  }
  messages_.erase(messages_.begin(), messages_.begin() + static_cast<ptrdiff_t>(next_message_));
  next_message_ = 0;
}

Task<std::optional<std::string_view>> ClientCall::Receive() {
  for (;;) {
    if (std::optional<std::optional<std::string_view>> message = TryReceive()) co_return *message;
    AskForMore();
    co_await readable_.Wait();
  }
}

std::optional<std::optional<std::string_view>> ClientCall::TryReceive() {
  std::string_view message;
  const MessageReader::Outcome outcome = discard_ ? MessageReader::Outcome::kMore : reader_.Next(message);
  if (outcome == MessageReader::Outcome::kMessage) {
    ConsumeUpTo(kMessagePrefix + message.size());
    if (memory_ != nullptr) memory_->Hold(std::min(memory_->bytes(), message.size()));  // one before was larger
    if (!reader_.compressed()) return message;
    if (const std::optional<std::string_view> decoded = Decode(message)) return decoded;
  } else if (outcome != MessageReader::Outcome::kMore) {
    FailReply(outcome);
  }
  if (state_ != State::kEnded) return std::nullopt;
  if (status_.ok() && reader_.untaken() > 0) {
    status_ = Status(Reason::kBackendProtocolError, Who() + " ended the call in the middle of a message");
  }
  reader_.Release();
  decoded_ = BufferPool::Lease(Buffer());
  return std::optional<std::string_view>();
}

std::optional<std::string_view> ClientCall::Decode(std::string_view message) {
  if (decoded_->capacity() == 0) decoded_ = BufferPool::Borrow();
  decoded_->Clear();
  switch (coding::DecodeWhole(coding::Coding::kGzip, message, max_reply_bytes_, *decoded_)) {
    case coding::Decoded::kDone:
      return decoded_->view();
    case coding::Decoded::kTooLarge:
      FailReply(TooLarge());
      break;
    case coding::Decoded::kCorrupt:
    case coding::Decoded::kTruncated:
      FailReply(Status(Reason::kBackendProtocolError, Who() + " sent a message as gzip that is none"));
      break;
    case coding::Decoded::kNoMemory:
      FailReply(Status(Reason::kOverloaded, "too much is being compressed already"));
      break;
  }
  return std::nullopt;
}

// A message is waited for: lets the backend send more than its window does, where it needs that.
void ClientCall::AskForMore() {
  if (memory_ != nullptr && unconsumed_ > 0) {
    if (!channel() || reader_.missing() <= channel()->WindowOf(*this) || !memory_->TryGrow(unconsumed_)) return;
  }
  ConsumeUpTo(unconsumed_);
}

// Opens the window again for what the reader of the call has got to.
void ClientCall::ConsumeUpTo(size_t bytes) {
  bytes = std::min(bytes, unconsumed_);
  unconsumed_ -= bytes;
  consumed_ += bytes;
  if (!channel() || consumed_ < static_cast<size_t>(cluster_->options().stream_window / kConsumeSteps)) return;
  channel()->Consume(*this, std::exchange(consumed_, 0));
}

void ClientCall::OnHeader(std::string_view name, std::string_view value) {
  constexpr size_t kEntryBytes = 32;  // as HTTP/2 counts
  const size_t most = cluster_->options().max_metadata_bytes;
  header_bytes_ += name.size() + value.size() + kEntryBytes;
  if (header_bytes_ > most) {
    return Fail(
        Status(Reason::kBackendProtocolError, Who() + " sent metadata over " + std::to_string(most) + " bytes"));
  }
  // White space around a value means nothing, but in a text.
  if (name != "grpc-message") value = Trim(value);
  if (!reply_.Take(name, value)) reply_metadata_.Add(name, value);
}

void ClientCall::OnHeadersEnd(bool end_of_stream) {
  if (head_complete_) return;
  if (reply_.informational()) {
    reply_metadata_.Clear();
    reply_ = ReplyStatus();
    return;
  }
  head_complete_ = true;
  if (end_of_stream) return;  // what a trailers-only reply has are trailers
  answers_ = true;
  initial_count_ = reply_metadata_.size();
  ForgetSent();
  reply_.ForgetStatus();
  if (reply_.encoding() == "gzip") reader_.ExpectCompressed();
  if (!reply_.is_grpc()) Fail(reply_.Resolve(Who()));
}

void ClientCall::OnData(std::string_view bytes) {
  reader_.Append(bytes);
  unconsumed_ += bytes.size();
  const MessageReader::Outcome outcome = reader_.Peek();
  if (outcome == MessageReader::Outcome::kMore) {
    if (readable_.waiting()) AskForMore();
  } else if (outcome == MessageReader::Outcome::kMessage) {
    wakes_->Add(readable_);
  } else {
    FailReply(outcome);
  }
}

void ClientCall::FailReply(MessageReader::Outcome outcome) {
  Status status;
  if (outcome == MessageReader::Outcome::kTooLarge) {
    status = TooLarge();
  } else if (outcome == MessageReader::Outcome::kBadFlag) {
    status = Status(Reason::kBackendProtocolError, Who() + " sent bytes that are no gRPC message");
  } else if (reply_.encoding().empty() || reply_.encoding() == "identity") {
    status = Status(Reason::kBackendProtocolError, Who() + " sent a compressed message without a grpc-encoding");
  } else {
    status =
        Status(Reason::kBackendProtocolError, Who() + " sent a message compressed with " +
                                                  transcoding::Quote(reply_.encoding()) + ", which it was not offered");
  }
  FailReply(std::move(status));
}

Status ClientCall::TooLarge() const {
  return Status(Reason::kResponseTooLarge, Who() + " sent a message over " + std::to_string(max_reply_bytes_) + " bytes");
}

void ClientCall::FailReply(Status status) {
  discard_ = true;
  if (state_ == State::kEnded) {
    if (status_.ok()) status_ = std::move(status);  // it had ended before its messages were looked at
    return;
  }
  Fail(std::move(status));
}

void ClientCall::OnEnd() {
  Status status = reply_.Resolve(Who());
  // A backend that knows the deadline may be the first to act on it.
  if (status.code() == Code::kDeadlineExceeded && status.details().empty() && DeadlineIsDue()) return OnDeadline();
  if (!sent_end_) return Fail(std::move(status));  // it did not want the rest of our messages
  End(std::move(status));
}

void ClientCall::OnClose(const StreamEnd& end) {
  if (state_ == State::kEnded) return;
  switch (end.how) {
    case StreamEnd::How::kUnprocessed:
      if (!TryAgain()) {
        Fail(Status(
            Reason::kBackendUnavailable,
            WhoAt(end) + std::string(end.why) + (attempts_ > 1 ? " " + std::to_string(attempts_) + " times" : "")));
      }
      return;
    case StreamEnd::How::kLost:
      return Fail(Status(Reason::kBackendUnavailable, WhoAt(end) + std::string(end.why) + " during the call"));
    case StreamEnd::How::kBroken:
      return Fail(Status(Reason::kBackendProtocolError, Who() + " broke HTTP/2: " + std::string(end.why)));
    case StreamEnd::How::kReset:
    case StreamEnd::How::kDone:
      if (end.http2_code == NGHTTP2_CANCEL && DeadlineIsDue()) return OnDeadline();
      return Fail(StatusOfReset(end.http2_code, Who()));
  }
}

bool ClientCall::TryAgain() {
  if (head_complete_ || !replayable_ || attempts_ >= kMaxAttempts) return false;
  state_ = State::kWaiting;
  header_bytes_ = 0;
  reply_metadata_.Clear();
  reply_ = ReplyStatus();
  cluster_->Dispatch(*this, Clock::now());
  return true;
}

bool ClientCall::DeadlineIsDue() const {
  return deadline_ != TimePoint::max() && deadline_ - kDeadlineSlack <= Clock::now();
}

void ClientCall::OnDeadline() {
  discard_ = true;
  const std::string within = " within " + RoundedTime(deadline_ - started_);
  std::string what;
  if (memory_ != nullptr && memory_->waiting()) {
    what = "the client took too little of its other replies to make room for that of " + Who();
  } else if (state_ == State::kOpen) {
    what = answers_ ? Who() + " did not end its answer" : "no answer from " + Who();
  } else {
    what = (waits_for_ == WaitsFor::kStream ? "no free stream to " : "no connection to ") + Who();
  }
  Fail(Status(Reason::kDeadlineExceeded, what + within));
}

void ClientCall::Cancel() {
  discard_ = true;
  Fail(Status(Code::kCancelled, "the call was cancelled"));
}

void ClientCall::Fail(Status status) {
  if (state_ == State::kEnded) return;
  if (channel()) channel()->Reset(*this, NGHTTP2_CANCEL);
  End(std::move(status));
}

void ClientCall::End(Status status) {
  state_ = State::kEnded;
  status_ = std::move(status);
  if (memory_ != nullptr) memory_->WatchRoom(nullptr, nullptr);
  timer_.Disarm();
  cluster_->LeaveQueue(*this);
  wakes_->Add(readable_);
  wakes_->Add(writable_);
}

std::string ClientCall::WhoAt(const StreamEnd& end) const {
  const bool everything = cluster_ && cluster_->options().audience == Audience::kOperators;
  return Who() + ": " + (everything ? std::string(end.endpoint) + ": " : "");
}

std::string ClientCall::Who() const { return cluster_ ? cluster_->who() : "the backend"; }

}  // namespace dragoman::upstream
