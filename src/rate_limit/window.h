#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "base/task.h"
#include "config/config.h"

namespace dragoman::rate_limit {

// What one request takes from one window of one bucket.
struct Charge {
  const config::LimitWindow* window;  // lives as long as the generation
  std::string_view key;               // whose bucket: the limit's name and the parts of its key, without ambiguity; any bytes
  uint64_t cost;                      // 0: only asks
};

// What a window says to a charge.
struct Verdict {
  bool admitted = false;
  uint64_t remaining = 0;    // what could be taken now, after this charge
  Duration reset{};          // until the whole allowance is there again
  Duration retry_after{};    // if not admitted: until the same charge would be; Duration::max(): never, it is more than the window holds
};

// Windows that several gateways share. All charges of a call are admitted together, or nothing is taken.
//
// Threads: one a worker, its loop's.
class SharedWindows {
 public:
  virtual ~SharedWindows() = default;
  // Fills a verdict for each charge; false if the store does not answer (in time, or with sense), and nothing is known.
  virtual Task<bool> Take(std::span<const Charge> charges, std::span<Verdict> verdicts) = 0;
  // Whether the store answered last; while it did not, Take returns false at once, but for one try now and then.
  virtual bool up() const = 0;
};

}  // namespace dragoman::rate_limit
