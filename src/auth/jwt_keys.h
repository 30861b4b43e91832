#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include "base/clock.h"
#include "base/loop.h"
#include "base/task.h"
#include "jose/key_set.h"

namespace dragoman::auth {

// A request that waits on its worker until the keys have been asked for. Touched on its worker's thread only, but for
// the address of the loop.
struct KeysWaiter {
  Loop& worker;
  Signal* signal;  // null once the request has gone

  static void Answer(const std::shared_ptr<KeysWaiter>& waiter);  // any thread
};

// The newest keys of one issuer, between the control loop, which fetches them, and the workers, which use them.
//
// A worker keeps the set that it got, and looks at `version` for each token: one load. The lock is taken only when that
// has changed.
//
// Threads: any.   Lifetime: shared. The control loop outlives the workers' loops.
class JwtKeys : public std::enable_shared_from_this<JwtKeys> {
 public:
  // What is done on the control loop for a request whose key is unknown; it ends in KeysWaiter::Answer.
  using Asked = std::function<void(const std::shared_ptr<KeysWaiter>&)>;

  explicit JwtKeys(Loop& control) : control_(control) {}

  // Grows whenever Get would return another set; 0: there never was one.
  uint64_t version() const { return version_.load(std::memory_order_acquire); }
  std::shared_ptr<const jose::KeySet> Get() const;  // null before the first

  // Whether asking might bring a key that is not there yet.
  bool MayAsk() const;
  // Has the keys asked for, and returns once that is over, whatever came of it. On the loop `worker`.
  Task<void> Ask(Loop& worker);

  // The control loop's side.
  void Publish(std::shared_ptr<const jose::KeySet> keys);
  void SetAsked(Asked asked) { asked_ = std::move(asked); }  // null: nobody answers any more
  void SetFetching(bool fetching) { fetching_.store(fetching, std::memory_order_release); }
  void SetNextAsk(TimePoint at) { next_ask_.store(at.time_since_epoch().count(), std::memory_order_release); }

 private:
  static constexpr Duration::rep kNever = INT64_MAX;

  Loop& control_;
  Asked asked_;  // the control loop's
  std::atomic<bool> fetching_{false};
  std::atomic<Duration::rep> next_ask_{kNever};
  std::atomic<uint64_t> version_{0};
  mutable std::mutex mutex_;
  std::shared_ptr<const jose::KeySet> keys_;
};

}  // namespace dragoman::auth
