#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"
#include "guard/counters.h"
#include "guard/zeroed_array.h"

namespace dragoman::guard {

// Which identities have lately proved who they are, at which addresses: what a ban of an address must not shut out, and
// what a ban of an identity must not lock out. For each pair an entry of 8 bytes, and one for the address.
//
// A pair is remembered for kGoodFor since its last success, to kGrain. Where a bucket is full, what was seen least
// recently goes, which is counted unless it was over anyway.
// Threads: safe to use concurrently, without a lock: an entry is one word.
// Cost:    Note about 40 instructions for a pair that was noted within kGrain.
class KnownGood {
 public:
  static constexpr Duration kGrain{int64_t{1} << 36};  // 69 s
  static constexpr Duration kGoodFor = std::chrono::hours(7 * 24);

  KnownGood(size_t max_entries, Counters& counters);

  // `pair`: hash of an identity at an address. `address_hash()`: of the address alone; asked for where there is
  // something to write.
  template <typename AddressHash>
  void Note(uint64_t pair, TimePoint now, AddressHash address_hash) {
    const uint64_t fresh = Tag(pair) | Grain(now);
    const uint64_t* bucket = BucketOf(pair);
    for (size_t i = 0; i < kWays; ++i) {
      if (Load(bucket[i]) == fresh) return;
    }
    Write(pair, now);
    Write(address_hash(), now);
  }

  bool Knows(uint64_t hash, TimePoint now) const;

 private:
  static constexpr size_t kWays = 8;  // entries of a bucket: a cache line
  static constexpr uint64_t kGrainMask = 0xff'ffff;

  static uint64_t Tag(uint64_t hash) { return hash & ~kGrainMask; }
  // 1…2^24-1; more than thirty years of them.
  static uint64_t Grain(TimePoint now) {
    return ((static_cast<uint64_t>(now.time_since_epoch().count()) >> 36) + 1) & kGrainMask;
  }
  static uint64_t Load(const uint64_t& entry) {
    return std::atomic_ref(const_cast<uint64_t&>(entry)).load(std::memory_order_relaxed);
  }
  static uint64_t Age(uint64_t entry, uint64_t grain);
  static bool Over(uint64_t entry, uint64_t grain);
  const uint64_t* BucketOf(uint64_t hash) const { return &entries_[(hash & mask_) * kWays]; }
  void Write(uint64_t hash, TimePoint now);

  Counters& counters_;
  const uint64_t mask_;  // of buckets; their number is below 2^24, so that place and tag share no bits
  ZeroedArray<uint64_t> entries_;
};

}  // namespace dragoman::guard
