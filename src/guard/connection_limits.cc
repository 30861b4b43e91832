#include "guard/connection_limits.h"

#include <algorithm>
#include <bit>
#include <chrono>

#include "guard/subject.h"

namespace dragoman::guard {
namespace {

constexpr size_t kMaxBuckets = size_t{1} << 24;

size_t Buckets(size_t max_entries, size_t ways) {
  return std::clamp<size_t>(std::bit_ceil(max_entries / ways + 1), 1, kMaxBuckets);
}

}  // namespace

ConnectionLimits::ConnectionLimits(const config::Guard& config, const config::NetworkSet& trusted_proxies,
                                   const SharedLists& lists, const KeyedHash& hash, const BanBook& bans,
                                   const KnownGood& known_good, Counters& counters)
    : limits_(config.connections),
      trusted_proxies_(trusted_proxies),
      lists_(lists),
      hash_(hash),
      bans_(bans),
      known_good_(known_good),
      counters_(counters),
      mask_(Buckets(config.max_entries, kWays) - 1),
      rates_((mask_ + 1) * kWays) {}

bool ConnectionLimits::Admit(const config::IpAddress& address, TimePoint now) {
  if (address.none()) return true;
  const uint64_t hash = hash_.Of(ClientNetwork(address), {});
  const auto refuse = [this](Refusal why) {
    counters_.Add(why);
    return false;
  };
  const std::shared_ptr<const Lists> lists = lists_.Get();
  const bool allowed = lists->allow.Contains(address);
  if (!allowed && lists->deny.Contains(address)) return refuse(Refusal::kConnectionBan);
  const bool limited = !allowed && !trusted_proxies_.Contains(address);
  if (limited && bans_.any_addresses() && bans_.Find(hash, now) && !known_good_.Knows(hash, now)) {
    return refuse(Refusal::kConnectionBan);
  }
  if (limited && limits_.new_per_second > 0 && !TakeFromRate(hash, now)) return refuse(Refusal::kConnectionRate);
  if (limits_.per_address == 0) return true;
  Shard& shard = shards_[hash % kShards];
  const std::lock_guard lock(shard.mutex);
  uint32_t& open = shard.open[hash];
  if (limited && open >= limits_.per_address) return refuse(Refusal::kConnectionCount);
  ++open;
  return true;
}

void ConnectionLimits::Ended(const config::IpAddress& address) {
  if (address.none() || limits_.per_address == 0) return;
  const uint64_t hash = hash_.Of(ClientNetwork(address), {});
  Shard& shard = shards_[hash % kShards];
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.open.find(hash);
  if (found != shard.open.end() && --found->second == 0) shard.open.erase(found);
}

size_t ConnectionLimits::open() const {
  size_t open = 0;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    for (const auto& [address, count] : shard.open) open += count;
  }
  return open;
}

// GCRA: each connection puts off by a second's fraction when the address has used up nothing.
bool ConnectionLimits::TakeFromRate(uint64_t address, TimePoint time) {
  const int64_t now = time.time_since_epoch().count();
  const int64_t interval = std::chrono::nanoseconds(std::chrono::seconds(1)).count() / limits_.new_per_second;
  const int64_t most = interval * std::max<uint32_t>(1, limits_.burst);
  const size_t bucket_index = (address >> 8) & mask_;
  const std::lock_guard lock(shards_[bucket_index % kShards].mutex);
  Rate* const bucket = &rates_[bucket_index * kWays];
  Rate* chosen = bucket;
  for (Rate* rate = bucket; rate != bucket + kWays; ++rate) {
    if (rate->address == address) {
      chosen = rate;
      break;
    }
    if (rate->empty_at < chosen->empty_at) chosen = rate;  // of a free one it is 0
  }
  const int64_t empty_at = chosen->address == address ? std::max(chosen->empty_at, now) : now;
  if (empty_at + interval - now > most) return false;
  if (chosen->address != address && chosen->empty_at > now) {
    counters_.evicted_connections.fetch_add(1, std::memory_order_relaxed);
  }
  *chosen = {address, empty_at + interval};
  return true;
}

}  // namespace dragoman::guard
