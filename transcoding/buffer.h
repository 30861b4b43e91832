#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>

namespace dragoman {

// A growing byte sequence that renderers append to. Unlike std::string it grows without zeroing, and the bytes just behind its
// end may be read (never meaningfully) up to kPadding bytes, so that SIMD readers may load whole blocks.
//
// Threads: none of its own; one owner at a time.   Cost: one allocation per doubling; Clear() keeps the storage.
class Buffer {
 public:
  static constexpr size_t kPadding = 16;  // bytes

  Buffer() noexcept = default;
  explicit Buffer(std::string_view text) { Append(text); }
  Buffer(Buffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { std::free(data_); }

  char* data() noexcept { return data_; }
  const char* data() const noexcept { return data_; }
  size_t size() const noexcept { return size_; }
  size_t capacity() const noexcept { return capacity_; }
  bool empty() const noexcept { return size_ == 0; }
  std::string_view view() const noexcept { return {data_, size_}; }

  // Makes room for `more` bytes beyond the present size, and returns where they begin.
  char* Reserve(size_t more) {
    if (capacity_ - size_ < more) Grow(more);
    return data_ + size_;
  }
  // Makes `end`, in what was reserved, the end of the content.
  void EndAt(const char* end) noexcept { size_ = static_cast<size_t>(end - data_); }
  void Append(std::string_view text) {
    if (text.empty()) return;
    Reserve(text.size());
    std::memcpy(data_ + size_, text.data(), text.size());
    size_ += text.size();
  }
  void Append(char c) {
    Reserve(1);
    data_[size_++] = c;
  }
  // Grows by `count` bytes of no particular value and returns where they begin.
  char* Extend(size_t count) {
    Reserve(count);
    char* begin = data_ + size_;
    size_ += count;
    return begin;
  }
  // Shortens to `size` bytes, which must not exceed the present size.
  void Truncate(size_t size) noexcept { size_ = size; }
  void Clear() noexcept { size_ = 0; }
  // The text with a NUL behind it, which is not part of the size. The pointer holds until the next change.
  const char* CString() {
    Reserve(1);
    data_[size_] = '\0';
    return data_;
  }
  // Gives the storage back.
  void Release() noexcept {
    std::free(std::exchange(data_, nullptr));
    size_ = capacity_ = 0;
  }

 private:
  [[gnu::noinline]] void Grow(size_t more) {
    size_t wanted = capacity_ < 256 ? 256 : capacity_ * 2;
    if (wanted < size_ + more) wanted = size_ + more;
    void* grown = std::realloc(data_, wanted + kPadding);
    if (grown == nullptr) throw std::bad_alloc();
    data_ = static_cast<char*>(grown);
    capacity_ = wanted;
  }

  char* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;  // without the padding
};

}  // namespace dragoman
