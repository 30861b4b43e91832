#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "auth/shown_credentials.h"
#include "concurrency/admission.h"
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

// Where a call goes, and for whom.
struct Target {
  std::string_view path;  // "/shop.v1.Catalog/GetItem"
  size_t backend = 0;
  const concurrency::RpcGates& gates;
  concurrency::Who who;
  std::span<const Header> metadata;  // as CollectMetadata makes them; the views hold as long as the call
  Metadata* own = nullptr;  // the same, if the backend's credentials may be put there; else they are copied for it
  TimePoint deadline;       // TimePoint::max(): none
};

// What all calls have in common, of whatever kind: the backend's credentials, the caps in front of it, the client whose
// going away cancels it, and what is noticed at its end.
//
//   std::optional<Status> begun = call.TryBegin(target);        // at once, as nearly always
//   if (!begun) begun = co_await call.Begin(target);
//   … call.upstream() …                                         // until its Receive has given nothing
//   const Status& status = call.End();
//
// Lifetime: what the target refers to outlives Begin, its metadata the call.   Threads: its loop's.
class OutgoingCall {
 public:
  // `exchange`: whose client may go away, which cancels the call; it has the exchange's WatchCancel meanwhile. Null:
  // Cancel does.
  OutgoingCall(const Outbound& outbound, Loop& loop, Exchange* exchange)
      : outbound_(outbound), loop_(loop), exchange_(exchange) {}
  ~OutgoingCall();
  OutgoingCall(const OutgoingCall&) = delete;
  OutgoingCall& operator=(const OutgoingCall&) = delete;

  // Begins the call; OK says nothing of the backend yet. Nothing: a token has to be fetched, or a place to become free:
  // Begin waits for it. Errors: those of ShownCredentials and of the caps; Code::kCancelled.
  std::optional<Status> TryBegin(const Target& target);
  Task<Status> Begin(const Target& target);
  // Once Receive has given nothing: leaves the caps. How the call ended.
  const Status& End();
  // Ends it as soon as it may, with Code::kCancelled, in front of a cap too; before it has begun, it never does.
  void Cancel();

  // It reached a backend, or may have.
  bool begun() const { return call_ != nullptr; }
  // Once it has begun.
  upstream::Call& upstream() { return *call_; }
  // What the backend sent; empty until it was called.
  std::span<const Header> metadata() const { return call_ ? call_->metadata() : std::span<const Header>(); }
  std::span<const Header> trailers() const { return call_ ? call_->trailers() : std::span<const Header>(); }
  // How long the backend took, once it has ended.
  Duration waited() const { return waited_; }

 private:
  // The metadata that credentials go to: the target's own, or `copied`. Null: there are none to show.
  auth::ShownCredentials::Metadata* MetadataToShow(const Target& target,
                                                   boost::container::small_vector<Header, 1>& copied);
  Task<Status> Show(auth::ShownCredentials::Metadata& metadata, TimePoint deadline);
  Status Start(const Target& target, const auth::ShownCredentials::Metadata* shown);

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
