#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "auth/backend_tokens.h"
#include "auth/shown_credentials.h"
#include "base/loop.h"
#include "base/side_thread.h"
#include "dialects/rest/rest_dialect.h"
#include "gateway/generation.h"
#include "gateway/pipeline.h"
#include "http/server.h"
#include "observe/access_log.h"
#include "upstream/call.h"

namespace dragoman::gateway {

// What all workers share, and what outlives them.
struct Shared {
  explicit Shared(std::shared_ptr<const Generation> served);

  std::shared_ptr<const Generation> generation;
  dialects::rest::RestRules rest;
  http::ConnectionQuota connections;
  const auth::BackendTokens* tokens = nullptr;  // kept by the server; set before there are workers
  const std::vector<std::shared_ptr<auth::KeySource>>* key_sources = nullptr;  // likewise
  std::shared_ptr<observe::LineSink> access_log;  // null: none is kept
  // Ended by the server once the workers' threads have, and before their loops go, to which it reports.
  std::optional<SideThread> side_thread;
};

// One worker: a loop on a thread of its own with its listeners, its clients' connections and its connections to the
// backends.
//
// Threads: Run occupies the worker's thread; Drain and Abort may be called from any.
class Worker {
 public:
  explicit Worker(Shared& shared);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Accepts on `descriptor`, which becomes the worker's. `tls`: null for plain text. Before Run.
  void Listen(int descriptor, std::shared_ptr<const tls::ServerContext> tls) { server_.Listen(descriptor, std::move(tls)); }
  // Until a drain has ended.
  void Run();
  // Stops accepting; Run returns when the last request has ended.
  void Drain();
  // Cuts off what a drain still waits for.
  void Abort();

 private:
  Task<void> RunDrain();

  Shared& shared_;
  Loop loop_;
  std::unique_ptr<observe::AccessLog> access_log_;
  std::vector<std::unique_ptr<upstream::Backend>> backends_;
  std::vector<std::unique_ptr<auth::ShownCredentials>> credentials_;
  dialects::rest::RestDialect rest_;
  std::unique_ptr<auth::Authenticator> authenticator_;
  Pipeline pipeline_;
  http::Server server_;
};

}  // namespace dragoman::gateway
