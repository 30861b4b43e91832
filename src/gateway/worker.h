#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "auth/backend_tokens.h"
#include "auth/shown_credentials.h"
#include "base/loop.h"
#include "base/side_thread.h"
#include "gateway/lane.h"
#include "generation/generation.h"
#include "guard/sentry.h"
#include "http/server.h"
#include "observe/access_log.h"
#include "observe/metrics.h"
#include "rate_limit/redis_windows.h"
#include "rpc/unary_call.h"
#include "store/redis.h"
#include "upstream/call.h"

namespace dragoman::gateway {

// What all workers of a configuration share, and what outlives them.
struct Shared {
  // `counts`, `places`: the process's, which outlive it.
  Shared(std::shared_ptr<const Served> first, observe::Metrics& counts, http::ConnectionQuota& places);

  // From here on this one is today's. Of the control thread.
  void Publish(std::shared_ptr<const Served> next);
  // Today's, and those before that requests are in. Likewise.
  size_t generations_in_use() const;

  std::shared_ptr<const Served> served;  // today's; of the control thread, once there are workers
  GenerationPtr generation;              // likewise
  std::vector<std::weak_ptr<const Served>> past;  // likewise; those before
  dialects::websocket::WebSocketRules websocket;
  rpc::MetadataRules metadata;
  http::ConnectionQuota& connections;
  const auth::BackendTokens* tokens = nullptr;  // kept by the service; set before there are workers
  const std::vector<std::shared_ptr<auth::KeySource>>* key_sources = nullptr;  // likewise
  std::shared_ptr<observe::LineSink> access_log;  // null: none is kept
  observe::Metrics& metrics;
  // What a worker that is done with a lane gives its counters back by, and what it served, on the worker's thread.
  std::function<void(observe::WorkerMetrics&, std::shared_ptr<const Served>)> retire;
  // Stopped once the workers' threads have ended, and before their loops go, to which it reports.
  SideThread side_thread;
};

// One worker: a loop on a thread of its own with its listeners, its clients' connections and its connections to the
// backends.
//
// Threads: Run occupies the worker's thread; Serve, HandOver, Drain, EndGrace and Report may be called from any.
class Worker {
 public:
  explicit Worker(Shared& shared);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Accepts on `descriptor`, which becomes the worker's. `tls`: null for plain text. Before Run.
  void Listen(int descriptor, std::shared_ptr<const tls::ServerContext> tls, http::ProxyProtocol proxy_protocol) {
    server_.Listen(descriptor, std::move(tls), std::move(proxy_protocol));
  }
  // Requests that begin from now on are led through `served`, those under way end where they are.
  void Serve(std::shared_ptr<const Served> served, observe::WorkerMetrics& metrics);
  // Until a drain has ended.
  void Run();
  // Stops accepting; Run returns when the last request has ended.
  void Drain();
  // The same where others accept on the same sockets from now on, but on those that have `ended` (http::Server::HandOver).
  // `done` is called on the worker's thread once it accepts nothing more.
  void HandOver(std::vector<bool> ended, std::function<void()> done);
  // Gives back what it has counted. Once Run has returned.
  void Retire();
  // Ends what a drain still waits for: calls end with kDraining, which their clients are told; what they have not taken
  // after kLastWords, or when this is called once more, is cut off.
  static constexpr Duration kLastWords = std::chrono::seconds(1);
  void EndGrace();

  // How its backends are, in the order of config.backends: `done` is called on the worker's thread; never, once its
  // loop has ended.
  void Report(std::function<void(std::vector<upstream::Backend::State>)> done);

  // For metrics: what any thread may read while the worker serves.
  const http::ConnectionCounters& connections() const { return server_.counters(); }
  const std::vector<std::unique_ptr<upstream::Backend>>& backends() const { return backends_; }
  const rate_limit::Limiter& limiter() const { return limiter_; }
  const store::RedisCounters* redis() const { return redis_ ? &redis_->counters() : nullptr; }
  uint64_t dropped_log_lines() const { return access_log_ ? access_log_->dropped() : 0; }

 private:
  // Leads every exchange into today's lane.
  class Front : public ExchangeHandler {
   public:
    Task<void> Serve(Exchange& exchange) override { return pipeline_->Serve(exchange); }
    Task<void> Refuse(Exchange& exchange, Status status) override { return pipeline_->Refuse(exchange, std::move(status)); }
    void LeadTo(Pipeline& pipeline) { pipeline_ = &pipeline; }

   private:
    Pipeline* pipeline_ = nullptr;
  };

  // The connection to the store and what counts there; null where there is none.
  rate_limit::SharedWindows* ConnectStore(const Generation& generation);
  void Open(std::shared_ptr<const Served> served, observe::WorkerMetrics& metrics);
  // Ends the lanes of the past that the last request has left, and comes again while there are others.
  void SweepLanes();
  // Until the last request has ended, once.
  Task<void> EndWithTheLastRequest();
  void CloseBackends();

  Shared& shared_;
  Loop loop_;
  std::unique_ptr<observe::AccessLog> access_log_;
  std::vector<std::unique_ptr<upstream::Backend>> backends_;
  std::vector<std::unique_ptr<auth::ShownCredentials>> credentials_;
  std::optional<store::Redis> redis_;
  std::optional<rate_limit::RedisWindows> shared_windows_;
  rate_limit::Limiter limiter_;
  rpc::Outbound outbound_;
  std::unique_ptr<auth::Authenticator> authenticator_;
  std::optional<guard::Sentry> sentry_;
  const Keeps keeps_;
  std::vector<std::unique_ptr<Lane>> lanes_;  // the last one is today's
  Front front_;
  http::Server server_;
  bool leaving_ = false;
  Timer cut_off_;
  Timer sweep_;
};

}  // namespace dragoman::gateway
