#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "config/config.h"
#include "rate_limit/bucket_table.h"
#include "rate_limit/keyed_hash.h"
#include "rate_limit/meter.h"
#include "transcoding/status.h"

namespace dragoman::rate_limit {

// One window of a limit, or of a tier of it, made ready.
struct Window {
  const config::LimitWindow* config;
  std::string_view tier;  // of consumers; empty: of everybody else
  Meter meter;
  size_t index;         // into Limits::windows()
  Hash128 apart;        // what its buckets' keys differ by from those of other windows
  std::string policy;   // its member of RateLimit-Policy: `"per-client-1s";q=10;w=1`
  std::string opening;  // of its member of RateLimit: `"per-client-1s";r=`
  std::string excess;   // "more than 10 requests in 1 s by this client (limit per-client-1s)"
};

// A limit with the windows of each tier of consumers.
struct Limit {
  struct Tier {
    std::string_view name;  // empty: of everybody else
    std::vector<const Window*> windows;
  };
  const config::RateLimit* config;
  std::vector<Tier> tiers;  // everybody else's first

  // The tier of that name, else everybody else's.
  const Tier& TierOf(std::string_view name) const;
};

// All limits of a configuration and the buckets of those that are local to the process. Built once, shared by all
// workers.
//
// Lifetime: less than the configuration's.   Threads: any; buckets are made for it, the rest is immutable.
class Limits {
 public:
  static constexpr size_t kMaxName = 80;  // bytes of a window's name

  // What is counted, and the secret by which it is found.
  struct Counts {
    explicit Counts(size_t buckets = BucketTable::kDefaultBuckets) : table(buckets) {}
    BucketTable table;
    Hash128 key = RandomKey();
  };
  // Errors: windows that cannot be counted, names that cannot stand in a header. `counts`: of the limits of before, whose windows of the same
  // limit, place, size and tier go on; null: all begin anew.
  static tl::expected<std::unique_ptr<Limits>, Problems> Build(const config::Config& config, std::shared_ptr<Counts> counts = nullptr);

  const Limit& limit(size_t index) const { return limits_[index]; }  // as of config::LimitUse
  // For metrics.
  const std::deque<Window>& windows() const { return windows_; }
  // Secret of this process.
  const Hash128& hash_key() const { return counts_->key; }
  BucketTable& buckets() const { return counts_->table; }
  // For the limits that come after.
  const std::shared_ptr<Counts>& counts() const { return counts_; }

 private:
  explicit Limits(std::shared_ptr<Counts> counts) : counts_(std::move(counts)) {}

  void AddTier(const config::RateLimit& config, std::string_view tier, const std::vector<config::LimitWindow>& windows,
               Limit& limit, Problems& problems);

  std::deque<Window> windows_;  // do not move
  std::vector<Limit> limits_;
  const std::shared_ptr<Counts> counts_;
};

}  // namespace dragoman::rate_limit
