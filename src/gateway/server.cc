#include "gateway/server.h"

#include <poll.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <exception>
#include <utility>

#include "base/log.h"
#include "gateway/admin_interface.h"
#include "gateway/processors.h"
#include "gateway/reloader.h"
#include "gateway/service.h"
#include "gateway/sockets.h"
#include "generation/change.h"
#include "observe/process_metrics.h"

namespace dragoman::gateway {
namespace {

// How many workers serve a configuration.
size_t WorkersOf(const config::Config& config) {
  return config.workers > 0 ? static_cast<size_t>(config.workers) : static_cast<size_t>(UsableProcessors());
}

// What another configuration may not change while the gateway serves. `workers`: how many there are.
Problems WhatNeedsARestart(const config::Config& before, const config::Config& after, size_t workers) {
  Problems problems;
  if (after.workers != before.workers && WorkersOf(after) != workers) {
    problems.push_back({"workers", "there are " + std::to_string(workers) +
                                       ", which cannot change while the gateway serves; leave it as it is, or restart it"});
  }
  const auto address = [](const config::Config& config) { return config.admin ? config.admin->address : "off"; };
  if (address(before) != address(after)) {
    problems.push_back({after.admin ? after.admin->at.ToString() : "admin",
                        "admin.address: " + address(before) + " cannot become " + address(after) +
                            " while the gateway serves; leave it as it is, or restart it"});
  }
  return problems;
}

// The process while it serves: the service of today's configuration, those before it that requests are still in, and on
// this thread a loop for signals and the admin interface.
class Serving {
 public:
  // Services at once, the newest among them: where there are more, the oldest one's grace ends.
  static constexpr size_t kMaxServices = 4;

  explicit Serving(const config::Config& config)
      : connections_(config.limits.max_connections),
        process_{control_, metrics_, connections_, reloads_, WorkersOf(config)},
        signals_(control_.io()),
        grace_(control_, &OnGraceOver, this) {
    metrics_.AddSource(counts_);
    metrics_.AddSource(process_metrics_);
  }

  ~Serving() {
    builder_.Stop();
    if (today_) today_->End();
    for (const std::unique_ptr<Service>& service : past_) service->End();
    // Whoever still waits on the control loop ends while there is a connection to end on.
    if (admin_) admin_->Stop();
    control_.io().restart();
    control_.io().poll();
  }

  Status Open(const GenerationPtr& first, std::optional<ConfigurationSource> source) {
    const std::optional<std::string> failed = TryOpen(first);
    if (failed) return Status(Code::kUnavailable, *failed);
    if (source) {
      reloader_.emplace(control_, builder_, std::move(source->path), std::move(source->read),
                        Reloader::Hooks{.today = [this] { return today_->shared().generation; },
                                        .take = [this](const std::shared_ptr<const Served>& next) { return Take(next); },
                                        .keep = [this](const Problems& problems) { Keep(problems); },
                                        .stay = [this] { today_->ReloadDescriptors(); }});
    }
    return {};
  }

  const std::vector<BoundAddress>& bound() const { return bound_; }
  OwnPages own_pages() const {
    const std::optional<config::OpenApi>& openapi = today_->generation().config.openapi;
    return openapi && today_->shared().served->pages.Find(openapi->path) == nullptr ? OwnPages::kLeftOut : OwnPages::kServed;
  }

  void Run() {
    if (admin_) admin_->Start();
    if (reloader_) reloader_->Start();
    Start(*today_);
    control_.Run();
  }

  // From here on SIGTERM and SIGINT drain, and SIGHUP has everything loaded anew.
  void CatchSignals() {
#if defined(__SANITIZE_THREAD__)
    // The runtime of gcc 12 loses a signal that comes in a thread's first blocking call, where it makes the thread's record
    // of signals: this is that call.
    ::poll(nullptr, 0, 0);
#endif
    signals_.add(SIGTERM);
    signals_.add(SIGINT);
    signals_.add(SIGHUP);
    AwaitSignal();
  }

