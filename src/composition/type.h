#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "transcoding/message_plan.h"

namespace dragoman::composition {

// A list that a for_each, or a projection of an answer, goes through, by the place where it stands. Two lists have the
// same axis where they have an element for each element of the same list, in the same order.
//
//   orders.orders[]           "orders.orders"
//   orders.orders[].lines[]   "orders.orders.lines", one for each element of the one before
//
// The results of a for_each have the axes of what it goes through.
using Axis = std::string;

enum class Kind : uint8_t {
  kNull,  // the literal
  kBool,
  kInt32,
  kInt64,
  kUint32,
  kUint64,
  kFloat,
  kDouble,
  kString,
  kBytes,
  kEnum,
  kMessage,
  kMap,     // of a message's field
  kObject,  // made by an expression; only answers have them
};

// The type of an expression, known at load.
struct Type {
  Kind kind = Kind::kNull;
  const transcoding::MessagePlan* message = nullptr;   // of kMessage; of kMap that of its entries
  const transcoding::EnumPlan* enumeration = nullptr;  // of kEnum
  // How many lists it lies in, the outermost first. A value of two axes is a list of lists.
  std::vector<Axis> axes;
  // Of those the first `open` were opened by `[]`: what follows is done to each element.
  size_t open = 0;
  // Where its value stands, for the axes of lists below: "orders.orders" of an element of that list; empty: nowhere.
  std::string place;

  bool list() const { return !axes.empty(); }
  // "an int64", "a list of shop.v1.Order", "a list of lists of string".
  std::string ToString() const;
};

// Of one value of the field: of a repeated one its element, of a map kMap.
Type ElementTypeOf(const transcoding::FieldPlan& field);
// All of the field: of a repeated one a list, whose axis is `place`.
Type TypeOf(const transcoding::FieldPlan& field, std::string place);

bool IsNumber(Kind kind);
// The numbers that both fit: int32 and uint32 → int64. Nothing where there are none without a conversion.
std::optional<Kind> CommonNumber(Kind left, Kind right);
// What is not a list, map or message, and has an order or at least equals: what texts and comparisons are made of.
bool IsScalar(Kind kind);
// True where a value of `from` may stand for one of `to`: it is the same, a narrower number, or null.
bool Fits(const Type& from, const Type& to);

}  // namespace dragoman::composition
