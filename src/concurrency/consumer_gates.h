#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string_view>
#include <vector>

#include "concurrency/gate.h"
#include "config/config.h"

namespace dragoman::concurrency {

// Who calls.
struct Who {
  std::string_view consumer;         // its name; empty: nobody that is known, and the address counts
  std::string_view tier;             // of the consumer; may be empty
  const config::IpAddress& address;  // of the client; IPv6 counts by /64
};

// A gate for each consumer that has calls under way, over all RPCs of one policy. The gates of those who have none are
// given to others.
//
// Bounds: kMost callers with calls under way at once.   Threads: any.
// Cost: a keyed hash of the name and a short lock, which a sixteenth of the callers share; nothing is allocated for a
// caller that comes back.
class ConsumerGates {
 public:
  static constexpr size_t kMost = 65'536;

  explicit ConsumerGates(const config::Concurrency& limits, size_t most = kMost);

  // Runs `use(gate)` with the caller's gate, which stays the caller's only while a place of it is taken, or somebody
  // waits for one, when `use` returns. Null: too many others have calls under way.
  template <typename Use>
  auto With(const Who& who, Use&& use) {
    const uint64_t key = KeyOf(who);
    Shard& shard = shards_[key % kShards];
    const std::lock_guard lock(shard.mutex);
    return use(FindOrMake(shard, key, who.tier));
  }

  const config::Concurrency& limits() const { return limits_; }
  // How many calls a consumer of that tier may have under way.
  uint32_t MaxOf(std::string_view tier) const;
  const Tally& tally() const { return tally_; }
  size_t most() const { return most_of_shard_ * kShards; }
  // Sums over all callers, as they are when asked; how many gates there are.
  struct Sums {
    uint64_t under_way = 0;
    uint64_t waiting = 0;
    size_t gates = 0;
  };
  Sums sums();

 private:
  static constexpr size_t kShards = 16;
  static constexpr size_t kBuckets = 512;  // of a shard
  static constexpr size_t kWarm = 64;      // gates that a shard has before it looks for idle ones
  static constexpr size_t kProbes = 8;     // gates that are looked at, before another one is made

  struct Entry {
    Entry(uint64_t hash, const Gate::Limits& limits, Tally& tally) : key(hash), gate(limits, tally) {}
    uint64_t key;
    Entry* next = nullptr;  // in its bucket
    Gate gate;
  };
  struct alignas(64) Shard {
    std::mutex mutex;  // of all below
    std::array<Entry*, kBuckets> buckets{};
    std::deque<Entry> entries;  // never fewer
    size_t hand = 0;            // the entry that is looked at next
  };

  uint64_t KeyOf(const Who& who) const;
  static Entry*& BucketOf(Shard& shard, uint64_t key) { return shard.buckets[key / kShards % kBuckets]; }
  Gate* FindOrMake(Shard& shard, uint64_t key, std::string_view tier);
  Entry* TakeIdle(Shard& shard);

  const config::Concurrency& limits_;
  const size_t most_of_shard_;
  const std::array<uint64_t, 2> secret_;  // nobody can choose whose gate is whose neighbour
  Tally tally_;
  std::array<Shard, kShards> shards_;
};

}  // namespace dragoman::concurrency