 private:
  // What is counted beside requests.
  class Counts final : public observe::MetricsSource {
   public:
    explicit Counts(const Serving& serving) : serving_(serving) {}
    void Append(observe::MetricsWriter& writer) const override {
      serving_.today_->metrics().Append(writer);
      serving_.reloads_.Append(writer);
    }

   private:
    const Serving& serving_;
  };

  // Nothing, or what keeps it from serving.
  std::optional<std::string> TryOpen(const GenerationPtr& generation) {
    auto service = Service::Make(std::make_shared<const Served>(generation), process_, nullptr);
    if (!service) return std::move(service.error());
    today_ = *std::move(service);
    auto sockets = Sockets::Open(generation->config, process_.workers, {});
    if (!sockets) return std::move(sockets.error());
    sockets_ = *std::move(sockets);
    if (generation->config.admin) {
      auto admin = AdminInterface::Open(generation->config, {control_, today_, past_, bound_, problem_, draining_}, metrics_);
      if (!admin) return std::move(admin.error());
      admin_ = *std::move(admin);
    }
    if (auto listens = today_->Listen(sockets_.of_listeners()); !listens) return std::move(listens.error());
    TellBound();
    return std::nullopt;
  }

  void TellBound() {
    bound_ = sockets_.bound();
    if (admin_) bound_.push_back(admin_->bound());
  }

  void Start(Service& service) {
    service.Start([this, &service] { OnEnded(service); });
    ++running_;
  }

  // Another configuration is to be served. All that is new is made before anything of the old is touched, so that what
  // cannot be made changes nothing.
  Problems Take(const std::shared_ptr<const Served>& next) {
    const config::Config& config = next->generation->config;
    if (Problems fixed = WhatNeedsARestart(today_->generation().config, config, process_.workers); !fixed.empty()) return fixed;
    const auto refuse = [](std::string why) { return Problems{{"the configuration", std::move(why)}}; };
    auto token = AdminInterface::TokenOf(config);
    if (!token) return refuse(std::move(token.error()));
    try {
      auto sockets = Sockets::Open(config, process_.workers, sockets_);
      if (!sockets) return refuse(std::move(sockets.error()));
      auto service = Service::Make(next, process_, today_.get());
      if (!service) return refuse(std::move(service.error()));
      if (auto listens = (*service)->Listen(sockets->of_listeners()); !listens) {
        Dispose(*std::move(service));
        return refuse(std::move(listens.error()));
      }
      Replace(*std::move(service), *std::move(sockets));
    } catch (const std::exception& error) {  // no descriptors, threads, memory left
      return refuse(error.what());
    }
    if (admin_) admin_->SetToken(*std::move(token));
    return {};
  }

  void Replace(std::unique_ptr<Service> next, Sockets sockets) {
    const GenerationPtr before = today_->shared().generation;
    const GenerationPtr after = next->shared().generation;
    const std::vector<bool> ended = sockets_.WithoutThoseOf(sockets);
    if (before->guard && after->guard) after->guard->TakeBansOf(*before->guard, guard::Moment::Now());
    Start(*next);
    ++reloads_.configuration.taken;
    problem_.clear();
    SetLogLevel(after->config.log.level);
    connections_.SetMax(after->config.limits.max_connections);
    past_.push_back(std::exchange(today_, std::move(next)));
    sockets_ = std::move(sockets);
    TellBound();
    past_.back()->HandOver(ended, [this, before, after] {
      (void)builder_.Post([before, after] { LogChange("configuration_taken", *before, *after); });
    });
    for (size_t i = 0; i + kMaxServices <= past_.size(); ++i) EndGraceOf(*past_[i]);
  }

  void EndGraceOf(Service& service) {
    if (!service.in_grace()) return;
    LogWarn("configuration_ended", {{"generation", service.generation().id},
                                    {"note", "what began under this one is cut off, since requests of too many earlier configurations are under way"}});
    service.EndGrace();
  }

