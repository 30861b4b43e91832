#pragma once

#include <cstdint>
#include <string_view>

namespace dragoman::rate_limit {

struct Hash128 {
  uint64_t high;
  uint64_t low;

  bool operator==(const Hash128&) const = default;
};

// SipHash-1-3 with 128 bits: whoever does not know the key can neither find two texts of one hash nor foresee a hash.
// What Rust, Python and Ruby use for tables whose keys come from strangers.
//
// Threads: any.   Cost: ~110 instructions and 2 a byte.   Spec: Aumasson and Bernstein, "SipHash: a fast short-input
// PRF".
Hash128 SipHash(const Hash128& key, std::string_view text);

// From the kernel's generator.
Hash128 RandomKey();

}  // namespace dragoman::rate_limit
