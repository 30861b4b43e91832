#include "upstream/channel.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>

#include "base/http2_session.h"
#include "upstream/grpc_timeout.h"
#include "upstream/session_callbacks.h"

namespace dragoman::upstream {
namespace {

constexpr size_t kReadBytes = SessionScratch::kReadBytes;
constexpr int kReadsATurn = 8;            // then others have their turn
constexpr int kBatchesATurn = 4;          // likewise
constexpr size_t kMaxQueuedAcks = 1000;   // PING and SETTINGS that wait for their answer to go out: more are a flood

std::string ErrorText(int error) { return std::generic_category().message(error); }

const nghttp2_option* SessionOptions() {
  static const nghttp2_option* const kOptions = [] {
    nghttp2_option* options = nullptr;
    nghttp2_option_new(&options);
    nghttp2_option_set_no_auto_window_update(options, 1);
    nghttp2_option_set_max_outbound_ack(options, kMaxQueuedAcks);
    // gRPC's percent-encoding leaves spaces as they are, at the end of a grpc-message too.
    nghttp2_option_set_no_rfc9113_leading_and_trailing_ws_validation(options, 1);
    return options;
  }();
  return kOptions;
}

}  // namespace

Stream::~Stream() {
  if (channel_) channel_->Reset(*this, NGHTTP2_CANCEL);
}

Channel::Channel(Loop& loop, std::shared_ptr<WakeList> wakes, const BackendOptions& options, std::string endpoint,
                 Owner& owner)
    : loop_(loop),
      wakes_(std::move(wakes)),
      options_(options),
      endpoint_(std::move(endpoint)),
      owner_(owner),
      connect_timer_(
          loop,
          [](void* channel) {
            Channel& self = *static_cast<Channel*>(channel);
            const WakeList::Batch batch(self.wakes_);
            const char* what = self.state_ == State::kConnecting ? "no answer within "
                               : self.state_ == State::kTls      ? "no end of the TLS handshake within "
                                                                 : "no HTTP/2 SETTINGS within ";
            self.Fail(StreamEnd::How::kLost, what + RoundedTime(self.options_.connect_timeout));
          },
          this) {}

Channel::~Channel() {
  CloseSocket();
  loop_.ForgetTurnEnd(this);
  while (!streams_.empty()) {
    streams_.front().channel_ = nullptr;
    streams_.pop_front();
  }
  nghttp2_session_del(session_);
}

int Channel::Connect(const sockaddr* address, socklen_t size, std::shared_ptr<const tls::ClientContext> tls,
                     std::string_view server) {
  socket_ = ::socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return errno;
  if (address->sa_family != AF_UNIX) {
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  if (::connect(socket_, address, size) != 0 && errno != EINPROGRESS) {
    const int error = errno;
    ::close(std::exchange(socket_, -1));
    return error;
  }
  if (tls) {
    tls_ = tls::Transport::Connect(std::move(tls), socket_, server);
    if (!tls_) {
      ::close(std::exchange(socket_, -1));
      return ENOMEM;
    }
  }
  if (!loop_.poller().Add(socket_, EPOLLIN | EPOLLOUT | EPOLLRDHUP, *this)) {
    const int error = errno;
    ::close(std::exchange(socket_, -1));
    return error;
  }
  connect_timer_.ArmAfter(options_.connect_timeout);
  return 0;
}

void Channel::OnEvents(uint32_t events) {
  const WakeList::Batch batch(wakes_);
  ending_ = ending_ || (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  if (state_ == State::kConnecting) {
    OnConnected();
    if (state_ != State::kHandshake && state_ != State::kTls) return;
  }
  if (events & EPOLLOUT) write_blocked_ = false;
  if (tls_) {
    if (ending_ || (events & EPOLLIN)) tls_->OnReadable(ending_);
    if (events & EPOLLOUT) tls_->OnWritable();
    if (state_ == State::kTls) ShakeHands();
    if (state_ == State::kTls || state_ == State::kClosed) return;
    if (tls_->readable()) Read();  // perhaps what came with the end of the handshake
  } else if (ending_ || (events & EPOLLIN)) {
    Read();
  }
  if (!write_blocked_ && (!pending_.empty() || nghttp2_session_want_write(session_))) ScheduleFlush();
}

void Channel::OnConnected() {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return Fail(StreamEnd::How::kLost, ErrorText(error));
  if (tls_) {
    state_ = State::kTls;
  } else {
    StartSession();
  }
}

void Channel::ShakeHands() {
  switch (tls_->Handshake()) {
    case tls::Transport::Outcome::kDone:
      return StartSession();
    case tls::Transport::Outcome::kFailed:
      tls_failed_ = true;
      return Fail(StreamEnd::How::kLost, tls_->failure());
    default:
      return;
  }
}

void Channel::StartSession() {
  state_ = State::kHandshake;
  if (nghttp2_session_client_new3(&session_, SessionCallbacks::Get(), this, SessionOptions(), SessionMemory()) != 0) {
    return Fail(StreamEnd::How::kLost, ErrorText(ENOMEM));
  }
  const nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, static_cast<uint32_t>(options_.stream_window)},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<uint32_t>(options_.max_metadata_bytes)}};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, std::size(settings));
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, options_.connection_window);
}

