#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace dragoman::transcoding {

// Names → numbers, built once and then only read: a flat table at most half full, probed in a line. The names are an
// operator's, so that no client can choose ones that collide.
//
// Lifetime: the names' bytes outlive the table.   Cost: one hash and, nearly always, one comparison a look-up.
class NameTable {
 public:
  // `names` with their numbers; of two equal names the first holds.
  void Build(const std::vector<std::pair<std::string_view, int32_t>>& names);

  // Null if there is no such name.
  const int32_t* Find(std::string_view name) const {
    if (slots_.empty()) return nullptr;
    for (size_t i = Hash(name) & mask_;; i = (i + 1) & mask_) {
      const Slot& slot = slots_[i];
      if (slot.name.data() == nullptr) return nullptr;
      if (slot.name == name) return &slot.number;
    }
  }

 private:
  struct Slot {
    std::string_view name;  // without data: free
    int32_t number = 0;
  };

  static uint64_t Hash(std::string_view name) {
    constexpr uint64_t kMultiplier = 0x9E3779B97F4A7C15;
    uint64_t hash = name.size() * kMultiplier;
    const char* at = name.data();
    size_t left = name.size();
    for (; left >= 8; left -= 8, at += 8) {
      uint64_t block = 0;
      std::memcpy(&block, at, sizeof block);
      hash = (hash ^ block) * kMultiplier;
      hash ^= hash >> 32;
    }
    uint64_t tail = 0;
    for (size_t i = 0; i < left; ++i) tail = tail << 8 | static_cast<uint8_t>(at[i]);
    hash = (hash ^ tail) * kMultiplier;
    return hash ^ (hash >> 32);
  }

  std::vector<Slot> slots_;
  size_t mask_ = 0;
};

}  // namespace dragoman::transcoding
