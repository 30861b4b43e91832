#include "composition/functions.h"

namespace dragoman::composition {
namespace {

constexpr FunctionFacts kFunctions[] = {
    {"size", 1},  {"has", 1},   {"flatten", 1},     {"first", 1},     {"last", 1},     {"join", 2},
    {"lower", 1}, {"upper", 1}, {"starts_with", 2}, {"ends_with", 2}, {"contains", 2}, {"string", 1},
    {"int32", 1}, {"int64", 1}, {"uint32", 1},      {"uint64", 1},    {"double", 1},   {"bool", 1},
};

}  // namespace

std::span<const FunctionFacts> AllFunctions() { return kFunctions; }

std::optional<Function> FindFunction(std::string_view name) {
  for (size_t i = 0; i < std::size(kFunctions); ++i) {
    if (kFunctions[i].name == name) return static_cast<Function>(i);
  }
  return std::nullopt;
}

std::optional<Function> ConversionTo(Kind kind) {
  switch (kind) {
    case Kind::kInt32:
      return Function::kInt32;
    case Kind::kInt64:
      return Function::kInt64;
    case Kind::kUint32:
      return Function::kUint32;
    case Kind::kUint64:
      return Function::kUint64;
    case Kind::kDouble:
      return Function::kDouble;
    case Kind::kString:
      return Function::kString;
    case Kind::kBool:
      return Function::kBool;
    default:
      return std::nullopt;
  }
}

}  // namespace dragoman::composition
