#include "gateway/worker.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "base/log.h"
#include "upstream/backend.h"

namespace dragoman::gateway {
namespace {

dialects::websocket::WebSocketRules WebSocketRulesOf(const config::Config& config) {
  return {.max_message_bytes = config.limits.max_body_bytes,
          .silence = config.limits.idle_timeout,
          .message_timeout = config.limits.body_timeout};
}

std::vector<std::unique_ptr<upstream::Backend>> MakeBackends(Loop& loop, Shared& shared) {
  const Generation& generation = *shared.generation;
  std::vector<std::unique_ptr<upstream::Backend>> backends;
  for (size_t i = 0; i < generation.config.backends.size(); ++i) {
    backends.push_back(upstream::MakeBackend(loop, shared.side_thread, generation.config.backends[i], {},
                                             generation.backend_tls[i]));
  }
  return backends;
}

std::vector<std::unique_ptr<auth::ShownCredentials>> MakeCredentials(Loop& loop, const Shared& shared) {
  std::vector<std::unique_ptr<auth::ShownCredentials>> credentials;
  for (const auth::BackendCredentials& one : *shared.generation->credentials) {
    credentials.push_back(std::make_unique<auth::ShownCredentials>(loop, one, shared.tokens->cell(credentials.size())));
  }
  return credentials;
}

std::unique_ptr<observe::AccessLog> MakeAccessLog(Loop& loop, const Shared& shared) {
  if (!shared.access_log) return nullptr;
  return std::make_unique<observe::AccessLog>(loop, shared.access_log, shared.generation->config.access_log->format);
}

observe::Metrics::Names NamesOf(const Generation& generation) {
  observe::Metrics::Names names;
  for (const routing::Rpc& rpc : generation.router.rpcs()) names.rpcs.push_back(rpc.name);
  for (const composition::Plan& plan : generation.compositions) {
    for (const composition::PlannedCall& call : plan.calls) names.calls.push_back({plan.configured->name, call.name});
  }
  return names;
}

http::ConnectionGate* GateOf(const Generation& generation) {
  return generation.guard ? &generation.guard->connections() : nullptr;
}

}  // namespace

Shared::Shared(std::shared_ptr<const Served> first, observe::Metrics& counts, http::ConnectionQuota& places)
    : served(std::move(first)),
      generation(served->generation),
      websocket(WebSocketRulesOf(generation->config)),
      metadata(MetadataRulesOf(*generation)),
      connections(places),
      metrics(counts) {
  metrics.Begin(NamesOf(*generation));
}

void Shared::Publish(std::shared_ptr<const Served> next) {
  std::erase_if(past, [](const std::weak_ptr<const Served>& each) { return each.expired(); });
  past.push_back(served);
  served = std::move(next);
  generation = served->generation;
  metrics.Begin(NamesOf(*generation));
}

size_t Shared::generations_in_use() const {
  const auto in_use = [](const std::weak_ptr<const Served>& each) { return !each.expired(); };
  return 1 + static_cast<size_t>(std::ranges::count_if(past, in_use));
}

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
      authenticator_(shared.generation->auth->MakeAuthenticator(loop_, shared.side_thread, *shared.key_sources)),
      keeps_{.websocket = shared.websocket,
             .outbound = outbound_,
             .authenticator = *authenticator_,
             .limiter = limiter_,
             .sentry = sentry_,
             .access_log = access_log_.get()},
      server_(loop_, front_, shared.generation->config.limits, shared.connections, GateOf(*shared.generation)),
      cut_off_(
          loop_, [](void* self) { static_cast<Worker*>(self)->server_.Abort(); }, this),
      sweep_(
          loop_, [](void* self) { static_cast<Worker*>(self)->SweepLanes(); }, this) {
  if (shared.generation->guard) sentry_.emplace(*shared.generation->guard);
  Open(shared.served, shared.metrics.AddWorker());
}

void Worker::Serve(std::shared_ptr<const Served> served, observe::WorkerMetrics& metrics) {
  asio::post(loop_.executor(), [this, served = std::move(served), &metrics]() mutable {
    Open(std::move(served), metrics);
    SweepLanes();
  });
}

void Worker::Open(std::shared_ptr<const Served> served, observe::WorkerMetrics& metrics) {
  lanes_.push_back(std::make_unique<Lane>(std::move(served), keeps_, metrics));
  front_.LeadTo(lanes_.back()->pipeline());
}

void Worker::SweepLanes() {
  constexpr Duration kLook = std::chrono::milliseconds(200);
  const Lane* today = lanes_.back().get();
  std::erase_if(lanes_, [this, today](std::unique_ptr<Lane>& lane) {
    if (lane.get() == today || !lane->empty()) return false;
    observe::WorkerMetrics& metrics = lane->metrics();
    std::shared_ptr<const Served> served = lane->served();
    lane.reset();
    shared_.retire(metrics, std::move(served));
    return true;
  });
  if (lanes_.size() > 1) sweep_.ArmAfter(kLook);
}

rate_limit::SharedWindows* Worker::ConnectStore(const Generation& generation) {
  if (!generation.redis) return nullptr;
  redis_.emplace(loop_, shared_.side_thread, *generation.redis);
  return &shared_windows_.emplace(*redis_, generation.config.store->prefix);
}

Worker::~Worker() = default;

void Worker::Run() { loop_.Run(); }

void Worker::Drain() {
  asio::post(loop_.executor(), [this] {
    server_.StopAccepting();
    loop_.Spawn(EndWithTheLastRequest());
  });
}

void Worker::HandOver(std::vector<bool> ended, std::function<void()> done) {
  asio::post(loop_.executor(), [this, ended = std::move(ended), done = std::move(done)] {
    server_.HandOver(ended);
    done();
    loop_.Spawn(EndWithTheLastRequest());
  });
}

void Worker::Retire() {
  std::vector<observe::WorkerMetrics*> counted;
  for (const std::unique_ptr<Lane>& lane : lanes_) counted.push_back(&lane->metrics());
  lanes_.clear();
  for (observe::WorkerMetrics* metrics : counted) shared_.metrics.Retire(*metrics);
}

Task<void> Worker::EndWithTheLastRequest() {
  if (std::exchange(leaving_, true)) co_return;
  co_await server_.Drained();
  CloseBackends();
  // What the two have put off to the end of this turn still runs.
  asio::post(loop_.executor(), [this] { asio::post(loop_.executor(), [this] { loop_.Stop(); }); });
}

void Worker::Report(std::function<void(std::vector<upstream::Backend::State>)> done) {
  asio::post(loop_.executor(), [this, done = std::move(done)] {
    std::vector<upstream::Backend::State> states;
    for (const auto& backend : backends_) states.push_back(backend->state());
    done(std::move(states));
  });
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
