#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "base/buffer_pool.h"
#include "rpc/outgoing_call.h"

namespace dragoman::rpc {

// One call of an RPC that streams, either way or both, as every caller makes it.
//
//   StreamCall call(outbound, exchange.loop(), &exchange);
//   Status no = co_await call.Open(target);          // credentials, caps, the call; OK says nothing of the backend yet
//   co_await call.Send(message, false);              // while another coroutine does
//   while (auto reply = co_await call.Receive()) …
//   Status outcome = call.End();                     // what it ended with
//
// Nothing of the backend's is received that nobody asks for: a stream window stops it (src/upstream/README.md), so that
// whoever receives only once the client has taken what came before holds the backend back. Places in the caps are held
// until End.
//
// Lifetime: what the target refers to outlives it; metadata() and trailers() hold as long as it does.
// Threads: its loop's; one coroutine sends while one receives. Both have returned before it is destroyed.
class StreamCall {
 public:
  // As OutgoingCall.
  StreamCall(const Outbound& outbound, Loop& loop, Exchange* exchange) : call_(outbound, loop, exchange) {}

  // As OutgoingCall::TryBegin.
  Task<Status> Open(const Target& target) {
    std::optional<Status> begun = call_.TryBegin(target);
    if (!begun) begun = co_await call_.Begin(target);
    co_return *std::move(begun);
  }
  // As upstream::Call; once it is open.
  Task<Status> Send(BufferPool::Lease message, bool last) { return call_.upstream().Send(std::move(message), last); }
  Task<std::optional<std::string_view>> Receive() { return call_.upstream().Receive(); }
  std::optional<std::optional<std::string_view>> TryReceive() { return call_.upstream().TryReceive(); }
  // The one that receives learns of it as Code::kCancelled, unless the call has ended already.
  void Cancel() { call_.Cancel(); }
  // Once Receive has given nothing, or whatever comes is not wanted: leaves the caps. How the call ended.
  const Status& End() { return call_.End(); }

  std::span<const Header> metadata() const { return call_.metadata(); }
  std::span<const Header> trailers() const { return call_.trailers(); }
  bool begun() const { return call_.begun(); }
  Duration waited() const { return call_.waited(); }

 private:
  OutgoingCall call_;
};

}  // namespace dragoman::rpc
