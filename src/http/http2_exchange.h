#pragma once

#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <string_view>

#include "base/block_pool.h"
#include "base/buffer_pool.h"
#include "base/ids.h"
#include "base/wake_list.h"
#include "exchange/exchange.h"
#include "http/http2_head.h"

namespace dragoman::http {

class Http2Connection;

// One request of an HTTP/2 connection and its response: a stream. Made when its head begins; served by a coroutine of
// its own; lives until that ends, whatever becomes of the stream.
//
// What comes of the body before anybody reads is kept, as much as the stream's window lets the client send; reading
// opens the window again, as long as the connection's streams do not hold too much of bodies together (Http2Connection):
// until then the client is held back, and no time-out runs. What is written stays where it is until it is packed into the connection's next write: a
// write completes when the client's windows have let all of it go there.
//
// Threads: its connection's loop.
class Http2Exchange final : public Exchange {
 public:
  static constexpr uint64_t kPieceBytes = 64 << 10;  // for which the client has body_timeout
  static constexpr size_t kMaxTrailerBytes = 8 << 10;

  Http2Exchange(Http2Connection& connection, int32_t id);
  ~Http2Exchange() override = default;
  static void* operator new(size_t size) { return BlockPool::Take(size); }
  static void operator delete(void* storage, size_t size) { BlockPool::GiveBack(storage, size); }

  bool bodyless() const override { return ended_ && received_ == 0; }
  Task<Result<Buffer*>> ReadBody() override;
  Task<Result<std::string_view>> ReadBodyPiece(Patience patience) override;
  uint64_t request_bytes() const override { return received_; }
  Duration client_time() const override { return read_wait_ + write_wait_; }
  Task<Status> Reply(const ResponseHead& head, std::string_view body) override;
  Task<Status> BeginReply(const ResponseHead& head, std::string_view first) override;
  Task<Status> WriteReply(std::string_view bytes) override;
  Task<Status> FinishReply(std::string_view rest) override;
  void AbortReply() override;
  MemoryShare* reply_memory() override { return &reply_memory_; }
  bool offers_upgrade(std::string_view) const override { return false; }
  void TakeOver() override {}

 private:
  friend class Http2Connection;
  friend struct Http2Callbacks;
  using Hook = intrusive::list_member_hook<intrusive::link_mode<intrusive::auto_unlink>>;
  enum class Awaits : uint8_t { kNothing, kPiece, kWhole };

  // What the connection tells.
  void OnField(std::string_view name, std::string_view value);
  void OnHead();
  void OnData(std::string_view bytes);
  void OnEnd();
  void OnHeadSent(bool ends);
  size_t OnPack(size_t most, bool& last);  // bytes that may go; zero and not `last`: none yet
  void OnPacked(size_t bytes);
  // The stream is over: what waits returns. True if the client goes without what it should have had.
  bool OnClose();
  // Tells whoever waits for the client that it is gone, or that the gateway has given it up. May destroy this.
  void Cancel();
  // The gateway is to end. May destroy this.
  void TellDraining();
  // The body does not come in time.
  void OnBodyLate();

  // What `head` and this request come to.
  void Begin(const ResponseHead& head, bool sized, uint64_t content_length);
  // What is left needs no window.
  bool OwesEndAlone() const { return head_sent_ && unsent_.empty() && last_ && !end_sent_ && !end_submitted_; }
  bool AllTaken() const { return head_sent_ && unsent_.empty() && (!last_ || end_sent_); }
  Task<Status> Send(std::string_view bytes, bool last);
  Task<Status> Taken();
  void AskForBody();
  // After a reply that came before the end of the request, or was aborted: until the client has ended its side, or has
  // read what was written, or the stream is over.
  Task<void> OutlastRequest();
  Task<void> AwaitBody(Awaits what, Patience patience);
  void TakeWindow();
  bool MayOpenWindow();
  void OnRoom();
  void ExpectBodyIn(Duration patience);
  bool MoreMayCome() const { return refusal_.ok() && !ended_ && open_ && !reply_ended_; }
  void EndReply();

  Http2Connection& connection_;
  const int32_t id_;
  bool head_done_ = false;  // what comes now are trailers
  bool started_serving_ = false;
  bool open_ = true;  // the stream is neither over nor reset by us

  // The request.
  Http2Head fields_;
  Status head_refusal_;
  Status refusal_;  // of the body, once somebody reads it
  RequestId own_request_id_;
  BufferPool::Lease body_{Buffer()};   // what has come and nobody has read yet
  BufferPool::Lease piece_{Buffer()};  // what the last reader was given
  uint64_t received_ = 0;              // bytes of content
  uint64_t allowed_ = 0;               // up to which `patience_` holds
  Duration patience_{};                // that is left of limits.body_timeout
  size_t unconsumed_ = 0;              // bytes for which the window is not open again
  MemoryShare body_memory_;            // what is kept of it, or may come, beyond the window that every stream has
  size_t trailer_bytes_ = 0;
  bool ended_ = false;     // the client has sent all
  bool discards_ = false;  // what still comes
  bool whole_ = false;      // it is read as a whole
  bool held_back_ = false;  // the window is shut, since the connection's streams hold too much
  bool timed_ = false;      // whoever waits, does so for body_timeout
  TimePoint expected_since_{};  // by when `patience_` counts; max: it does not, while the client is held back
  bool continue_pending_ = false;
  bool continue_on_its_way_ = false;  // the next head that leaves is 100 Continue
  Awaits awaits_ = Awaits::kNothing;
  Waiter readable_;
  TimePoint read_deadline_ = TimePoint::max();
  Duration read_wait_{};

  // The response.
  MemoryShare reply_memory_;
  std::string_view unsent_;  // the caller's
  bool last_ = false;        // behind `unsent_` the stream ends
  bool head_sent_ = false;
  bool end_sent_ = false;
  bool end_submitted_ = false;  // without DATA
  bool bodyless_reply_ = false;
  bool deferred_ = false;  // nghttp2 waits to be told of more
  bool aborting_ = false;  // a reset is owed behind what the client has not read yet
  Waiter writable_;
  TimePoint stalled_since_ = TimePoint::max();
  TimePoint write_deadline_ = TimePoint::max();
  Duration write_wait_{};

  Hook live_hook_;     // in the connection's list of all
  Hook due_hook_;      // to be started, or to be cancelled, once nghttp2 is off the stack
  Hook writing_hook_;  // has something that is not packed
};

}  // namespace dragoman::http
