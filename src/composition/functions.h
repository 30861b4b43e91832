#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "composition/type.h"

namespace dragoman::composition {

// The functions of the language: Term::function is one of these.
enum class Function : uint8_t {
  kSize, kHas, kFlatten, kFirst, kLast,
  kJoin, kLower, kUpper, kStartsWith, kEndsWith, kContains,
  kString, kInt32, kInt64, kUint32, kUint64, kDouble, kBool,
};

struct FunctionFacts {
  std::string_view name;  // "starts_with"
  size_t arguments = 1;
};
// In the order of Function.
std::span<const FunctionFacts> AllFunctions();
std::optional<Function> FindFunction(std::string_view name);
inline const FunctionFacts& FactsOf(Function function) { return AllFunctions()[static_cast<size_t>(function)]; }

// The conversion to `kind`; nothing for a kind that has none.
std::optional<Function> ConversionTo(Kind kind);

}  // namespace dragoman::composition
