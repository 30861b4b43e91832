#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "base/clock.h"
#include "config/config.h"
#include "guard/ban_book.h"
#include "guard/counters.h"
#include "guard/keyed_hash.h"
#include "guard/known_good.h"
#include "guard/lists.h"
#include "guard/zeroed_array.h"
#include "http/connection_gate.h"

namespace dragoman::guard {

// Who may connect: nobody who is denied, or banned without somebody known there; of each address so many connections at
// once, and so many new ones a second with a burst (GCRA). IPv6 counts by /64. Allowed networks, trusted proxies and
// unix sockets are only counted.
//
// Threads: safe to use concurrently.   Cost: two locks of 64, a connection.
class ConnectionLimits final : public http::ConnectionGate {
 public:
  ConnectionLimits(const config::Guard& config, const config::NetworkSet& trusted_proxies, const SharedLists& lists,
                   const KeyedHash& hash, const BanBook& bans, const KnownGood& known_good, Counters& counters);

  bool Admit(const config::IpAddress& address, TimePoint now) override;
  void Ended(const config::IpAddress& address) override;

  size_t open() const;  // connections, of all addresses

 private:
  // When an address would have used up nothing of its burst.
  struct Rate {
    uint64_t address;  // hash; 0: free
    int64_t empty_at;  // ns
  };
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<uint64_t, uint32_t> open;  // of each address that has some
  };
  static constexpr size_t kShards = 64;
  static constexpr size_t kWays = 8;

  bool TakeFromRate(uint64_t address, TimePoint now);

  const config::Guard::Connections limits_;
  const config::NetworkSet& trusted_proxies_;
  const SharedLists& lists_;
  const KeyedHash& hash_;
  const BanBook& bans_;
  const KnownGood& known_good_;
  Counters& counters_;
  std::array<Shard, kShards> shards_;
  const size_t mask_;  // of buckets
  ZeroedArray<Rate> rates_;
};

}  // namespace dragoman::guard
