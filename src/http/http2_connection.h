#pragma once

#include <nghttp2/nghttp2.h>

#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/memory_budget.h"
#include "base/task.h"
#include "base/wake_list.h"
#include "http/connection.h"
#include "http/flood_guard.h"
#include "http/http2_exchange.h"
#include "transcoding/buffer.h"

namespace dragoman::http {

// HTTP/2 on a connection: an nghttp2 session, and an exchange for each of its streams, all served at once, as many as
// limits.max_concurrent_streams; streams that were reset count until their handlers have returned.
//
// All frames of one turn of the loop leave in one write. The connection's window is open whatever the handlers do (a
// slow exchange must not stop the others); a stream's window, of kStreamWindow, opens as its handler reads. While the
// socket is full nothing more is packed.
//
// What its streams hold together has a bound: of bodies beyond the window that each stream has, as much as four of
// max_body_bytes and what one of them may add; of replies, as much as two of max_response_bytes, before which no call
// collects more of a message than its own window (Exchange::reply_memory). Over it windows stay shut, but for the oldest
// stream that waits, which comes to its end and makes room.
//
// It ends with GOAWAY: when its client has done with it or leaves, when idle_timeout passes without a stream, when the
// client breaks the protocol or floods it, when the worker drains. It drains in two steps (RFC 9113 section 6.8):
// GOAWAY for no stream in particular, and when a PING has been answered, so that what was on its way is here, GOAWAY
// with the last stream that is served.
//
// Time-outs: header_timeout for the preface and for a head from its first byte; body_timeout, see Http2Exchange;
// idle_timeout for a client that takes nothing of a reply (its stream is reset, or, where the socket is full, the
// connection cut), and for silence while streams are open, behind which a PING must be answered within header_timeout.
//
// Threads: its loop's. What nghttp2 tells never resumes a coroutine before nghttp2 is off the stack.
class Http2Connection {
 public:
  static constexpr int32_t kConnectionWindow = 16 << 20;  // bytes
  static constexpr int32_t kStreamWindow = 64 << 10;
  static constexpr int32_t kWideStreamWindow = 1 << 20;  // of a body that is read as a whole

  explicit Http2Connection(Connection& connection);
  ~Http2Connection();
  Http2Connection(const Http2Connection&) = delete;
  Http2Connection& operator=(const Http2Connection&) = delete;

  // `first`: what has come already.
  void Start(std::string_view first);
  void Drain();
  // Cancels all exchanges; the socket is cut by whoever calls it.
  void Abort();

  // For its exchanges.
  ConnectionHost& host() const { return connection_.host(); }
  const Peer& peer() const { return connection_.peer(); }
  std::string_view scheme() const { return connection_.io().scheme(); }
  void Wake(Waiter& waiter) { wakes_->Add(waiter); }
  void SubmitContinue(Http2Exchange& exchange);
  // A head, which what OnPack has follows unless it `ends` the stream.
  void SubmitHead(Http2Exchange& exchange, std::span<const nghttp2_nv> fields, bool ends);
  // OnPack has something.
  void SendMore(Http2Exchange& exchange);
  // A PING follows what has been written, and when it is answered RST_STREAM INTERNAL_ERROR: a reset that comes with
  // DATA may take it from the client.
  void AskWhetherRead(Http2Exchange& exchange);
  // Nothing more is told to the exchange.
  void Reset(Http2Exchange& exchange, uint32_t http2_code);
  // So many bytes of its body have been read: the client may send as many more.
  void Consume(Http2Exchange& exchange, size_t bytes);
  // It is going to be read as a whole: the window becomes so wide.
  void OpenWide(Http2Exchange& exchange, int32_t window);
  // How much of it the client may still send.
  uint64_t WindowOf(const Http2Exchange& exchange) const;
  MemoryBudget& bodies() { return bodies_; }
  MemoryBudget& replies() { return replies_; }
  // Something is due then at the latest.
  void Watch(TimePoint deadline);

