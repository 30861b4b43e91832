#include "concurrency/consumer_gates.h"

#include <algorithm>
#include <cstring>
#include <random>

namespace dragoman::concurrency {
namespace {

std::array<uint64_t, 2> MakeSecret() {
  std::random_device device;
  std::array<uint64_t, 2> secret;
  for (uint64_t& word : secret) word = uint64_t{device()} << 32 | device();
  return secret;
}

// Both halves of a product, folded: each bit of the result depends on all of both factors.
uint64_t Fold(uint64_t a, uint64_t b) {
  __extension__ const auto product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

constexpr size_t kWord = sizeof(uint64_t);

uint64_t WordAt(const char* bytes) {
  uint64_t word;
  std::memcpy(&word, bytes, kWord);
  return word;
}

}  // namespace

ConsumerGates::ConsumerGates(const config::Concurrency& limits, size_t most)
    : limits_(limits), most_of_shard_(std::max<size_t>(most / kShards, 1)), secret_(MakeSecret()) {}

// The hash of a name ends with its length, that of an address with none: no name counts as an address.
uint64_t ConsumerGates::KeyOf(const Who& who) const {
  if (who.consumer.empty()) {
    uint64_t hash = Fold(who.address.high() ^ secret_[0], secret_[1] | 1);
    if (who.address.v4()) hash = Fold(hash ^ who.address.low(), secret_[0] | 1);
    return Fold(hash ^ secret_[0], secret_[1] ^ (who.address.none() ? 2 : 0));
  }
  const std::string_view name = who.consumer;
  uint64_t hash = secret_[1];
  for (size_t at = 0; at + kWord < name.size(); at += kWord) {
    hash = Fold(hash ^ WordAt(name.data() + at), secret_[0] | 1);
  }
  // The last word overlaps the one before.
  uint64_t last = 0;
  if (name.size() >= kWord) {
    last = WordAt(name.data() + name.size() - kWord);
  } else {
    for (const char byte : name) last = last << 8 | static_cast<unsigned char>(byte);
  }
  hash = Fold(hash ^ last, secret_[0] | 1);
  return Fold(hash ^ name.size(), secret_[1] | 1);
}

Gate* ConsumerGates::FindOrMake(Shard& shard, uint64_t key, std::string_view tier) {
  Entry*& bucket = BucketOf(shard, key);
  for (Entry* entry = bucket; entry != nullptr; entry = entry->next) {
    if (entry->key == key) return &entry->gate;
  }
  Entry* entry = TakeIdle(shard);
  if (entry != nullptr) {
    entry->key = key;
    entry->gate.Reset(MaxOf(tier));
  } else if (shard.entries.size() < most_of_shard_) {
    entry = &shard.entries.emplace_back(key, Gate::Limits{MaxOf(tier), {limits_.queue, limits_.queue_timeout}}, tally_);
  } else {
    tally_.full.fetch_add(1, std::memory_order_relaxed);
    return nullptr;
  }
  entry->next = bucket;
  bucket = entry;
  return &entry->gate;
}

// The gate of somebody who has no call under way, out of its bucket. Null: a new one is to be made, or there is none.
ConsumerGates::Entry* ConsumerGates::TakeIdle(Shard& shard) {
  const size_t size = shard.entries.size();
  if (size < std::min(kWarm, most_of_shard_)) return nullptr;
  for (size_t left = size < most_of_shard_ ? kProbes : size; left > 0; --left) {
    Entry& entry = shard.entries[shard.hand++ % size];
    if (!entry.gate.idle()) continue;
    Entry** link = &BucketOf(shard, entry.key);
    while (*link != &entry) link = &(*link)->next;
    *link = entry.next;
    return &entry;
  }
  return nullptr;
}

uint32_t ConsumerGates::MaxOf(std::string_view tier) const {
  for (const auto& [name, max] : limits_.tiers) {
    if (name == tier) return max;
  }
  return limits_.max;
}

ConsumerGates::Sums ConsumerGates::sums() {
  Sums sums;
  for (Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    for (const Entry& entry : shard.entries) {
      const Gate::Load load = entry.gate.load();
      sums.under_way += load.under_way;
      sums.waiting += load.waiting;
    }
    sums.gates += shard.entries.size();
  }
  return sums;
}

}  // namespace dragoman::concurrency
