#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "base/poller.h"
#include "base/task.h"

namespace dragoman {

class Loop;

// A deadline that can be armed and disarmed for next to nothing: an entry of the loop's timer wheel, not a kernel timer.
// Fires at the first tick (Loop::kTick) at or after its time, once, on the loop. Destroying it disarms it.
class Timer {
 public:
  using Callback = void (*)(void* context);

  Timer(Loop& loop, Callback callback, void* context) : loop_(loop), callback_(callback), context_(context) {}
  ~Timer() { Disarm(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  void Arm(TimePoint at);  // replaces an earlier arming
  void ArmAfter(Duration delay);
  void Disarm();
  bool armed() const { return prev_ != nullptr; }

 private:
  friend class Loop;
  Loop& loop_;
  Callback callback_;
  void* context_;
  TimePoint at_{};
  Timer** prev_ = nullptr;  // what points at this timer in its slot
  Timer* next_ = nullptr;
};

// A worker's event loop: Asio's io_context for one thread, a timer wheel, and work put off to the end of the turn.
//
// Threads: everything but Stop, and posting to executor(), only on the loop's own thread.
class Loop {
 public:
  static constexpr Duration kTick = std::chrono::milliseconds(5);

  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  asio::io_context& io() { return io_; }
  asio::io_context::executor_type executor() { return io_.get_executor(); }
  Poller& poller() { return poller_; }
  // The time, read once for all that a batch of events or a tick sets going.
  TimePoint now() const { return now_ == TimePoint{} ? Clock::now() : now_; }
  void Run();   // until Stop
  void Stop();  // from any thread

  // Runs `function(context)` once after the handlers that are ready now: several frames or log lines then leave in one write.
  void AtTurnEnd(void (*function)(void*), void* context);
  // Takes back every AtTurnEnd of that context which has not run: what is destroyed calls it first.
  void ForgetTurnEnd(void* context);

  // Runs `task` on this loop, until its first wait before this returns. What still waits is destroyed with the loop.
  void Spawn(Task<void> task);

  // co_await loop.Yield(): lets the handlers that are ready now have their turn.
  class Turn {
   public:
    explicit Turn(Loop& loop) : loop_(loop) {}
    bool await_ready() const { return false; }
    template <typename Promise>
    void await_suspend(std::coroutine_handle<Promise> waiter) const {
      asio::post(loop_.io_, [promise = &waiter.promise()] { promise->Resume(); });
    }
    void await_resume() const {}

   private:
    Loop& loop_;
  };
  Turn Yield() { return Turn(*this); }

 private:
  friend class Timer;
  static constexpr size_t kSlots = 4096;  // ~20 s a turn of the wheel; longer ones go round again

  // The coroutine that a spawned task runs in: begins at once, and destroys itself at its end.
  class Spawned {
   public:
    class promise_type : public TaskPromise,
                         public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
     public:
      promise_type(Loop& loop, const Task<void>&) : TaskPromise(std::coroutine_handle<promise_type>::from_promise(*this)) {
        loop.spawned_.push_back(*this);
      }
      Spawned get_return_object() const { return {}; }
      std::suspend_never initial_suspend() const noexcept { return {}; }
      std::suspend_never final_suspend() const noexcept { return {}; }
      void return_void() const {}
    };
  };
  static Spawned RunSpawned(Loop& loop, Task<void> task);

  struct Deferred {
    void (*function)(void*);
    void* context;
  };

  void Schedule();
  void OnTick();
  uint64_t TickOf(TimePoint at) const;
  Timer*& SlotOf(uint64_t tick) { return slots_[tick % kSlots]; }

  TimePoint epoch_;
  TimePoint now_{};  // while events or timers are served
  uint64_t done_tick_ = 0;
  size_t armed_ = 0;
  bool ticking_ = false;
  std::vector<Timer*> slots_;
  std::vector<Deferred> deferred_;
  std::vector<Deferred> running_;  // the batch that runs now
  bool turn_end_posted_ = false;
  boost::intrusive::list<Spawned::promise_type, boost::intrusive::constant_time_size<false>> spawned_;
  asio::io_context io_;
  asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, asio::io_context::executor_type> ticker_;
  Poller poller_;
};

}  // namespace dragoman
