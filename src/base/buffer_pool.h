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
// Bounds: buffers of at most kLargest bytes, kKeptBytes together; others are freed.
class BufferPool {
 public:
  static constexpr size_t kLargest = 64 << 10;
  static constexpr size_t kKeptBytes = 4 << 20;

  // A buffer that goes back to the pool of the thread that the lease ends on.
  class Lease {
   public:
    Lease(Buffer buffer) : buffer_(std::move(buffer)) {}  // NOLINT(google-explicit-constructor)
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) noexcept = default;
    ~Lease() {
      if (buffer_.capacity() > 0 && buffer_.capacity() <= kLargest) OfThread().TakeBack(std::move(buffer_));
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
    kept_bytes_ -= buffer.capacity();
    return buffer;
  }
  void TakeBack(Buffer buffer) {
    if (kept_bytes_ + buffer.capacity() > kKeptBytes) return;
    kept_bytes_ += buffer.capacity();
    buffer.Clear();
    free_.push_back(std::move(buffer));
  }

  std::vector<Buffer> free_;
  size_t kept_bytes_ = 0;
};

}  // namespace dragoman
