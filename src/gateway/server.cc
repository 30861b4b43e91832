#include "gateway/server.h"

#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <optional>
#include <thread>
#include <utility>

#include "auth/backend_tokens.h"
#include "base/log.h"
#include "config/text_source.h"
#include "gateway/admin.h"
#include "gateway/gateway_metrics.h"
#include "gateway/processors.h"
#include "gateway/refresher.h"
#include "gateway/status_page.h"
#include "gateway/worker.h"
#include "generation/descriptors.h"
#include "guard/list_refresher.h"
#include "guard/redis_bans.h"
#include "http/listen_socket.h"
#include "http/server.h"
#include "observe/process_metrics.h"

namespace dragoman::gateway {
namespace {

// The host of "127.0.0.1:9901"; empty for a unix socket.
std::string HostOf(std::string_view address) {
  return address.starts_with("unix:") ? std::string() : std::string(address.substr(0, address.rfind(':')));
}

// The process while it serves: the workers' threads, and on this one a loop for signals and the admin interface.
class Serving {
 public:
  explicit Serving(GenerationPtr generation)
      : shared_(std::move(generation)), signals_(control_.io()), grace_(control_, &OnGraceOver, this) {
    shared_.retire = [this](observe::WorkerMetrics& metrics, std::shared_ptr<const Served> served) {
      asio::post(control_.executor(), [this, &metrics] { shared_.metrics.Retire(metrics); });
      // Thousands of descriptors take their time to go, which is not to be a worker's.
      (void)shared_.side_thread->Post([served = std::move(served)] {});
    };
    shared_.metrics.AddSource(gateway_metrics_);
    shared_.metrics.AddSource(process_metrics_);
  }

  ~Serving() {
    for (std::thread& thread : threads_) thread.join();
    if (refresher_) refresher_->Stop();
    // Whoever still waits on the control loop ends while there is a connection to end on.
    if (admin_handler_) admin_handler_->Stop();
    status_.Stop();
    control_.io().restart();
    control_.io().poll();
    shared_.side_thread.reset();
  }

  Status Open() {
    const config::Config& config = shared_.generation->config;
    if (config.access_log) {
      auto sink = observe::LineSink::Open(config.access_log->path);
      if (!sink) return Status(Code::kUnavailable, sink.error());
      shared_.access_log = std::move(*sink);
    }
    auto tokens = auth::BackendTokens::Start(control_, *shared_.side_thread, *shared_.generation->credentials);
    if (!tokens) return Status(Code::kUnavailable, tokens.error().where + ": " + tokens.error().what);
    tokens_ = *std::move(tokens);
    shared_.tokens = tokens_.get();
    StartGuard();
    key_sources_ = shared_.generation->auth->MakeKeySources(control_);
    for (const auto& source : key_sources_) source->Start();
    shared_.key_sources = &key_sources_;
    const size_t workers =
        config.workers > 0 ? static_cast<size_t>(config.workers) : static_cast<size_t>(UsableProcessors());
    for (const config::Listener& listener : config.listeners) {
      if (Status no = OpenOne(listener.address, workers, sockets_); !no.ok()) return no;
      bound_.push_back({sockets_.back().address(), false, listener.tls.has_value()});
    }
    if (config.admin) {
      if (Status no = ReadAdminRules(); !no.ok()) return no;
      if (Status no = OpenOne(config.admin->address, 1, admin_sockets_); !no.ok()) return no;
      bound_.push_back({admin_sockets_.back().address(), true});
    }
    for (size_t i = 0; i < workers; ++i) {
      workers_.push_back(std::make_unique<Worker>(shared_));
      for (size_t n = 0; n < sockets_.size(); ++n) {
        workers_.back()->Listen(sockets_[n].Take(i), shared_.generation->listener_tls[n],
                                {config.listeners[n].proxy_protocol, shared_.generation->trusted_proxies});
      }
    }
    return {};
  }

  const std::vector<BoundAddress>& bound() const { return bound_; }
  OwnPages own_pages() const {
    const std::optional<config::OpenApi>& openapi = shared_.generation->config.openapi;
    return openapi && shared_.served->pages.Find(openapi->path) == nullptr ? OwnPages::kLeftOut : OwnPages::kServed;
  }

  void Run() {
    StartAdmin();
    StartRefresher();
    running_ = workers_.size();
    for (const std::unique_ptr<Worker>& worker : workers_) {
      threads_.emplace_back([this, &worker = *worker] {
        worker.Run();
        if (--running_ == 0) control_.Stop();
      });
    }
    control_.Run();
  }

  // From here on SIGTERM and SIGINT drain, and SIGHUP has the descriptors loaded anew.
  void CatchSignals() {
    signals_.add(SIGTERM);
    signals_.add(SIGINT);
    signals_.add(SIGHUP);
    AwaitSignal();
  }

 private:
  // Every request that begins from here on is served by `next`.
  void Swap(std::shared_ptr<const Served> next) {
    waiting_ = next->generation->waiting;
    shared_.Publish(std::move(next));
    for (const std::unique_ptr<Worker>& worker : workers_) worker->Serve(shared_.served, shared_.metrics.AddWorker());
  }