void Channel::Read() {
  char* buffer = SessionScratch::OfThread().read.get();
  for (int reads = 0; state_ != State::kClosed; ++reads) {
    if (reads == kReadsATurn) {  // the poller tells of new bytes only: the rest is ours to remember
      read_again_ = true;
      return ScheduleFlush();
    }
    size_t count = 0;
    if (!Receive(buffer, count)) return;
    const ssize_t used = nghttp2_session_mem_recv(session_, reinterpret_cast<const uint8_t*>(buffer), count);
    if (used < 0) return Fail(StreamEnd::How::kBroken, nghttp2_strerror(static_cast<int>(used)));
    if (unconsumed_ > 0) nghttp2_session_consume_connection(session_, std::exchange(unconsumed_, 0));
    if (!nghttp2_session_want_read(session_) || EndsSession()) return ScheduleFlush();
    if (tls_ ? !tls_->readable() : count < kReadBytes && !ending_) return;  // that was all: the poller tells of more
  }
}

// False if there is nothing now, or the channel failed.
bool Channel::Receive(char* buffer, size_t& count) {
  if (tls_) {
    const tls::Transport::ReadResult read = tls_->Read(buffer, kReadBytes);
    count = read.bytes;
    if (read.outcome == tls::Transport::Outcome::kEnd) {
      Fail(StreamEnd::How::kLost, tls_->truncated() ? "the connection was cut off" : "the connection was closed");
    } else if (read.outcome == tls::Transport::Outcome::kFailed) {
      Fail(StreamEnd::How::kLost, tls_->failure());
    }
    return read.outcome == tls::Transport::Outcome::kDone;
  }
  ssize_t got;
  do {
    got = ::recv(socket_, buffer, kReadBytes, 0);
  } while (got < 0 && errno == EINTR);
  if (got > 0) {
    count = static_cast<size_t>(got);
    return true;
  }
  if (got == 0) {
    Fail(StreamEnd::How::kLost, "the connection was closed");
  } else if (errno != EAGAIN) {
    Fail(StreamEnd::How::kLost, ErrorText(errno));
  }
  return false;
}

void Channel::ScheduleFlush() {
  if (flush_scheduled_ || state_ == State::kClosed) return;
  flush_scheduled_ = true;
  loop_.AtTurnEnd(
      [](void* channel) {
        Channel& self = *static_cast<Channel*>(channel);
        const WakeList::Batch batch(self.wakes_);
        self.flush_scheduled_ = false;
        if (std::exchange(self.read_again_, false)) self.Read();
        self.Flush();
      },
      this);
}

void Channel::Flush() {
  if (session_ == nullptr || state_ == State::kClosed) return;
  if (write_blocked_ || WriteDue()) EndIfOver();
}

// False if there is more for the next turn, or the channel failed.
bool Channel::WriteDue() {
  Buffer& batch = SessionScratch::OfThread().batch;
  for (int batches = 0;; ++batches) {
    if (!pending_.empty()) {
      Buffer rest = std::move(pending_);
      if (!Write(rest.view())) return state_ != State::kClosed;
    } else if (batches == kBatchesATurn) {
      ScheduleFlush();
      return false;
    } else {
      if (!Pack(batch)) return false;
      if (batch.empty()) return true;
      const bool written = Write(batch.view());
      if (batch.capacity() > SessionScratch::kKeptBatch) batch.Release();
      if (!written) return state_ != State::kClosed;
    }
  }
}

// True once nghttp2 has made up its mind to say GOAWAY, which may not be packed yet.
bool Channel::EndsSession() const {
  return state_ == State::kReady && !nghttp2_session_check_request_allowed(session_);
}

