#include "concurrency/gate.h"

#include <algorithm>
#include <chrono>

#include "concurrency/waiter.h"

namespace dragoman::concurrency {

std::atomic<uint64_t>& Tally::Of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kAdmitted:
      return waited;
    case Outcome::kTimedOut:
      return timed_out;
    case Outcome::kShed:
      return shed;
    case Outcome::kPushedOut:
      return pushed_out;
    case Outcome::kLeft:
      return left;
    case Outcome::kWaiting:
    case Outcome::kFull:
      break;
  }
  return full;
}

bool Gate::Refuses(Priority priority, TimePoint now) {
  const std::lock_guard lock(mutex_);
  if (state_.load(std::memory_order_relaxed) < max_ || HasRoomFor(priority, now)) return false;
  CountRefusal(Outcome::kFull, now);
  return true;
}

Outcome Gate::Join(Waiter& waiter, TimePoint now) {
  const std::lock_guard lock(mutex_);
  if (TryTake()) return Outcome::kAdmitted;
  if (!HasRoomFor(waiter.priority, now)) {
    CountRefusal(Outcome::kFull, now);
    return Outcome::kFull;
  }
  // From the moment that one waits no place comes free but by handing it over.
  for (;;) {
    uint64_t state = state_.load(std::memory_order_relaxed);
    if (state < max_) {
      if (TryTake()) return Outcome::kAdmitted;
    } else if (state_.compare_exchange_weak(state, state + kWaiting, std::memory_order_relaxed)) {
      break;
    }
  }
  if (queue_.full()) TakeOut(static_cast<Waiter&>(*queue_.LowerThan(waiter.priority)), Outcome::kPushedOut, now);
  waiter.since = now;
  waiter.until = std::min(waiter.until, now + queue_.limits().timeout);
  waiter.gate_ = this;
  queue_.Push(waiter);
  return Outcome::kWaiting;
}

Outcome Gate::Leave(Waiter& waiter, Outcome why, TimePoint now) {
  const std::lock_guard lock(mutex_);
  if (waiter.outcome_ == Outcome::kWaiting) TakeOut(waiter, why, now);
  return waiter.outcome_;
}

void Gate::Reset(uint32_t max) {
  const std::lock_guard lock(mutex_);
  max_ = max;
  retry_after_.store(1, std::memory_order_relaxed);
  second_ = {};
}

// A place comes free while calls wait: it stays taken, and changes hands.
void Gate::HandOver() {
  const TimePoint now = Clock::now();
  const std::lock_guard lock(mutex_);
  RefuseStale(now);
  if (WaitQueue::Item* const next = queue_.Next()) {
    admitted_.fetch_add(1, std::memory_order_relaxed);
    TakeOut(static_cast<Waiter&>(*next), Outcome::kAdmitted, now);
  } else {
    state_.fetch_sub(1, std::memory_order_release);
  }
}

// Whether a newcomer can wait, perhaps instead of somebody else.
bool Gate::HasRoomFor(Priority priority, TimePoint now) {
  if (queue_.full()) RefuseStale(now);
  return !queue_.full() || queue_.LowerThan(priority) != nullptr;
}

void Gate::RefuseStale(TimePoint now) {
  while (WaitQueue::Item* const stale = queue_.Stale(now)) {
    TakeOut(static_cast<Waiter&>(*stale), stale->until <= now ? Outcome::kTimedOut : Outcome::kShed, now);
  }
}

// Nobody but the owner of the waiter may touch it any more when the mutex is given back.
void Gate::TakeOut(Waiter& waiter, Outcome outcome, TimePoint now) {
  queue_.Remove(waiter);
  state_.fetch_sub(kWaiting, std::memory_order_relaxed);
  if (outcome == Outcome::kAdmitted || outcome == Outcome::kLeft) {
    tally_.Of(outcome).fetch_add(1, std::memory_order_relaxed);
  } else {
    CountRefusal(outcome, now);
  }
  waiter.outcome_ = outcome;
  waiter.PostDecision();
}

void Gate::CountRefusal(Outcome outcome, TimePoint now) {
  using std::chrono::seconds;
  queue_.Strain();
  tally_.Of(outcome).fetch_add(1, std::memory_order_relaxed);
  if (const Duration age = now - second_.begun; age >= seconds(1)) {
    const uint32_t admitted = admitted_.load(std::memory_order_relaxed);
    const uint32_t last = retry_after();
    const uint32_t ratio = second_.refused / std::max(admitted - second_.admitted, 1u);
    const uint32_t next = age < seconds(2) ? std::min({1 + ratio, 2 * last, kLongestRetry}) : 1;
    retry_after_.store(next, std::memory_order_relaxed);
    second_ = {now, admitted, 0};
  }
  ++second_.refused;
}

}  // namespace dragoman::concurrency
