#pragma once

#include <coroutine>
#include <cstdlib>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/block_pool.h"

namespace dragoman {

// What every coroutine of a loop has in common.
class TaskPromise {
 public:
  static void* operator new(size_t size) { return BlockPool::Take(size); }
  static void operator delete(void* frame, size_t size) { BlockPool::GiveBack(frame, size); }

  std::suspend_always initial_suspend() const noexcept { return {}; }
  // Nothing here throws on purpose: std::terminate says what it was.
  [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }

  void Resume() { self_.resume(); }
  // Destroys the coroutine that was spawned, and with it all that it waits for, this one among them.
  void DestroyStack() {
    TaskPromise* root = this;
    while (root->awaiter_) root = root->awaiter_;
    if (!std::exchange(root->destroyed_, true)) root->self_.destroy();
  }

 protected:
  explicit TaskPromise(std::coroutine_handle<> self) : self_(self) {}

 private:
  template <typename T>
  friend class Task;

  const std::coroutine_handle<> self_;
  TaskPromise* awaiter_ = nullptr;  // the coroutine that awaits this one, once it has had to wait
  bool destroyed_ = false;
};

template <typename T>
class TaskResult : public TaskPromise {
 public:
  using TaskPromise::TaskPromise;
  template <typename U>
  void return_value(U&& value) {
    value_.emplace(std::forward<U>(value));
  }
  T Take() { return std::move(*value_); }

 private:
  std::optional<T> value_;
};

template <>
class TaskResult<void> : public TaskPromise {
 public:
  using TaskPromise::TaskPromise;
  void return_void() const {}
  void Take() const {}
};

// A coroutine of a worker, which begins when it is awaited.
//
//   Task<int> Twice(int number) { co_return 2 * number; }
//   …
//   const int four = co_await Twice(2);
//
// One that ends without having to wait costs its awaiter no suspension, and its frame comes from BlockPool. Loop::Spawn runs one that
// nobody awaits.
//
// Threads: one loop only.
template <typename T = void>
class [[nodiscard]] Task {
 public:
  class promise_type : public TaskResult<T> {
   public:
    promise_type() : TaskResult<T>(std::coroutine_handle<promise_type>::from_promise(*this)) {}
    Task get_return_object() { return Task(std::coroutine_handle<promise_type>::from_promise(*this)); }

    struct GoOn {
      bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<promise_type> ended) const noexcept {
        if (ended.promise().awaiter_) ended.promise().awaiter_->Resume();  // which may destroy `ended`
      }
      void await_resume() const noexcept {}
    };
    GoOn final_suspend() const noexcept { return {}; }
  };

  Task(Task&& other) noexcept : coroutine_(std::exchange(other.coroutine_, nullptr)) {}
  Task& operator=(Task&&) = delete;
  ~Task() {
    if (coroutine_) coroutine_.destroy();
  }

  bool await_ready() const {
    coroutine_.resume();
    return coroutine_.done();
  }
  template <typename Promise>
  void await_suspend(std::coroutine_handle<Promise> awaiter) const {
    coroutine_.promise().awaiter_ = &awaiter.promise();
  }
  T await_resume() const { return coroutine_.promise().Take(); }

 private:
  explicit Task(std::coroutine_handle<promise_type> coroutine) : coroutine_(coroutine) {}

  std::coroutine_handle<promise_type> coroutine_;
};

// Lets one coroutine wait until something on the same thread wakes it. A wake-up without a waiter is remembered (once).
//
//   Signal arrived;
//   …one side:   co_await arrived.Wait();
//   …the other:  arrived.Notify();     // runs the waiter before it returns
//
// A Signal that is destroyed takes the waiter with it; a waiter that is destroyed forgets the Signal.
//
// Threads: one loop only. The waiter must not destroy the Signal while Notify is on the stack above it, unless Notify is the last
// thing that its caller does with it.
class Signal {
 public:
  class Awaiter {
   public:
    explicit Awaiter(Signal& signal) : signal_(signal) {}
    // Destroyed while it waits, with its coroutine: nobody is to wake that any more.
    ~Awaiter() {
      if (waiter_) signal_.awaiter_ = nullptr;
    }
    Awaiter(const Awaiter&) = delete;
    Awaiter& operator=(const Awaiter&) = delete;

    bool await_ready() const { return std::exchange(signal_.notified_, false); }
    template <typename Promise>
    void await_suspend(std::coroutine_handle<Promise> waiter) {
      waiter_ = &waiter.promise();
      signal_.awaiter_ = this;
    }
    void await_resume() const {}

   private:
    friend class Signal;
    Signal& signal_;
    TaskPromise* waiter_ = nullptr;  // while the Signal knows of it
  };

  Signal() = default;
  ~Signal() {
    if (awaiter_) TakeWaiter()->DestroyStack();
  }
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;

  Awaiter Wait() { return Awaiter(*this); }

  void Notify() {
    if (!awaiter_) {
      notified_ = true;
      return;
    }
    TakeWaiter()->Resume();
  }
  bool waiting() const { return awaiter_ != nullptr; }

 private:
  TaskPromise* TakeWaiter() { return std::exchange(std::exchange(awaiter_, nullptr)->waiter_, nullptr); }

  Awaiter* awaiter_ = nullptr;  // in the frame of the coroutine that waits
  bool notified_ = false;
};

}  // namespace dragoman