  static Status OpenOne(const std::string& address, size_t workers, std::vector<http::ListenSocket>& sockets) {
    auto socket = http::ListenSocket::Open(address, workers);
    if (!socket) return Status(Code::kUnavailable, socket.error());
    sockets.push_back(std::move(*socket));
    return {};
  }

  // What the guard does in the background.
  void StartGuard() {
    const Generation& generation = *shared_.generation;
    if (!generation.guard) return;
    lists_.emplace(control_, *shared_.side_thread, generation.guard->config(), generation.guard->lists());
    if (!generation.redis || !generation.config.guard->shared) return;
    redis_.emplace(control_, *shared_.side_thread, *generation.redis);
    shared_bans_.emplace(control_, *redis_, generation.guard->exchange(),
                         guard::RedisBans::Options{.prefix = generation.config.store->prefix});
  }

  Status ReadAdminRules() {
    const config::Admin& admin = *shared_.generation->config.admin;
    admin_rules_ = {.host = HostOf(admin.address), .unix_socket = admin.address.starts_with("unix:")};
    if (!admin.token) return {};
    const tl::expected<std::string, Problem> token = config::ResolveText(*admin.token);
    if (!token) return Status(Code::kUnavailable, token.error().where + ": admin.token: " + token.error().what);
    admin_rules_.token = *token;
    return {};
  }

  void StartAdmin() {
    if (admin_sockets_.empty()) return;
    admin_handler_.emplace(
        admin_rules_, shared_.metrics, shared_.generation->guard.get(), waiting_, [this] { return shared_.generation; },
        [this](Buffer& out) { return status_.Render(out); });
    admin_.emplace(control_, *admin_handler_, AdminLimits(shared_.generation->config.limits), admin_connections_);
    admin_->Listen(admin_sockets_.front().Take(0));
  }

  void StartRefresher() {
    if (!MayChange(shared_.generation->config)) return;
    MakeRefresher();
  }

  void MakeRefresher() {
    refresher_.emplace(control_, *shared_.side_thread, *tokens_, shared_.served, descriptors_,
                       Refresher::Hooks{.swap = [this](std::shared_ptr<const Served> next) { Swap(std::move(next)); },
                                        .waiting = [this](std::string what) { waiting_ = std::move(what); }});
    shared_.metrics.AddSource(*refresher_);
    refresher_->Start();
  }

  void AwaitSignal() {
    signals_.async_wait([this](const boost::system::error_code& error, int signal) {
      if (error) return;
      if (signal == SIGHUP) {
        LogInfo("reloading", {{"what", "descriptors; what has changed in the configuration itself needs a restart"}});
        if (!refresher_) MakeRefresher();
        refresher_->Reload();
        return AwaitSignal();
      }
      if (draining_) {
        LogWarn("second signal, ending at once", {{"signal", signal}});
        OnGraceOver(this);
        return;
      }
      draining_ = true;
      const auto grace = shared_.generation->config.drain.grace;
      LogInfo("draining", {{"signal", signal}, {"grace", grace}});
      if (admin_handler_) admin_handler_->SetDraining();
      for (const std::unique_ptr<Worker>& worker : workers_) worker->Drain();
      grace_.ArmAfter(grace);
      AwaitSignal();
    });
  }

  static void OnGraceOver(void* self) {
    for (const std::unique_ptr<Worker>& worker : static_cast<Serving*>(self)->workers_) worker->EndGrace();
  }

  Shared shared_;
  Loop control_;
  std::unique_ptr<auth::BackendTokens> tokens_;
  std::vector<std::shared_ptr<auth::KeySource>> key_sources_;
  std::optional<guard::ListRefresher> lists_;
  std::optional<store::Redis> redis_;
  std::optional<guard::RedisBans> shared_bans_;
  std::vector<http::ListenSocket> sockets_;
  std::vector<http::ListenSocket> admin_sockets_;
  std::vector<BoundAddress> bound_;
  std::vector<std::unique_ptr<Worker>> workers_;
  DescriptorSources descriptors_{*shared_.generation};
  std::string waiting_ = shared_.generation->waiting;
  bool draining_ = false;
  StatusPage status_{DRAGOMAN_VERSION, {control_, shared_, workers_, descriptors_, bound_, waiting_, draining_}};
  observe::ProcessMetrics process_metrics_{DRAGOMAN_VERSION};
  GatewayMetrics gateway_metrics_{shared_, workers_};
  AdminHandler::Rules admin_rules_;
  std::optional<AdminHandler> admin_handler_;
  http::ConnectionQuota admin_connections_{64};
  std::optional<http::Server> admin_;
  asio::signal_set signals_;
  Timer grace_;
  std::optional<Refresher> refresher_;
  std::atomic<size_t> running_{0};
  std::vector<std::thread> threads_;
};

}  // namespace

Status Serve(std::shared_ptr<const Generation> generation,
             const std::function<void(const std::vector<BoundAddress>&, OwnPages)>& started) {
  RaiseOpenFileLimit();
  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe is an error of the write
  Serving serving(std::move(generation));
  if (Status no = serving.Open(); !no.ok()) return no;
  serving.CatchSignals();
  started(serving.bound(), serving.own_pages());
  serving.Run();
  LogInfo("drained");
  return {};
}

}  // namespace dragoman::gateway
