#pragma once

#include <coroutine>
#include <memory>

#include "base/loop.h"
#include "base/task.h"
#include "concurrency/gate.h"
#include "exchange/cancellation.h"

namespace dragoman::concurrency {

// A call that waits in front of a gate; lives in the frame of the coroutine that waits. Destroyed, it leaves the queue,
// and a place that it was given meanwhile goes to the next one.
//
// Threads: its loop's; the gate gives it a place, or refuses it, from any.
class Waiter : private WaitQueue::Item {
 public:
  // Waits at most until `deadline`.
  Waiter(Loop& loop, Priority priority, TimePoint deadline);
  ~Waiter();
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  // Until the gate decides whose queue it has joined; kAdmitted: a place is the caller's. `cancellation`: of
  // whoever may give up; null: nobody can.
  Task<Outcome> Wait(Cancellation* cancellation);

 private:
  friend class Gate;

  // Suspends the coroutine until OnDecided.
  struct Decision {
    bool await_ready() const { return waiter.decided_; }
    template <typename Promise>
    void await_suspend(std::coroutine_handle<Promise> suspended) const {
      waiter.suspended_ = &suspended.promise();
    }
    void await_resume() const {}
    Waiter& waiter;
  };

  void PostDecision();
  void OnDecided();
  static void OnTimer(void* self);
  static void OnCancel(void* self);

  Loop& loop_;
  Gate* gate_ = nullptr;                 // whose queue it has joined; null once the caller knows the outcome
  Outcome outcome_ = Outcome::kWaiting;  // guarded by the gate's mutex, as is the Item
  const std::shared_ptr<Waiter*> self_;  // null inside once it is gone: what has been posted then does nothing
  bool decided_ = false;                 // and this loop knows it
  TaskPromise* suspended_ = nullptr;
  Timer timer_;
};

}  // namespace dragoman::concurrency
