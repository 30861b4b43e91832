#include "gateway/worker.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "base/log.h"
#include "upstream/backend.h"

namespace dragoman::gateway {
namespace {

rpc::MetadataRules MetadataRulesOf(const Generation& generation) {
  using Prefixed = rpc::MetadataRules::Prefixed;
  const config::Config& config = generation.config;
  std::vector<std::string> asserted = auth::CredentialHeaders(generation.auth->schemes());
  for (const config::Backend& backend : config.backends) {
    if (!backend.credentials) continue;
    for (const auto& entry : backend.credentials->metadata) asserted.push_back(entry.name);
  }
  return rpc::MetadataRules(
      config.forward_headers, config.authentication ? config.authentication->identity : decltype(config.authentication->identity)(),
      asserted, config.grpc_metadata_headers ? Prefixed::kTaken : Prefixed::kDropped);
}

dialects::rest::RestRules RestRulesOf(const Generation& generation) {
  const config::Config& config = generation.config;
  return {.errors = transcoding::ErrorBody(config.error_format, *generation.plans),
          .max_message_bytes = config.limits.max_body_bytes};
}

dialects::websocket::WebSocketRules WebSocketRulesOf(const config::Config& config) {
  return {.max_message_bytes = config.limits.max_body_bytes,
          .silence = config.limits.idle_timeout,
          .message_timeout = config.limits.body_timeout};
}

std::vector<std::unique_ptr<upstream::Backend>> MakeBackends(Loop& loop, Shared& shared) {
  const Generation& generation = *shared.generation;
  std::vector<std::unique_ptr<upstream::Backend>> backends;
  for (size_t i = 0; i < generation.config.backends.size(); ++i) {
    backends.push_back(upstream::MakeBackend(loop, *shared.side_thread, generation.config.backends[i], {},
                                             generation.backend_tls[i]));
  }
  return backends;
}

std::vector<std::unique_ptr<auth::ShownCredentials>> MakeCredentials(Loop& loop, const Shared& shared) {
  std::vector<std::unique_ptr<auth::ShownCredentials>> credentials;
  for (const auth::BackendCredentials& one : shared.generation->credentials) {
    credentials.push_back(std::make_unique<auth::ShownCredentials>(loop, one, shared.tokens->cell(credentials.size())));
  }
  return credentials;
}

std::unique_ptr<observe::AccessLog> MakeAccessLog(Loop& loop, const Shared& shared) {
  if (!shared.access_log) return nullptr;
  return std::make_unique<observe::AccessLog>(loop, shared.access_log, shared.generation->config.access_log->format);
}

std::vector<std::string> NamesOf(const std::vector<routing::Rpc>& rpcs) {
  std::vector<std::string> names;
  for (const routing::Rpc& rpc : rpcs) names.push_back(rpc.name);
  return names;
}

std::vector<observe::Metrics::Call> CallsOf(const std::vector<composition::Plan>& compositions) {
  std::vector<observe::Metrics::Call> calls;
  for (const composition::Plan& plan : compositions) {
    for (const composition::PlannedCall& call : plan.calls) calls.push_back({plan.configured->name, call.name});
  }
  return calls;
}

http::ConnectionGate* GateOf(const Generation& generation) {
  return generation.guard ? &generation.guard->connections() : nullptr;
}

}  // namespace

Shared::Shared(std::shared_ptr<const Generation> served)
    : generation(std::move(served)),
      rest(RestRulesOf(*generation)),
      websocket(WebSocketRulesOf(generation->config)),
      compositions{generation->config.limits.max_response_bytes, &rest.errors},
      metadata(MetadataRulesOf(*generation)),
      connections(generation->config.limits.max_connections),
      metrics(NamesOf(generation->router.rpcs()), CallsOf(generation->compositions)),
      side_thread(std::in_place) {}

Worker::Worker(Shared& shared)
    : shared_(shared),
      access_log_(MakeAccessLog(loop_, shared)),
      backends_(MakeBackends(loop_, shared)),
      credentials_(MakeCredentials(loop_, shared)),
      limiter_(loop_, *shared.generation->limits, ConnectStore(*shared.generation)),
      outbound_{.metadata = shared.metadata,
                .backends = backends_,
                .credentials = credentials_,
                .max_reply_bytes = shared.generation->config.limits.max_response_bytes},
      metrics_(shared.metrics.AddWorker()),
      rest_(shared.rest, *shared.generation->plans, outbound_, limiter_, metrics_),
      websocket_(shared.websocket, *shared.generation->plans, outbound_, limiter_, metrics_, rest_),
      authenticator_(shared.generation->auth->MakeAuthenticator(loop_, *shared.side_thread, *shared.key_sources)),
      surroundings_{.rpcs = shared.generation->router.rpcs(),
                    .rules = shared.generation->rules,
                    .authenticator = *authenticator_,
                    .limiter = limiter_,
                    .outbound = outbound_,
                    .metrics = metrics_},
      composer_(shared.generation->compositions, *shared.generation->plans, shared.compositions, surroundings_),
      pipeline_({.generation = *shared.generation,
                 .sentry = sentry_,
                 .authenticator = *authenticator_,
                 .limiter = limiter_,
                 .rest = rest_,
                 .websocket = websocket_,
                 .composer = composer_,
                 .metrics = metrics_,
                 .access_log = access_log_.get()}),
      server_(loop_, pipeline_, shared.generation->config.limits, shared.connections, GateOf(*shared.generation)),
      cut_off_(
          loop_, [](void* self) { static_cast<Worker*>(self)->server_.Abort(); }, this) {
  if (shared.generation->guard) sentry_.emplace(*shared.generation->guard);
}

rate_limit::SharedWindows* Worker::ConnectStore(const Generation& generation) {
  if (!generation.redis) return nullptr;
  redis_.emplace(loop_, *shared_.side_thread, *generation.redis);
  return &shared_windows_.emplace(*redis_, generation.config.store->prefix);
}

Worker::~Worker() = default;

void Worker::Run() { loop_.Run(); }

void Worker::Drain() {
  asio::post(loop_.executor(), [this] { loop_.Spawn(RunDrain()); });
}

Task<void> Worker::RunDrain() {
  server_.StopAccepting();
  co_await server_.Drained();
  CloseBackends();
  // What the two have put off to the end of this turn still runs.
  asio::post(loop_.executor(), [this] { asio::post(loop_.executor(), [this] { loop_.Stop(); }); });
}

void Worker::CloseBackends() {
  for (const auto& backend : backends_) backend->Close();
}

void Worker::EndGrace() {
  asio::post(loop_.executor(), [this] {
    if (cut_off_.armed()) return server_.Abort();
    cut_off_.ArmAfter(kLastWords);
    CloseBackends();
    if (redis_) redis_->Close();
  });
}

}  // namespace dragoman::gateway
