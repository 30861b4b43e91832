#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "guard/ban.h"
#include "guard/ban_exchange.h"
#include "guard/counters.h"
#include "guard/keyed_hash.h"
#include "guard/subject.h"
#include "guard/zeroed_array.h"

namespace dragoman::guard {

// The bans of now. Asked by every worker for each request while there are any, so there are two sides to it: a table of
// hashes that is read without a lock, and behind a lock what people and other gateways are told.
//
// Where there are max_entries of them, or a bucket of the table is full, the one that ends first goes, and is counted.
// Each ban is logged as it is imposed, at most kMostLogged a second.
// Threads: safe to use concurrently.
class BanBook final : public BanExchange {
 public:
  static constexpr int kMostLogged = 10;       // lines a second
  static constexpr size_t kMostNews = 10'000;  // that wait to be taken

  struct Standing {
    TimePoint until;
    BanRule rule;
  };

  // `never`: whether a subject must not be banned, whoever says so. `longest`: of a ban that is merged. `shares`:
  // whether anybody takes the news.
  BanBook(const KeyedHash& hash, size_t max_entries, Duration longest, bool shares,
          std::function<bool(const Subject&)> never, Counters& counters);
  ~BanBook() override;

  // Whether any address, any identity (also one at an address) may be banned. One load.
  bool any_addresses() const { return addresses_.load(std::memory_order_relaxed) != 0; }
  bool any_identities() const { return identities_.load(std::memory_order_relaxed) != 0; }
  // The ban of the subject of that hash; nothing if there is none, or it is over.
  std::optional<Standing> Find(uint64_t hash, TimePoint now) const;

  // Replaces a ban that ends sooner.
  void Add(const Subject& subject, BanRule rule, Duration duration, uint32_t count, TimePoint now);
  // False if it is not banned.
  bool Lift(const Subject& subject, const Moment& now);
  // Takes over the bans of another book, as far as this one would impose them, and its news. Before anybody asks.
  void TakeOver(BanBook& before, const Moment& now);
  // Takes those away that are over. Next to nothing while there are none.
  void Tidy(TimePoint now);
  std::optional<Ban> Get(const Subject& subject, const Moment& now) const;
  // Those that end last in front.
  std::vector<Ban> List(const Moment& now, size_t most) const;
  size_t size() const {
    return addresses_.load(std::memory_order_relaxed) + identities_.load(std::memory_order_relaxed);
  }

  std::vector<BanNews> TakeNews(size_t most, const Moment& now) override;
  void Merge(std::span<const BanNews> news, const Moment& now) override;

 private:
  struct Record {
    std::string what;
    bool of_address;
    BanRule rule;
    TimePoint since;
    TimePoint until;
    uint32_t count;
  };
  struct News {
    Record record;
    bool lifted;
  };
  // One place of the table. A reader believes `until` only if `hash` is the same before and after.
  struct Place {
    uint64_t hash;   // 0: free
    uint64_t until;  // ms of the steady clock, and in the low bits the rule
  };
  static constexpr size_t kWays = 8;
  static constexpr int kRuleBits = 2;

  static Ban Told(const Record& record, const Moment& now);
  using Records = std::unordered_map<uint64_t, Record>;

  // All of them with the lock held.
  const Record* Impose(const Subject& subject, Record record);  // null: a ban that ends later stays
  void Remove(Records::iterator record);
  void Evict(uint64_t hash);
  void Sweep(TimePoint now);
  void WritePlace(uint64_t hash, TimePoint until, BanRule rule);
  void ClearPlace(uint64_t hash);
  void Tell(const Record& record, bool lifted);
  std::optional<uint64_t> MayLog(TimePoint now);  // how many were not logged before; nothing: not this one either

  Place* BucketOf(uint64_t hash) { return &places_[(hash & mask_) * kWays]; }
  const Place* BucketOf(uint64_t hash) const { return &places_[(hash & mask_) * kWays]; }

  const KeyedHash& hash_;
  const size_t max_entries_;
  const Duration longest_;
  const bool shares_;
  const std::function<bool(const Subject&)> never_;
  Counters& counters_;

  const size_t mask_;  // of buckets
  ZeroedArray<Place> places_;
  std::atomic<size_t> addresses_{0};
  std::atomic<size_t> identities_{0};
  std::atomic<TimePoint> first_end_{TimePoint::max()};

  mutable std::mutex mutex_;  // of all below, and of writing above
  Records records_;
  std::set<std::pair<TimePoint, uint64_t>> by_end_;
  std::deque<News> news_;
  TimePoint log_second_{};
  int logged_ = 0;
  uint64_t unlogged_ = 0;
};

}  // namespace dragoman::guard
