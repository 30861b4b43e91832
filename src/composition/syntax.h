#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace dragoman::composition {

// A part of an expression as it is written, before any name in it is known.
struct Syntax {
  enum class Kind : uint8_t {
    kInteger,    // text: its digits, with a sign
    kNumber,     // text: "1.5", "-2e3"
    kString,     // text: decoded
    kTrue, kFalse, kNull,
    kName,       // text
    kField,      // operands[0] . text
    kOpen,       // operands[0] []
    kAt,         // operands[0] [text], an integer
    kKey,        // operands[0] ["text"]
    kCall,       // text ( operands )
    kList,       // [ operands ]
    kObject,     // { names[i]: operands[i] }
    kJoin,       // operands[0] + operands[1] + …
    kWithout,    // operands[0] - { names }
    kEqual, kNotEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual, kIn,
    kNot, kAnd, kOr,
    kDefault,    // operands[0] ?? operands[1]
    kCondition,  // operands[0] ? operands[1] : operands[2]
    kEach,       // operands[0] => operands[1]
  };

  Kind kind = Kind::kNull;
  std::string text;
  std::vector<std::unique_ptr<Syntax>> operands;
  std::vector<std::string> names;
  std::vector<size_t> name_offsets;
  size_t begin = 0;  // where it stands in the text: bytes, from 0
  size_t end = 0;
  int depth = 1;     // levels, of itself and what it holds
};

// A text of the configuration, cut at its braces.
struct TextSyntax {
  struct Part {
    std::string characters;              // `{{` and `}}` are single
    std::unique_ptr<Syntax> expression;  // null: characters
  };
  std::vector<Part> parts;  // none: the empty text

  // True where it is one expression and nothing else, whose type it then has.
  bool single() const { return parts.size() == 1 && parts[0].expression != nullptr; }
  bool constant() const { return parts.empty() || (parts.size() == 1 && parts[0].expression == nullptr); }
};

struct SyntaxError {
  size_t offset = 0;  // in the text, bytes from 0
  std::string what;   // "expected '}', got the end of the text"
};

// Parses a text of at most kMaxExpressionBytes, whose expressions are at most kMaxExpressionDepth levels deep.
//
//   "Order {each.id} of {user.name}"  →  "Order ", each . id, " of ", user . name
//
// Spec: src/composition/language.md.
tl::expected<TextSyntax, SyntaxError> ParseText(std::string_view text);

}  // namespace dragoman::composition
