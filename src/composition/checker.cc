#include "composition/checker.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "transcoding/nearest.h"
#include "transcoding/quote.h"

namespace dragoman::composition {
namespace {

using transcoding::FieldPlan;
using transcoding::MessagePlan;
using transcoding::Quote;

// The axes and the place of what one element of a list leaves: "orders.orders.lines" below "orders.orders" becomes
// "orders.orders[0].lines".
std::string Renamed(const std::string& name, const std::string& outer, const std::string& element) {
  if (name == outer) return element;
  if (name.starts_with(outer + ".")) return element + name.substr(outer.size());
  return name.empty() ? name : name + " of " + element;
}

std::string Joined(const std::vector<Axis>& axes) {
  std::string text;
  for (const Axis& axis : axes) text += (text.empty() ? "" : ", ") + axis;
  return text;
}

template <typename Integer>
bool Read(std::string_view text, Integer& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::unique_ptr<Term> MakeTerm(Term::Op op, Kind kind) {
  auto term = std::make_unique<Term>();
  term->op = op;
  term->type.kind = kind;
  return term;
}

void TakeElement(Type& type, size_t axis, const std::string& element) {
  const Axis outer = type.axes[axis];
  type.axes.erase(type.axes.begin() + static_cast<ptrdiff_t>(axis));
  for (size_t i = axis; i < type.axes.size(); ++i) type.axes[i] = Renamed(type.axes[i], outer, element);
  type.place = Renamed(type.place, outer, element);
}

std::nullptr_t Checker::Fail(size_t offset, std::string what) {
  if (error_.what.empty()) error_ = {.offset = offset, .what = std::move(what)};
  return nullptr;
}

std::string Checker::Source(const Syntax& syntax) const {
  std::string_view source = text_.substr(syntax.begin, syntax.end - syntax.begin);
  while (source.ends_with(' ') || source.ends_with('\n')) source.remove_suffix(1);
  return transcoding::Excerpt(source);
}

std::nullptr_t Checker::IsList(const Syntax& syntax, const Type& type) {
  const std::string source = Source(syntax);
  std::string through = source;
  for (size_t i = type.open; i < type.axes.size(); ++i) through += "[]";
  return Fail(syntax, source + " is " + type.ToString() + "; write " + through + " to go through it");
}

std::string Checker::PlaceAt(const Syntax& syntax) const {
  return "the list at " + std::to_string(node_.line) + ":" +
         std::to_string(node_.column + static_cast<int>(syntax.begin));
}

std::unique_ptr<Term> Checker::CheckExpression(const Syntax& syntax, const Type* expected) {
  TermPtr term = Check(syntax, expected);
  if (term == nullptr || expected == nullptr) return term;
  if (!Fits(term->type, *expected)) {
    return Fail(syntax, "expected " + expected->ToString() + ", got " + term->type.ToString());
  }
  return IsNumber(term->type.kind) ? Converted(std::move(term), expected->kind) : std::move(term);
}

std::unique_ptr<Term> Checker::CheckText(const TextSyntax& text) {
  TermPtr joined = MakeTerm(Term::Op::kText, Kind::kString);
  for (const TextSyntax::Part& part : text.parts) {
    TermPtr term;
    if (part.expression == nullptr) {
      term = MakeTerm(Term::Op::kConstant, Kind::kString);
      term->text = part.characters;
      term->constant = Value::Text(term->text);
    } else {
      term = Check(*part.expression, nullptr);
      if (term == nullptr) return nullptr;
      if (term->type.list() || !IsScalar(term->type.kind)) {
        return Fail(*part.expression,
                    Source(*part.expression) + " is " + term->type.ToString() + ", which cannot stand in a text");
      }
    }
    joined->operands.push_back(std::move(term));
  }
  return joined;
}

std::unique_ptr<Term> Checker::Check(const Syntax& syntax, const Type* expected) {
  using enum Syntax::Kind;
  switch (syntax.kind) {
    case kInteger:
    case kNumber:
    case kString:
    case kTrue:
    case kFalse:
    case kNull:
      return Literal(syntax, expected);
    case kName:
      return Name(syntax, expected);
    case kField:
      return Field(syntax);
    case kOpen:
      return Open(syntax);
    case kAt:
      return At(syntax);
    case kKey:
      return Key(syntax);
    case kCall:
      return Call(syntax);
    case kList:
      return List(syntax, expected);
    case kObject:
      return Object(syntax);
    case kJoin:
      return Join(syntax);
    case kWithout:
      return Without(syntax);
    case kEqual:
    case kNotEqual:
    case kLess:
    case kLessOrEqual:
    case kGreater:
    case kGreaterOrEqual:
      return Comparison(syntax);
    case kIn:
      return In(syntax);
    case kNot:
      return Logic(syntax, Term::Op::kNot);
    case kAnd:
      return Logic(syntax, Term::Op::kAnd);
    case kOr:
      return Logic(syntax, Term::Op::kOr);
    case kDefault:
      return Default(syntax);
    case kCondition:
      return Condition(syntax, expected);
    case kEach:
      return Each(syntax, expected);
  }
  return nullptr;
}

// A number takes the type that is expected where it fits; else it is an int32, int64, uint64 or double.
std::unique_ptr<Term> Checker::Literal(const Syntax& syntax, const Type* expected) {
  TermPtr term = MakeTerm(Term::Op::kConstant, Kind::kNull);
  Value& value = term->constant;
  const auto as = [&](Kind kind) {
    value.form = Value::Form::kScalar;
    value.kind = term->type.kind = kind;
    return std::move(term);
  };
  switch (syntax.kind) {
    case Syntax::Kind::kString:
      term->text = syntax.text;
      value.bytes = term->text;
      return as(Kind::kString);
    case Syntax::Kind::kTrue:
    case Syntax::Kind::kFalse:
      value.boolean = syntax.kind == Syntax::Kind::kTrue;
      return as(Kind::kBool);
    case Syntax::Kind::kNull:
      return term;
    default:
      break;
  }
  const Kind wanted = expected != nullptr && !expected->list() ? expected->kind : Kind::kNull;
  const bool integer = syntax.kind == Syntax::Kind::kInteger;
  double real = 0;
  if (!Read(syntax.text, real)) return Fail(syntax, syntax.text + " is out of the range of numbers");
  if (!integer || wanted == Kind::kDouble || wanted == Kind::kFloat) {
    value.real = real;
    return as(wanted == Kind::kFloat ? Kind::kFloat : Kind::kDouble);
  }
  uint64_t natural = 0;
  if (Read(syntax.text, natural)) {
    const bool small = natural <= std::numeric_limits<uint32_t>::max();
    if (wanted == Kind::kUint64 || (wanted == Kind::kUint32 && small) ||
        natural > std::numeric_limits<int64_t>::max()) {
      value.natural = natural;
      return as(wanted == Kind::kUint32 && small ? Kind::kUint32 : Kind::kUint64);
    }
  }
  if (!Read(syntax.text, value.integer)) return Fail(syntax, syntax.text + " is out of the range of integers");
  const bool small = value.integer == static_cast<int32_t>(value.integer);
  return as(small && wanted != Kind::kInt64 ? Kind::kInt32 : Kind::kInt64);
}

std::optional<Variable> Checker::FindVariable(std::string_view name) const {
  if (name == "each" && !elements_.empty()) return elements_.back();
  return scope_.Find(name);
}

bool Checker::HasMembers(const Syntax& syntax) const {
  return syntax.kind == Syntax::Kind::kName && !FindVariable(syntax.text) && scope_.HasMembers(syntax.text);
}

// A name that only an enum could know; or a list of them.
bool Checker::IsBareName(const Syntax& syntax) const {
  if (syntax.kind == Syntax::Kind::kList) return !syntax.operands.empty() && IsBareName(*syntax.operands[0]);
  return syntax.kind == Syntax::Kind::kName && !FindVariable(syntax.text) && !scope_.HasMembers(syntax.text);
}

std::unique_ptr<Term> Checker::Name(const Syntax& syntax, const Type* expected) {
  if (const std::optional<Variable> variable = FindVariable(syntax.text)) return Use(syntax, *variable);
  if (HasMembers(syntax)) {
    return Fail(syntax, syntax.text + " is no value; write " + syntax.text + ".NAME");
  }
  if (expected != nullptr && expected->kind == Kind::kEnum) return EnumValue(syntax, *expected);
  if (FindFunction(syntax.text)) return Fail(syntax, syntax.text + " is a function; write " + syntax.text + "(…)");
  std::vector<std::string> names = scope_.Names();
  if (!elements_.empty()) names.emplace_back("each");
  return Fail(syntax, "unknown name " + Quote(syntax.text) + DidYouMean(syntax.text, names));
}

std::unique_ptr<Term> Checker::EnumValue(const Syntax& syntax, const Type& expected) {
  const transcoding::EnumPlan& plan = *expected.enumeration;
  const int32_t* number = plan.by_name.Find(syntax.text);
  if (number == nullptr) {
    return Fail(syntax,
                plan.full_name + " has no value " + Quote(syntax.text) + DidYouMean(syntax.text, plan.ordered_names));
  }
  TermPtr term = MakeTerm(Term::Op::kConstant, Kind::kEnum);
  term->type.enumeration = &plan;
  term->constant.form = Value::Form::kScalar;
  term->constant.kind = Kind::kEnum;
  term->constant.integer = *number;
  return term;
}

// Of the results of a for_each those lists are passed that are being gone through here.
std::unique_ptr<Term> Checker::Use(const Syntax& syntax, const Variable& variable) {
  TermPtr term = MakeTerm(Term::Op::kVariable, Kind::kNull);
  term->type = variable.type;
  term->number = variable.number;
  term->call = variable.call;
  if (!variable.call || axes_.empty() || !variable.type.list()) return term;
  std::vector<Axis>& axes = term->type.axes;
  const size_t shorter = std::min(axes.size(), axes_.size());
  while (term->skip < shorter && axes[term->skip] == axes_[term->skip]) ++term->skip;
  if (term->skip < shorter) {
    return Fail(syntax, Source(syntax) + " has an element for each of " + Joined(axes) + ", but here " + Joined(axes_) +
                            (axes_.size() == 1 ? " is" : " are") + " gone through");
  }
  axes.erase(axes.begin(), axes.begin() + static_cast<ptrdiff_t>(term->skip));
  return term;
}

// root.name, root["name"]
std::unique_ptr<Term> Checker::Member(const Syntax& syntax, std::string_view root, const std::string& name) {
  tl::expected<Variable, std::string> variable = scope_.FindMember(root, name);
  if (!variable) return Fail(syntax, std::move(variable.error()));
  return Use(syntax, *variable);
}

std::unique_ptr<Term> Checker::Field(const Syntax& syntax) {
  const Syntax& of = *syntax.operands[0];
  if (HasMembers(of)) return Member(syntax, of.text, syntax.text);
  if (of.kind == Syntax::Kind::kName && of.text == "each" && elements_.empty()) {
    if (const std::optional<Variable> level = scope_.FindLevel(syntax.text)) return Use(syntax, *level);
  }
  TermPtr operand = Check(of, nullptr);
  if (operand == nullptr) return nullptr;
  const Type& type = operand->type;
  if (type.open < type.axes.size()) return IsList(of, type);
  if (type.kind == Kind::kMap) {
    return Fail(of, Source(of) + " is " + type.ToString() + "; write " + Source(of) + "[\"" + syntax.text + "\"]");
  }
  if (type.kind != Kind::kMessage) {
    Type element = type;
    element.axes.clear();
    return Fail(of, Source(of) + " is " + element.ToString() + " and has no fields");
  }
  const FieldPlan* field = type.message->Find(syntax.text);
  if (field == nullptr) {
    const FieldPlan* nearest = type.message->Nearest(syntax.text);
    const std::string hint = nearest == nullptr ? "" : "; did you mean " + Quote(nearest->name) + "?";
    return Fail(of, type.message->full_name() + " has no field " + Quote(syntax.text) + hint);
  }
  TermPtr term = MakeTerm(Term::Op::kField, Kind::kNull);
  term->field = field;
  Type result = TypeOf(*field, (type.place.empty() ? PlaceAt(syntax) : type.place) + "." + field->name);
  result.axes.insert(result.axes.begin(), type.axes.begin(), type.axes.end());
  result.open = type.open;
  term->type = std::move(result);
  term->operands.push_back(std::move(operand));
  return term;
}

std::unique_ptr<Term> Checker::Open(const Syntax& syntax) {
  const Syntax& of = *syntax.operands[0];
  TermPtr operand = Check(of, nullptr);
  if (operand == nullptr) return nullptr;
  Type& type = operand->type;
  if (type.open == type.axes.size()) {
    Type element = type;
    element.axes.clear();
    return Fail(of, Source(of) + " is " + element.ToString() + ", not a list");
  }
  ++type.open;
  return operand;
}

std::unique_ptr<Term> Checker::At(const Syntax& syntax) {
  const Syntax& of = *syntax.operands[0];
  TermPtr operand = Check(of, nullptr);
  if (operand == nullptr) return nullptr;
  const Type& type = operand->type;
  if (type.open == type.axes.size()) {
    if (type.kind == Kind::kMap) return KeyOf(syntax, std::move(operand));
    Type element = type;
    element.axes.clear();
    return Fail(of, Source(of) + " is " + element.ToString() + ", not a list");
  }
  TermPtr term = MakeTerm(Term::Op::kAt, Kind::kNull);
  uint32_t index = 0;
  if (!Read(syntax.text, index)) return Fail(syntax, "expected an index below 2^32, got " + syntax.text);
  term->number = index;
  term->type = type;
  TakeElement(term->type, type.open, type.axes[type.open] + "[" + syntax.text + "]");
  term->operands.push_back(std::move(operand));
  return term;
}

std::unique_ptr<Term> Checker::Key(const Syntax& syntax) {
  const Syntax& of = *syntax.operands[0];
  if (HasMembers(of)) return Member(syntax, of.text, syntax.text);
  TermPtr operand = Check(of, nullptr);
  if (operand == nullptr) return nullptr;
  if (operand->type.open < operand->type.axes.size()) return IsList(of, operand->type);
  if (operand->type.kind != Kind::kMap) {
    Type element = operand->type;
    element.axes.clear();
    return Fail(of, Source(of) + " is " + element.ToString() + " and has no keys");
  }
  return KeyOf(syntax, std::move(operand));
}

std::unique_ptr<Term> Checker::KeyOf(const Syntax& syntax, TermPtr map) {
  const Type key_type = ElementTypeOf(*map->type.message->FindNumber(1));
  const bool quoted = syntax.kind == Syntax::Kind::kKey;
  TermPtr term = MakeTerm(Term::Op::kKey, Kind::kNull);
  term->text = syntax.text;
  Value& key = term->constant;
  key.form = Value::Form::kScalar;
  key.kind = key_type.kind;
  bool fits = false;
  switch (key_type.kind) {
    case Kind::kString:
      key.bytes = term->text;
      fits = quoted;
      break;
    case Kind::kBool:
      key.boolean = term->text == "true";
      fits = quoted && (key.boolean || term->text == "false");
      break;
    case Kind::kInt32:
      fits = Read(term->text, key.integer) && key.integer == static_cast<int32_t>(key.integer);
      break;
    case Kind::kUint32:
      fits = Read(term->text, key.natural) && key.natural == static_cast<uint32_t>(key.natural);
      break;
    case Kind::kInt64:
      fits = Read(term->text, key.integer);
      break;
    default:
      fits = Read(term->text, key.natural);
  }
  if (!fits) {
    const std::string got = quoted ? Quote(syntax.text) : syntax.text;
    return Fail(syntax, "expected a key that is " + key_type.ToString() + ", got " + got);
  }
  Type type = TypeOf(*map->type.message->FindNumber(2),
                     map->type.place.empty() ? "" : map->type.place + "[" + Quote(syntax.text) + "]");
  type.axes = map->type.axes;
  type.open = map->type.open;
  term->type = std::move(type);
  term->operands.push_back(std::move(map));
  return term;
}

}  // namespace dragoman::composition
