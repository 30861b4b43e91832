#include "gateway/lane.h"

#include <utility>

namespace dragoman::gateway {

Served::Served(GenerationPtr served)
    : generation(std::move(served)),
      rest{.errors = transcoding::ErrorBody(generation->config.error_format, *generation->plans),
           .max_message_bytes = generation->config.limits.max_body_bytes},
      compositions{generation->config.limits.max_response_bytes, &rest.errors},
      pages(*generation) {}

Lane::Lane(std::shared_ptr<const Served> served, const Keeps& keeps, observe::WorkerMetrics& metrics)
    : served_(std::move(served)),
      metrics_(metrics),
      rest_(served_->rest, *served_->generation->plans, keeps.outbound, keeps.limiter, metrics),
      websocket_(keeps.websocket, *served_->generation->plans, keeps.outbound, keeps.limiter, metrics, rest_),
      surroundings_{.rpcs = served_->generation->router.rpcs(),
                    .rules = served_->generation->rules,
                    .authenticator = keeps.authenticator,
                    .limiter = keeps.limiter,
                    .outbound = keeps.outbound,
                    .metrics = metrics},
      composer_(served_->generation->compositions, *served_->generation->plans, served_->compositions, surroundings_),
      pipeline_({.generation = *served_->generation,
                 .pages = served_->pages,
                 .sentry = keeps.sentry,
                 .authenticator = keeps.authenticator,
                 .limiter = keeps.limiter,
                 .rest = rest_,
                 .websocket = websocket_,
                 .composer = composer_,
                 .metrics = metrics,
                 .access_log = keeps.access_log}) {}

}  // namespace dragoman::gateway
