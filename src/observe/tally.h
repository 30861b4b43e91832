#pragma once

#include <atomic>
#include <cstdint>

namespace dragoman::observe {

// A number that one thread keeps and every thread may read. Counting costs a load and a store: no bus lock, no fence.
// Several of them read together are no snapshot. All zero bytes are a tally of zero.
class Tally {
 public:
  void Add(uint64_t more) { Set(Get() + more); }
  void Subtract(uint64_t less) { Set(Get() - less); }
  void Set(uint64_t value) { std::atomic_ref(value_).store(value, std::memory_order_relaxed); }
  uint64_t Get() const { return std::atomic_ref(value_).load(std::memory_order_relaxed); }

 private:
  alignas(std::atomic_ref<uint64_t>::required_alignment) mutable uint64_t value_ = 0;
};

}  // namespace dragoman::observe
