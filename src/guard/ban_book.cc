#include "guard/ban_book.h"

#include <algorithm>
#include <bit>
#include <chrono>

#include "base/log.h"

namespace dragoman::guard {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

constexpr size_t kMaxBuckets = size_t{1} << 24;
// By how much a time that was told may differ from the same time, told again.
constexpr auto kTold = std::chrono::seconds(1);
// Times further away are as good as this.
constexpr auto kFarthest = std::chrono::hours(24 * 365 * 3);

// Room for all of them, half of it empty.
size_t Buckets(size_t max_entries, size_t ways) {
  return std::clamp<size_t>(std::bit_ceil(max_entries * 2 / ways), 1, kMaxBuckets);
}

uint64_t Load(const uint64_t& word) {
  return std::atomic_ref(const_cast<uint64_t&>(word)).load(std::memory_order_acquire);
}
void Store(uint64_t& word, uint64_t value) { std::atomic_ref(word).store(value, std::memory_order_release); }

Moment::Wall WallOf(TimePoint time, const Moment& now) {
  return now.wall + duration_cast<Moment::Wall::duration>(time - now.steady);
}

}  // namespace

BanBook::BanBook(const KeyedHash& hash, size_t max_entries, Duration longest, bool shares,
                 std::function<bool(const Subject&)> never, Counters& counters)
    : hash_(hash),
      max_entries_(std::max<size_t>(1, max_entries)),
      longest_(longest),
      shares_(shares),
      never_(std::move(never)),
      counters_(counters),
      mask_(Buckets(max_entries_, kWays) - 1),
      places_((mask_ + 1) * kWays) {}

BanBook::~BanBook() = default;

Ban BanBook::Told(const Record& record, const Moment& now) {
  return {record.what, record.rule, WallOf(record.since, now), WallOf(record.until, now), record.count};
}

std::optional<BanBook::Standing> BanBook::Find(uint64_t hash, TimePoint now) const {
  const Place* bucket = BucketOf(hash);
  for (size_t i = 0; i < kWays; ++i) {
    if (Load(bucket[i].hash) != hash) continue;
    const uint64_t word = Load(bucket[i].until);
    if (Load(bucket[i].hash) != hash) return std::nullopt;  // it has just made room for another
    const TimePoint until{milliseconds(word >> kRuleBits)};
    if (until <= now) return std::nullopt;
    return Standing{until, static_cast<BanRule>(word & ((1u << kRuleBits) - 1))};
  }
  return std::nullopt;
}

void BanBook::Add(const Subject& subject, BanRule rule, Duration duration, uint32_t count, TimePoint now) {
  const Record record{subject.ToString(), subject.identity.none(), rule, now, now + duration, count};
  std::optional<uint64_t> unlogged;
  {
    const std::lock_guard lock(mutex_);
    Sweep(now);
    if (Impose(subject, record) == nullptr) return;
    Tell(record, false);
    unlogged = MayLog(now);
  }
  counters_.Add(rule);
  if (!unlogged) return;
  LogWarn("banned", {{"what", record.what},
                     {"rule", NameOf(rule)},
                     {"for", duration},
                     {"count", count},
                     {"not_logged_before", *unlogged}});
}

bool BanBook::Lift(const Subject& subject, const Moment& now) {
  std::string what;
  {
    const std::lock_guard lock(mutex_);
    Sweep(now.steady);
    const auto found = records_.find(hash_.Of(subject.address, subject.identity));
    if (found == records_.end()) return false;
    // Lifted after it was imposed, also by a clock that is behind the one that told of it.
    Record lift = found->second;
    lift.since = std::max(lift.since, now.steady);
    Tell(lift, true);
    what = std::move(lift.what);
    Remove(found);
  }
  counters_.lifted.fetch_add(1, std::memory_order_relaxed);
  LogInfo("ban_lifted", {{"what", what}});
  return true;
}

void BanBook::Tidy(TimePoint now) {
  if (now < first_end_.load(std::memory_order_relaxed)) return;
  const std::lock_guard lock(mutex_);
  Sweep(now);
}

std::optional<Ban> BanBook::Get(const Subject& subject, const Moment& now) const {
  const std::lock_guard lock(mutex_);
  const auto found = records_.find(hash_.Of(subject.address, subject.identity));
  if (found == records_.end() || found->second.until <= now.steady) return std::nullopt;
  return Told(found->second, now);
}

std::vector<Ban> BanBook::List(const Moment& now, size_t most) const {
  const std::lock_guard lock(mutex_);
  std::vector<Ban> bans;
  for (auto end = by_end_.rbegin(); end != by_end_.rend() && bans.size() < most && end->first > now.steady; ++end) {
    bans.push_back(Told(records_.at(end->second), now));
  }
  return bans;
}

std::vector<BanNews> BanBook::TakeNews(size_t most, const Moment& now) {
  const std::lock_guard lock(mutex_);
  Sweep(now.steady);
  std::vector<BanNews> taken;
  while (!news_.empty() && taken.size() < most) {
    taken.push_back({Told(news_.front().record, now), news_.front().lifted});
    news_.pop_front();
  }
  return taken;
}

