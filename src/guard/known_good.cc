#include "guard/known_good.h"

#include <algorithm>
#include <bit>

namespace dragoman::guard {
namespace {

constexpr size_t kMaxBuckets = size_t{1} << 23;

// Room for a pair and its address for each of `max_entries`, half of it empty.
size_t Buckets(size_t max_entries, size_t ways) {
  return std::min(std::bit_ceil(std::max<size_t>(1, max_entries * 4 / ways)), kMaxBuckets);
}

}  // namespace

KnownGood::KnownGood(size_t max_entries, Counters& counters)
    : counters_(counters), mask_(Buckets(max_entries, kWays) - 1), entries_((mask_ + 1) * kWays) {}

// Workers' clocks are a turn apart: what is ahead of `grain` is of now.
uint64_t KnownGood::Age(uint64_t entry, uint64_t grain) {
  const uint64_t age = (grain - entry) & kGrainMask;
  return age > kGrainMask / 2 ? 0 : age;
}

bool KnownGood::Over(uint64_t entry, uint64_t grain) {
  constexpr uint64_t kGrains = static_cast<uint64_t>(kGoodFor / kGrain);
  return Age(entry, grain) > kGrains;
}

bool KnownGood::Knows(uint64_t hash, TimePoint now) const {
  const uint64_t* bucket = BucketOf(hash);
  for (size_t i = 0; i < kWays; ++i) {
    const uint64_t entry = Load(bucket[i]);
    if (entry != 0 && Tag(entry) == Tag(hash)) return !Over(entry, Grain(now));
  }
  return false;
}

// Two who write to a bucket at the same time may take the same place: one of them is written again by its next success.
void KnownGood::Write(uint64_t hash, TimePoint now) {
  const uint64_t grain = Grain(now);
  uint64_t* bucket = const_cast<uint64_t*>(BucketOf(hash));
  size_t chosen = 0;
  uint64_t oldest = 0;
  for (size_t i = 0; i < kWays; ++i) {
    const uint64_t entry = Load(bucket[i]);
    if (entry != 0 && Tag(entry) == Tag(hash)) {
      chosen = i;
      break;
    }
    const uint64_t age = entry == 0 ? kGrainMask : Age(entry, grain);
    if (age > oldest) {
      oldest = age;
      chosen = i;
    }
  }
  const uint64_t replaced = Load(bucket[chosen]);
  if (replaced != 0 && Tag(replaced) != Tag(hash) && !Over(replaced, grain)) {
    counters_.evicted_known_good.fetch_add(1, std::memory_order_relaxed);
  }
  std::atomic_ref(bucket[chosen]).store(Tag(hash) | grain, std::memory_order_relaxed);
}

}  // namespace dragoman::guard
