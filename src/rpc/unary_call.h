#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "auth/shown_credentials.h"
#include "base/buffer_pool.h"
#include "rpc/metadata.h"
#include "rpc/rules.h"
#include "upstream/call.h"

namespace dragoman::rpc {

// What a worker needs to call RPCs. All of it outlives the calls.
struct Outbound {
  const MetadataRules& metadata;
  // In the order of the configuration, as Rpc::backend counts them.
  std::span<const std::unique_ptr<upstream::Backend>> backends;
  std::span<const std::unique_ptr<auth::ShownCredentials>> credentials;
  size_t max_reply_bytes = 32u << 20;
};

// What goes upstream with a call for the sake of `exchange`, but for the gateway's own credentials. `texts` holds what
// had to be spelled. Errors: kInvalidRequest, as MetadataRules::Collect.
Status CollectMetadata(const Outbound& outbound, const Exchange& exchange, const Rules& rules,
                       const auth::Identity& identity, Metadata& metadata, BufferPool::Lease& texts);

// One unary call of an RPC as every caller makes it: the backend's credentials, the caps in front of it, one message
// there, one back.
//
// Lifetime: what it refers to outlives Run; metadata() and trailers() hold as long as it does.   Threads: its loop's.
class UnaryCall {
 public:
  // `exchange`: whose client may go away, which cancels the call; it has the exchange's WatchCancel meanwhile. Null:
  // Cancel does.
  UnaryCall(const Outbound& outbound, Loop& loop, Exchange* exchange)
      : outbound_(outbound), loop_(loop), exchange_(exchange) {}
  ~UnaryCall();
  UnaryCall(const UnaryCall&) = delete;
  UnaryCall& operator=(const UnaryCall&) = delete;

  struct Request {
    std::string_view path;  // "/shop.v1.Catalog/GetItem"
    size_t backend = 0;
    const concurrency::RpcGates& gates;
    concurrency::Who who;
    std::span<const Header> metadata;  // as CollectMetadata makes them; the views hold as long as the UnaryCall
    Metadata* own = nullptr;  // the same, if the backend's credentials may be put there; else they are copied for it
    TimePoint deadline;
    BufferPool::Lease message;  // with upstream::kMessagePrefix bytes of room in front
  };

  // Calls. `take(std::string_view) → Status`, which outlives the task, gets the reply, whose bytes are lent only
  // meanwhile: before the call's status is known, since nearly every call that has a reply ends OK. The request must
  // have a name: gcc 12 destroys what is made in braces within a co_await twice, and its message with it.
  //
  // Errors: those of ShownCredentials, of the caps, and of upstream::Call; kBackendProtocolError for anything but one
  // reply with OK; what `take` says, where the call itself ended OK.
  template <typename Take>
  Task<Status> Run(Request request, Take& take) {
    return Run(
        std::move(request),
        Taker{[](void* context, std::string_view reply) { return (*static_cast<Take*>(context))(reply); }, &take});
  }

  // Ends it as soon as it may, with Code::kCancelled, in front of a cap too; before it has begun, it never does. Of one
  // without an exchange.
  void Cancel();

  // What the backend sent; empty until it was called.
  std::span<const Header> metadata() const { return call_ ? call_->metadata() : std::span<const Header>(); }
  std::span<const Header> trailers() const { return call_ ? call_->trailers() : std::span<const Header>(); }
  // How long the backend took, once it has ended.
  Duration waited() const { return waited_; }
  // It reached a backend, or may have.
  bool begun() const { return call_ != nullptr; }

 private:
  struct Taker {
    Status (*function)(void* context, std::string_view reply);
    void* context;
  };
  Task<Status> Run(Request request, Taker take);
  // Puts the backend's credentials into metadata, which then hold until the worker does something else.
  Task<Status> Show(auth::ShownCredentials::Metadata& metadata, TimePoint deadline);
  Status End(size_t replies);

  const Outbound& outbound_;
  Loop& loop_;
  Exchange* const exchange_;
  Cancellation given_up_;  // where there is no exchange
  auth::ShownCredentials* credentials_ = nullptr;
  concurrency::Permit permit_;
  std::unique_ptr<upstream::Call> call_;
  TimePoint asked_{};
  Duration waited_{};
};

}  // namespace dragoman::rpc