void BanBook::TakeOver(BanBook& before, const Moment& now) {
  std::vector<BanNews> bans;
  for (Ban& ban : before.List(now, before.size())) bans.push_back({std::move(ban)});
  Merge(bans, now);
  counters_.bans_merged = 0;  // nobody has told of them
  const std::scoped_lock lock(mutex_, before.mutex_);
  if (shares_) news_.swap(before.news_);
}

void BanBook::Merge(std::span<const BanNews> news, const Moment& now) {
  const std::lock_guard lock(mutex_);
  Sweep(now.steady);
  const auto from_now = [&now](Moment::Wall time) {
    return duration_cast<Duration>(std::clamp(time, now.wall - kFarthest, now.wall + kFarthest) - now.wall);
  };
  for (const auto& [ban, lifted] : news) {
    const auto subject = Subject::Parse(ban.what);
    if (!subject) continue;
    const Duration since = from_now(ban.since);
    if (lifted) {
      const auto found = records_.find(hash_.Of(subject->address, subject->identity));
      if (found != records_.end() && found->second.since <= now.steady + since + kTold) Remove(found);
      continue;
    }
    const Duration longest = ban.rule == BanRule::kByHand ? Duration(kLongestByHand) : longest_;
    const Duration left = std::min(from_now(ban.until), longest);
    if (left <= Duration::zero() || never_(*subject)) continue;
    const Record record{subject->ToString(), subject->identity.none(), ban.rule,
                        now.steady + since,  now.steady + left,        ban.count};
    if (Impose(*subject, record) != nullptr) counters_.bans_merged.fetch_add(1, std::memory_order_relaxed);
  }
}

const BanBook::Record* BanBook::Impose(const Subject& subject, Record record) {
  const uint64_t hash = hash_.Of(subject.address, subject.identity);
  auto found = records_.find(hash);
  if (found != records_.end()) {
    if (found->second.until + milliseconds(1) >= record.until) return nullptr;
    by_end_.erase({found->second.until, hash});
    found->second = std::move(record);
  } else {
    if (records_.size() >= max_entries_) Evict(by_end_.begin()->second);
    found = records_.emplace(hash, std::move(record)).first;
    (found->second.of_address ? addresses_ : identities_).fetch_add(1, std::memory_order_relaxed);
  }
  by_end_.emplace(found->second.until, hash);
  first_end_.store(by_end_.begin()->first, std::memory_order_relaxed);
  WritePlace(hash, found->second.until, found->second.rule);
  return &found->second;
}

void BanBook::Remove(Records::iterator record) {
  ClearPlace(record->first);
  by_end_.erase({record->second.until, record->first});
  first_end_.store(by_end_.empty() ? TimePoint::max() : by_end_.begin()->first, std::memory_order_relaxed);
  (record->second.of_address ? addresses_ : identities_).fetch_sub(1, std::memory_order_relaxed);
  records_.erase(record);
}

void BanBook::Evict(uint64_t hash) {
  Remove(records_.find(hash));
  counters_.evicted_bans.fetch_add(1, std::memory_order_relaxed);
}

void BanBook::Sweep(TimePoint now) {
  while (!by_end_.empty() && by_end_.begin()->first <= now) Remove(records_.find(by_end_.begin()->second));
}

void BanBook::WritePlace(uint64_t hash, TimePoint until, BanRule rule) {
  Place* bucket = BucketOf(hash);
  Place* chosen = bucket;
  for (Place* place = bucket; place != bucket + kWays; ++place) {
    if (Load(place->hash) == hash) {
      chosen = place;
      break;
    }
    if (Load(place->until) < Load(chosen->until)) chosen = place;  // of a free one it is 0
  }
  if (const uint64_t other = Load(chosen->hash); other != 0 && other != hash) Evict(other);
  const auto ms = static_cast<uint64_t>(std::chrono::ceil<milliseconds>(until.time_since_epoch()).count());
  const uint64_t word = ms << kRuleBits | static_cast<uint64_t>(rule);
  if (Load(chosen->hash) == 0) {
    Store(chosen->until, 0);
    Store(chosen->hash, hash);
  }
  Store(chosen->until, word);
}

void BanBook::ClearPlace(uint64_t hash) {
  Place* bucket = BucketOf(hash);
  for (Place* place = bucket; place != bucket + kWays; ++place) {
    if (Load(place->hash) != hash) continue;
    Store(place->hash, 0);
    Store(place->until, 0);
  }
}

void BanBook::Tell(const Record& record, bool lifted) {
  if (!shares_) return;
  if (news_.size() >= kMostNews) {
    news_.pop_front();
    counters_.news_dropped.fetch_add(1, std::memory_order_relaxed);
  }
  news_.push_back({record, lifted});
}

std::optional<uint64_t> BanBook::MayLog(TimePoint now) {
  if (now - log_second_ >= std::chrono::seconds(1)) {
    log_second_ = now;
    logged_ = 0;
  }
  if (logged_ >= kMostLogged) {
    ++unlogged_;
    return std::nullopt;
  }
  ++logged_;
  return std::exchange(unlogged_, 0);
}

}  // namespace dragoman::guard
