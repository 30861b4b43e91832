#pragma once

#include <atomic>
#include <cstddef>

#include "base/loop.h"
#include "base/poller.h"
#include "exchange/exchange.h"

namespace dragoman::http {

// How many connections all workers together may have.
//
// Threads: safe to use concurrently.
class ConnectionQuota {
 public:
  explicit ConnectionQuota(size_t max) : max_(max) {}

  bool TryTake() {
    if (open_.fetch_add(1, std::memory_order_relaxed) < max_.load(std::memory_order_relaxed)) return true;
    GiveBack();
    return false;
  }
  // Those that are open stay.
  void SetMax(size_t max) { max_.store(max, std::memory_order_relaxed); }
  void GiveBack() { open_.fetch_sub(1, std::memory_order_relaxed); }
  size_t open() const { return open_.load(std::memory_order_relaxed); }

 private:
  std::atomic<size_t> max_;
  std::atomic<size_t> open_{0};
};

// Accepts on one listening descriptor for one worker. Where the quota is used up, or the process has no descriptors left, it pauses: clients wait in the kernel's
// queue, and it tries again after kPause.
//
// Threads: its loop's.
class Acceptor final : private Poller::Watcher {
 public:
  static constexpr auto kPause = std::chrono::milliseconds(50);
  // Takes over an accepted, non-blocking descriptor, and a place of the quota that it gives back.
  using Callback = void (*)(void* context, int descriptor, Peer peer);

  // Owns `listener`.
  Acceptor(Loop& loop, int listener, ConnectionQuota& quota, Callback on_accepted, void* context);
  // Closes the listener; what has connected but was not accepted yet is accepted first, as far as the quota goes, unless it was left to others.
  ~Acceptor();
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  // Others accept on the same socket.
  void LeaveToOthers() { left_ = true; }

 private:
  static constexpr int kInARow = 64;  // connections, before others have their turn

  void OnEvents(uint32_t events) override;
  static void OnPauseOver(void* self);
  enum class Outcome { kDrained, kMore, kPaused };
  Outcome AcceptSome();

  Loop& loop_;
  const int listener_;
  ConnectionQuota& quota_;
  Callback on_accepted_;
  void* context_;
  const bool watched_;  // else the kernel had no room for a watch, and the pause stands in for it
  bool left_ = false;
  Timer pause_;
};

}  // namespace dragoman::http
