#include "composition/compare.h"

#include <limits>
#include <utility>

namespace dragoman::composition {
namespace {

bool IsSigned(Kind kind) { return kind == Kind::kInt32 || kind == Kind::kInt64 || kind == Kind::kEnum; }
bool IsUnsigned(Kind kind) { return kind == Kind::kUint32 || kind == Kind::kUint64; }
bool IsReal(Kind kind) { return kind == Kind::kFloat || kind == Kind::kDouble; }
bool IsText(Kind kind) { return kind == Kind::kString || kind == Kind::kBytes; }

// Holds every 64-bit integer and every double.
long double Wide(const Value& value) {
  static_assert(std::numeric_limits<long double>::digits >= 64);
  if (IsReal(value.kind)) return value.real;
  return IsSigned(value.kind) ? static_cast<long double>(value.integer) : static_cast<long double>(value.natural);
}

template <typename Left, typename Right>
std::partial_ordering Integers(Left left, Right right) {
  if (std::cmp_less(left, right)) return std::partial_ordering::less;
  return std::cmp_equal(left, right) ? std::partial_ordering::equivalent : std::partial_ordering::greater;
}

}  // namespace

std::partial_ordering Compare(const Value& left, const Value& right) {
  const Kind a = left.kind;
  const Kind b = right.kind;
  if (left.form != Value::Form::kScalar || right.form != Value::Form::kScalar) return std::partial_ordering::unordered;
  if (a == Kind::kBool && b == Kind::kBool) return static_cast<int>(left.boolean) <=> static_cast<int>(right.boolean);
  if (IsText(a) && a == b) return left.bytes <=> right.bytes;
  const auto is_number = [](Kind kind) { return IsSigned(kind) || IsUnsigned(kind) || IsReal(kind); };
  if (!is_number(a) || !is_number(b)) return std::partial_ordering::unordered;
  if (IsReal(a) || IsReal(b)) return Wide(left) <=> Wide(right);
  if (IsSigned(a)) return IsSigned(b) ? Integers(left.integer, right.integer) : Integers(left.integer, right.natural);
  return IsSigned(b) ? Integers(left.natural, right.integer) : Integers(left.natural, right.natural);
}

}  // namespace dragoman::composition
