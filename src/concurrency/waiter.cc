#include "concurrency/waiter.h"

#include <boost/asio/post.hpp>

namespace dragoman::concurrency {
namespace {

class Watch {
 public:
  Watch(Cancellation* cancellation, void (*on_cancel)(void*), void* context) : cancellation_(cancellation) {
    if (cancellation_) cancellation_->WatchCancel(on_cancel, context);
  }
  ~Watch() {
    if (cancellation_) cancellation_->WatchCancel(nullptr, nullptr);
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

 private:
  Cancellation* const cancellation_;
};

}  // namespace

Waiter::Waiter(Loop& loop, Priority its_priority, TimePoint deadline)
    : loop_(loop), self_(std::make_shared<Waiter*>(this)), timer_(loop, &OnTimer, this) {
  priority = its_priority;
  until = deadline;
}

Waiter::~Waiter() {
  *self_ = nullptr;
  if (gate_ == nullptr) return;
  if (gate_->Leave(*this, Outcome::kLeft, Clock::now()) == Outcome::kAdmitted) gate_->Release();
}

Task<Outcome> Waiter::Wait(Cancellation* cancellation) {
  timer_.Arm(until);
  const Watch watch(cancellation, &OnCancel, this);
  co_await Decision{*this};
  timer_.Disarm();
  // Decided, so nobody else writes it any more.
  gate_ = nullptr;
  co_return outcome_;
}

// The loop outlives its waiters, and none leaves without the gate's mutex, which the caller holds.
void Waiter::PostDecision() {
  asio::post(loop_.io(), [self = self_] {
    if (*self) (*self)->OnDecided();
  });
}

void Waiter::OnDecided() {
  decided_ = true;
  if (suspended_) suspended_->Resume();
}

void Waiter::OnTimer(void* self) {
  auto& waiter = *static_cast<Waiter*>(self);
  waiter.gate_->Leave(waiter, Outcome::kTimedOut, waiter.loop_.now());
}

void Waiter::OnCancel(void* self) {
  auto& waiter = *static_cast<Waiter*>(self);
  waiter.gate_->Leave(waiter, Outcome::kLeft, waiter.loop_.now());
}

}  // namespace dragoman::concurrency
