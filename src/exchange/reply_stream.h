#pragma once

#include <optional>
#include <string_view>

#include "base/buffer_pool.h"
#include "base/loop.h"
#include "exchange/exchange.h"

namespace dragoman {

// How several JSON values, or pieces of bytes, make one response body (transcoding/README.md, "Streams").
enum class StreamFormat : uint8_t {
  kLines,   // application/x-ndjson: a value a line
  kEvents,  // text/event-stream: "data: VALUE", events of a name
  kArray,   // application/json: one array
  kRaw,     // bytes of a content type of their own (google.api.HttpBody)
};

// What a client that sent this Accept gets; never kRaw. */* and none: kLines.
StreamFormat StreamFormatOf(std::string_view accept);

// A response that is made of many values as they come: the sink of everything that streams to a client in HTTP's own words.
//
//   ReplyStream reply(exchange, StreamFormat::kLines);
//   reply.SetHead(head);
//   reply.value() …append JSON…; reply.EndValue();      any number, collected
//   co_await reply.Flush();                              what was collected leaves in one write; the first with the head
//   co_await reply.Finish();  or  co_await reply.Fail(error_json);
//
// Nothing leaves before the first Flush with a value, so that an error until then has a status of its own: `begun()` is false.
// While nothing comes for kSilence, the head leaves, and of kEvents a comment again and again.
//
// Threads: the exchange's; one coroutine, but the heartbeat, which takes turns with it.
class ReplyStream {
 public:
  static constexpr Duration kSilence = std::chrono::seconds(15);
  static constexpr size_t kCollectBytes = 64 << 10;  // more should not be collected before a Flush
};

}  // namespace dragoman
