#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/loop.h"
#include "base/task.h"
#include "guard/ban_exchange.h"
#include "store/redis.h"

namespace dragoman::guard {

// Bans that gateways share through Redis: what is new here is published, and what is new there is merged, once a
// second.
//
// Redis holds the newest `max_entries` news, one a subject, in two keys: "dragoman:bans", a hash from the subject to
// what is said of it, and "dragoman:bans:order", a sorted set of subjects in the order of their news, by which each
// gateway asks only for what it has not heard yet. Both vanish when all that they say is over. Of two bans of a subject
// the longer one stays; lifting ends both. Times go by Redis's clock, to which each gateway adds the difference to its
// own.
//
// While Redis does not answer, each gateway bans alone; what it has to say waits in the exchange, within its bound.
// What others say is not trusted in form; whether it may be so, the exchange judges.
//
// Threads:  its loop's.   Lifetime: begins at once; destroyed before Redis, exchange and loop.
// Spec:     Redis 5 or later, not Redis Cluster: the two keys would have to lie together.
class RedisBans {
 public:
  struct Options {
    std::string prefix;  // of both keys: "dragoman:"
    size_t max_entries = 10'000;
    Duration every = std::chrono::seconds(1);
  };
  static constexpr size_t kBatch = 200;      // news a command
  static constexpr size_t kMaxBatches = 50;  // a round, each way
  static constexpr size_t kMaxWhat = 512;    // bytes of a subject

  RedisBans(Loop& loop, store::Redis& redis, BanExchange& exchange, const Options& options);
  RedisBans(const RedisBans&) = delete;
  RedisBans& operator=(const RedisBans&) = delete;

 private:
  enum class Progress { kMore, kDone, kFailed };

  void Begin();
  Task<void> Round();
  Task<bool> Publish();
  Task<Progress> Fetch();
  Progress Read(const store::Reply& reply, std::vector<BanNews>& news, const Moment& now);

  store::Redis& redis_;
  BanExchange& exchange_;
  const std::string bans_key_;
  const std::string order_key_;
  const std::string max_entries_;
  const Duration every_;
  const std::string gateway_;  // told with its news, so that it need not listen to itself
  std::string heard_ = "0";    // the place in the order up to which everything was merged
  std::vector<BanNews> unpublished_;
  Timer timer_;
  std::optional<Task<void>> round_;  // last: what it uses outlives it
};

}  // namespace dragoman::guard
