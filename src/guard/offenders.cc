#include "guard/offenders.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>

namespace dragoman::guard {
namespace {

constexpr size_t kMaxBuckets = size_t{1} << 24;
constexpr float kNothing = 0.5f;  // points that are as good as none
constexpr double kFaded = 8;      // half-lives after which a sketch is forgotten
constexpr int kSteps = 8;         // earlier bans that are forgotten in the time of the longest

int64_t Nanoseconds(Duration duration) { return duration.count(); }

size_t Buckets(size_t max_entries, size_t ways) {
  return std::clamp<size_t>(std::bit_ceil(max_entries / ways + (max_entries % ways != 0)), 1, kMaxBuckets);
}

// Whether `hash` is a further one that the sketch has not seen; the first one is none.
bool IsFurther(uint64_t& sketch, uint64_t hash) {
  const uint64_t bit = uint64_t{1} << (hash >> 58);
  const bool further = sketch != 0 && (sketch & bit) == 0;
  sketch |= bit;
  if (std::popcount(sketch) > 32) sketch = bit;
  return further;
}

}  // namespace

Offenders::Offenders(const config::Guard& config, Counters& counters)
    : brute_force_(config.brute_force),
      patterns_(config.patterns),
      counters_(counters),
      mask_(Buckets(config.max_entries, kWays) - 1),
      entries_((mask_ + 1) * kWays) {}

std::optional<Sentence> Offenders::Add(uint64_t subject, const Offence& offence, TimePoint time) {
  const int64_t now = Nanoseconds(time.time_since_epoch());
  const std::lock_guard lock(locks_[subject & mask_ & (kLocks - 1)]);
  Entry& entry = Take(subject, now);
  entry.last = std::max(now, entry.ban_end);
  if (patterns_) {
    entry.points = PointsOf(entry, offence, now);
    entry.points_at = now;
  }
  if (brute_force_ && offence.failure && TooManyFailures(entry, now)) {
    return Ban(entry, BanRule::kBruteForce, brute_force_->ban, now);
  }
  if (patterns_ && entry.points >= static_cast<float>(patterns_->score)) {
    return Ban(entry, BanRule::kPatterns, patterns_->ban, now);
  }
  return std::nullopt;
}

void Offenders::Forget(uint64_t subject) {
  const std::lock_guard lock(locks_[subject & mask_ & (kLocks - 1)]);
  Entry* bucket = &entries_[(subject & mask_) * kWays];
  for (size_t i = 0; i < kWays; ++i) {
    if (bucket[i].subject != subject) continue;
    bucket[i] = {};
    size_.fetch_sub(1, std::memory_order_relaxed);
  }
}

// The subject's entry, or one for it.
Offenders::Entry& Offenders::Take(uint64_t subject, int64_t now) {
  Entry* bucket = &entries_[(subject & mask_) * kWays];
  Entry* chosen = nullptr;
  for (size_t i = 0; i < kWays; ++i) {
    if (bucket[i].subject == subject) return bucket[i];
    if (bucket[i].subject == 0) {
      if (chosen == nullptr || chosen->subject != 0) chosen = &bucket[i];
    } else if (chosen == nullptr || (chosen->subject != 0 && bucket[i].last < chosen->last)) {
      chosen = &bucket[i];
    }
  }
  if (chosen->subject == 0) {
    size_.fetch_add(1, std::memory_order_relaxed);
  } else if (!Idle(*chosen, now)) {
    counters_.evicted_offenders.fetch_add(1, std::memory_order_relaxed);
  }
  *chosen = {};
  chosen->subject = subject;
  return *chosen;
}

// Whether to forget the entry would change nothing.
bool Offenders::Idle(const Entry& entry, int64_t now) const {
  if (brute_force_ && now - entry.window < 2 * Nanoseconds(brute_force_->within)) return false;
  if (patterns_) {
    const double halvings = static_cast<double>(now - entry.points_at) / Nanoseconds(patterns_->half_life);
    if (entry.points * std::exp2(-halvings) > kNothing) return false;
  }
  return EarlierBans(entry, now) == 0;
}

float Offenders::PointsOf(Entry& entry, const Offence& offence, int64_t now) const {
  const double halvings =
      static_cast<double>(std::max<int64_t>(0, now - entry.points_at)) / Nanoseconds(patterns_->half_life);
  auto points = static_cast<float>(entry.points * std::exp2(-halvings));
  if (halvings > kFaded) entry.identities = entry.routes = 0;
  points += offence.points;
  if (offence.identity != 0 && IsFurther(entry.identities, offence.identity)) {
    points += static_cast<float>(patterns_->new_identity);
  }
  if (offence.route != 0 && IsFurther(entry.routes, offence.route)) {
    points += static_cast<float>(patterns_->new_route);
  }
  return points;
}

bool Offenders::TooManyFailures(Entry& entry, int64_t now) const {
  const int64_t within = Nanoseconds(brute_force_->within);
  if (entry.failures == 0 || now - entry.window >= 2 * within) {
    entry.window = now;
    entry.failures = entry.failures_before = 0;
  } else if (now - entry.window >= within) {
    entry.window += within;
    entry.failures_before = entry.failures;
    entry.failures = 0;
  }
  ++entry.failures;
  const double past = static_cast<double>(std::max<int64_t>(0, now - entry.window)) / static_cast<double>(within);
  return entry.failures + entry.failures_before * (1 - past) >= brute_force_->failures;
}

// How many bans are still remembered.
uint32_t Offenders::EarlierBans(const Entry& entry, int64_t now) const {
  if (entry.bans == 0) return 0;
  const int64_t quiet = std::max<int64_t>(0, now - entry.ban_end);
  const int64_t forgotten = quiet / std::max<int64_t>(1, entry.longest / kSteps);
  return forgotten >= entry.bans ? 0 : entry.bans - static_cast<uint32_t>(forgotten);
}

Sentence Offenders::Ban(Entry& entry, BanRule rule, const config::Guard::Ban& ban, int64_t now) {
  const uint32_t earlier = EarlierBans(entry, now);
  const int64_t longest = Nanoseconds(ban.longest);
  int64_t duration = std::min(Nanoseconds(ban.first), longest);
  for (uint32_t i = 0; i < earlier && duration < longest; ++i) duration = std::min(2 * duration, longest);
  entry.bans = earlier + 1;
  entry.ban_end = now + duration;
  entry.longest = longest;
  entry.last = entry.ban_end;
  entry.points = 0;
  entry.failures = entry.failures_before = 0;
  return {rule, Duration(duration), entry.bans};
}

}  // namespace dragoman::guard
