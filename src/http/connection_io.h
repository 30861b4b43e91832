#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/loop.h"
#include "base/poller.h"
#include "base/task.h"
#include "http/proxy_protocol.h"
#include "tls/transport.h"

namespace dragoman::http {

// Closing `descriptor` will reset its connection.
void SetResetOnClose(int descriptor);

// One connected stream socket: what can be read or written now, and what may be waited for.
//
//   while (!io.readable() && !io.timed_out()) co_await io.Event();
//
// Where it has a tls::Transport, bytes pass through that, once Handshake is kDone; "readable" then is what it says.
//
// Reading and writing never block and are tried at once; `readable` and `writable` remember what the kernel said last, so that no call is made that would find
// nothing. A deadline serves whatever is being waited for by Event; setting it costs a store in the usual case. A second coroutine may wait to write meanwhile, by
// WriteEvent, with a deadline of its own.
//
// Threads: its loop's.
class ConnectionIo final : private Poller::Watcher {
 public:
  enum class Outcome : uint8_t { kDone, kBlocked, kEnd, kFailed };
  struct ReadResult {
    Outcome outcome;  // kDone: at least one byte; kEnd: the client has ended its side
    size_t bytes = 0;
  };
  using Callback = void (*)(void* context);

  // Owns `descriptor`, which must be non-blocking; `tls` is null for plain text. `on_peer_closed(context)` is called once when the client has ended its side or is gone,
  // unless TryRead has told so before.
  ConnectionIo(Loop& loop, int descriptor, std::unique_ptr<tls::Transport> tls, Callback on_peer_closed, void* context);
  ~ConnectionIo();
  ConnectionIo(const ConnectionIo&) = delete;
  ConnectionIo& operator=(const ConnectionIo&) = delete;

  tls::Transport* tls() const { return tls_.get(); }
  std::string_view scheme() const { return tls_ ? "https" : "http"; }
  // kDone, kBlocked (until it is readable) or kFailed.
  Outcome Handshake();
  // From now on plain text, whatever was said before.
  void DropTls();

  // Reads as much of a PROXY protocol header as there is, and not a byte behind it. Before anything else is read. kDone when
  // the reader has found it, or refused it.
  Outcome TryReadProxyHeader(ProxyHeaderReader& reader);
  ReadResult TryRead(char* data, size_t size);
  // Writes as much as it can and moves `parts` forward behind it; kDone when all is written. Never kEnd.
  Outcome TryWrite(std::span<iovec>& parts);

  // True after a failure too: the next try tells.
  bool readable() const { return readable_; }
  bool writable() const { return writable_; }
  // The client has shut down its side (FIN) or reset the connection.
  bool peer_closed() const { return peer_closed_; }
  bool failed() const { return failed_; }

  // Until something about the socket changes, the deadline passes, or Wake. One waiter at a time. It may be woken for nothing.
  Signal::Awaiter Event() { return event_.Wait(); }
  void Wake() {
    if (event_.waiting()) event_.Notify();
  }

  void SetDeadline(TimePoint deadline);
  void ClearDeadline() {
    deadline_ = TimePoint::max();
    timed_out_ = false;
  }
  bool timed_out() const { return timed_out_; }

  // The same for a second coroutine, which waits until something can be written.
  Signal::Awaiter WriteEvent() { return write_event_.Wait(); }
  void WakeWriter() {
    if (write_event_.waiting()) write_event_.Notify();
  }
  void SetWriteDeadline(TimePoint deadline);
  void ClearWriteDeadline() {
    write_deadline_ = TimePoint::max();
    write_timed_out_ = false;
  }
  bool write_timed_out() const { return write_timed_out_; }

  // Ends our side, with close_notify where there is TLS. What is still read after it is not deciphered.
  void ShutdownSend();
  // From now on everything fails; waiters wake.
  void Abort();
  // Closing will reset the connection, so that the client sees that something is missing.
  void ResetOnClose();

 private:
  void OnEvents(uint32_t events) override;
  static void OnTimer(void* self);
  void ArmFor(TimePoint deadline);
  Outcome Told(tls::Transport::Outcome outcome);
  Outcome Receive(char* data, size_t size, int flags, size_t& bytes);

  Loop& loop_;
  const int descriptor_;
  std::unique_ptr<tls::Transport> tls_;
  Callback on_peer_closed_;
  void* context_;
  bool readable_ = true;  // a new connection often has its first request with it
  bool writable_ = true;
  bool peer_closed_ = false;
  bool failed_ = false;
  bool timed_out_ = false;
  bool write_timed_out_ = false;
  bool cut_off_ = false;  // ResetOnClose
  Signal event_;
  Signal write_event_;
  TimePoint deadline_ = TimePoint::max();
  TimePoint write_deadline_ = TimePoint::max();
  TimePoint armed_for_{};
  Timer timer_;
};

}  // namespace dragoman::http
