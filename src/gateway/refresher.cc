#include "gateway/refresher.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "base/log.h"
#include "generation/change.h"
#include "generation/descriptors.h"
#include "generation/source_stamp.h"

namespace dragoman::gateway {
namespace {

using reflection::Settled;

constexpr Duration kLookAtFiles = std::chrono::seconds(1);
constexpr Duration kBuildLater = std::chrono::seconds(5);
constexpr Duration kBuildMuchLater = std::chrono::minutes(5);
constexpr Duration kFirstPause = std::chrono::milliseconds(500);
constexpr Duration kLongestPause = std::chrono::seconds(15);

std::string TextOf(const Problems& problems) {
  std::string text;
  for (const Problem& problem : problems) text += problem.where + ": " + problem.what + "\n";
  return text;
}

}  // namespace

Refresher::Asked::Asked(Refresher& refresher, Reflected::Source& of)
    : owner(refresher), source(of), timer(refresher.loop_, &OnTimer, this), pause(kFirstPause) {}

Refresher::Refresher(Loop& control, SideThread& side_thread, const auth::BackendTokens& tokens,
                     const std::shared_ptr<const Served>& first, DescriptorSources& sources, ReloadCounts::Outcomes& counts, Hooks hooks)
    : control_(control),
      sources_(sources),
      hooks_(std::move(hooks)),
      current_(first->generation),
      before_(current_->fetched),
      stamp_(current_->stamp),
      seen_(stamp_),
      served_({first}),
      reflected_(loop_, side_thread, current_->config, current_->backend_tls, *current_->credentials, tokens),
      look_(
          loop_, [](void* self) { static_cast<Refresher*>(self)->LookAtFiles(); }, this),
      later_(
          loop_, [](void* self) { static_cast<Refresher*>(self)->RebuildLater(); }, this),
      retry_(kBuildLater),
      random_(std::random_device()()),
      counts_(counts) {
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
      asked.again = asked.asking;
      loop_.Spawn(Ask(asked));
    }
    Rebuild();
  });
}

void Refresher::Quit() {
  stopped_ = true;
  loop_.Stop();
}

void Refresher::Stop() {
  if (!thread_.joinable()) return;
  Quit();
  thread_.join();
}

void Refresher::OnTimer(void* asked) {
  auto& of = *static_cast<Asked*>(asked);
  of.owner.loop_.Spawn(of.owner.Ask(of));
}

Task<void> Refresher::Ask(Asked& asked) {
  if (std::exchange(asked.asking, true)) co_return;
  reflection::Watcher& watcher = *asked.source.watcher;
  const Settled::Verdict verdict = co_await watcher.AskAll();
  const std::string& backend = asked.source.configured.backend;
  if (verdict.news && !verdict.why.empty()) LogWarn("reflection", {{"backend", backend}, {"note", verdict.why}});
  if (verdict.news && verdict.what == Settled::Verdict::What::kSame) LogInfo("reflection", {{"backend", backend}, {"note", "answers as before"}});
  const bool rebuild = verdict.what == Settled::Verdict::What::kTaken && !IsServed(asked);
  if (verdict.what == Settled::Verdict::What::kNobody) {
    sources_.Failed(backend, verdict.why);
  } else {
    sources_.Answered(backend);
    before_.erase(backend);
  }
  if (rebuild) Rebuild();
  TellWaiting();
  asked.asking = false;
  if (std::exchange(asked.again, false)) {
    loop_.Spawn(Ask(asked));
  } else {
    Schedule(asked);
  }
}

bool Refresher::IsServed(const Asked& asked) const {
  const std::string& backend = asked.source.configured.backend;
  const auto before = before_.find(backend);
  const bool awaited = std::ranges::find(current_->awaited, backend, &Awaited::backend) != current_->awaited.end();
  return !awaited && before != before_.end() && before->second &&
         (*before->second)->set == asked.source.watcher->latest()->set;
}

void Refresher::Schedule(Asked& asked) {
  // Whoever stands in the way of the first generation of all may be put right.
  const bool in_the_way = !current_->waiting.empty() && !complaint_.empty();
  if (!asked.source.watcher->latest() || in_the_way) {
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
  std::string stamp = StampOfDescriptors(current_->config);
  if (std::exchange(seen_, stamp) != stamp || stamp == stamp_) return;  // still being written, or known
  stamp_ = std::move(stamp);
  Rebuild();
}

Fetched Refresher::Said() const {
  Fetched fetched = reflected_.fetched();
  for (auto& [backend, said] : fetched) {
    const auto before = before_.find(backend);
    if (!said && before != before_.end() && before->second) said = before->second;
  }
  return fetched;
}

void Refresher::RebuildLater() {
  if (Full()) return later_.ArmAfter(kBuildLater);
  Rebuild();
}

void Refresher::Rebuild() {
  later_.Disarm();
  const Fetched fetched = Said();
  std::vector<Awaited> awaited = AwaitedOf(current_->config, fetched);
  auto schema = LoadSchema(current_->config, fetched, {Reading::kAgain, Silent::kLeftOut});
  if (stopped_) return;
  if (!schema) return Keep(schema.error());
  if (awaited.size() == current_->awaited.size() && schema->fingerprint() == current_->schema.fingerprint()) {
    sources_.Loaded();
    if (!std::exchange(complaint_, {}).empty()) LogInfo("descriptors_unchanged", {{"note", "what was wrong with them is gone"}});
    return;
  }
  if (Full()) {
    Keep({{"descriptors",
           "requests of " + std::to_string(kMaxGenerations - 1) +
               " earlier generations are still under way; what has changed is taken when those of one have ended"}});
    return later_.ArmAfter(kBuildLater);
  }
  auto next = BuildNext(*current_, *std::move(schema), std::move(awaited), fetched);
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
  sources_.Loaded();
  ++counts_.taken;
  LogChange("descriptors_taken", *current_, *next);
  current_ = std::move(next);
  auto served = std::make_shared<const Served>(current_);
  served_.push_back(served);
  asio::post(control_.executor(), [this, served = std::move(served)]() mutable {
    if (!stopped_) hooks_.swap(std::move(served));
  });
}

void Refresher::Keep(const Problems& problems) {
  std::string complaint = TextOf(problems);
  const bool told = complaint == complaint_;
  retry_ = told ? std::min(2 * retry_, kBuildMuchLater) : kBuildLater;
  // It may be for want of something that comes again without a word. What only SIGHUP has read, only SIGHUP reads again.
  if (current_->config.reload.watch || !asked_.empty()) later_.ArmAfter(retry_);
  if (told) return;
  ++counts_.kept;
  for (const Problem& problem : problems)
    LogWarn("descriptors_kept", {{"where", problem.where}, {"error", problem.what}});
  complaint_ = std::move(complaint);
  sources_.Kept(problems);
  TellWaiting();
  if (current_->waiting.empty()) return;
  for (Asked& asked : asked_) {
    if (!asked.asking && !asked.timer.armed()) Schedule(asked);
  }
}

void Refresher::TellWaiting() {
  if (current_->waiting.empty()) return;
  std::string what = TextOf(AwaitedOf(current_->config, Said()));
  if (!complaint_.empty())
    what +=
        (what.empty() ? "" : "; ") + ("descriptors without a problem: " + complaint_.substr(0, complaint_.find('\n')));
  if (what.empty()) return;
  asio::post(control_.executor(), [this, what = std::move(what)]() mutable {
    if (!stopped_) hooks_.waiting(std::move(what));
  });
}

}  // namespace dragoman::gateway
