#pragma once

#include <array>
#include <cstddef>
#include <new>
#include <vector>

namespace dragoman {

// Storage for coroutine frames, which come and go with every request: blocks that are given back serve the next frames of about their
// size on the same thread. A block may be given back on another thread than it was taken on, and is then that one's.
//
// Bounds: frames over kLargest bytes are not kept, of each size at most kKept.   Under the address sanitizer nothing is kept, so that a
// use after the end shows.
class FramePool {
 public:
  static constexpr size_t kStep = 64;
  static constexpr size_t kLargest = 4096;
  static constexpr size_t kKept = 256;

  static void* Take(size_t size) {
    if (size > kLargest) return ::operator new(size);
    const size_t blocks = BlocksOf(size);
    std::vector<void*>& free = OfThread().free_[blocks];
    if (free.empty()) return ::operator new(blocks * kStep);
    void* storage = free.back();
    free.pop_back();
    return storage;
  }

  static void GiveBack(void* storage, size_t size) {
    if (size <= kLargest) {
      std::vector<void*>& free = OfThread().free_[BlocksOf(size)];
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

  FramePool() = default;
  ~FramePool() {
    for (std::vector<void*>& free : free_) {
      for (void* storage : free) ::operator delete(storage);
    }
  }
  static FramePool& OfThread() {
    thread_local FramePool pool;
    return pool;
  }
  static size_t BlocksOf(size_t size) { return (size + kStep - 1) / kStep; }

  std::array<std::vector<void*>, kLargest / kStep + 1> free_;
};

}  // namespace dragoman
