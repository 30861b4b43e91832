#pragma once

#include "dialects/dialect.h"
#include "dialects/websocket/websocket_worker.h"
#include "transcoding/json_codec.h"
#include "transcoding/message_plan.h"

namespace dragoman::dialects::websocket {

// RPCs of all kinds over a WebSocket: a message of the RPC is a message of the WebSocket, its end a close code.
// README.md of this folder tells the protocol.
class WebSocketDialect : public Dialect {
 public:
  // `http`: words what is refused before there is a WebSocket. All must outlive the dialect.
  WebSocketDialect(const WebSocketRules& rules, const transcoding::PlanSet& plans, const rpc::Outbound& outbound,
                   rate_limit::Limiter& limiter, observe::WorkerMetrics& metrics, Dialect& http);

  // Of an exchange that offers the upgrade.
  Task<Status> Serve(Exchange& exchange, const rpc::Admitted& rpc) override;
  Task<void> Refuse(Exchange& exchange, const Status& status, const rpc::Rules* rules) override;
  Task<void> RefuseAdmitted(Exchange& exchange, const Status& status, const rpc::Admitted& rpc) override;

 private:
  transcoding::JsonCodec codec_;
  const WebSocketWorker worker_;
  Dialect& http_;
};

}  // namespace dragoman::dialects::websocket
