#include <algorithm>
#include <utility>

#include "composition/expression.h"
#include "composition/syntax.h"
#include "composition/tokens.h"

namespace dragoman::composition {
namespace {

using Kind = Syntax::Kind;
using SyntaxPtr = std::unique_ptr<Syntax>;

// One function per production of the grammar; each returns null, or false, once there is an error.
class Parser : private Tokens {
 public:
  explicit Parser(std::string_view text) : Tokens(text) {}

  tl::expected<TextSyntax, SyntaxError> Parse() && {
    TextSyntax result;
    if (!Text(result)) return tl::unexpected(std::move(error_));
    return result;
  }

 private:
  // text = { characters | "{{" | "}}" | "{" expression "}" }
  bool Text(TextSyntax& result) {
    if (text_.size() > kMaxExpressionBytes) {
      return Fail("expected at most " + std::to_string(kMaxExpressionBytes) + " bytes, got " +
                  std::to_string(text_.size()));
    }
    while (!AtEnd()) {
      if (text_[at_] == '{' && !Sees("{{")) {
        ++at_;
        SyntaxPtr expression = Expression();
        if (expression == nullptr) return false;
        if (!Take("}")) return Expected("'}'");
        result.parts.push_back({{}, std::move(expression)});
        continue;
      }
      if (text_[at_] == '}' && !Sees("}}")) return Fail("a '}' without a '{'; write '}}' for the character");
      if (text_[at_] == '{' || text_[at_] == '}') ++at_;
      if (result.parts.empty() || result.parts.back().expression != nullptr) result.parts.emplace_back();
      result.parts.back().characters += text_[at_++];
    }
    return true;
  }

  // expression = choice [ "=>" expression ]
  SyntaxPtr Expression() {
    if (nesting_ == kMaxExpressionDepth) return TooDeep();
    ++nesting_;
    const size_t begin = Begin();
    SyntaxPtr result = Choice();
    if (result != nullptr && Take("=>")) result = With(Kind::kEach, begin, std::move(result), Expression());
    --nesting_;
    return result;
  }

  // choice = default [ "?" expression ":" expression ]
  SyntaxPtr Choice() {
    const size_t begin = Begin();
    SyntaxPtr test = Default();
    if (test == nullptr || !Take("?")) return test;
    SyntaxPtr yes = Expression();
    if (yes == nullptr) return nullptr;
    if (!Take(":")) return Missing("':'");
    SyntaxPtr no = Expression();
    if (no == nullptr) return nullptr;
    SyntaxPtr choice = Make(Kind::kCondition, begin);
    choice->operands.push_back(std::move(test));
    choice->operands.push_back(std::move(yes));
    choice->operands.push_back(std::move(no));
    return Measured(std::move(choice));
  }

  // default = or { "??" or }, the first that is there: a ?? (b ?? c)
  SyntaxPtr Default() {
    const size_t begin = Begin();
    SyntaxPtr left = Or();
    if (left == nullptr || !Take("??")) return left;
    if (nesting_ == kMaxExpressionDepth) return TooDeep();
    ++nesting_;
    SyntaxPtr result = With(Kind::kDefault, begin, std::move(left), Default());
    --nesting_;
    return result;
  }

  // or = and { "or" and }
  SyntaxPtr Or() {
    return Chain(Kind::kOr, &Parser::And, [this] { return TakeWord("or"); });
  }

  // and = not { "and" not }
  SyntaxPtr And() {
    return Chain(Kind::kAnd, &Parser::Not, [this] { return TakeWord("and"); });
  }

  // not = "not" not | comparison
  SyntaxPtr Not() {
    const size_t begin = Begin();
    if (!TakeWord("not")) return Comparison();
    if (nesting_ == kMaxExpressionDepth) return TooDeep();
    ++nesting_;
    SyntaxPtr operand = Not();
    --nesting_;
    if (operand == nullptr) return nullptr;
    SyntaxPtr result = Make(Kind::kNot, begin);
    result->operands.push_back(std::move(operand));
    return Measured(std::move(result));
  }

