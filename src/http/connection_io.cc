#include "http/connection_io.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace dragoman::http {

void SetResetOnClose(int descriptor) {
  const linger none{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
}

ConnectionIo::ConnectionIo(Loop& loop, int descriptor, std::unique_ptr<tls::Transport> tls, Callback on_peer_closed, void* context)
    : loop_(loop),
      descriptor_(descriptor),
      tls_(std::move(tls)),
      on_peer_closed_(on_peer_closed),
      context_(context),
      timer_(loop, &OnTimer, this) {
  if (!loop_.poller().Add(descriptor_, EPOLLIN | EPOLLOUT | EPOLLRDHUP, *this)) Abort();
}

ConnectionIo::~ConnectionIo() {
  if (tls_ && !failed_ && !peer_closed_ && !cut_off_) tls_->Farewell();
  loop_.poller().Remove(descriptor_, *this);
  ::close(descriptor_);
}

// What an outcome of the transport's says of the connection.
ConnectionIo::Outcome ConnectionIo::Told(tls::Transport::Outcome outcome) {
  switch (outcome) {
    case tls::Transport::Outcome::kDone:
      return Outcome::kDone;
    case tls::Transport::Outcome::kBlocked:
      return Outcome::kBlocked;
    case tls::Transport::Outcome::kEnd:
      peer_closed_ = true;
      return Outcome::kEnd;
    case tls::Transport::Outcome::kFailed:
      break;
  }
  failed_ = readable_ = writable_ = true;
  return Outcome::kFailed;
}

ConnectionIo::Outcome ConnectionIo::Handshake() {
  if (failed_) return Outcome::kFailed;
  const Outcome outcome = Told(tls_->Handshake());
  readable_ = outcome != Outcome::kBlocked;
  return outcome;
}

void ConnectionIo::DropTls() {
  tls_.reset();
  failed_ = false;  // of the socket, if it was that, the next try tells
  readable_ = true;
}

ConnectionIo::ReadResult ConnectionIo::TryRead(char* data, size_t size) {
  if (failed_) return {Outcome::kFailed};
  if (tls_) {
    const tls::Transport::ReadResult read = tls_->Read(data, size);
    const Outcome outcome = Told(read.outcome);
    readable_ = outcome != Outcome::kBlocked && (outcome != Outcome::kDone || tls_->readable());
    return {outcome, read.bytes};
  }
  ReadResult read{Outcome::kDone};
  read.outcome = Receive(data, size, 0, read.bytes);
  // A short read has emptied the socket, and what comes later is a new event; only an end that was already announced stands behind it.
  if (read.outcome == Outcome::kDone && read.bytes < size && !peer_closed_) readable_ = false;
  return read;
}

// recv(), past TLS.
ConnectionIo::Outcome ConnectionIo::Receive(char* data, size_t size, int flags, size_t& bytes) {
  ssize_t count;
  do {
    count = ::recv(descriptor_, data, size, flags);
  } while (count < 0 && errno == EINTR);
  if (count > 0) {
    bytes = static_cast<size_t>(count);
    return Outcome::kDone;
  }
  if (count == 0) {
    peer_closed_ = true;
    return Outcome::kEnd;
  }
  if (errno == EAGAIN || errno == EWOULDBLOCK) {
    readable_ = false;
    return Outcome::kBlocked;
  }
  failed_ = true;
  return Outcome::kFailed;
}

// It is looked at in the socket's buffer and then taken out: what stands behind it is for TLS to read.
ConnectionIo::Outcome ConnectionIo::TryReadProxyHeader(ProxyHeaderReader& reader) {
  char room[512];
  while (reader.outcome() == ProxyHeaderReader::Outcome::kNeedMore) {
    if (failed_) return Outcome::kFailed;
    size_t seen = 0;
    Outcome outcome = Receive(room, sizeof(room), MSG_PEEK, seen);
    if (outcome == Outcome::kDone) outcome = Receive(room, reader.Read({room, seen}), 0, seen);
    if (outcome != Outcome::kDone) return outcome;
  }
  return Outcome::kDone;
}

ConnectionIo::Outcome ConnectionIo::TryWrite(std::span<iovec>& parts) {
  if (tls_) {
    if (failed_) return Outcome::kFailed;
    const Outcome outcome = Told(tls_->Write(parts));
    if (outcome == Outcome::kBlocked) writable_ = false;
    return outcome;
  }
  while (!parts.empty()) {
    if (failed_) return Outcome::kFailed;
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    const ssize_t sent = ::sendmsg(descriptor_, &message, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK) {
        writable_ = false;
        return Outcome::kBlocked;
      }
      failed_ = true;
      return Outcome::kFailed;
    }
    size_t left = static_cast<size_t>(sent);
    while (!parts.empty() && left >= parts.front().iov_len) {
      left -= parts.front().iov_len;
      parts = parts.subspan(1);
    }
    if (left > 0) {
      parts.front().iov_base = static_cast<char*>(parts.front().iov_base) + left;
      parts.front().iov_len -= left;
    }
  }
  return Outcome::kDone;
}

void ConnectionIo::SetDeadline(TimePoint deadline) {
  deadline_ = deadline;
  timed_out_ = false;
  ArmFor(deadline);
}

void ConnectionIo::SetWriteDeadline(TimePoint deadline) {
  write_deadline_ = deadline;
  write_timed_out_ = false;
  ArmFor(deadline);
}

void ConnectionIo::ArmFor(TimePoint deadline) {
  if (timer_.armed() && armed_for_ <= deadline) return;  // it will look again when it fires
  armed_for_ = deadline;
  timer_.Arm(deadline);
}

void ConnectionIo::OnTimer(void* self) {
  auto& io = *static_cast<ConnectionIo*>(self);
  const TimePoint now = Clock::now();
  const auto passed = [now](TimePoint& deadline) {
    if (deadline > now) return false;
    deadline = TimePoint::max();
    return true;
  };
  const bool late = passed(io.deadline_);
  const bool write_late = passed(io.write_deadline_);
  const TimePoint next = std::min(io.deadline_, io.write_deadline_);
  if (next != TimePoint::max()) io.ArmFor(next);
  if (late) io.timed_out_ = true;
  if (write_late) io.write_timed_out_ = true;
  if (late) io.Wake();
  if (write_late) io.WakeWriter();
}

void ConnectionIo::OnEvents(uint32_t events) {
  if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) readable_ = true;
  if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) writable_ = true;
  if (tls_) {
    if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) tls_->OnReadable(events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR));
    if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) tls_->OnWritable();
  }
  const bool closed_before = std::exchange(peer_closed_, peer_closed_ || (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)));
  if (peer_closed_ && !closed_before) on_peer_closed_(context_);
  Wake();
  if (writable_) WakeWriter();
}

void ConnectionIo::ShutdownSend() {
  if (tls_ && !failed_ && !cut_off_) tls_->Farewell();
  if (tls_) DropTls();
  ::shutdown(descriptor_, SHUT_WR);
}

void ConnectionIo::Abort() {
  failed_ = readable_ = writable_ = true;
  ::shutdown(descriptor_, SHUT_RDWR);
  Wake();
  WakeWriter();
}

void ConnectionIo::ResetOnClose() {
  cut_off_ = true;
  SetResetOnClose(descriptor_);
}

}  // namespace dragoman::http
