#include "generation/reflected.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/log.h"

namespace dragoman {
namespace {

using reflection::Failure;
using reflection::Settled;
using reflection::Watcher;

// Calls `take` with each source and the index of its backend.
template <typename Take>
void ForEachSource(const config::Config& config, Take take) {
  for (const config::DescriptorSource& source : config.descriptors) {
    if (!source.reflection) continue;
    const auto backend = std::find_if(config.backends.begin(), config.backends.end(),
                                      [&](const config::Backend& each) { return each.name == source.reflection->backend; });
    if (backend != config.backends.end()) take(*source.reflection, static_cast<size_t>(backend - config.backends.begin()));
  }
}

// Asks one, and stops the loop if it was the last.
Task<void> AskOnce(Loop& loop, Reflected::Source& source, size_t& waiting) {
  const Settled::Verdict verdict = co_await source.watcher->AskAll();
  if (verdict.what == Settled::Verdict::What::kTaken && !verdict.why.empty()) {
    LogWarn("reflection", {{"backend", source.configured.backend}, {"note", verdict.why}});
  }
  if (--waiting == 0) loop.Stop();
}

}  // namespace

Reflected::Reflected(Loop& loop, SideThread& side_thread, const config::Config& config, const reflection::WatcherOptions& options) {
  ForEachSource(config, [&](const config::ReflectionSource& source, size_t backend) {
    sources_.push_back({source, MakeWatcherAlone(loop, side_thread, config.backends[backend], options)});
  });
}

Reflected::Reflected(Loop& loop, SideThread& side_thread, const config::Config& config,
                     std::span<const std::shared_ptr<const tls::ClientContext>> backend_tls,
                     std::span<const auth::BackendCredentials> credentials, const auth::BackendTokens& tokens) {
  ForEachSource(config, [&](const config::ReflectionSource& source, size_t backend) {
    sources_.push_back({source, MakeWatcher(loop, side_thread, config.backends[backend], backend_tls[backend], credentials[backend],
                                            tokens.cell(backend))});
  });
}

Reflected::~Reflected() = default;

std::unique_ptr<Watcher> Reflected::MakeWatcher(Loop& loop, SideThread& side_thread, const config::Backend& backend,
                                                std::shared_ptr<const tls::ClientContext> tls,
                                                const auth::BackendCredentials& credentials,
                                                const std::shared_ptr<auth::TokenCell>& cell,
                                                const reflection::WatcherOptions& options) {
  reflection::Credentials shows;
  if (!credentials.empty()) {
    auth::ShownCredentials& shown = shown_.emplace_back(loop, credentials, cell, upstream::Audience::kOperators);
    shows.attach = [&shown](reflection::Credentials::Metadata& metadata, TimePoint deadline) {
      return shown.Attach(metadata, deadline);
    };
    shows.refused = [&shown] { shown.OnUnauthenticated(); };
  }
  return std::make_unique<Watcher>(loop, side_thread, resolver_, backend, std::move(tls), std::move(shows), options);
}

// Null: TLS or credentials are wrong.
std::unique_ptr<Watcher> Reflected::MakeWatcherAlone(Loop& loop, SideThread& side_thread, const config::Backend& backend,
                                                     const reflection::WatcherOptions& options) {
  std::shared_ptr<const tls::ClientContext> tls;
  if (backend.tls) {
    auto built = tls::ClientContext::Build(*backend.tls, tls::ClientContext::Protocol::kHttp2);
    if (!built) return nullptr;
    tls = *std::move(built);
  }
  auto credentials = auth::BackendCredentials::Build(backend);
  if (!credentials) return nullptr;
  Own& own = own_.emplace_back(Own{*std::move(credentials), nullptr});
  auto tokens = auth::BackendTokens::Start(loop, side_thread, std::span(&own.credentials, 1));
  if (!tokens) return nullptr;
  own.tokens = *std::move(tokens);
  return MakeWatcher(loop, side_thread, backend, std::move(tls), own.credentials, own.tokens->cell(0), options);
}

Fetched Reflected::fetched() const {
  Fetched fetched;
  for (const Source& source : sources_) {
    const std::string& name = source.configured.backend;
    if (!source.watcher) {
      fetched.emplace(name, tl::unexpected(Failure{Failure::Kind::kRefused, "backend \"" + name +
                                                                                "\" cannot be asked for its descriptors: what its tls or "
                                                                                "credentials name is wrong"}));
    } else if (source.watcher->latest()) {
      fetched.emplace(name, source.watcher->latest());
    } else {
      fetched.emplace(name, tl::unexpected(source.watcher->failure().value_or(
                                Failure{Failure::Kind::kUnreachable, "backend \"" + name + "\" has not been asked for its descriptors"})));
    }
  }
  return fetched;
}

Fetched FetchReflected(const config::Config& config, const reflection::WatcherOptions& options) {
  const auto is_reflection = [](const config::DescriptorSource& source) { return source.reflection.has_value(); };
  if (std::none_of(config.descriptors.begin(), config.descriptors.end(), is_reflection)) return {};
  Loop loop;
  SideThread side_thread;
  Reflected reflected(loop, side_thread, config, options);
  size_t waiting = 1;
  for (Reflected::Source& source : reflected.sources()) {
    if (!source.watcher) continue;
    ++waiting;
    loop.Spawn(AskOnce(loop, source, waiting));
  }
  if (--waiting > 0) loop.Run();
  return reflected.fetched();
}

}  // namespace dragoman
