#pragma once

#include <memory>
#include <string>
#include <vector>

#include "composition/scope.h"
#include "composition/type.h"
#include "composition/value.h"

namespace dragoman::composition {

// A part of an expression that has been checked: a tree, without names that could be wrong.
//
// Lists go through everything: a field of a list of messages is the list of their fields.
struct Term {
  enum class Op : uint8_t {
    kConstant,     // constant
    kVariable,     // number; of its value's lists the first `skip` are indexed by where the axes of the scope stand at
    kField,        // field of operands[0]; of a repeated field a list, of a map field a kMap
    kAt,           // element `number` of the innermost list of operands[0]; absent where it is shorter
    kKey,          // of the map operands[0] the value of key `constant`
    kNot, kAnd, kOr,
    kEqual, kNotEqual, kLess, kLessOrEqual,  // of scalars of comparable types; false where a side is absent, kNotEqual likewise
    kIn,           // operands[0] is an element of the list operands[1]
    kCondition,    // operands[0] ? operands[1] : operands[2]
    kDefault,      // operands[0], or where it is absent operands[1]
    kFunction,     // function(operands)
    kText,         // the texts of the operands, one after the other; an absent one is empty
    kList,         // [operands]
    // Of answers only:
    kObject,       // {keys[i]: operands[i]}; members whose value is absent are left out
    kJoin,         // the members of all operands in one object; their names are distinct
    kWithout,      // operands[0], a message, but for `fields`
    kEach,         // for each element of operands[0], through all its `open` axes: variable `number` is the element, and operands[1] stands in its place
  };

  Op op = Op::kConstant;
  Type type;
  std::vector<std::unique_ptr<Term>> operands;
  Value constant;           // its text lies in `text`
  std::string text;
  size_t number = 0;
  size_t skip = 0;
  const transcoding::FieldPlan* field = nullptr;
  std::vector<const transcoding::FieldPlan*> fields;
  std::vector<std::string> keys;
  size_t function = 0;      // into the table of functions
  std::optional<size_t> call;  // of kVariable
};

}  // namespace dragoman::composition
