#pragma once

#include <boost/container/small_vector.hpp>
#include <boost/intrusive/list.hpp>

#include "base/block_pool.h"
#include "base/buffer_pool.h"
#include "base/wake_list.h"
#include "exchange/header_block.h"
#include "upstream/call.h"
#include "upstream/channel.h"
#include "upstream/grpc_frame.h"
#include "upstream/grpc_status.h"

namespace dragoman::upstream {

class Cluster;

// A gRPC call over whichever channel its backend gives it: first waiting, then open on a stream, then ended; back to
// waiting where it may be tried again.
//
// What was sent is kept for another attempt until the backend's headers come: a unary call's message always, of a
// stream of messages at most kReplayBytes.
class ClientCall final : public Call, private Stream {
 public:
  static constexpr int kMaxAttempts = 4;
  static constexpr size_t kReplayBytes = 64 << 10;     // kept of several messages
  static constexpr size_t kReplayMessages = 256;       // likewise: each has a buffer, however small it is
  static constexpr size_t kSendAheadBytes = 64 << 10;  // of messages that are not on their way yet, before Send waits
  static constexpr size_t kSendAheadMessages = 256;    // likewise
  static constexpr size_t kWorthCompressing = 1 << 10;  // bytes of a message, where the backend gets them compressed
  static constexpr size_t kMaxRequestMetadata = 32 << 10;  // bytes as HTTP/2 counts

  using Hook = intrusive::list_member_hook<intrusive::link_mode<intrusive::auto_unlink>>;

  ClientCall(Cluster& cluster, const CallHead& head);
  ~ClientCall() override;
  static void* operator new(size_t size) { return BlockPool::Take(size); }
  static void operator delete(void* storage, size_t size) { BlockPool::GiveBack(storage, size); }

  Task<Status> Send(BufferPool::Lease message, bool last) override;
  Task<std::optional<std::string_view>> Receive() override;
  std::optional<std::optional<std::string_view>> TryReceive() override;
  const Status& status() const override { return status_; }
  std::span<const Header> metadata() const override { return reply_metadata_.entries().first(initial_count_); }
  std::span<const Header> trailers() const override { return reply_metadata_.entries().subspan(initial_count_); }
  void Cancel() override;

  // For the cluster: puts the call on a channel that has room.
  void Open(Channel& channel, const std::string& authority);
  // Ends the call; a stream that is open is reset. Without effect on one that has ended.
  void Fail(Status status);
  bool ended() const { return state_ == State::kEnded; }
  TimePoint started() const { return started_; }
  int attempts() const { return attempts_; }
  // Why it waits, for the deadline's text.
  enum class WaitsFor { kConnection, kStream };
  void WaitFor(WaitsFor what) { waits_for_ = what; }
  // The cluster goes away.
  void Detach() { cluster_ = nullptr; }

  Hook call_hook;   // in Cluster's list of all calls
  Hook queue_hook;  // in Cluster's queue

 private:
  enum class State { kWaiting, kOpen, kEnded };

  // Stream
  void OnHeader(std::string_view name, std::string_view value) override;
  void OnHeadersEnd(bool end_of_stream) override;
  void OnData(std::string_view bytes) override;
  void OnEnd() override;
  void OnClose(const StreamEnd& end) override;
  Ready ReadyBytes(size_t most) override;
  void TakeBytes(size_t count, Buffer& out) override;

  Status Prepare(const CallHead& head);
  Status Keep(const CallHead& head);  // of one that is not lasting: checks and copies
  void End(Status status);
  bool DeadlineIsDue() const;  // for a backend, whose clock is not ours
  void OnDeadline();
  void FailReply(MessageReader::Outcome outcome);
  void FailReply(Status status);
  Status TooLarge() const;
  // What a gzipped message stands for; nothing, and the call has failed, if it is none or too much.
  std::optional<std::string_view> Decode(std::string_view message);
  bool TryAgain();
  void ForgetSent();
  void ConsumeUpTo(size_t bytes);
  void AskForMore();
  Status SendError() const;
  bool far_ahead() const {
    return unsent_ > kSendAheadBytes || messages_.size() - next_message_ > kSendAheadMessages;
  }
  std::string Who() const;
  std::string WhoAt(const StreamEnd& end) const;  // `backend "shop": `, for operators with the endpoint

  Cluster* cluster_;
  std::shared_ptr<WakeList> wakes_;
  State state_ = State::kWaiting;
  WaitsFor waits_for_ = WaitsFor::kConnection;
  int attempts_ = 0;
  const TimePoint started_;
  const TimePoint deadline_;
  Timer timer_;

  std::string_view path_;
  std::span<const Header> metadata_;   // the caller's
  std::optional<HeaderBlock> kept_;  // what the two are views of, where the head is not lasting: the path under an
                                       // empty name, then the metadata
  boost::container::small_vector<BufferPool::Lease, 1>
      messages_;  // sent, kept for another attempt; then those to be sent
  size_t next_message_ = 0;
  size_t next_byte_ = 0;
  size_t unsent_ = 0;         // bytes of the messages from there on
  bool last_queued_ = false;  // no more messages will come
  bool sent_end_ = false;     // nghttp2 has been told so
  bool replayable_ = true;

  bool head_complete_ = false;  // the backend's headers have come: it works on the call
  bool answers_ = false;        // and they were not its end
  HeaderBlock reply_metadata_;
  size_t initial_count_ = 0;
  size_t header_bytes_ = 0;
  ReplyStatus reply_;
  const size_t max_reply_bytes_;
  MessageReader reader_;
  BufferPool::Lease decoded_{Buffer()};  // of the message that was taken last, if it was compressed
  size_t unconsumed_ = 0;  // bytes of DATA that nobody has asked for
  size_t consumed_ = 0;    // bytes that were asked for, but the window is not open again
  MemoryShare* const memory_;  // null: nobody bounds what is collected but max_reply_bytes_
  bool discard_ = false;   // what has come is not wanted any more
  Status status_;

  Waiter readable_;
  Waiter writable_;
};

}  // namespace dragoman::upstream
