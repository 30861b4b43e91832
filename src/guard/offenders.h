#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>

#include "base/clock.h"
#include "config/config.h"
#include "guard/ban.h"
#include "guard/counters.h"
#include "guard/zeroed_array.h"

namespace dragoman::guard {

// What one event weighs.
struct Offence {
  bool failure = false;  // a credential was refused
  float points = 0;
  uint64_t identity = 0;  // hash of who was claimed in vain; 0: nobody
  uint64_t route = 0;     // hash of the RPC that was refused; 0: none
};

// A ban that an event led to.
struct Sentence {
  BanRule rule;
  Duration duration;
  uint32_t count;  // the how manieth
};

// What is held against addresses, identities and identities at an address, each known by its hash: points that halve
// every half-life, failures within a window, and how often they were banned.
//
// Failures: a window begins with the first of them; those of the window before count by the part of it that still lies
// within one window's length of now. Points: a further identity or RPC counts if its bit in a sketch of 64 is not set
// yet; the sketch begins anew where half of it
// is, and where nothing was heard for eight half-lives. Bans: each is twice as long as the one before, and one of them
// is forgotten for every eighth of `longest` that passes after the end of the last.
//
// Memory: 96 bytes for each of max_entries, touched as needed. Where a bucket of eight is full, whoever was heard of
// least recently goes (somebody banned counts as heard of until the ban ends); counted unless nothing was held against
// them. Threads: safe to use concurrently; a lock for each 64th of the table.
class Offenders {
 public:
  Offenders(const config::Guard& config, Counters& counters);

  // Adds an event to what is held against `subject`; what it comes to, if it is enough for a ban. Points and failures
  // are at nothing then.
  std::optional<Sentence> Add(uint64_t subject, const Offence& offence, TimePoint now);
  void Forget(uint64_t subject);
  size_t size() const { return size_.load(std::memory_order_relaxed); }

 private:
  struct Entry {
    uint64_t subject;  // 0: free
    int64_t last;      // ns; of the last event, or the end of the last ban
    int64_t points_at;
    int64_t window;  // its begin
    int64_t ban_end;
    int64_t longest;      // of the rule that led to the last ban
    uint64_t identities;  // sketches
    uint64_t routes;
    float points;
    uint32_t failures;
    uint32_t failures_before;  // of the window before
    uint32_t bans;
  };
  static constexpr size_t kWays = 8;
  static constexpr size_t kLocks = 64;

  Entry& Take(uint64_t subject, int64_t now);
  bool Idle(const Entry& entry, int64_t now) const;
  float PointsOf(Entry& entry, const Offence& offence, int64_t now) const;
  bool TooManyFailures(Entry& entry, int64_t now) const;
  uint32_t EarlierBans(const Entry& entry, int64_t now) const;
  Sentence Ban(Entry& entry, BanRule rule, const config::Guard::Ban& ban, int64_t now);

  const std::optional<config::Guard::BruteForce> brute_force_;
  const std::optional<config::Guard::Patterns> patterns_;
  Counters& counters_;
  const size_t mask_;  // of buckets
  std::array<std::mutex, kLocks> locks_;
  ZeroedArray<Entry> entries_;
  std::atomic<size_t> size_{0};
};

}  // namespace dragoman::guard
