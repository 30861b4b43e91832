#pragma once

#include <compare>

#include "composition/value.h"

namespace dragoman::composition {

// Two scalars of comparable types: numbers by what they are worth, whatever their types, strings and bytes by their
// bytes. Unordered where one is absent, is NaN, or is no scalar.
std::partial_ordering Compare(const Value& left, const Value& right);

}  // namespace dragoman::composition
