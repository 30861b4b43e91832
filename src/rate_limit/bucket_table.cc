#include "rate_limit/bucket_table.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>

namespace dragoman::rate_limit {
namespace {

// Places for each of the buckets that a table is made for, and so the inverse of its load.
constexpr size_t kPlacesPerBucket = 4;

std::atomic_ref<uint64_t> Shared(uint64_t& word) { return std::atomic_ref<uint64_t>(word); }

void* MapZeros(size_t bytes) {
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  // A huge page for each of the first few keys would take all the memory at once. Where it cannot be had, nothing is
  // lost.
  (void)::madvise(memory, bytes, MADV_NOHUGEPAGE);
  return memory;
}

}  // namespace

// The tag is looked at after the state, and changes before it where a place changes hands, so that a state that was
// loaded belongs to the tag that is seen then. An exchange that succeeds later is still of the same key: every key
// begins with a state that no other has had (BucketTable::added). For the next one to arrive at the very state that the
// last one had, while somebody is between Load and Exchange, both would have to be the same to a sixteenth of a
// nanosecond; one charge would go astray.
bool Bucket::Load(Ticks& state) const {
  state = Shared(slot_->state).load(std::memory_order_acquire);
  return state != kTaken && Shared(slot_->tag).load(std::memory_order_acquire) == tag_;
}

bool Bucket::Exchange(Ticks expected, Ticks next) const {
  return Shared(slot_->state)
      .compare_exchange_strong(expected, next, std::memory_order_acq_rel, std::memory_order_relaxed);
}

BucketTable::BucketTable(size_t buckets)
    : sets_(std::max<size_t>(1, (buckets * kPlacesPerBucket + kSetSlots - 1) / kSetSlots)),
      slots_(static_cast<Slot*>(MapZeros(bytes()))),
      locks_(std::make_unique<std::mutex[]>(kLocks)) {}

BucketTable::~BucketTable() { ::munmap(slots_, bytes()); }

Bucket BucketTable::Find(const Hash128& key) const {
  Slot* const set = SetOf(key);
  const uint64_t tag = TagOf(key);
  for (size_t i = 0, at = HomeOf(key); i < kSetSlots; ++i, at = (at + 1) % kSetSlots) {
    const uint64_t found = Shared(set[at].tag).load(std::memory_order_acquire);
    if (found == tag) return Bucket(set + at, tag);
    if (found == 0) break;
  }
  return Bucket();
}

Bucket BucketTable::FindOrAdd(const Hash128& key, Ticks now) {
  const std::lock_guard lock(locks_[IndexOf(key) % kLocks]);
  if (const Bucket found = Find(key); !found.none()) return found;
  Slot* const slot = Vacate(SetOf(key), HomeOf(key), now);
  Shared(slot->tag).store(TagOf(key), std::memory_order_release);
  // A time long ago, and never the same one twice.
  Shared(slot->state).store(added_.fetch_add(1, std::memory_order_relaxed) + 1, std::memory_order_release);
  return Bucket(slot, TagOf(key));
}

BucketTable::Slot* BucketTable::Vacate(Slot* set, size_t home, Ticks now) {
  for (;;) {
    Slot* chosen = nullptr;
    uint64_t least = Bucket::kTaken;
    for (size_t i = 0, at = home; i < kSetSlots && least > now; ++i, at = (at + 1) % kSetSlots) {
      const uint64_t state = Shared(set[at].state).load(std::memory_order_acquire);
      if (state < least) {
        least = state;
        chosen = set + at;
      }
    }
    // Whoever charges the bucket at the same time wins, and another is looked for.
    if (!Bucket(chosen, 0).Exchange(least, Bucket::kTaken)) continue;
    if (least > now) evicted_.fetch_add(1, std::memory_order_relaxed);
    return chosen;
  }
}

}  // namespace dragoman::rate_limit
