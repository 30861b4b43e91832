#pragma once

#include <array>
#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"
#include "config/config.h"

namespace dragoman::concurrency {

using config::Priority;

// Who waits for a gate: by priority, first come first served within one, at most so many.
//
// While more calls come than go, first come first served would let everybody wait as long as they can. So once somebody
// had to be refused, and until the queue has been empty, the patience is half the timeout: whoever has waited longer is
// stale, but for the last one of the highest priority, so that no place that comes free is left empty.
//
// It knows no clock, no thread and no gate: its owner tells the time, and takes out whom it is given.
class WaitQueue {
 public:
  static constexpr size_t kPriorities = 3;
  static constexpr int kImpatience = 2;  // the timeout divided by this is the patience of a strained queue

  struct Limits {
    uint32_t most = 0;   // that wait
    Duration timeout{};  // that one waits
  };

  struct Item : boost::intrusive::list_base_hook<> {
    Priority priority = Priority::kNormal;
    TimePoint since{};  // it waits
    TimePoint until{};  // it waits at most
  };

  explicit WaitQueue(Limits limits) : limits_(limits) {}

  const Limits& limits() const { return limits_; }
  size_t size() const { return size_; }
  bool full() const { return size_ >= limits_.most; }

  // Not while it is full. `item` says its priority and since when and until when it waits.
  void Push(Item& item);
  void Remove(Item& item);

  // Somebody was refused.
  void Strain() { strained_ = true; }
  // Somebody whose wait is in vain; null: nobody.
  Item* Stale(TimePoint now);
  // The newest of the lowest priority, if that is lower than `priority`; null: nobody's is.
  Item* LowerThan(Priority priority);
  // Whose turn it is; null: nobody waits.
  Item* Next();

 private:
  using Line = boost::intrusive::list<Item, boost::intrusive::constant_time_size<false>>;
  Line& LineOf(const Item& item) { return lines_[static_cast<size_t>(item.priority)]; }

  const Limits limits_;
  std::array<Line, kPriorities> lines_;  // by priority, the lowest first; the oldest in front
  size_t size_ = 0;
  bool strained_ = false;  // somebody was refused since the queue was empty
};

}  // namespace dragoman::concurrency
