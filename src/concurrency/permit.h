#pragma once

#include <array>
#include <cstddef>
#include <utility>

#include "concurrency/gate.h"

namespace dragoman::concurrency {

// The places that a call holds, at most one of each sort: its consumer's, its RPC's, its backend's. They are given
// back, the last one first, when it is destroyed.
//
// Lifetime: not past the GateSet.   Threads: any one at a time.
class [[nodiscard]] Permit {
 public:
  static constexpr size_t kMostGates = 3;

  Permit() = default;
  Permit(Permit&& other) noexcept : gates_(other.gates_), count_(std::exchange(other.count_, 0)) {}
  Permit& operator=(Permit&& other) noexcept {
    if (this != &other) {
      Release();
      gates_ = other.gates_;
      count_ = std::exchange(other.count_, 0);
    }
    return *this;
  }
  ~Permit() { Release(); }

  // Takes over a place of `gate`.
  void Add(Gate& gate) { gates_[count_++] = &gate; }
  size_t gates() const { return count_; }
  void Release() {
    while (count_ > 0) gates_[--count_]->Release();
  }

 private:
  std::array<Gate*, kMostGates> gates_{};
  size_t count_ = 0;
};

}  // namespace dragoman::concurrency
