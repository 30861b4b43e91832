#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <stop_token>
#include <string>
#include <vector>

namespace dragoman::soak {

// How many descriptors a process has open, once it has opened and closed none for half a second.
size_t SettledDescriptors(pid_t pid);

// The resident memory of a process over time.
class MemoryCurve {
 public:
  // Samples four times a second until `stop`.
  void Follow(pid_t pid, std::stop_token stop);

  // Median over a part of the time, in bytes: Median(0.8, 1) is the last fifth.
  size_t Median(double from, double to) const;
  size_t Peak() const;

 private:
  std::vector<size_t> samples_;
};

// What memory may do: warm up for half of the run; then the last fifth of it may be above the fifth after the warm-up
// by a twentieth and 4 MiB, which is what chance may pile up of requests of a MiB.
struct MemoryVerdict {
  size_t settled = 0;  // bytes, median of the fifth after the warm-up
  size_t last = 0;     // bytes, median of the last fifth
  size_t peak = 0;     // bytes
  size_t bound = 0;    // bytes; `last` must not be above
};
MemoryVerdict Judge(const MemoryCurve& curve);

}  // namespace dragoman::soak
