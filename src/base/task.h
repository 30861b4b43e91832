#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <utility>

namespace dragoman {

namespace asio = boost::asio;

// A coroutine of a worker. The executor is the loop's own type, so that nothing is type-erased on the way.
template <typename T = void>
using Task = asio::awaitable<T, asio::io_context::executor_type>;

inline constexpr asio::use_awaitable_t<asio::io_context::executor_type> use_task{};

// Lets one coroutine wait until something on the same thread wakes it. A wake-up without a waiter is remembered (once).
//
//   Signal arrived;
//   …one side:   co_await arrived.Wait();
//   …the other:  arrived.Notify();     // runs the waiter before it returns
//
// Threads: one loop only. The waiter must not destroy the Signal while Notify is on the stack above it, unless Notify is the last
// thing that its caller does with it.
class Signal {
 public:
  Signal() = default;
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;

  Task<void> Wait() { return std::exchange(notified_, false) ? Done() : Suspend(); }

  void Notify() {
    if (!waiter_) {
      notified_ = true;
      return;
    }
    auto waiter = std::move(*waiter_);
    waiter_.reset();
    std::move(waiter)();
  }
  bool waiting() const { return waiter_.has_value(); }

 private:
  static Task<void> Done() { co_return; }
  Task<void> Suspend() {
    return asio::async_initiate<decltype(use_task), void()>([this](auto handler) { waiter_.emplace(std::move(handler)); },
                                                            use_task);
  }

  using Waiter = asio::async_result<std::decay_t<decltype(use_task)>, void()>::handler_type;
  std::optional<Waiter> waiter_;
  bool notified_ = false;
};

}  // namespace dragoman