// Ends a channel whose backend has broken HTTP/2, or that drains and has no more calls. One whose backend has stopped
// reading is not waited for.
void Channel::EndIfOver() {
  // nghttp2 counts its session as over once the GOAWAY is packed, for which a full socket gives no occasion.
  if (write_blocked_ && EndsSession()) {
    Buffer& batch = SessionScratch::OfThread().batch;
    if (!Pack(batch)) return;
    pending_.Append(batch.view());
  }
  const bool over =
      !nghttp2_session_want_read(session_) && (write_blocked_ || !nghttp2_session_want_write(session_));
  if (over && !last_word_.empty()) {
    Fail(StreamEnd::How::kBroken, std::string(last_word_));
  } else if (state_ == State::kDraining && (over || open_ == 0)) {
    Fail(StreamEnd::How::kLost, "the connection was closed");
  } else if (over) {
    Fail(StreamEnd::How::kBroken, "protocol error");
  }
}

// Fills the empty `batch` with the frames that are due, as many as a batch may hold. False if the channel failed.
bool Channel::Pack(Buffer& batch) {
  batch.Clear();
  batch_ = &batch;
  const int error = PackFrames(session_, batch);
  batch_ = nullptr;
  packed_ += batch.size();
  if (error == 0) return true;
  Fail(StreamEnd::How::kBroken, nghttp2_strerror(error));
  return false;
}

// False if not all went out: what is left is pending, or the channel failed.
bool Channel::Write(std::string_view bytes) {
  if (tls_) return WriteTls(bytes);
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno != EAGAIN) {
      Fail(StreamEnd::How::kLost, ErrorText(errno));
      return false;
    }
    if (count < 0) {
      write_blocked_ = true;
      pending_.Append(bytes);
      return false;
    }
    written_ += static_cast<uint64_t>(count);
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

// What is encrypted counts as taken by the kernel, though it may still wait for it: certain is only what was not.
bool Channel::WriteTls(std::string_view bytes) {
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  std::span<iovec> parts(&part, 1);
  const tls::Transport::Outcome outcome = tls_->Write(parts);
  const size_t left = parts.empty() ? 0 : part.iov_len;
  written_ += bytes.size() - left;
  if (outcome == tls::Transport::Outcome::kDone) return true;
  if (outcome == tls::Transport::Outcome::kFailed) {
    Fail(StreamEnd::How::kLost, tls_->failure());
    return false;
  }
  write_blocked_ = true;
  pending_.Append(bytes.substr(bytes.size() - left));
  return false;
}

void Channel::Open(Stream& stream, std::span<const nghttp2_nv> head) {
  const nghttp2_data_provider data = SessionCallbacks::DataOf();
  stream.deferred_ = stream.reset_by_backend_ = false;
  stream.head_at_ = Stream::kNotPacked;
  stream.id_ = nghttp2_submit_request(session_, nullptr, head.data(), head.size(), &data, &stream);
  if (stream.id_ < 0) {  // out of memory or of ids
    const int error = stream.id_;
    Drain();
    stream.OnClose({StreamEnd::How::kUnprocessed, NGHTTP2_INTERNAL_ERROR, nghttp2_strerror(error), endpoint_});
    return;
  }
  stream.channel_ = this;
  streams_.push_back(stream);
  ++open_;
  if (++opened_ >= options_.max_calls_per_channel) Drain();
  ScheduleFlush();
}

void Channel::Resume(Stream& stream) {
  if (stream.deferred_) {
    stream.deferred_ = false;
    nghttp2_session_resume_data(session_, stream.id_);
  }
  ScheduleFlush();
}

void Channel::Consume(Stream& stream, size_t bytes) {
  nghttp2_session_consume_stream(session_, stream.id_, bytes);
  if (nghttp2_session_want_write(session_)) ScheduleFlush();
}

size_t Channel::WindowOf(const Stream& stream) const {
  return static_cast<size_t>(std::max(0, nghttp2_session_get_stream_local_window_size(session_, stream.id_)));
}

void Channel::Reset(Stream& stream, uint32_t http2_code) {
  stream.channel_ = nullptr;
  stream.unlink();
  nghttp2_session_set_stream_user_data(session_, stream.id_, nullptr);
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream.id_, http2_code);
  ScheduleFlush();
}

void Channel::Close() {
  if (state_ == State::kClosed) return;
  while (!streams_.empty()) Reset(streams_.front(), NGHTTP2_CANCEL);
  state_ = State::kClosed;
  if (session_ != nullptr) {
    // A farewell as far as the socket takes it.
    nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, 0, NGHTTP2_NO_ERROR, nullptr, 0);
    Buffer& batch = SessionScratch::OfThread().batch;
    if (pending_.empty() && Pack(batch) && !batch.empty()) {
      iovec part{batch.data(), batch.size()};
      std::span<iovec> parts(&part, 1);
      (void)(tls_ ? tls_->Write(parts) == tls::Transport::Outcome::kDone
                  : ::send(socket_, batch.data(), batch.size(), MSG_NOSIGNAL) > 0);
    }
  }
  CloseSocket();
}

