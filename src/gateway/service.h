#pragma once

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <tl/expected.hpp>
#include <vector>

#include "auth/backend_tokens.h"
#include "base/loop.h"
#include "gateway/descriptor_sources.h"
#include "gateway/gateway_metrics.h"
#include "gateway/refresher.h"
#include "gateway/reload_counts.h"
#include "gateway/worker.h"
#include "guard/list_refresher.h"
#include "guard/redis_bans.h"
#include "http/listen_socket.h"

namespace dragoman::gateway {

// What of the process all services use. It outlives them.
struct Process {
  Loop& control;
  observe::Metrics& metrics;
  http::ConnectionQuota& connections;
  ReloadCounts& reloads;
  size_t workers;  // of each service
};

// All that serves one configuration: its workers with their threads, and what is kept fresh for them on the control
// loop. A configuration that replaces it has a service of its own, to which this one hands over; it ends when the last
// request that began in it has.
//
//   auto service = Service::Make(served, process, nullptr);
//   (*service)->Listen(sockets);
//   (*service)->Start([&] { … });          // called when the last worker has ended
//   …
//   (*service)->HandOver(ended, [&] { … });  // or Drain
//   …                                      // the last worker has ended:
//   (*service)->End();                     // waits for what still runs beside them; on any thread
//   (*service)->Release();                 // in a later turn of the control loop; then it may be destroyed, on any thread
//
// Threads: the control loop's, but for End and the destructor once it is released.
class Service {
 public:
  // `previous`: what it is to take over from, or null. Errors, for the operator: a log that cannot be opened, secrets of
  // backends that cannot be read.
  static tl::expected<std::unique_ptr<Service>, std::string> Make(std::shared_ptr<const Served> first, const Process& process,
                                                                  const Service* previous);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // `sockets`: of config.listeners, in their order; each has a descriptor for each worker. Errors: no descriptors left.
  tl::expected<void, std::string> Listen(const std::vector<const http::ListenSocket*>& sockets);
  void Start(std::function<void()> ended);
  // Loads the descriptors anew.
  void ReloadDescriptors();

  // Others serve on the same sockets from now on, but on those that have `ended`: nothing is kept fresh but what the
  // requests that are under way need. `done`: all requests that begin from then on are theirs.
  void HandOver(const std::vector<bool>& ended, std::function<void()> done);
  void Drain();
  // What still goes on is ended, once it is told. Once more: it is cut off.
  void EndGrace();
  bool in_grace() const { return in_grace_; }  // EndGrace has not been called
  // Waits for whatever still runs. Once the workers have ended, or never began.   Threads: any, while nobody else uses it.
  void End();
  // Lets go of what is the control loop's. Behind End.
  void Release();

  const Generation& generation() const { return *shared_.generation; }
  const Shared& shared() const { return shared_; }
  const std::vector<std::unique_ptr<Worker>>& workers() const { return workers_; }
  const DescriptorSources& descriptors() const { return descriptors_; }
  const std::string& waiting() const { return waiting_; }
  const observe::MetricsSource& metrics() const { return gateway_metrics_; }

 private:
  Service(std::shared_ptr<const Served> first, const Process& process, std::shared_ptr<observe::LineSink> access_log);

  tl::expected<void, std::string> Prepare(const Service* previous);
  void StartGuard();
  void MakeRefresher();
  // Every request that begins from here on is served by `next`.
  void Swap(std::shared_ptr<const Served> next);

  const Process process_;
  Shared shared_;
  std::unique_ptr<auth::BackendTokens> tokens_;
  std::vector<std::shared_ptr<auth::KeySource>> key_sources_;
  std::optional<guard::ListRefresher> lists_;
  std::optional<store::Redis> redis_;
  std::optional<guard::RedisBans> shared_bans_;
  std::vector<std::unique_ptr<Worker>> workers_;
  DescriptorSources descriptors_{*shared_.generation};
  std::string waiting_ = shared_.generation->waiting;
  GatewayMetrics gateway_metrics_{shared_, workers_};
  std::optional<Refresher> refresher_;
  bool in_grace_ = true;
  std::function<void()> ended_;
  std::atomic<size_t> running_{0};
  std::promise<bool> start_;  // what the threads wait for; false: there is nothing to run
  bool started_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace dragoman::gateway
