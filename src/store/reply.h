#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace dragoman::store {

// What Redis answers to a command: one value, or a flat array of values.
struct Reply {
  enum class Type : uint8_t { kNil, kInteger, kText, kStatus, kError, kArray };
  Type type = Type::kNil;
  int64_t integer = 0;              // kInteger
  std::string_view text;            // kText (any bytes), kStatus, kError: "OOM command not allowed …"
  std::span<const Reply> elements;  // kArray; none of them is an array

  // "OOM", "NOSCRIPT", "ERR": the word in capitals that an error begins with; "ERR" where there is none.
  std::string_view error_code() const;
};

}  // namespace dragoman::store
