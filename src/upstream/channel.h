#pragma once

#include <nghttp2/nghttp2.h>
#include <sys/socket.h>

#include <boost/intrusive/list.hpp>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/loop.h"
#include "base/poller.h"
#include "base/wake_list.h"
#include "tls/transport.h"
#include "transcoding/buffer.h"
#include "upstream/backend.h"
#include "upstream/request_metadata.h"

namespace dragoman::upstream {

class Channel;

// Why a stream is over.
struct StreamEnd {
  enum class How {
    kDone,         // both sides ended it
    kReset,        // the backend reset it, with `http2_code`
    kBroken,       // the backend broke HTTP/2; `why` says how
    kLost,         // the connection is gone; `why` says how
    kUnprocessed,  // the backend certainly did nothing for it: it was never sent, was refused, or lies behind a GOAWAY
  };
  How how;
  uint32_t http2_code;
  std::string_view why;       // "Connection reset by peer"
  std::string_view endpoint;  // "127.0.0.1:50051"
};

// One HTTP/2 stream as its user sees it. Calls come from inside nghttp2: they must not resume coroutines, but wake them
// through the WakeList.
class Stream : public AutoUnlink {
 public:
  // One header or trailer.
  virtual void OnHeader(std::string_view name, std::string_view value) = 0;
  // All headers, or all trailers, have come.
  virtual void OnHeadersEnd(bool end_of_stream) = 0;
  virtual void OnData(std::string_view bytes) = 0;
  // The backend has ended its side.
  virtual void OnEnd() = 0;
  // The stream is over and detached from its channel.
  virtual void OnClose(const StreamEnd& end) = 0;
  // What there is to send: bytes (at most `most`), and whether they end our side. Zero bytes that do not end it:
  // nothing yet.
  struct Ready {
    size_t bytes;
    bool last;
  };
  virtual Ready ReadyBytes(size_t most) = 0;
  virtual void TakeBytes(size_t count, Buffer& out) = 0;

  Channel* channel() const { return channel_; }

 protected:
  Stream() = default;
  virtual ~Stream();  // resets it with CANCEL

 private:
  friend class Channel;
  friend struct SessionCallbacks;
  static constexpr uint64_t kNotPacked = UINT64_MAX;

  Channel* channel_ = nullptr;
  int32_t id_ = 0;
  bool deferred_ = false;  // nghttp2 waits for data
  bool reset_by_backend_ = false;
  uint64_t head_at_ = kNotPacked;  // bytes of the connection before its HEADERS
};

// One HTTP/2 connection to one endpoint, on one worker, in plain text or by TLS. It moves frames and knows no gRPC.
//
// All frames of one turn of the loop leave in one write. The connection's window is open whatever the readers do (a
// slow call must not stop the others); a stream's window opens as its user consumes.
//
// It is ready when the backend's SETTINGS have come; until then no call is given to it, so that one that could not be
// sent may go elsewhere.
class Channel final : private Poller::Watcher {
 public:
  // Told what becomes of the channel, from inside nghttp2 too. The owner must not destroy it from there.
  class Owner {
   public:
    virtual void OnReady(Channel& channel) = 0;
    virtual void OnRoom(Channel& channel) = 0;      // a stream more may be opened
    virtual void OnDraining(Channel& channel) = 0;  // takes no more calls (GOAWAY, stream ids); those it has go on
    // Gone, `why` for texts: "Connection refused". Its streams are told afterwards.
    virtual void OnClosed(Channel& channel, std::string_view why) = 0;

   protected:
    ~Owner() = default;
  };

  Channel(Loop& loop, std::shared_ptr<WakeList> wakes, const BackendOptions& options, std::string endpoint,
          Owner& owner);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // Begins to connect, by TLS unless `tls` is null, to a server whose certificate is for `server`; the outcome is told to
  // the owner, but for what fails at once: that is returned as errno, 0 if nothing did.
  int Connect(const sockaddr* address, socklen_t size, std::shared_ptr<const tls::ClientContext> tls,
              std::string_view server);

