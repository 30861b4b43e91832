#pragma once

#include <utility>
#include <vector>

#include "transcoding/buffer.h"

namespace dragoman {

// Keeps emptied buffers for the next request, so that a warm worker renders without allocating.
//
//   BufferPool::Lease body = pool.Borrow();
//   body->Append("…");          // given back, emptied, when the lease ends
//
// Threads: one loop.   Bounds: kKept buffers of at most kKeptBytes each; larger ones are freed.
class BufferPool {
 public:
  static constexpr size_t kKept = 64;
  static constexpr size_t kKeptBytes = 64 << 10;

  class Lease {
   public:
    explicit Lease(BufferPool& pool) : pool_(&pool) {
      if (pool.free_.empty()) return;
      buffer_ = std::move(pool.free_.back());
      pool.free_.pop_back();
    }
    Lease(Lease&& other) noexcept : pool_(std::exchange(other.pool_, nullptr)), buffer_(std::move(other.buffer_)) {}
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (pool_) pool_->TakeBack(std::move(buffer_));
    }
    Buffer& operator*() { return buffer_; }
    Buffer* operator->() { return &buffer_; }
    const Buffer* operator->() const { return &buffer_; }

   private:
    BufferPool* pool_;
    Buffer buffer_;
  };

  Lease Borrow() { return Lease(*this); }

 private:
  void TakeBack(Buffer buffer) {
    if (buffer.capacity() == 0 || buffer.capacity() > kKeptBytes || free_.size() >= kKept) return;
    buffer.Clear();
    free_.push_back(std::move(buffer));
  }

  std::vector<Buffer> free_;
};

}  // namespace dragoman
