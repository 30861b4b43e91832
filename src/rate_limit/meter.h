#pragma once

#include <string>
#include <tl/expected.hpp>

#include "config/config.h"
#include "rate_limit/ticks.h"

namespace dragoman::rate_limit {

// The arithmetic of one window: what the state of a bucket, one number, says to a charge, and what it becomes.
//
// The state is a time, and from that time on the bucket is as new; 0 is as new always.
//   kRate   the theoretical arrival time of the generic cell rate algorithm (GCRA): when all that was taken will have
//   come
//           back, at one unit each per ÷ amount. A charge passes if that is no more than burst units ahead.
//   kQuota  the end of the window that began with its first charge, and in the lowest bits, as many as the amount has,
//           how much of it is taken.
//
// Threads: immutable.   Cost: a division; no allocation.
class Meter {
 public:
  static constexpr Duration kLongest = std::chrono::hours(10 * 8766);  // until a whole burst is there again: ten years

  // Errors, for the operator: "a burst of 1000000000 takes more than ten years to come back".
  static tl::expected<Meter, std::string> Build(const config::LimitWindow& window);

  struct Verdict {
    bool admitted;
    Ticks state;         // if admitted: what the state becomes
    uint64_t remaining;  // after the charge; if refused: before it
    Ticks reset;         // until the whole allowance is there again, likewise
    Ticks retry_after;   // if refused: until the same charge passes; kNever: it is more than the window holds
  };
  static constexpr Ticks kNever = UINT64_MAX;

  Verdict Charge(Ticks state, Ticks now, uint64_t cost) const;

  // The state without a charge of `cost` that made it `written` and is taken back at `now`. What has come back since,
  // or belongs to a window that has ended, is not given twice.
  Ticks GiveBack(Ticks state, Ticks written, Ticks now, uint64_t cost) const;

  uint64_t capacity() const { return capacity_; }  // the most that can be taken at once

 private:
  Meter() = default;

  Verdict ChargeRate(Ticks state, Ticks now, uint64_t cost) const;
  Verdict ChargeQuota(Ticks state, Ticks now, uint64_t cost) const;

  config::LimitWindow::Kind kind_{};
  uint64_t capacity_ = 0;
  Ticks unit_ = 0;           // of kRate: until one comes back
  Ticks whole_ = 0;          // of kRate: until all come back; of kQuota: the window
  uint64_t count_mask_ = 0;  // of kQuota: the bits of the state that count
};

}  // namespace dragoman::rate_limit
