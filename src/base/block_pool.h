#pragma once

#include <array>
#include <cstddef>
#include <new>
#include <vector>

namespace dragoman {

// Storage for what comes and goes with every request: coroutine frames, calls, nghttp2's streams. Blocks that are given back serve the
// next ones of about their size on the same thread. A block may be given back on another thread than it was taken on, and is then that
// one's.
//
// Bounds: blocks over kLargest bytes are not kept, of each size at most kKept.   Under the address sanitizer nothing is kept, so that a
// use after the end shows.
class BlockPool {
 public:
  static constexpr size_t kStep = 64;
  static constexpr size_t kLargest = 4096;
  static constexpr size_t kKept = 256;

  static void* Take(size_t size) {
    if (size > kLargest) return ::operator new(size);
    const size_t steps = StepsOf(size);
    std::vector<void*>& free = OfThread().free_[steps];
    if (free.empty()) return ::operator new(steps * kStep);
    void* storage = free.back();
    free.pop_back();
    return storage;
  }

  static void GiveBack(void* storage, size_t size) {
    if (size <= kLargest) {
      std::vector<void*>& free = OfThread().free_[StepsOf(size)];
      if (free.size() < kMost) {
        free.push_back(storage);
        return;
      }
    }
    ::operator delete(storage);
  }

 private:
#ifdef __SANITIZE_ADDRESS__
  static constexpr size_t kMost = 0;
#else
  static constexpr size_t kMost = kKept;
#endif

  BlockPool() = default;
  ~BlockPool() {
    for (std::vector<void*>& free : free_) {
      for (void* storage : free) ::operator delete(storage);
    }
  }
  static BlockPool& OfThread() {
    thread_local BlockPool pool;
    return pool;
  }
  static size_t StepsOf(size_t size) { return (size + kStep - 1) / kStep; }

  std::array<std::vector<void*>, kLargest / kStep + 1> free_;
};

}  // namespace dragoman
