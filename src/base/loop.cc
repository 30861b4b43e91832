#include "base/loop.h"

#include <system_error>
#include <utility>

namespace dragoman {

void Timer::ArmAfter(Duration delay) { Arm(Clock::now() + delay); }

void Timer::Arm(TimePoint at) {
  Disarm();
  at_ = at;
  uint64_t tick = loop_.TickOf(at);
  if (tick <= loop_.done_tick_) tick = loop_.done_tick_ + 1;
  Timer*& head = loop_.SlotOf(tick);
  next_ = head;
  if (next_) next_->prev_ = &next_;
  head = this;
  prev_ = &head;
  ++loop_.armed_;
  loop_.Schedule();
}

void Timer::Disarm() {
  if (!prev_) return;
  *prev_ = next_;
  if (next_) next_->prev_ = prev_;
  prev_ = nullptr;
  next_ = nullptr;
  --loop_.armed_;
}

// The hint spares the locks around each descriptor: only the loop's thread does I/O. Posting from other threads stays safe.
Loop::Loop() try
    : epoch_(Clock::now()), slots_(kSlots, nullptr), io_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO), ticker_(io_), poller_(io_, now_) {
} catch (const boost::system::system_error& error) {  // which is no std::system_error
  throw std::system_error(error.code(), "an event loop");
}

Loop::~Loop() {
  while (!spawned_.empty()) spawned_.front().DestroyStack();
}

void Loop::Run() {
  auto work = asio::make_work_guard(io_);
  io_.run();
}

void Loop::Stop() { io_.stop(); }

// The first tick at or after `at`.
uint64_t Loop::TickOf(TimePoint at) const {
  if (at <= epoch_) return 0;
  return static_cast<uint64_t>((at - epoch_ + kTick - Duration(1)) / kTick);
}

void Loop::Schedule() {
  if (ticking_ || armed_ == 0) return;
  ticking_ = true;
  ticker_.expires_at(epoch_ + (done_tick_ + 1) * kTick);
  ticker_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    OnTick();
    ticking_ = false;
    Schedule();
  });
}

void Loop::OnTick() {
  const TimePoint now = now_ = Clock::now();
  const uint64_t current = static_cast<uint64_t>((now - epoch_) / kTick);
  // After a long sleep, or when nothing was armed for a while, one turn of the wheel visits every slot.
  if (current > done_tick_ + kSlots) done_tick_ = current - kSlots;
  while (done_tick_ < current) {
    ++done_tick_;
    Timer* due = nullptr;  // a list of its own: callbacks may arm, disarm and destroy timers
    for (Timer* timer = SlotOf(done_tick_); timer != nullptr;) {
      Timer* next = timer->next_;
      if (timer->at_ <= now) {
        *timer->prev_ = next;
        if (next) next->prev_ = timer->prev_;
        timer->next_ = due;
        if (due) due->prev_ = &timer->next_;
        due = timer;
        timer->prev_ = &due;
      }
      timer = next;
    }
    while (due != nullptr) {
      Timer* timer = due;
      timer->Disarm();
      timer->callback_(timer->context_);
    }
  }
  now_ = {};
}

void Loop::AtTurnEnd(void (*function)(void*), void* context) {
  deferred_.push_back({function, context});
  if (turn_end_posted_) return;
  turn_end_posted_ = true;
  asio::post(io_, [this] {
    turn_end_posted_ = false;
    running_.swap(deferred_);
    for (size_t i = 0; i < running_.size(); ++i) {
      const Deferred entry = running_[i];
      if (entry.function) entry.function(entry.context);
    }
    running_.clear();
  });
}

void Loop::ForgetTurnEnd(void* context) {
  for (std::vector<Deferred>* entries : {&deferred_, &running_}) {
    for (Deferred& entry : *entries) {
      if (entry.context == context) entry.function = nullptr;
    }
  }
}

Loop::Spawned Loop::RunSpawned(Loop&, Task<void> task) { co_await task; }

void Loop::Spawn(Task<void> task) { RunSpawned(*this, std::move(task)); }

}  // namespace dragoman
