#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

#include "concurrency/wait_queue.h"

namespace dragoman::concurrency {

class Waiter;

// What became of a call at a gate.
enum class Outcome : uint8_t {
  kWaiting,
  kAdmitted,
  kFull,       // as many wait as may
  kTimedOut,   // it waited as long as it may
  kShed,       // the gate is overloaded, and it waited longer than calls then may
  kPushedOut,  // of its place in the queue, by a higher priority
  kLeft,       // the client went away, or the coroutine was destroyed
};

// What gates count over their life.
struct Tally {
  std::atomic<uint64_t> waited{0};  // and were admitted
  std::atomic<uint64_t> full{0};
  std::atomic<uint64_t> timed_out{0};
  std::atomic<uint64_t> shed{0};
  std::atomic<uint64_t> pushed_out{0};
  std::atomic<uint64_t> left{0};

  // The one that counts such an outcome; of kAdmitted `waited`.
  std::atomic<uint64_t>& Of(Outcome outcome);
};

// One cap: at most so many calls at once, of all workers together, and a bounded queue in front.
//
// Exact: never more than `max` are under way, and no place is free while somebody waits: a call that ends hands its
// place to the best one that waits, whatever its worker.
//
// Threads: any.   Cost: while there is room one atomic operation to come and one to go; else a mutex.
class Gate {
 public:
  struct Limits {
    uint32_t max = 1;  // calls under way
    WaitQueue::Limits queue;
  };

  // `tally` outlives the gate; several may share one.
  Gate(const Limits& limits, Tally& tally) : max_(limits.max), tally_(tally), queue_(limits.queue) {}
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  // A place, if one is free and nobody waits.
  bool TryTake() {
    uint64_t state = state_.load(std::memory_order_relaxed);
    do {
      if (state >= max_) return false;
    } while (!state_.compare_exchange_weak(state, state + 1, std::memory_order_acquire, std::memory_order_relaxed));
    admitted_.fetch_add(1, std::memory_order_relaxed);
    return true;
  }
  // Gives a place back.
  void Release() {
    uint64_t state = state_.load(std::memory_order_relaxed);
    do {
      if (state >= kWaiting) return HandOver();
    } while (!state_.compare_exchange_weak(state, state - 1, std::memory_order_release, std::memory_order_relaxed));
  }

  // Whether a call of that priority would be refused at once; it then counts as refused.
  bool Refuses(Priority priority, TimePoint now);
  // Takes a place (kAdmitted), or joins the queue (kWaiting), or is refused (kFull).
  Outcome Join(Waiter& waiter, TimePoint now);
  // Ends a wait because of `why`, unless something was decided before: what holds. kAdmitted: a place is the waiter's.
  Outcome Leave(Waiter& waiter, Outcome why, TimePoint now);

  // How it stands at one moment.
  struct Load {
    uint32_t under_way;
    uint32_t waiting;
  };
  Load load() const {
    const uint64_t state = state_.load(std::memory_order_relaxed);
    return {static_cast<uint32_t>(state), static_cast<uint32_t>(state >> 32)};
  }
  // In which a refused call may try again, in seconds, 1…kLongestRetry: 1 and as many as calls were refused for each
  // that was admitted, over the last second; at most twice as long as a second ago.
  uint32_t retry_after() const { return retry_after_.load(std::memory_order_relaxed); }
  static constexpr uint32_t kLongestRetry = 30;

  // Nothing under way, nobody waits: it can be another's gate.
  bool idle() const { return state_.load(std::memory_order_acquire) == 0; }
  // Of an idle gate that nobody can come to meanwhile: it is another's from now on, with the same queue.
  void Reset(uint32_t max);

 private:
  static constexpr uint64_t kWaiting = uint64_t{1} << 32;  // one that waits

  void HandOver();
  bool HasRoomFor(Priority priority, TimePoint now);
  void RefuseStale(TimePoint now);
  void TakeOut(Waiter& waiter, Outcome outcome, TimePoint now);
  void CountRefusal(Outcome outcome, TimePoint now);

  // Low half: calls under way; high half: calls that wait, changed with the mutex held. While any wait, all places are
  // taken: `state >= max` is both "full" and "there is a queue".
  std::atomic<uint64_t> state_{0};
  std::atomic<uint32_t> admitted_{0};
  std::atomic<uint32_t> retry_after_{1};
  uint32_t max_;
  Tally& tally_;

  std::mutex mutex_;  // of all below
  WaitQueue queue_;
  struct {
    TimePoint begun{};
    uint32_t admitted = 0;  // when it began
    uint32_t refused = 0;
  } second_;  // the one that retry_after is made from
};

}  // namespace dragoman::concurrency
