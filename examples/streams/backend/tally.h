#pragma once

#include <atomic>
#include <cstdint>

namespace streams {

// What the process has seen; GetCounters tells it. Threads: any.
struct Tally {
  std::atomic<int64_t> begun{0};
  std::atomic<int64_t> ended{0};
  std::atomic<int64_t> cancelled{0};
  std::atomic<int64_t> received{0};
  std::atomic<int64_t> sent{0};
};

// One call from its begin to its end.
class Counted {
 public:
  explicit Counted(Tally& tally) : tally_(tally) { ++tally_.begun; }
  void Received() { ++tally_.received; }
  void Sent() { ++tally_.sent; }
  // Once, before the answer's last word goes, so that a client that has it finds the call counted.
  void End(bool cancelled) {
    if (ended_.exchange(true)) return;
    if (cancelled) ++tally_.cancelled;
    ++tally_.ended;
  }

 private:
  Tally& tally_;
  std::atomic<bool> ended_{false};
};

}  // namespace streams