  // comparison = joined [ ( "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" ) joined ]
  SyntaxPtr Comparison() {
    const size_t begin = Begin();
    SyntaxPtr left = Joined();
    if (left == nullptr) return nullptr;
    Kind kind;
    if (Take("==")) {
      kind = Kind::kEqual;
    } else if (Take("!=")) {
      kind = Kind::kNotEqual;
    } else if (Take("<=")) {
      kind = Kind::kLessOrEqual;
    } else if (Take("<")) {
      kind = Kind::kLess;
    } else if (Take(">=")) {
      kind = Kind::kGreaterOrEqual;
    } else if (Take(">")) {
      kind = Kind::kGreater;
    } else if (TakeWord("in")) {
      kind = Kind::kIn;
    } else {
      return left;
    }
    return With(kind, begin, std::move(left), Joined());
  }

  // joined = path { "+" path | "-" "{" name { "," name } "}" }
  SyntaxPtr Joined() {
    const size_t begin = Begin();
    SyntaxPtr result = Path();
    while (result != nullptr) {
      if (Take("+")) {
        SyntaxPtr right = Path();
        if (right == nullptr) return nullptr;
        if (result->kind == Kind::kJoin) {
          result->operands.push_back(std::move(right));
          result->end = at_;
          result = Measured(std::move(result));
        } else {
          result = With(Kind::kJoin, begin, std::move(result), std::move(right));
        }
      } else if (Take("-")) {
        if (!Take("{")) return Missing("'{' and the names of fields to leave out");
        SyntaxPtr without = Make(Kind::kWithout, begin);
        do {
          if (!NextName(*without)) return nullptr;
        } while (Take(","));
        if (!Take("}")) return Missing("',' or '}'");
        without->operands.push_back(std::move(result));
        result = Measured(std::move(without));
      } else {
        break;
      }
    }
    return result;
  }

  // path = primary { "." name | "[]" | "[" integer "]" | "[" string "]" }
  SyntaxPtr Path() {
    const size_t begin = Begin();
    SyntaxPtr result = Primary();
    while (result != nullptr) {
      SyntaxPtr step;
      if (Take(".")) {
        step = Make(Kind::kField, begin);
        if (!Name(step->text)) return nullptr;
      } else if (Take("[")) {
        step = Make(Kind::kOpen, begin);
        if (SeesQuote()) {
          step->kind = Kind::kKey;
          if (!String(step->text)) return nullptr;
        } else if (SeesDigit()) {
          step->kind = Kind::kAt;
          Digits(step->text);
        }
        if (!Take("]")) return Missing(step->kind == Kind::kOpen ? "']', an index or a key in quotes" : "']'");
      } else {
        break;
      }
      step->operands.push_back(std::move(result));
      result = Measured(std::move(step));
    }
    return result;
  }

  // primary = literal | name | function "(" [ expression { "," expression } ] ")" | "(" expression ")" | object | "[" …
  // "]" literal = integer | number | string | "true" | "false" | "null"
  SyntaxPtr Primary() {
    const size_t begin = Begin();
    if (AtEnd()) return Missing("an expression");
    const char c = text_[at_];
    if (c == '{') return Object();
    if (c == '[') {
      ++at_;
      return Expressions(Make(Kind::kList, begin), "]");
    }
    if (Take("(")) {
      SyntaxPtr inner = Expression();
      if (inner == nullptr) return nullptr;
      if (!Take(")")) return Missing("')'");
      inner->begin = begin;
      inner->end = at_;
      return inner;
    }
    if (SeesQuote()) {
      SyntaxPtr literal = Make(Kind::kString, begin);
      if (!String(literal->text)) return nullptr;
      return Measured(std::move(literal));
    }
    if (SeesNumber()) return NumberLiteral();
    if (!SeesName()) return Missing("an expression");
    SyntaxPtr name = Make(Kind::kName, begin);
    Name(name->text);
    if (name->text == "true") name->kind = Kind::kTrue;
    if (name->text == "false") name->kind = Kind::kFalse;
    if (name->text == "null") name->kind = Kind::kNull;
    if (IsOperator(name->text)) {
      at_ = begin;
      return Missing("an expression");
    }
    if (name->kind == Kind::kName && Take("(")) {
      name->kind = Kind::kCall;
      return Expressions(std::move(name), ")");
    }
    return Measured(std::move(name));
  }