void Channel::Drain() {
  if (state_ != State::kReady) return;
  state_ = State::kDraining;
  owner_.OnDraining(*this);
  ScheduleFlush();
}

void Channel::Fail(StreamEnd::How how, std::string_view why) {
  if (state_ == State::kClosed) return;
  if (state_ == State::kHandshake && how == StreamEnd::How::kBroken) why = "it does not speak HTTP/2";
  may_want_tls_ = state_ == State::kHandshake && !tls_;
  CloseSocket();
  owner_.OnClosed(*this, why);
  while (!streams_.empty()) {
    Stream& stream = streams_.front();
    streams_.pop_front();
    stream.channel_ = nullptr;
    const bool unsent = stream.head_at_ >= written_;
    stream.OnClose({unsent ? StreamEnd::How::kUnprocessed : how, NGHTTP2_NO_ERROR, why, endpoint_});
  }
}

void Channel::CloseSocket() {
  state_ = State::kClosed;
  connect_timer_.Disarm();
  if (socket_ < 0) return;
  if (tls_) tls_->Farewell();
  loop_.poller().Remove(socket_, *this);
  ::close(std::exchange(socket_, -1));
}

Stream* Channel::Find(int32_t id) const {
  return static_cast<Stream*>(nghttp2_session_get_stream_user_data(session_, id));
}

// A header that HTTP forbids ends its stream here, with what was said of it: nghttp2 tells of the end only when its
// RST_STREAM is packed, and more may have been said of other streams by then.
void Channel::OnInvalidFrame(const nghttp2_frame& frame, int error) {
  if (error != NGHTTP2_ERR_HTTP_HEADER) return;
  Stream* stream = Find(frame.hd.stream_id);
  if (stream == nullptr) return;
  stream->channel_ = nullptr;
  stream->unlink();
  nghttp2_session_set_stream_user_data(session_, stream->id_, nullptr);
  stream->OnClose({StreamEnd::How::kBroken, NGHTTP2_PROTOCOL_ERROR, error_text_, endpoint_});
}

void Channel::OnFrame(const nghttp2_frame& frame) {
  switch (frame.hd.type) {
    case NGHTTP2_SETTINGS:
      if ((frame.hd.flags & NGHTTP2_FLAG_ACK) == 0) OnSettings();
      return;
    case NGHTTP2_GOAWAY:
      Drain();
      return;
    case NGHTTP2_RST_STREAM:
      if (Stream* stream = Find(frame.hd.stream_id)) stream->reset_by_backend_ = true;
      return;
    case NGHTTP2_HEADERS:
    case NGHTTP2_DATA: {
      const bool end = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
      if (frame.hd.type == NGHTTP2_HEADERS) {
        if (Stream* stream = Find(frame.hd.stream_id)) stream->OnHeadersEnd(end);
      }
      if (!end) return;
      if (Stream* stream = Find(frame.hd.stream_id)) stream->OnEnd();
      return;
    }
    default:
      return;
  }
}

void Channel::OnSettings() {
  const uint32_t before = limit_;
  limit_ = std::min(nghttp2_session_get_remote_settings(session_, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS),
                    options_.max_streams);
  if (state_ == State::kHandshake) {
    state_ = State::kReady;
    was_ready_ = true;
    connect_timer_.Disarm();
    owner_.OnReady(*this);
  } else if (limit_ > before && has_room()) {
    owner_.OnRoom(*this);
  }
}

void Channel::OnStreamClose(int32_t id, uint32_t error_code) {
  Stream* stream = Find(id);
  --open_;
  if (state_ == State::kDraining && open_ == 0) ScheduleFlush();
  if (stream != nullptr) {
    StreamEnd end{StreamEnd::How::kDone, error_code, {}, endpoint_};
    if (error_code == NGHTTP2_REFUSED_STREAM || stream->head_at_ == Stream::kNotPacked) {
      end = {StreamEnd::How::kUnprocessed, NGHTTP2_REFUSED_STREAM, "the call was refused", endpoint_};
    } else if (stream->reset_by_backend_) {
      end.how = StreamEnd::How::kReset;
    } else if (error_code != NGHTTP2_NO_ERROR) {
      end.how = StreamEnd::How::kBroken;
      end.why = nghttp2_http2_strerror(error_code);
    }
    stream->channel_ = nullptr;
    stream->unlink();
    stream->OnClose(end);
  }
  if (has_room()) owner_.OnRoom(*this);
}

}  // namespace dragoman::upstream