  bool ready() const { return state_ == State::kReady; }
  bool was_ready() const { return was_ready_; }
  bool tls_failed() const { return tls_failed_; }  // before it was ready
  bool may_want_tls() const { return may_want_tls_; }  // it has answered plain text with anything but HTTP/2, or not at all
  uint32_t open_streams() const { return open_; }
  const std::string& endpoint() const { return endpoint_; }
  bool has_room() const { return ready() && open_ < limit_; }
  std::string_view scheme() const { return tls_ ? "https" : "http"; }

  SentValues& sent_values() { return sent_values_; }

  // Sends the request's head; what Stream::ReadyBytes has follows. Only while has_room().
  void Open(Stream& stream, std::span<const nghttp2_nv> head);
  // More is ready to be sent.
  void Resume(Stream& stream);
  // The stream's user has taken so many bytes of OnData.
  void Consume(Stream& stream, size_t bytes);
  // How much the backend may send of its reply, as far as it knows.
  size_t WindowOf(const Stream& stream) const;
  // Resets and detaches; nothing more is told.
  void Reset(Stream& stream, uint32_t http2_code);
  // No more calls; closes when the last one ends. Only a channel that is ready drains.
  void Drain();
  // Resets all that is open (nothing is told), says GOAWAY and closes. The owner is not told.
  void Close();

 private:
  enum class State { kConnecting, kTls, kHandshake, kReady, kDraining, kClosed };
  friend struct SessionCallbacks;

  void OnEvents(uint32_t events) override;
  void OnConnected();
  void ShakeHands();
  void StartSession();
  void Read();
  bool Receive(char* buffer, size_t& count);
  // Packs what is due and writes it.
  void Flush();
  bool WriteDue();
  bool Pack(Buffer& batch);
  bool Write(std::string_view bytes);
  bool WriteTls(std::string_view bytes);
  void ScheduleFlush();
  bool EndsSession() const;
  void EndIfOver();
  void Fail(StreamEnd::How how, std::string_view why);
  void CloseSocket();

  // nghttp2's side (session_callbacks.cc).
  void OnFrame(const nghttp2_frame& frame);
  void OnInvalidFrame(const nghttp2_frame& frame, int error);
  void OnStreamClose(int32_t id, uint32_t error_code);
  void OnSettings();
  Stream* Find(int32_t id) const;

  Loop& loop_;
  std::shared_ptr<WakeList> wakes_;
  const BackendOptions& options_;
  const std::string endpoint_;  // for texts
  Owner& owner_;
  Timer connect_timer_;
  nghttp2_session* session_ = nullptr;
  State state_ = State::kConnecting;
  int socket_ = -1;
  std::unique_ptr<tls::Transport> tls_;  // null: plain text
  uint32_t open_ = 0;    // streams
  uint32_t limit_ = 0;   // streams
  uint64_t opened_ = 0;  // streams, ever
  bool was_ready_ = false;
  bool tls_failed_ = false;
  bool may_want_tls_ = false;
  bool flush_scheduled_ = false;
  bool write_blocked_ = false;
  bool ending_ = false;      // the backend closes: what it said may be followed by the end at once
  bool read_again_ = false;  // there may be more to read
  size_t unconsumed_ = 0;    // bytes of DATA in this read
  uint64_t packed_ = 0;      // bytes of the connection, ever, but for the batch at hand
  uint64_t written_ = 0;     // of those, what the kernel has taken
  Buffer* batch_ = nullptr;  // while nghttp2 packs
  Buffer pending_;           // packed, but the socket was full
  SentValues sent_values_;
  std::string error_text_;   // nghttp2's last complaint about a header
  std::string last_word_;    // why we said GOAWAY: how the backend broke HTTP/2
  intrusive::list<Stream, intrusive::constant_time_size<false>> streams_;
};

}  // namespace dragoman::upstream
