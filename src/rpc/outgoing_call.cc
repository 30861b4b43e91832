#include "rpc/outgoing_call.h"

#include <algorithm>
#include <utility>

namespace dragoman::rpc {

using CopiedMetadata = boost::container::small_vector<Header, 1>;

OutgoingCall::~OutgoingCall() {
  if (call_ && exchange_ != nullptr) exchange_->WatchCancel(nullptr, nullptr);
}

std::optional<Status> OutgoingCall::TryBegin(const Target& target) {
  CopiedMetadata copied;
  auth::ShownCredentials::Metadata* const shown = MetadataToShow(target, copied);
  if (shown != nullptr) {
    std::optional<Status> attached = credentials_->TryAttach(*shown, loop_.now());
    if (!attached || !attached->ok()) return attached;
  }
  if (!target.gates.empty()) {
    std::optional<Result<concurrency::Permit>> entered = target.gates.TryEnter(target.who, loop_);
    if (!entered) return std::nullopt;
    if (!*entered) return std::move(entered->error());
    permit_ = std::move(**entered);
  }
  return Start(target, shown);
}

Task<Status> OutgoingCall::Begin(const Target& target) {
  CopiedMetadata copied;
  auth::ShownCredentials::Metadata* const shown = MetadataToShow(target, copied);
  if (shown != nullptr) {
    if (Status no = co_await Show(*shown, target.deadline); !no.ok()) co_return no;
  }
  std::optional<Result<concurrency::Permit>> entered = target.gates.TryEnter(target.who, loop_);
  const bool waits = !entered;
  if (waits) {
    Cancellation* const giving_up = exchange_ != nullptr ? exchange_ : &given_up_;
    entered = co_await target.gates.Enter(loop_, target.who, target.deadline, giving_up);
  }
  if (!*entered) co_return std::move(entered->error());
  permit_ = std::move(**entered);
  if (waits && shown != nullptr) {  // they may have been renewed meanwhile
    if (Status no = co_await Show(*shown, target.deadline); !no.ok()) co_return no;
  }
  co_return Start(target, shown);
}

auth::ShownCredentials::Metadata* OutgoingCall::MetadataToShow(const Target& target, CopiedMetadata& copied) {
  credentials_ = outbound_.credentials[target.backend].get();
  if (credentials_->empty()) return nullptr;
  if (target.own != nullptr) return target.own;
  copied.assign(target.metadata.begin(), target.metadata.end());
  return &copied;
}

Task<Status> OutgoingCall::Show(auth::ShownCredentials::Metadata& metadata, TimePoint deadline) {
  std::optional<Status> attached = credentials_->TryAttach(metadata, loop_.now());
  if (!attached) attached = co_await credentials_->Attach(metadata, deadline);
  co_return *std::move(attached);
}

Status OutgoingCall::Start(const Target& target, const auth::ShownCredentials::Metadata* shown) {
  if (given_up_.cancelled()) return Status(Code::kCancelled, "the call was cancelled");
  upstream::CallHead head{.path = target.path,
                          .metadata = target.metadata,
                          .deadline = target.deadline,
                          .max_reply_bytes = outbound_.max_reply_bytes,
                          .memory = exchange_ != nullptr ? exchange_->reply_memory() : nullptr,
                          .lasting = true};
  if (shown != nullptr) {
    head.metadata = {shown->data(), shown->size()};
    head.lasting = false;
  }
  asked_ = Clock::now();
  call_ = outbound_.backends[target.backend]->Start(head);
  if (exchange_ != nullptr) {
    exchange_->WatchCancel([](void* call) { static_cast<upstream::Call*>(call)->Cancel(); }, call_.get());
  }
  return {};
}

const Status& OutgoingCall::End() {
  permit_.Release();
  waited_ = std::max(Duration::zero(), loop_.now() - asked_);
  if (call_->status().code() == Code::kUnauthenticated) credentials_->OnUnauthenticated();
  return call_->status();
}

void OutgoingCall::Cancel() {
  if (call_) return call_->Cancel();
  given_up_.NotifyCancel();
}

}  // namespace dragoman::rpc
