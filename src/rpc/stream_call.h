#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "rpc/unary_call.h"

namespace dragoman::rpc {

// One call of an RPC that streams, either way or both, as every caller makes it: the backend's credentials, the caps in
// front of it, then messages. UnaryCall is the short case of it.
//
//   StreamCall call(outbound, exchange.loop(), &exchange);
//   Status no = co_await call.Open(request);         // credentials, caps, the call; OK says nothing of the backend yet
//   co_await call.Send(message, false);              // while another coroutine does
//   while (auto reply = co_await call.Receive()) …
//   Status outcome = call.End();                     // what it ended with
//
// Lifetime: what the request refers to outlives it; metadata() and trailers() hold as long as it does.
// Threads: its loop's; one coroutine sends while one receives.
class StreamCall {
 public:
  // `exchange`: whose client may go away, which cancels the call; it has the exchange's WatchCancel meanwhile. Null:
  // Cancel does.
  StreamCall(const Outbound& outbound, Loop& loop, Exchange* exchange);
  ~StreamCall();
  StreamCall(const StreamCall&) = delete;
  StreamCall& operator=(const StreamCall&) = delete;

  struct Request {
    std::string_view path;  // "/shop.v1.Catalog/WatchItems"
    size_t backend = 0;
    const concurrency::RpcGates& gates;
    concurrency::Who who;
    std::span<const Header> metadata;  // as CollectMetadata makes them; the views hold as long as the StreamCall
    TimePoint deadline;                // TimePoint::max(): none
  };

  // Errors: those of ShownCredentials and of the caps.
  Task<Status> Open(const Request& request);
  // As upstream::Call.
  Task<Status> Send(BufferPool::Lease message, bool last);
  Task<std::optional<std::string_view>> Receive();
  std::optional<std::optional<std::string_view>> TryReceive();
  void Cancel();
  // How the call ended, once Receive has given nothing; releases the caps. Errors: those of upstream::Call.
  Status End();

  std::span<const Header> metadata() const;
  std::span<const Header> trailers() const;
  bool begun() const;  // it reached a backend, or may have
};

}  // namespace dragoman::rpc
