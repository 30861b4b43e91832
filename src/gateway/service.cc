#include "gateway/service.h"

#include <atomic>
#include <boost/asio/post.hpp>
#include <span>
#include <system_error>
#include <utility>

#include "base/log.h"
#include "generation/descriptors.h"

namespace dragoman::gateway {
namespace {

// The one of `previous` where it is the same: two would mix their lines in a pipe. Null: none is kept.
tl::expected<std::shared_ptr<observe::LineSink>, std::string> OpenAccessLog(const config::Config& config, const Service* previous) {
  if (!config.access_log) return nullptr;
  if (previous != nullptr) {
    const std::optional<config::AccessLog>& before = previous->generation().config.access_log;
    if (before && before->path == config.access_log->path) return previous->shared().access_log;
  }
  return observe::LineSink::Open(config.access_log->path);
}

}  // namespace

tl::expected<std::unique_ptr<Service>, std::string> Service::Make(std::shared_ptr<const Served> first, const Process& process,
                                                                  const Service* previous) {
  auto access_log = OpenAccessLog(first->generation->config, previous);
  if (!access_log) return tl::unexpected(std::move(access_log.error()));
  std::unique_ptr<Service> service(new Service(std::move(first), process, *std::move(access_log)));
  if (auto prepared = service->Prepare(previous); !prepared) return tl::unexpected(std::move(prepared.error()));
  return service;
}

Service::Service(std::shared_ptr<const Served> first, const Process& process, std::shared_ptr<observe::LineSink> access_log)
    : process_(process), shared_(std::move(first), process.metrics, process.connections) {
  shared_.access_log = std::move(access_log);
  shared_.retire = [this](observe::WorkerMetrics& metrics, std::shared_ptr<const Served> served) {
    asio::post(process_.control.executor(), [&all = process_.metrics, &metrics] { all.Retire(metrics); });
    // Thousands of descriptors take their time to go, which is not to be a worker's.
    (void)shared_.side_thread.Post([served = std::move(served)] {});
  };
}

Service::~Service() {
  End();
  Release();
}

tl::expected<void, std::string> Service::Prepare(const Service* previous) {
  auto tokens = auth::BackendTokens::Start(process_.control, shared_.side_thread, *shared_.generation->credentials,
                                           previous != nullptr ? previous->tokens_.get() : nullptr);
  if (!tokens) return tl::unexpected(tokens.error().where + ": " + tokens.error().what);
  tokens_ = *std::move(tokens);
  shared_.tokens = tokens_.get();
  key_sources_ = shared_.generation->auth->MakeKeySources(
      process_.control, previous != nullptr ? std::span(previous->key_sources_) : std::span<const std::shared_ptr<auth::KeySource>>());
  for (const auto& source : key_sources_) source->Start();
  shared_.key_sources = &key_sources_;
  for (size_t i = 0; i < process_.workers; ++i) workers_.push_back(std::make_unique<Worker>(shared_));
  // Now, since it may be that there can be no more threads.
  running_ = workers_.size();
  const std::shared_future<bool> start = start_.get_future().share();
  for (const std::unique_ptr<Worker>& worker : workers_) {
    threads_.emplace_back([this, start, &worker = *worker] {
      if (!start.get()) return;
      worker.Run();
      if (--running_ == 0) asio::post(process_.control.executor(), ended_);
    });
  }
  return {};
}

tl::expected<void, std::string> Service::Listen(const std::vector<const http::ListenSocket*>& sockets) {
  const Generation& generation = *shared_.generation;
  for (size_t n = 0; n < sockets.size(); ++n) {
    for (size_t i = 0; i < workers_.size(); ++i) {
      const tl::expected<int, std::string> descriptor = sockets[n]->Duplicate(i);
      if (!descriptor) return tl::unexpected(descriptor.error());
      workers_[i]->Listen(*descriptor, generation.listener_tls[n],
                          {generation.config.listeners[n].proxy_protocol, generation.trusted_proxies});
    }
  }
  return {};
}

void Service::Start(std::function<void()> ended) {
  StartGuard();
  if (MayChange(shared_.generation->config)) MakeRefresher();
  ended_ = std::move(ended);
  started_ = true;
  start_.set_value(true);
}

// What the guard does in the background.
void Service::StartGuard() {
  const Generation& generation = *shared_.generation;
  if (!generation.guard) return;
  lists_.emplace(process_.control, shared_.side_thread, generation.guard->config(), generation.guard->lists());
  if (!generation.redis || !generation.config.guard->shared) return;
  redis_.emplace(process_.control, shared_.side_thread, *generation.redis);
  shared_bans_.emplace(process_.control, *redis_, generation.guard->exchange(),
                       guard::RedisBans::Options{.prefix = generation.config.store->prefix});
}

// Without one the schema stays as it is, until somebody asks.
void Service::MakeRefresher() try {
  refresher_.emplace(process_.control, shared_.side_thread, *tokens_, shared_.served, descriptors_, process_.reloads.descriptors,
                     Refresher::Hooks{.swap = [this](std::shared_ptr<const Served> next) { Swap(std::move(next)); },
                                      .waiting = [this](std::string what) { waiting_ = std::move(what); }});
  refresher_->Start();
} catch (const std::system_error& error) {  // no descriptors, no threads left
  refresher_.reset();
  LogWarn("descriptors_kept", {{"where", "descriptors"}, {"error", error.what()}, {"note", "they are not looked at; SIGHUP tries again"}});
}

void Service::Swap(std::shared_ptr<const Served> next) {
  waiting_ = next->generation->waiting;
  shared_.Publish(std::move(next));
  for (const std::unique_ptr<Worker>& worker : workers_) worker->Serve(shared_.served, shared_.metrics.AddWorker());
}

void Service::ReloadDescriptors() {
  if (!refresher_) MakeRefresher();
  if (refresher_) refresher_->Reload();
}

void Service::HandOver(const std::vector<bool>& ended, std::function<void()> done) {
  if (refresher_) refresher_->Quit();
  lists_.reset();
  const auto open = std::make_shared<std::atomic<size_t>>(workers_.size());
  for (const std::unique_ptr<Worker>& worker : workers_) {
    worker->HandOver(ended, [&control = process_.control, open, done] {
      if (--*open == 0) asio::post(control.executor(), done);
    });
  }
}

void Service::Drain() {
  for (const std::unique_ptr<Worker>& worker : workers_) worker->Drain();
}

void Service::EndGrace() {
  in_grace_ = false;
  for (const std::unique_ptr<Worker>& worker : workers_) worker->EndGrace();
}

void Service::End() {
  if (!std::exchange(started_, true)) start_.set_value(false);
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  if (refresher_) refresher_->Stop();
  shared_.side_thread.Stop();
}

void Service::Release() {
  for (const std::unique_ptr<Worker>& worker : workers_) worker->Retire();
  shared_bans_.reset();
  redis_.reset();
  lists_.reset();
  key_sources_.clear();
  tokens_.reset();
}

}  // namespace dragoman::gateway
