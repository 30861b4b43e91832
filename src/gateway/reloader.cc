#include "gateway/reloader.h"

#include <boost/asio/post.hpp>
#include <exception>
#include <memory>
#include <utility>

#include "base/log.h"

namespace dragoman::gateway {
namespace {

constexpr int kMostInVain = 3;

}  // namespace

Reloader::Reloader(Loop& control, SideThread& thread, std::string path, ConfigurationFiles read, Hooks hooks, Duration look)
    : control_(control),
      thread_(thread),
      path_(std::move(path)),
      hooks_(std::move(hooks)),
      known_{.tried = read, .served = true, .seen = read.stamp},
      interval_(look),
      look_(
          control, [](void* self) { static_cast<Reloader*>(self)->Begin(Why::kLook); }, this) {}

void Reloader::Reload() {
  if (busy_) {
    asked_again_ = true;
  } else {
    Begin(Why::kAsked);
  }
}

void Reloader::LookLater() {
  if (hooks_.today()->config.reload.watch) look_.ArmAfter(interval_);
}

void Reloader::Begin(Why why) {
  if (stopped_) return;
  if (busy_) return LookLater();
  look_.Disarm();
  busy_ = thread_.Post([this, why, known = known_, today = hooks_.today()]() mutable {
    auto outcome = std::make_shared<Outcome>(Read(why, std::move(known), std::move(today)));
    asio::post(control_.executor(), [this, why, outcome] { OnRead(why, std::move(*outcome)); });
  });
  if (!busy_) LookLater();
}

Reloader::Outcome Reloader::Read(Why why, Known known, GenerationPtr today) const {
  std::string stamp = StampOfFiles(known.tried.files);
  const bool stands_still = std::exchange(known.seen, stamp) == stamp;
  const bool changed = stamp != known.tried.stamp;
  Outcome outcome{.known = std::move(known), .today = std::move(today)};
  // Who asks may have put something else right.
  if (why == Why::kLook ? !changed || !stands_still : !changed && outcome.known.served) return outcome;
  outcome.known.served = false;
  try {
    auto read = ReadConfiguration(path_);
    if (!read) {
      outcome.known.tried.stamp = std::move(stamp);
      outcome.problems = std::move(read.error());
      return outcome;
    }
    outcome.known.tried = std::move(read->files);
    outcome.known.seen = outcome.known.tried.stamp;
    if (stopped_) return outcome;
    auto next = BuildReplacement(std::move(read->config), *outcome.today);
    if (next) {
      outcome.next = std::make_shared<const Served>(*std::move(next));
    } else {
      outcome.problems = std::move(next.error());
    }
  } catch (const std::exception& error) {  // no descriptors, threads, memory left
    outcome.problems = {{path_, std::string("cannot be loaded: ") + error.what()}};
  }
  return outcome;
}

void Reloader::OnRead(Why why, Outcome outcome) {
  busy_ = false;
  if (stopped_) return;
  known_ = std::move(outcome.known);
  if (outcome.next) {
    // Descriptors may have come meanwhile.
    if (hooks_.today() != outcome.today && ++in_vain_ < kMostInVain) {
      (void)thread_.Post([next = std::move(outcome.next), today = std::move(outcome.today)] {});
      return Begin(Why::kAsked);
    }
    in_vain_ = 0;
    outcome.problems = Take(outcome);
    known_.served = outcome.problems.empty();
  } else if (outcome.problems.empty() && why == Why::kAsked) {
    LogInfo("configuration_unchanged");
    hooks_.stay();
  }
  if (!outcome.problems.empty()) {
    hooks_.keep(outcome.problems);
    if (why == Why::kAsked) hooks_.stay();
  }
  (void)thread_.Post([next = std::move(outcome.next), today = std::move(outcome.today)] {});
  if (std::exchange(asked_again_, false)) return Begin(Why::kAsked);
  LookLater();
}

Problems Reloader::Take(Outcome& outcome) {
  const Generation& next = *outcome.next->generation;
  if (!next.waiting.empty() && hooks_.today()->waiting.empty()) return {{"descriptors", next.waiting}};
  return hooks_.take(outcome.next);
}

}  // namespace dragoman::gateway
