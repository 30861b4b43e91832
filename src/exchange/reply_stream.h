#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/buffer_pool.h"
#include "base/loop.h"
#include "exchange/exchange.h"

namespace dragoman {

// How several JSON values, or pieces of bytes, make one response body (transcoding/README.md, "Streams").
enum class StreamFormat : uint8_t {
  kLines,   // application/x-ndjson: a value a line
  kEvents,  // text/event-stream: "data: VALUE", then "event: end"
  kArray,   // application/json: one array
  kRaw,     // bytes of a content type of their own (google.api.HttpBody)
};

// What a client that sent this Accept gets; never kRaw. The format that it wants most (RFC 9110 section 12.5.1); of equal
// ones one that it names before one that it takes too, then events, lines, an array. Where it takes none of them: kLines,
// as for */* and without an Accept.
StreamFormat StreamFormatOf(std::string_view accept);

// The same, for what is sent in one piece unless the client names a stream: kLines or kEvents, where it wants that at
// least as much as application/json. Nothing: no stream, as for */*.
std::optional<StreamFormat> NamedStreamOf(std::string_view accept);

// A response that is made of many values as they come: the sink of everything that streams to a client in HTTP's own
// words.
//
//   ReplyStream reply(exchange, StreamFormat::kLines, &CompleteHead, this);
//   Buffer& out = reply.BeginValue();  …append JSON without line breaks…  reply.EndValue();     any number, collected
//   co_await reply.Flush();                              what was collected leaves in one write; the first with the head
//   co_await reply.Finish();  or  co_await reply.Fail(error_json);
//
// Nothing leaves before the first Flush with a value, so that an error until then can have a status of its own: see
// Stop. What ends before anything has left is one whole response. While nothing comes for `silence`, the head leaves,
// and of kEvents a comment again and again, so that nobody in between takes the connection for dead.
//
// A response without a body (HEAD, or a status that has none) ends with its head: ended() is true, and whoever makes
// the values may stop.
//
// Errors: Code::kCancelled, when the client is gone; from then on nothing is written.
// Threads: the exchange's loop; one coroutine, and the heartbeat, which takes turns with it.
// Lifetime: ends with Stop, Finish or Fail, before it is destroyed.   Memory: no buffer while nothing is collected.
class ReplyStream {
 public:
  static constexpr Duration kSilence = std::chrono::seconds(15);
  static constexpr size_t kCollectBytes = 64 << 10;  // more should not be collected before a Flush

  // Completes what the response begins with, once, when that is about to leave: status, headers, of kRaw the content
  // type. The views hold until the response has begun.
  using HeadCompleter = void (*)(void* context, ResponseHead& head);

  ReplyStream(Exchange& exchange, StreamFormat format, HeadCompleter complete, void* context,
              Duration silence = kSilence);
  ReplyStream(const ReplyStream&) = delete;
  ReplyStream& operator=(const ReplyStream&) = delete;

  // Where the next value is appended. One that is begun is ended, or taken back: it was no value then.
  Buffer& BeginValue();
  void EndValue();
  void TakeBack();
  // Values have been collected, or have left.
  bool has_values() const { return values_; }
  bool full() const { return out_->size() >= kCollectBytes; }

  // The head has left.
  bool begun() const { return begun_; }
  // All has left that will.
  bool ended() const { return ended_; }
  // Calls `callback` when it has ended without the one that makes the values: by the heartbeat.
  void WatchEnd(void (*callback)(void*), void* context) {
    end_callback_ = callback;
    end_context_ = context;
  }

  Task<Status> Flush();
  // All values have been there.
  Task<Status> Finish();
  // The stream has failed, although values have come: it does not look complete. `error`: JSON without line breaks, which
  // a client of lines or events is told; an array and raw bytes are cut off.
  Task<Status> Fail(std::string_view error);
  // Ends the heartbeat. If nothing has begun then, the exchange may be answered in another way.
  Task<void> Stop();

 private:
  static constexpr std::string_view kComment = ":\n\n";

  void OnSilence();
  Task<void> Beat();
  // With the head, where it has not left.
  Task<Status> Write(std::string_view bytes);
  void CompleteHead();
  Buffer& Collected() {
    if (out_->capacity() == 0) out_ = BufferPool::Borrow();
    return *out_;
  }
  void Release() { out_ = BufferPool::Lease(Buffer()); }

  Exchange& exchange_;
  const StreamFormat format_;
  const HeadCompleter complete_;
  void* const context_;
  const Duration silence_;
  ResponseHead head_;
  BufferPool::Lease out_{Buffer()};
  size_t value_at_ = 0;  // where in out_ the present value begins, with what stands in front of it
  bool values_ = false;
  bool begun_ = false;
  bool ended_ = false;
  bool gone_ = false;  // the client
  bool bodyless_ = false;
  bool flushing_ = false;
  bool beating_ = false;  // the heartbeat writes
  Signal beaten_;         // it has
  Timer heartbeat_;
  TimePoint last_;  // when something left, or it began to wait
  void (*end_callback_)(void*) = nullptr;
  void* end_context_ = nullptr;
};

}  // namespace dragoman
