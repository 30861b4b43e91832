#pragma once

#include <memory>

#include "composition/composer.h"
#include "dialects/rest/rest_dialect.h"
#include "dialects/websocket/websocket_dialect.h"
#include "gateway/pages.h"
#include "gateway/pipeline.h"
#include "generation/generation.h"
#include "observe/worker_metrics.h"
#include "rpc/outgoing_call.h"

namespace dragoman::gateway {

// A generation as all workers serve it: what the dialects need of it, made once.
struct Served {
  explicit Served(GenerationPtr served);

  const GenerationPtr generation;
  const dialects::rest::RestRules rest;
  const composition::ComposerOptions compositions;
  const Pages pages;
};

// What a worker keeps while generations come and go. All of it outlives its lanes.
struct Keeps {
  const dialects::websocket::WebSocketRules& websocket;
  const rpc::Outbound& outbound;
  const auth::Authenticator& authenticator;
  rate_limit::Limiter& limiter;
  std::optional<guard::Sentry>& sentry;
  observe::AccessLog* access_log;  // null: none is kept
};

// One generation on one worker: the stages through which its requests pass. A request ends in the lane that it began in.
//
// Threads: its worker's.
class Lane {
 public:
  Lane(std::shared_ptr<const Served> served, const Keeps& keeps, observe::WorkerMetrics& metrics);
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  Pipeline& pipeline() { return pipeline_; }
  observe::WorkerMetrics& metrics() { return metrics_; }
  const std::shared_ptr<const Served>& served() const { return served_; }
  // No request is in it.
  bool empty() const { return pipeline_.under_way() == 0; }

 private:
  const std::shared_ptr<const Served> served_;
  observe::WorkerMetrics& metrics_;
  dialects::rest::RestDialect rest_;
  dialects::websocket::WebSocketDialect websocket_;
  composition::Surroundings surroundings_;
  composition::Composer composer_;
  Pipeline pipeline_;
};

}  // namespace dragoman::gateway
