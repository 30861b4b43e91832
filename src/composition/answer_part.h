#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "composition/scope.h"
#include "composition/term.h"
#include "transcoding/field_selection.h"
#include "transcoding/json_codec.h"

namespace dragoman::composition {

// A part of an answer, compiled: what is known at load is JSON already, and fields that go into the answer as they are
// have no values in between.
struct AnswerPart {
  enum class Form : uint8_t {
    kText,    // text
    kValue,   // the value of `term`
    kField,   // the list or map term->field, straight from the message that term->operands[0] is
    kObject,  // members
    kJoin,    // the members of all parts, each of which is an object or a message
    kList,    // parts
    kEach,    // parts[0] for each element of the list `term`, through `levels` lists; variable `element` is the element
    kCondition,  // parts[0] where `term` is true, else parts[1]
    kDefault,    // parts[0], or where it is absent parts[1]
  };

  Form form = Form::kText;
  size_t number = 0;  // its place in a Selection
  std::string text;
  const Term* term = nullptr;
  std::vector<std::string> names;  // kObject: of the parts
  std::vector<std::string> keys;   // `"user":`
  std::vector<AnswerPart> parts;
  size_t levels = 0;
  size_t element = 0;
  std::optional<transcoding::FieldSelection> fields;   // of a message, where some are left out: the others
  std::optional<transcoding::FieldSelection> nothing;  // of no field; where there is a message()
  CallSet own_uses = 0;                                // of the term that it looks at itself
  CallSet uses = 0;                                    // with those of its parts

  // kValue, kField: the messages whose fields it has: its own, those in its lists, or the values of its map. Null:
  // none.
  const transcoding::MessagePlan* message() const;
  bool object() const { return form == Form::kObject || form == Form::kJoin; }
  bool drops(const transcoding::FieldPlan& field) const { return fields && !fields->Has(field); }
};

// A whole answer: its root is a kJoin.
struct Answer {
  AnswerPart root;
  size_t parts = 0;
  std::vector<std::unique_ptr<Term>> terms;  // which the parts point into
  transcoding::JsonWriteOptions options;
  std::string errors_key;
};

// The name of a field as the answer spells it.
const std::string& SpelledName(const transcoding::FieldPlan& field, const transcoding::JsonWriteOptions& options);

// The names of the members that an object or a message has; of a condition those of both. None: it has none.
std::vector<std::string> NamesOf(const AnswerPart& part, const transcoding::JsonWriteOptions& options);

// The type, for people: "{name: string}", "list of shop.v1.Order + {items: list of shop.v1.Item}".
std::string DescriptionOf(const AnswerPart& part);
// The members of an object or a message with their types.
void DescribeMembers(const AnswerPart& part, const transcoding::JsonWriteOptions& options,
                     std::vector<std::pair<std::string, std::string>>& members);

}  // namespace dragoman::composition
