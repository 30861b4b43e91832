#include "auth/jwt_keys.h"

#include <boost/asio/post.hpp>
#include <utility>

namespace dragoman::auth {

void KeysWaiter::Answer(const std::shared_ptr<KeysWaiter>& waiter) {
  asio::post(waiter->worker.executor(), [waiter] {
    if (waiter->signal != nullptr) waiter->signal->Notify();
  });
}

std::shared_ptr<const jose::KeySet> JwtKeys::Get() const {
  const std::lock_guard lock(mutex_);
  return keys_;
}

void JwtKeys::Publish(std::shared_ptr<const jose::KeySet> keys) {
  const std::lock_guard lock(mutex_);
  keys_ = std::move(keys);
  version_.fetch_add(1, std::memory_order_release);
}

bool JwtKeys::MayAsk() const {
  return fetching_.load(std::memory_order_acquire) ||
         Clock::now().time_since_epoch().count() >= next_ask_.load(std::memory_order_acquire);
}

Task<void> JwtKeys::Ask(Loop& worker) {
  // In this order: a request that is given up leaves first.
  Signal answered;
  struct Seat {
    std::shared_ptr<KeysWaiter> waiter;
    ~Seat() { waiter->signal = nullptr; }
  };
  const Seat seat{std::make_shared<KeysWaiter>(KeysWaiter{worker, &answered})};
  asio::post(control_.executor(), [self = shared_from_this(), waiter = seat.waiter] {
    if (self->asked_) {
      self->asked_(waiter);
    } else {
      KeysWaiter::Answer(waiter);
    }
  });
  co_await answered.Wait();
}

}  // namespace dragoman::auth
