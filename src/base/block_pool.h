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
// Bounds: blocks over kLargest bytes are not kept, of the others at most kKeptBytes together.   Under the address sanitizer nothing is kept, so that a
// use after the end shows.
class BlockPool {
 public:
  static constexpr size_t kStep = 64;
  static constexpr size_t kLargest = 4096;
  static constexpr size_t kKeptBytes = 8 << 20;  // a fan-out over thousands of calls, and what is common below it

  static void* Take(size_t size) {
    if (size > kLargest) return ::operator new(size);
    const size_t steps = StepsOf(size);
    BlockPool& pool = OfThread();
    std::vector<void*>& free = pool.free_[steps];
    if (free.empty()) return ::operator new(steps * kStep);
    void* storage = free.back();
    free.pop_back();
    pool.kept_bytes_ -= steps * kStep;
    return storage;
  }

  static void GiveBack(void* storage, size_t size) {
    const size_t steps = StepsOf(size);
    BlockPool& pool = OfThread();
    if (size <= kLargest && pool.kept_bytes_ + steps * kStep <= kMost) {
      pool.kept_bytes_ += steps * kStep;
      pool.free_[steps].push_back(storage);
    } else {
      ::operator delete(storage);
    }
  }

 private:
#ifdef __SANITIZE_ADDRESS__
  static constexpr size_t kMost = 0;
#else
  static constexpr size_t kMost = kKeptBytes;
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
  size_t kept_bytes_ = 0;
};

}  // namespace dragoman
