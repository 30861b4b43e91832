#pragma once

#include <span>
#include <string_view>
#include <utility>

#include "base/buffer_pool.h"
#include "rpc/metadata.h"
#include "rpc/outgoing_call.h"

namespace dragoman::rpc {

// What becomes of the client's own `authorization`.
MetadataRules::Credentials CredentialsFor(const auth::Access& access);

// What goes upstream with a call for the sake of `exchange`, but for the gateway's own credentials. `texts` holds what
// had to be spelled. Errors: kInvalidRequest, as MetadataRules::Collect.
Status CollectMetadata(const Outbound& outbound, const Exchange& exchange, const Rules& rules,
                       const auth::Identity& identity, Metadata& metadata, BufferPool::Lease& texts);

// One unary call of an RPC as every caller makes it: one message there, one back.
//
// Lifetime: what it refers to outlives Run; metadata() and trailers() hold as long as it does.   Threads: its loop's.
class UnaryCall {
 public:
  // As OutgoingCall.
  UnaryCall(const Outbound& outbound, Loop& loop, Exchange* exchange) : call_(outbound, loop, exchange) {}

  struct Request {
    Target target;
    BufferPool::Lease message;  // with upstream::kMessagePrefix bytes of room in front
  };

  // Calls. `take(std::string_view) → Status`, which outlives the task, gets the reply, whose bytes are lent only
  // meanwhile: before the call's status is known, since nearly every call that has a reply ends OK. The request must
  // have a name: gcc 12 destroys what is made in braces within a co_await twice, and its message with it.
  //
  // Errors: those of OutgoingCall::Begin, and of upstream::Call; kBackendProtocolError for anything but one reply with
  // OK; what `take` says, where the call itself ended OK.
  template <typename Take>
  Task<Status> Run(Request request, Take& take) {
    return Run(
        std::move(request),
        Taker{[](void* context, std::string_view reply) { return (*static_cast<Take*>(context))(reply); }, &take});
  }

  // Of one without an exchange; as OutgoingCall.
  void Cancel() { call_.Cancel(); }

  // As OutgoingCall.
  std::span<const Header> metadata() const { return call_.metadata(); }
  std::span<const Header> trailers() const { return call_.trailers(); }
  Duration waited() const { return call_.waited(); }
  bool begun() const { return call_.begun(); }

 private:
  struct Taker {
    Status (*function)(void* context, std::string_view reply);
    void* context;
  };
  Task<Status> Run(Request request, Taker take);

  OutgoingCall call_;
};

// How a call ended that has one reply, by how it ended upstream and what came: kBackendProtocolError for anything but
// one with OK.
Status EndOfOneReply(const Status& ended, size_t replies);

}  // namespace dragoman::rpc
