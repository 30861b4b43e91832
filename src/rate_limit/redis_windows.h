#pragma once

#include <string>
#include <utility>

#include "rate_limit/window.h"
#include "store/redis.h"

namespace dragoman::rate_limit {

// Windows whose state is kept in Redis: one script a request, which Redis runs as a whole, one key a bucket.
//
// kRate: GCRA. A bucket is a debt, which each admitted request adds `cost` of `per`/`amount` to and time takes away; a
// request is admitted if the debt stays at or below `burst` of them. Told in units of which a microsecond and a request
// are whole numbers, so that nothing is rounded as long as burst × per fits 53 bits in them (1 000 000 an hour do, 250
// times over); beyond, the error is under a millionth of a request. kQuota: what is used, and when the window ends that
// the first request began.
//
// The time is Redis's, in microseconds: gateways whose clocks differ agree. When it jumps back, no bucket waits longer
// than its whole window. Keys vanish by themselves when their bucket is as good as new.
//
// Keys: redis_key.h. A changed amount or burst goes on with the same bucket, what is owed bounded by the new one.
//
// Threads:  its loop's.   Lifetime: outlives the calls of Take that have not ended, unless the Redis is destroyed,
// which ends them.
class RedisWindows final : public SharedWindows {
 public:
  // `prefix` begins every key.
  RedisWindows(store::Redis& redis, std::string prefix) : redis_(redis), prefix_(std::move(prefix)) {}

  Task<bool> Take(std::span<const Charge> charges, std::span<Verdict> verdicts) override;
  bool up() const override { return redis_.up(); }

 private:
  store::Redis& redis_;
  const std::string prefix_;
};

}  // namespace dragoman::rate_limit
