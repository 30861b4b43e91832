#pragma once

#include <utility>
#include <vector>

#include "transcoding/buffer.h"

namespace dragoman {

// Keeps a thread's emptied buffers for its next request, so that a warm worker renders without allocating.
//
//   BufferPool::Lease body = BufferPool::Borrow();
//   body->Append("…");          // given back, emptied, when the lease ends
//
// Bounds: kKept buffers of at most kKeptBytes each; larger ones are freed.
class BufferPool {
 public:
  static constexpr size_t kKept = 64;
  static constexpr size_t kKeptBytes = 64 << 10;

  // A buffer that goes back to the pool of the thread that the lease ends on.
  class Lease {
   public:
    Lease(Buffer buffer) : buffer_(std::move(buffer)) {}  // NOLINT(google-explicit-constructor)
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) noexcept = default;
    ~Lease() {
      if (buffer_.capacity() > 0 && buffer_.capacity() <= kKeptBytes) OfThread().TakeBack(std::move(buffer_));
    }
    Buffer& operator*() { return buffer_; }
    const Buffer& operator*() const { return buffer_; }
    Buffer* operator->() { return &buffer_; }
    const Buffer* operator->() const { return &buffer_; }

   private:
    Buffer buffer_;
  };

  static Lease Borrow() { return OfThread().Take(); }

 private:
  static BufferPool& OfThread() {
    thread_local BufferPool pool;
    return pool;
  }

  Buffer Take() {
    if (free_.empty()) return {};
    Buffer buffer = std::move(free_.back());
    free_.pop_back();
    return buffer;
  }
  void TakeBack(Buffer buffer) {
    if (free_.size() >= kKept) return;
    buffer.Clear();
    free_.push_back(std::move(buffer));
  }

  std::vector<Buffer> free_;
};

}  // namespace dragoman