 private:
  friend struct Http2Callbacks;
  template <auto kHook>
  using ListBy = intrusive::list<Http2Exchange, intrusive::member_hook<Http2Exchange, Http2Exchange::Hook, kHook>,
                                 intrusive::constant_time_size<false>>;

  bool StartSession();
  Task<void> Run(std::string_view first);
  Task<void> Serve(Http2Exchange* exchange);
  void Read();
  void Feed(std::string_view bytes);
  void Settle();
  void ScheduleFlush();
  void Flush();
  void WriteDue();
  bool WritePending();
  bool Write(std::string_view bytes, size_t& written);
  void NoteStalls();
  void EndWithoutData(Http2Exchange& exchange);
  void OnDeadline();
  void CheckExchanges(TimePoint now);
  void CheckSilence(TimePoint now);
  void Misbehaved(Misconduct how, uint32_t http2_code, std::string_view text);
  void Record(Misconduct how, std::string_view text);
  void TellDraining();
  void SayFarewell();
  void Leave(Http2Exchange& exchange);
  void Discard(Http2Exchange& exchange);
  void Cut();
  void Finish(Connection::Ending ending);
  bool SessionIsOver() const {
    return nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0;
  }

  // nghttp2's side.
  Http2Exchange* Find(int32_t id) const;
  void OnBeginFrame(const nghttp2_frame_hd& head);
  int OnBeginHeaders(const nghttp2_frame& frame);
  int OnField(int32_t id, std::string_view name, std::string_view value);
  void OnFrame(const nghttp2_frame& frame);
  void OnHead(Http2Exchange& exchange);
  void OnPingAnswered(const uint8_t* payload);
  void CountReset();
  void OnInvalidFrame(const nghttp2_frame& frame);
  void OnFrameSent(const nghttp2_frame& frame);
  void OnFrameNotSent(const nghttp2_frame& frame);
  void OnStreamClose(int32_t id);

  Connection& connection_;
  ConnectionIo& io_;
  std::shared_ptr<WakeList> wakes_;
  nghttp2_session* session_ = nullptr;
  FloodGuard floods_;
  MemoryBudget bodies_;   // what clients have sent, or may send, and no exchange has done with
  MemoryBudget replies_;  // what they have not taken
  ListBy<&Http2Exchange::live_hook_> live_;
  ListBy<&Http2Exchange::due_hook_> due_;
  ListBy<&Http2Exchange::writing_hook_> writing_;
  size_t exchanges_ = 0;                   // whose handlers have not returned, or that will be served
  size_t served_ = 0;                      // coroutines of exchanges
  Buffer pending_;                         // packed, but the socket was full
  size_t pending_at_ = 0;                  // what of it has left
  Buffer* batch_ = nullptr;                // while nghttp2 packs
  size_t unconsumed_ = 0;                  // bytes of DATA in this read
  int continuations_ = 0;                  // of the header block at hand
  Http2Exchange* reading_head_ = nullptr;  // whose head, or trailers, have begun
  size_t resets_counted_ = 0;              // that are counted before they are sent
  bool flush_scheduled_ = false;
  bool blocked_ = false;  // the socket is full
  bool settings_came_ = false;
  bool draining_ = false;
  bool over_ = false;
  Connection::Ending ending_ = Connection::Ending::kLinger;
  std::optional<Misconduct> misconduct_;
  TimePoint watched_ = TimePoint::max();         // the deadline that is set
  TimePoint head_deadline_;                      // of the preface, or of the head that has begun
  TimePoint stall_deadline_ = TimePoint::max();  // of a full socket
  TimePoint drain_deadline_ = TimePoint::max();  // of the answer to the PING behind the first GOAWAY
  TimePoint ping_deadline_ = TimePoint::max();   // of the answer to a PING into silence
  TimePoint idle_since_;                         // without a stream
  TimePoint last_sign_;  // of the client's life: it has sent something, or taken what the socket was full of
};

}  // namespace dragoman::http
