#include "gateway/refresher.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "base/listed.h"
#include "base/log.h"
#include "generation/change.h"
#include "generation/descriptors.h"
#include "generation/source_stamp.h"

namespace dragoman::gateway {
namespace {

using reflection::Settled;

constexpr Duration kLookAtFiles = std::chrono::seconds(1);
constexpr Duration kBuildLater = std::chrono::seconds(5);
constexpr Duration kFirstPause = std::chrono::milliseconds(500);
constexpr Duration kLongestPause = std::chrono::seconds(15);
constexpr size_t kShownRpcs = 8;

std::string TextOf(const Problems& problems) {
  std::string text;
  for (const Problem& problem : problems) text += problem.where + ": " + problem.what + "\n";
  return text;
}

}  // namespace

Refresher::Asked::Asked(Refresher& refresher, Reflected::Source& of)
    : owner(refresher), source(of), timer(refresher.loop_, &OnTimer, this), pause(kFirstPause) {}

Refresher::Refresher(Loop& control, SideThread& side_thread, const auth::BackendTokens& tokens, GenerationPtr first, Hooks hooks)
    : control_(control),
      hooks_(std::move(hooks)),
      current_(std::move(first)),
      stamp_(current_->stamp),
      seen_(stamp_),
      reflected_(loop_, side_thread, current_->config, current_->backend_tls, *current_->credentials, tokens),
      look_(
          loop_, [](void* self) { static_cast<Refresher*>(self)->LookAtFiles(); }, this),
      later_(
          loop_, [](void* self) { static_cast<Refresher*>(self)->Rebuild(); }, this),
      random_(std::random_device()()) {
  for (Reflected::Source& source : reflected_.sources()) {
    if (source.watcher) asked_.emplace_back(*this, source);
  }
}

Refresher::~Refresher() { Stop(); }

void Refresher::Start() {
  thread_ = std::thread([this] {
    for (Asked& asked : asked_) loop_.Spawn(Ask(asked));
    if (current_->config.reload.watch) look_.ArmAfter(kLookAtFiles);
    loop_.Run();
  });
}

void Refresher::Reload() {
  asio::post(loop_.executor(), [this] {
    for (Asked& asked : asked_) {
      asked.timer.Disarm();
      loop_.Spawn(Ask(asked));
    }
    Rebuild();
  });
}

void Refresher::Stop() {
  if (!thread_.joinable()) return;
  stopped_ = true;
  asio::post(loop_.executor(), [this] {
    stopping_ = true;
    for (Asked& asked : asked_) asked.source.watcher->Cancel();
    EndIfNobodyIsAsked();
  });
  thread_.join();
}

void Refresher::EndIfNobodyIsAsked() {
  if (std::none_of(asked_.begin(), asked_.end(), [](const Asked& asked) { return asked.asking; })) loop_.Stop();
}

void Refresher::OnTimer(void* asked) {
  auto& of = *static_cast<Asked*>(asked);
  of.owner.loop_.Spawn(of.owner.Ask(of));
}

Task<void> Refresher::Ask(Asked& asked) {
  if (stopping_ || std::exchange(asked.asking, true)) co_return;
  reflection::Watcher& watcher = *asked.source.watcher;
  const Settled::Verdict verdict = co_await watcher.AskAll();
  asked.asking = false;
  if (stopping_) {
    EndIfNobodyIsAsked();
    co_return;
  }
  const std::string& backend = asked.source.configured.backend;
  if (verdict.news && !verdict.why.empty()) LogWarn("reflection", {{"backend", backend}, {"note", verdict.why}});
  if (verdict.news && verdict.what == Settled::Verdict::What::kSame) LogInfo("reflection", {{"backend", backend}, {"note", "answers as before"}});
  if (verdict.what == Settled::Verdict::What::kTaken) Rebuild();
  if (!watcher.latest()) Wait(watcher.failure() ? watcher.failure()->what : "the descriptors of backend \"" + backend + "\"");
  if (!watcher.latest() || !current_->waiting.empty()) {
    asked.timer.ArmAfter(asked.pause);
    asked.pause = std::min(2 * asked.pause, kLongestPause);
  } else if (asked.source.configured.refresh) {
    // Gateways that were started together ask at different times.
    const Duration refresh = *asked.source.configured.refresh;
    asked.timer.ArmAfter(refresh + refresh / 1000 * std::uniform_int_distribution<int>(0, 100)(random_));
  }
}

void Refresher::LookAtFiles() {
  look_.ArmAfter(kLookAtFiles);
  std::string stamp = StampOf(current_->config);
  if (std::exchange(seen_, stamp) != stamp || stamp == stamp_) return;  // still being written, or known
  stamp_ = std::move(stamp);
  Rebuild();
}

void Refresher::Rebuild() {
  const auto missing = std::find_if(asked_.begin(), asked_.end(), [](const Asked& asked) { return !asked.source.watcher->latest(); });
  if (missing != asked_.end()) return;  // whose answer leads here again
  auto schema = LoadSchema(current_->config, reflected_.fetched(), Reading::kAgain);
  if (stopped_) return;
  if (!schema) return Keep(schema.error());
  if (current_->waiting.empty() && schema->fingerprint() == current_->schema.fingerprint()) {
    if (!std::exchange(complaint_, {}).empty()) LogInfo("descriptors_unchanged", {{"note", "what was wrong with them is gone"}});
    return;
  }
  if (Full()) {
    later_.ArmAfter(kBuildLater);
    return Keep({{"descriptors", "requests of " + std::to_string(kMaxGenerations) + " earlier generations are still under way; what has changed is taken when those of one have ended"}});
  }
  auto next = BuildNext(*current_, *std::move(schema));
  if (stopped_) return;
  if (!next) return Keep(next.error());
  Take(*std::move(next));
}

bool Refresher::Full() {
  std::erase_if(served_, [](const std::weak_ptr<const Served>& served) { return served.expired(); });
  return served_.size() >= kMaxGenerations;
}

void Refresher::Take(GenerationPtr next) {
  complaint_.clear();
  ++taken_;
  const Change change = Compare(*current_, *next);
  LogInfo("descriptors_taken", {{"added", change.added.size()},
                                {"removed", change.removed.size()},
                                {"changed", change.changed.size()},
                                {"added_rpcs", Listed(change.added, kShownRpcs)},
                                {"removed_rpcs", Listed(change.removed, kShownRpcs)},
                                {"changed_rpcs", Listed(change.changed, kShownRpcs)}});
  current_ = std::move(next);
  auto served = std::make_shared<const Served>(current_);
  served_.push_back(served);
  asio::post(control_.executor(), [this, served = std::move(served)]() mutable {
    if (!stopped_) hooks_.swap(std::move(served));
  });
}

void Refresher::Keep(const Problems& problems) {
  ++kept_;
  std::string complaint = TextOf(problems);
  if (complaint == complaint_) return;
  for (const Problem& problem : problems) LogWarn("descriptors_kept", {{"where", problem.where}, {"error", problem.what}});
  Wait("descriptors without a problem: " + problems.front().where + ": " + problems.front().what);
  complaint_ = std::move(complaint);
}

void Refresher::Wait(std::string what) {
  if (current_->waiting.empty()) return;
  asio::post(control_.executor(), [this, what = std::move(what)]() mutable {
    if (!stopped_) hooks_.waiting(std::move(what));
  });
}

void Refresher::Append(observe::MetricsWriter& writer) const {
  constexpr std::string_view kName = "dragoman_descriptors_total";
  constexpr std::string_view kHelp = "Times that descriptors had changed while the gateway served: taken, or kept as they were for a problem.";
  writer.Counter(kName, kHelp, {{"outcome", "taken"}}, taken_.load(std::memory_order_relaxed));
  writer.Counter(kName, kHelp, {{"outcome", "kept"}}, kept_.load(std::memory_order_relaxed));
}

}  // namespace dragoman::gateway
