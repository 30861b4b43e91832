#pragma once

#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/buffer_pool.h"
#include "base/loop.h"
#include "base/memory_budget.h"
#include "base/task.h"
#include "exchange/exchange.h"
#include "transcoding/status.h"

namespace dragoman::upstream {

// Bytes in front of each gRPC message: compressed flag and length (PROTOCOL-HTTP2, "Length-Prefixed-Message").
inline constexpr size_t kMessagePrefix = 5;

// What opens a call. The views must hold until Backend::Start returns, or where it is `lasting` as long as the call.
struct CallHead {
  std::string_view path;  // "/shop.v1.Catalog/GetItem"
  // Names in lower case, `-bin` values base64; content-type, te, user-agent and grpc-timeout are added here.
  std::span<const Header> metadata;
  TimePoint deadline = TimePoint::max();
  size_t max_reply_bytes = 32u << 20;  // of one message; over it: kResponseTooLarge
  // Asked before more of a reply message is collected than the call's window lets come; until it allows, the backend
  // waits. Outlives the call; null: nobody is asked.
  MemoryShare* memory = nullptr;
  // The views hold as long as the call, and the metadata are known to be fit (CheckMetadata): nothing is copied or
  // checked.
  bool lasting = false;
};

// One gRPC call: a stream of messages each way; unary is the short case. Destroying it cancels what has not ended.
//
// A call is tried again transparently when the server certainly did not process it (REFUSED_STREAM, GOAWAY below its
// stream id, connection lost before it was sent), and never otherwise.
//
// Errors:   kBackendUnavailable (no endpoint connects, connection lost), kOverloaded (queue full), kDeadlineExceeded,
//           kBackendProtocolError, kResponseTooLarge, kInvalidRequest (metadata that gRPC cannot carry), kDraining
//           after Backend::Close, Code::kCancelled after Cancel; whatever status the backend sent (Code, message,
//           details).
// Threads:  the worker's loop only.
class Call {
 public:
  virtual ~Call() = default;

  // Sends one message. `message` holds kMessagePrefix bytes of room in front, which are filled in here. `last`
  // half-closes; an empty buffer does so without a message. Completes when the message may be followed by another one
  // (flow control), not when it has arrived. An error is final: Receive then tells the status. One coroutine may wait
  // in Send while another one waits in Receive.
  virtual Task<Status> Send(BufferPool::Lease message, bool last) = 0;
  // The next reply message without its prefix, valid until the next Receive; nothing at the end of the stream, when
  // status() holds.
  virtual Task<std::optional<std::string_view>> Receive() = 0;

  // The same without waiting: nothing where Receive would have to. Messages that came in one read of the socket are all
  // there.
  virtual std::optional<std::optional<std::string_view>> TryReceive() = 0;

  // The final status; meaningful once Receive returned nothing.
  virtual const Status& status() const = 0;
  // The metadata that the backend sent; names in lower case. Initial metadata from the first Receive on, trailing
  // metadata with the status.
  virtual std::span<const Header> metadata() const = 0;
  virtual std::span<const Header> trailers() const = 0;
  // Ends the call: RST_STREAM CANCEL goes out; a waiting Receive returns nothing with Code::kCancelled.
  virtual void Cancel() = 0;
};

// How many connections of a backend are in which state.
struct Connections {
  uint64_t connecting = 0;  // no SETTINGS yet
  uint64_t ready = 0;       // take calls
  uint64_t draining = 0;    // only end those that they have
};

// How one endpoint of a backend is, on one worker.
struct EndpointState {
  std::string address;       // "10.0.0.7:50051"; of a name that has no address yet as configured
  std::string_view state;    // "idle", "connecting", "ready", "draining", "backing_off", "resolving", "unresolved"
  uint64_t calls = 0;        // under way there
  std::string last_error{};  // "Connection refused": why connecting failed, or a connection was lost, most lately;
                             // empty: it never was
};

// A named group of equal endpoints as one worker sees it: its connections, their balancing and back-off.
class Backend {
 public:
  virtual ~Backend() = default;
  // Never fails at once: what goes wrong is the call's status. `head.deadline` bounds waiting for a connection and in
  // the queue too.
  virtual std::unique_ptr<Call> Start(const CallHead& head) = 0;
  // Ends every call with kDraining and closes the connections; who waits is resumed at the end of the turn. Later calls
  // fail likewise.
  virtual void Close() {}
  // For metrics; from any thread as long as the backend lives.
  virtual Connections connections() const { return {}; }
  // For people. Calls that wait for a connection or a stream, and the endpoints.
  struct State {
    uint64_t waiting = 0;
    std::vector<EndpointState> endpoints = {};
  };
  virtual State state() const { return {}; }
};

}  // namespace dragoman::upstream