  void Keep(const Problems& problems) {
    ++reloads_.configuration.kept;
    problem_ = problems.front().where + ": " + problems.front().what;
    for (const Problem& problem : problems) LogWarn("configuration_kept", {{"where", problem.where}, {"error", problem.what}});
  }

  // The last worker of a service has.
  void OnEnded(Service& service) {
    --running_;
    if (draining_) {
      if (running_ == 0) control_.Stop();
      return;
    }
    // Names that are being resolved and descriptors that are being compiled may take seconds: not the control loop's.
    const bool posted = builder_.Post([this, &service] {
      service.End();
      asio::post(control_.executor(), [this, &service] { Forget(service); });
    });
    if (!posted) LogWarn("configuration_remains", {{"generation", service.generation().id}});
  }

  void Forget(const Service& service) {
    const auto found = std::ranges::find(past_, &service, &std::unique_ptr<Service>::get);
    if (found == past_.end()) return;
    std::unique_ptr<Service> gone = std::move(*found);
    past_.erase(found);
    Dispose(std::move(gone));
  }

  // Thousands of descriptors take their time to go.
  void Dispose(std::unique_ptr<Service> service) {
    service->Release();
    (void)builder_.Post([gone = std::shared_ptr<Service>(std::move(service))] {});
  }

  void AwaitSignal() {
    signals_.async_wait([this](const boost::system::error_code& error, int signal) {
      if (error) return;
      if (signal == SIGHUP) {
        Reload();
      } else if (draining_) {
        LogWarn("another signal, ending at once", {{"signal", signal}});
        OnGraceOver(this);
      } else {
        Drain(signal);
      }
      AwaitSignal();
    });
  }

  void Reload() {
    if (draining_) return;
    LogInfo("reloading", {{"what", reloader_ ? "configuration and descriptors" : "descriptors"}});
    if (reloader_) return reloader_->Reload();
    today_->ReloadDescriptors();
  }

  void Drain(int signal) {
    draining_ = true;
    const auto grace = today_->generation().config.drain.grace;
    LogInfo("draining", {{"signal", signal}, {"grace", grace}});
    if (admin_) admin_->SetDraining();
    if (reloader_) reloader_->Stop();
    sockets_ = {};
    today_->Drain();
    for (const std::unique_ptr<Service>& service : past_) service->Drain();
    grace_.ArmAfter(grace);
  }

  static void OnGraceOver(void* self) {
    auto& serving = *static_cast<Serving*>(self);
    serving.today_->EndGrace();
    for (const std::unique_ptr<Service>& service : serving.past_) service->EndGrace();
  }

  Loop control_;
  observe::Metrics metrics_{{}};
  http::ConnectionQuota connections_;
  ReloadCounts reloads_;
  const Process process_;
  Counts counts_{*this};
  observe::ProcessMetrics process_metrics_{DRAGOMAN_VERSION};
  Sockets sockets_;
  std::vector<BoundAddress> bound_;
  std::unique_ptr<Service> today_;
  std::vector<std::unique_ptr<Service>> past_;  // the oldest in front
  size_t running_ = 0;                          // of them, whose workers have not ended
  std::string problem_;                         // why what the configuration says now is not served
  bool draining_ = false;
  std::unique_ptr<AdminInterface> admin_;
  asio::signal_set signals_;
  Timer grace_;
  SideThread builder_;
  std::optional<Reloader> reloader_;
};

}  // namespace

Status Serve(std::shared_ptr<const Generation> generation, std::optional<ConfigurationSource> source,
             const std::function<void(const std::vector<BoundAddress>&, OwnPages)>& started) {
  RaiseOpenFileLimit();
  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe is an error of the write
  Serving serving(generation->config);
  if (Status no = serving.Open(generation, std::move(source)); !no.ok()) return no;
  serving.CatchSignals();
  started(serving.bound(), serving.own_pages());
  generation.reset();  // it may go before the process does
  serving.Run();
  LogInfo("drained");
  return {};
}

}  // namespace dragoman::gateway
