#include "dialects/websocket/websocket_dialect.h"

#include <utility>

#include "dialects/websocket/conversation.h"
#include "dialects/websocket/handshake.h"

namespace dragoman::dialects::websocket {

WebSocketDialect::WebSocketDialect(const WebSocketRules& rules, const transcoding::PlanSet& plans,
                                   const rpc::Outbound& outbound, rate_limit::Limiter& limiter,
                                   observe::WorkerMetrics& metrics, Dialect& http)
    : codec_(plans),
      worker_{.rules = rules, .codec = codec_, .outbound = outbound, .limiter = limiter, .metrics = metrics},
      http_(http) {}

Task<Status> WebSocketDialect::Serve(Exchange& exchange, const rpc::Admitted& rpc) {
  const Result<Handshake> handshake = ReadHandshake(exchange);
  if (!handshake) {
    co_await RefuseAdmitted(exchange, handshake.error(), rpc);
    co_return handshake.error();
  }
  Conversation conversation(worker_, exchange, rpc);
  Status outcome = co_await conversation.Prepare();
  if (outcome.ok()) co_return co_await conversation.Hold(*handshake);
  co_await RefuseAdmitted(exchange, outcome, rpc);
  co_return outcome;
}

Task<void> WebSocketDialect::Refuse(Exchange& exchange, const Status& status, const rpc::Rules* rules) {
  return http_.Refuse(exchange, status, rules);
}

Task<void> WebSocketDialect::RefuseAdmitted(Exchange& exchange, const Status& status, const rpc::Admitted& rpc) {
  return http_.RefuseAdmitted(exchange, status, rpc);
}

}  // namespace dragoman::dialects::websocket
