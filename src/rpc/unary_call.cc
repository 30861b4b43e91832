#include "rpc/unary_call.h"

namespace dragoman::rpc {

Status CollectMetadata(const Outbound& outbound, const Exchange& exchange, const Rules& rules,
                       const auth::Identity& identity, Metadata& metadata, BufferPool::Lease& texts) {
  using Credentials = MetadataRules::Credentials;
  const Credentials credentials = rules.access.forwards_credentials() ? Credentials::kForward : Credentials::kWithhold;
  if (Status no = outbound.metadata.Collect(exchange, credentials, metadata); !no.ok()) return no;
  if (outbound.metadata.tells_identity()) {
    texts = BufferPool::Borrow();
    outbound.metadata.AppendIdentity(identity, *texts, metadata);
  }
  rules.request.Apply(exchange.head().scheme, metadata);
  return {};
}

UnaryCall::~UnaryCall() {
  if (call_ && exchange_ != nullptr) exchange_->WatchCancel(nullptr, nullptr);
}

Task<Status> UnaryCall::Run(Request request, Taker take) {
  upstream::CallHead head{.path = request.path,
                          .metadata = request.metadata,
                          .deadline = request.deadline,
                          .max_reply_bytes = outbound_.max_reply_bytes,
                          .lasting = true};
  credentials_ = outbound_.credentials[request.backend].get();
  boost::container::small_vector<Header, 1> copied;
  auth::ShownCredentials::Metadata* shown = request.own;
  if (!credentials_->empty()) {
    if (shown == nullptr) {
      copied.assign(request.metadata.begin(), request.metadata.end());
      shown = &copied;
    }
    if (Status no = co_await Show(*shown, request.deadline); !no.ok()) co_return no;
  }
  if (!request.gates.empty()) {
    std::optional<Result<concurrency::Permit>> entered = request.gates.TryEnter(request.who, loop_);
    const bool waits = !entered;
    if (waits) {
      Cancellation* const giving_up = exchange_ != nullptr ? exchange_ : &given_up_;
      entered = co_await request.gates.Enter(loop_, request.who, request.deadline, giving_up);
    }
    if (!*entered) co_return std::move(entered->error());
    permit_ = std::move(**entered);
    if (waits && !credentials_->empty()) {  // they may have been renewed meanwhile
      if (Status no = co_await Show(*shown, request.deadline); !no.ok()) co_return no;
    }
  }
  if (given_up_.cancelled()) co_return Status(Code::kCancelled, "the call was cancelled");
  if (!credentials_->empty()) {
    head.metadata = {shown->data(), shown->size()};
    head.lasting = false;
  }
  asked_ = Clock::now();
  call_ = outbound_.backends[request.backend]->Start(head);
  if (exchange_ != nullptr) {
    exchange_->WatchCancel([](void* call) { static_cast<upstream::Call*>(call)->Cancel(); }, call_.get());
  }
  (void)co_await call_->Send(std::move(request.message), true);  // an error shows as the call's status
  Status taken;
  size_t replies = 0;
  while (const std::optional<std::string_view> reply = co_await call_->Receive()) {
    if (++replies > 1) {
      call_->Cancel();
      break;
    }
    taken = take.function(take.context, *reply);
  }
  Status ended = End(replies);
  if (!ended.ok()) co_return ended;
  co_return taken;
}

Task<Status> UnaryCall::Show(auth::ShownCredentials::Metadata& metadata, TimePoint deadline) {
  std::optional<Status> attached = credentials_->TryAttach(metadata, loop_.now());
  if (!attached) attached = co_await credentials_->Attach(metadata, deadline);
  co_return *std::move(attached);
}

Status UnaryCall::End(size_t replies) {
  permit_.Release();
  waited_ = std::max(Duration::zero(), loop_.now() - asked_);
  if (call_->status().code() == Code::kUnauthenticated) credentials_->OnUnauthenticated();
  if (replies > 1) {
    return Status(Reason::kBackendProtocolError, "the backend sent a second reply message to a unary call");
  }
  if (!call_->status().ok()) return call_->status();
  if (replies == 0) {
    return Status(Reason::kBackendProtocolError, "the backend ended the call with OK but without a reply message");
  }
  return {};
}

void UnaryCall::Cancel() {
  if (call_) return call_->Cancel();
  given_up_.NotifyCancel();
}

}  // namespace dragoman::rpc
