#include "rpc/unary_call.h"

#include <optional>

namespace dragoman::rpc {

MetadataRules::Credentials CredentialsFor(const auth::Access& access) {
  using Credentials = MetadataRules::Credentials;
  if (access.open()) return Credentials::kForward;
  return access.forwards_credentials() ? Credentials::kForwardProven : Credentials::kWithhold;
}

Status CollectMetadata(const Outbound& outbound, const Exchange& exchange, const Rules& rules,
                       const auth::Identity& identity, Metadata& metadata, BufferPool::Lease& texts) {
  if (Status no = outbound.metadata.Collect(exchange, CredentialsFor(rules.access), metadata); !no.ok()) return no;
  if (outbound.metadata.tells_identity()) {
    texts = BufferPool::Borrow();
    outbound.metadata.AppendIdentity(identity, *texts, metadata);
  }
  rules.request.Apply(exchange.head().scheme, metadata);
  return {};
}

Task<Status> UnaryCall::Run(Request request, Taker take) {
  std::optional<Status> begun = call_.TryBegin(request.target);
  if (!begun) begun = co_await call_.Begin(request.target);
  if (!begun->ok()) co_return *std::move(begun);
  upstream::Call& call = call_.upstream();
  (void)co_await call.Send(std::move(request.message), true);  // an error shows as the call's status
  Status taken;
  size_t replies = 0;
  while (const std::optional<std::string_view> reply = co_await call.Receive()) {
    if (++replies > 1) {
      call.Cancel();
      break;
    }
    taken = take.function(take.context, *reply);
  }
  Status ended = EndOfOneReply(call_.End(), replies);
  if (!ended.ok()) co_return ended;
  co_return taken;
}

Status EndOfOneReply(const Status& ended, size_t replies) {
  if (replies > 1) {
    return Status(Reason::kBackendProtocolError, "the backend sent a second reply message to a unary call");
  }
  if (!ended.ok()) return ended;
  if (replies == 0) {
    return Status(Reason::kBackendProtocolError, "the backend ended the call with OK but without a reply message");
  }
  return {};
}

}  // namespace dragoman::rpc
