#pragma once

#include <boost/container/small_vector.hpp>
#include <cstddef>
#include <string_view>

#include "rate_limit/window.h"

namespace dragoman::rate_limit {

// Text that a request puts together for the store: on the stack as a rule.
using KeyText = boost::container::small_vector<char, 512>;

inline constexpr size_t kMaxPlainKey = 128;  // bytes of a window's name and a charge's key; longer ones are hashed
inline constexpr size_t kMaxKey = 208;       // bytes of a key without its prefix

// Appends the key under which Redis knows the bucket of a charge. No two buckets have the same.
//
//   kRate, 1 s, "per-client", key "orders|alice"    → "dragoman:r1000:10:per-client:korders|alice"
//   kQuota, 1 h, a name and key of 129 bytes or more → "dragoman:q3600000:h" and 64 hexadecimal digits (SHA-256)
void AppendKey(KeyText& out, std::string_view prefix, const Charge& charge);

}  // namespace dragoman::rate_limit
