#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

#include "rate_limit/keyed_hash.h"
#include "rate_limit/ticks.h"

namespace dragoman::rate_limit {

// Where one bucket's state is: changed by compare and exchange, by any thread. Its place may be given to another key
// once it is as new; then every use of it fails, and the key has to be looked up again.
class Bucket {
 public:
  Bucket() = default;  // none

  bool none() const { return slot_ == nullptr; }
  // False: it is not this key's any more.
  bool Load(Ticks& state) const;
  // Puts `next` where `expected`, as Load had it, is. False: it is something else by now.
  bool Exchange(Ticks expected, Ticks next) const;

 private:
  friend class BucketTable;
  struct Slot {
    uint64_t tag;    // of the key; 0: never used
    uint64_t state;  // kTaken: on its way from one key to another
  };
  static constexpr uint64_t kTaken = UINT64_MAX;

  Bucket(Slot* slot, uint64_t tag) : slot_(slot), tag_(tag) {}

  Slot* slot_ = nullptr;
  uint64_t tag_ = 0;
};

// The states of many buckets, by the hash of their keys: 128 bits of a keyed hash, of which the table keeps 64 and the
// place tells more. Keys are never given back: a bucket whose state is a time that has passed is as new, and its place
// is used for the next key that wants it.
//
// A table is cut into sets of kSetSlots places, and a key has its place in one set. There are four places for each of
// the `buckets` that it is made for, so that a set overflows once in 10^5 tables that are full of live buckets. Where
// one does, the bucket that is the nearest to being as new makes room: whoever it belonged to gets back, once, what
// little was taken.
//
// Threads: any. Who finds its bucket takes no lock; a key without one is added under a lock that 1 of kLocks sets
// share. Memory: 64 bytes for each of `buckets`, mapped at once and taken from the system as it is touched.
class BucketTable {
 public:
  static constexpr size_t kDefaultBuckets = 1 << 20;

  explicit BucketTable(size_t buckets = kDefaultBuckets);
  ~BucketTable();
  BucketTable(const BucketTable&) = delete;
  BucketTable& operator=(const BucketTable&) = delete;

  // Begins to load what Find will look at.
  void Prefetch(const Hash128& key) const { __builtin_prefetch(SetOf(key) + HomeOf(key)); }
  // None: there is no such bucket, so that it is as new.
  Bucket Find(const Hash128& key) const;
  Bucket FindOrAdd(const Hash128& key, Ticks now);

  // Live buckets that had to make room, since the start.
  uint64_t evicted() const { return evicted_.load(std::memory_order_relaxed); }
  // Buckets that were added, since the start.
  uint64_t added() const { return added_.load(std::memory_order_relaxed); }
  size_t bytes() const { return sets_ * kSetSlots * sizeof(Slot); }  // mapped

 private:
  using Slot = Bucket::Slot;
  static constexpr size_t kSetSlots = 32;
  static constexpr size_t kLocks = 256;

  static uint64_t TagOf(const Hash128& key) { return key.low | 1; }  // never 0
  static size_t HomeOf(const Hash128& key) { return key.high % kSetSlots; }
  size_t IndexOf(const Hash128& key) const { return (key.high >> 32) * sets_ >> 32; }
  Slot* SetOf(const Hash128& key) const { return slots_ + IndexOf(key) * kSetSlots; }
  // Takes the place for another key, and says which.
  Slot* Vacate(Slot* set, size_t home, Ticks now);

  const size_t sets_;
  Slot* const slots_;
  std::unique_ptr<std::mutex[]> locks_;
  std::atomic<uint64_t> evicted_{0};
  std::atomic<uint64_t> added_{0};
};

}  // namespace dragoman::rate_limit