  // object = "{" [ name ":" expression { "," name ":" expression } ] "}"
  SyntaxPtr Object() {
    SyntaxPtr object = Make(Kind::kObject, at_++);
    if (!Take("}")) {
      do {
        if (!NextName(*object)) return nullptr;
        if (!Take(":")) return Missing("':'");
        SyntaxPtr value = Expression();
        if (value == nullptr) return nullptr;
        object->operands.push_back(std::move(value));
      } while (Take(","));
      if (!Take("}")) return Missing("',' or '}'");
    }
    return Measured(std::move(object));
  }

  // The rest of a list or of a function's arguments, up to `close`.
  SyntaxPtr Expressions(SyntaxPtr list, std::string_view close) {
    if (!Take(close)) {
      do {
        SyntaxPtr value = Expression();
        if (value == nullptr) return nullptr;
        list->operands.push_back(std::move(value));
      } while (Take(","));
      if (!Take(close)) return Missing("',' or '" + std::string(close) + "'");
    }
    return Measured(std::move(list));
  }

  SyntaxPtr NumberLiteral() {
    SyntaxPtr literal = Make(Kind::kInteger, at_);
    bool integer = true;
    if (!Number(literal->text, integer)) return nullptr;
    if (!integer) literal->kind = Kind::kNumber;
    return Measured(std::move(literal));
  }

  // Of an object or a list of fields: the next of its names.
  bool NextName(Syntax& owner) {
    owner.name_offsets.push_back(Begin());
    return Name(owner.names.emplace_back());
  }

  template <typename TakeOperator>
  SyntaxPtr Chain(Kind kind, SyntaxPtr (Parser::*operand)(), TakeOperator take) {
    const size_t begin = Begin();
    SyntaxPtr first = (this->*operand)();
    if (first == nullptr || !take()) return first;
    SyntaxPtr chain = Make(kind, begin);
    chain->operands.push_back(std::move(first));
    do {
      SyntaxPtr next = (this->*operand)();
      if (next == nullptr) return nullptr;
      chain->operands.push_back(std::move(next));
    } while (take());
    return Measured(std::move(chain));
  }

  static SyntaxPtr Make(Kind kind, size_t begin) {
    auto made = std::make_unique<Syntax>();
    made->kind = kind;
    made->begin = begin;
    return made;
  }

  SyntaxPtr With(Kind kind, size_t begin, SyntaxPtr left, SyntaxPtr right) {
    if (right == nullptr) return nullptr;
    SyntaxPtr made = Make(kind, begin);
    made->operands.push_back(std::move(left));
    made->operands.push_back(std::move(right));
    return Measured(std::move(made));
  }

  // It ends here. Null where it is too deep.
  SyntaxPtr Measured(SyntaxPtr made) {
    made->end = at_;
    for (const SyntaxPtr& operand : made->operands) made->depth = std::max(made->depth, operand->depth + 1);
    return made->depth > kMaxExpressionDepth ? TooDeep() : std::move(made);
  }

  static bool IsOperator(std::string_view word) {
    return word == "or" || word == "and" || word == "not" || word == "in";
  }

  std::nullptr_t TooDeep() {
    Fail("nested more than " + std::to_string(kMaxExpressionDepth) + " levels deep");
    return nullptr;
  }
  std::nullptr_t Missing(std::string_view what) {
    Expected(what);
    return nullptr;
  }
  int nesting_ = 0;
};

}  // namespace

tl::expected<TextSyntax, SyntaxError> ParseText(std::string_view text) { return Parser(text).Parse(); }

}  // namespace dragoman::composition
