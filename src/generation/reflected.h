#pragma once

#include <deque>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <tl/expected.hpp>

#include "auth/backend_credentials.h"
#include "auth/backend_tokens.h"
#include "auth/shown_credentials.h"
#include "base/loop.h"
#include "base/side_thread.h"
#include "config/config.h"
#include "reflection/watcher.h"
#include "tls/context.h"
#include "transcoding/status.h"

namespace dragoman {

// What the backends of `descriptors: - reflection` have said of themselves, or why they have not, by the backend's name.
using Fetched = std::map<std::string, tl::expected<std::shared_ptr<const reflection::Descriptors>, reflection::Failure>, std::less<>>;

// Every `descriptors: - reflection` of a configuration, ready to be asked on a loop, with the TLS and the credentials of its
// backend.
//
//   Reflected reflected(loop, side_thread, config);
//   for (Reflected::Source& source : reflected.sources()) co_await source.watcher->AskAll();
//   BuildGeneration(config, reflected.fetched());
//
// Lifetime: loop, side thread and `config` outlive it; it outlives AskAll.   Threads: the loop's.
class Reflected {
 public:
  struct Source {
    const config::ReflectionSource& configured;
    std::unique_ptr<reflection::Watcher> watcher;  // null: its TLS or its credentials are wrong, as BuildGeneration says
  };

  // Builds TLS and credentials for itself.
  Reflected(Loop& loop, SideThread& side_thread, const config::Config& config, const reflection::WatcherOptions& options = {});
  // With those that the gateway has, in the order of config.backends; they outlive it.
  Reflected(Loop& loop, SideThread& side_thread, const config::Config& config,
            std::span<const std::shared_ptr<const tls::ClientContext>> backend_tls,
            std::span<const auth::BackendCredentials> credentials, const auth::BackendTokens& tokens);
  ~Reflected();
  Reflected(const Reflected&) = delete;
  Reflected& operator=(const Reflected&) = delete;

  std::deque<Source>& sources() { return sources_; }
  // What counts now.
  Fetched fetched() const;

 private:
  // What one backend is shown, where it was made here.
  struct Own {
    auth::BackendCredentials credentials;
    std::unique_ptr<auth::BackendTokens> tokens;
  };
  std::unique_ptr<reflection::Watcher> MakeWatcher(Loop& loop, SideThread& side_thread, const config::Backend& backend,
                                                   std::shared_ptr<const tls::ClientContext> tls,
                                                   const auth::BackendCredentials& credentials,
                                                   const std::shared_ptr<auth::TokenCell>& cell,
                                                   const reflection::WatcherOptions& options = {});
  std::unique_ptr<reflection::Watcher> MakeWatcherAlone(Loop& loop, SideThread& side_thread, const config::Backend& backend,
                                                        const reflection::WatcherOptions& options);

  reflection::Resolver resolver_;
  std::deque<Own> own_;
  std::deque<auth::ShownCredentials> shown_;
  std::deque<Source> sources_;
};

// Asks all of them once, each at the same time, and waits. Contacts nobody if there are none.
// Cost: up to WatcherOptions::round.   Threads: makes one of its own meanwhile, and where names are to be resolved up to eight, which
// may outlive it.
Fetched FetchReflected(const config::Config& config, const reflection::WatcherOptions& options = {});

}  // namespace dragoman
