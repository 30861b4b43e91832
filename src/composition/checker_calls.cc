#include <algorithm>

#include "composition/checker.h"
#include "transcoding/nearest.h"
#include "transcoding/quote.h"

namespace dragoman::composition {
namespace {

using Op = Term::Op;
using transcoding::FieldPlan;
using transcoding::Quote;

bool IsConversion(Function function) { return function >= Function::kString; }

}  // namespace

std::unique_ptr<Term> Checker::Call(const Syntax& syntax) {
  const std::optional<Function> function = FindFunction(syntax.text);
  if (!function) {
    std::vector<std::string_view> names;
    for (const FunctionFacts& facts : AllFunctions()) names.push_back(facts.name);
    return Fail(syntax, "unknown function " + Quote(syntax.text) + DidYouMean(syntax.text, names));
  }
  const size_t wanted = FactsOf(*function).arguments;
  if (syntax.operands.size() != wanted) {
    return Fail(syntax, syntax.text + ": expected " + std::to_string(wanted) +
                            (wanted == 1 ? " argument" : " arguments") + ", got " +
                            std::to_string(syntax.operands.size()));
  }
  TermPtr call = MakeTerm(Op::kFunction, Kind::kNull);
  call->function = static_cast<size_t>(*function);
  for (const auto& operand : syntax.operands) {
    TermPtr term = Check(*operand, nullptr);
    if (term == nullptr) return nullptr;
    call->operands.push_back(std::move(term));
  }
  const bool fits =
      IsConversion(*function) ? CheckConversion(syntax, *function, *call) : CheckArguments(syntax, *function, *call);
  return fits ? std::move(call) : nullptr;
}

// Also gives the call its type.
bool Checker::CheckArguments(const Syntax& syntax, Function function, Term& call) {
  const Type& type = call.operands[0]->type;
  const auto refuse = [&](size_t argument, std::string_view expected) {
    Fail(*syntax.operands[argument],
         syntax.text + ": expected " + std::string(expected) + ", got " + call.operands[argument]->type.ToString());
    return false;
  };
  switch (function) {
    case Function::kSize:
      if (!type.list() && type.kind != Kind::kMap && type.kind != Kind::kString) {
        return refuse(0, "a list, a map or a string");
      }
      call.type.kind = Kind::kInt32;
      return true;
    case Function::kHas:
      if (type.kind == Kind::kObject || type.kind == Kind::kNull) return refuse(0, "a value that may be absent");
      call.type.kind = Kind::kBool;
      return true;
    case Function::kFlatten: {
      if (type.axes.size() < 2) return refuse(0, "a list of lists");
      call.type = type;
      std::string axis;
      for (const Axis& each : type.axes) axis += (axis.empty() ? "flatten(" : ", ") + each;
      call.type.axes = {axis + ")"};
      call.type.open = 0;
      return true;
    }
    case Function::kFirst:
    case Function::kLast:
      if (!type.list()) return refuse(0, "a list");
      call.type = type;
      call.type.open = 0;
      TakeElement(call.type, 0, syntax.text + "(" + type.axes[0] + ")");
      return true;
    case Function::kJoin:
      if (type.axes.size() != 1 || type.kind != Kind::kString) return refuse(0, "a list of string");
      break;
    default:
      if (type.list() || type.kind != Kind::kString) return refuse(0, "a string");
      break;
  }
  if (call.operands.size() == 2) {
    const Type& second = call.operands[1]->type;
    if (second.list() || second.kind != Kind::kString) return refuse(1, "a string");
  }
  const bool test =
      function == Function::kStartsWith || function == Function::kEndsWith || function == Function::kContains;
  call.type.kind = test ? Kind::kBool : Kind::kString;
  return true;
}

bool Checker::CheckConversion(const Syntax& syntax, Function function, Term& call) {
  const Type& type = call.operands[0]->type;
  if (!Single(*syntax.operands[0], type)) return false;
  std::string_view expected;
  bool fits = type.kind == Kind::kString;
  switch (function) {
    case Function::kString:
      call.type.kind = Kind::kString;
      fits = IsScalar(type.kind);
      expected = "a string, a bool, a number or an enum";
      break;
    case Function::kBool:
      call.type.kind = Kind::kBool;
      fits = fits || type.kind == Kind::kBool;
      expected = "a string or a bool";
      break;
    case Function::kDouble:
      call.type.kind = Kind::kDouble;
      fits = fits || IsNumber(type.kind);
      expected = "a string or a number";
      break;
    default:
      for (const Kind kind : {Kind::kInt32, Kind::kInt64, Kind::kUint32, Kind::kUint64}) {
        if (ConversionTo(kind) == function) call.type.kind = kind;
      }
      fits = fits || IsNumber(type.kind) || type.kind == Kind::kEnum;
      expected = "a string, a number or an enum";
  }
  if (!fits) {
    Fail(*syntax.operands[0], syntax.text + ": expected " + std::string(expected) + ", got " + type.ToString());
  }
  return fits;
}

// `body` (an element's term → term) for each element of a list that is opened.
template <typename Body>
std::unique_ptr<Term> Checker::ThroughEach(TermPtr list, Body body) {
  const Type& type = list->type;
  const auto opened = type.axes.begin() + static_cast<ptrdiff_t>(type.open);
  Variable element;
  element.number = scope_.AddLocal();
  element.type = type;
  element.type.axes.assign(opened, type.axes.end());
  element.type.open = 0;
  axes_.insert(axes_.end(), type.axes.begin(), opened);
  elements_.push_back(element);
  TermPtr each = MakeTerm(Op::kVariable, element.type.kind);
  each->type = element.type;
  each->number = element.number;
  TermPtr result = body(std::move(each));
  elements_.pop_back();
  axes_.resize(axes_.size() - type.open);
  if (result == nullptr) return nullptr;

  TermPtr term = MakeTerm(Op::kEach, Kind::kNull);
  term->number = element.number;
  term->type = result->type;
  term->type.open += type.open;
  term->type.axes.insert(term->type.axes.begin(), type.axes.begin(), opened);
  term->operands.push_back(std::move(list));
  term->operands.push_back(std::move(result));
  return term;
}

// list[] => body
std::unique_ptr<Term> Checker::Each(const Syntax& syntax, const Type* expected) {
  const Syntax& source = *syntax.operands[0];
  TermPtr list = Check(source, nullptr);
  if (list == nullptr) return nullptr;
  if (!list->type.list()) return Fail(source, "'=>' goes through a list, got " + list->type.ToString());
  if (list->type.open == 0) return IsList(source, list->type);
  Type wanted;
  if (expected != nullptr && expected->axes.size() >= list->type.open) {
    wanted = *expected;
    wanted.axes.erase(wanted.axes.begin(), wanted.axes.begin() + static_cast<ptrdiff_t>(list->type.open));
  }
  const Type* body_type = wanted.kind == Kind::kNull ? nullptr : &wanted;
  return ThroughEach(std::move(list), [&](TermPtr) { return Check(*syntax.operands[1], body_type); });
}

bool Checker::ObjectsAllowed(const Syntax& at) {
  if (!options_.allow_objects) Fail(at, "objects are of answers only");
  return options_.allow_objects;
}

std::unique_ptr<Term> Checker::Object(const Syntax& syntax) {
  if (!ObjectsAllowed(syntax)) return nullptr;
  TermPtr object = MakeTerm(Op::kObject, Kind::kObject);
  for (size_t i = 0; i < syntax.names.size(); ++i) {
    const std::string& name = syntax.names[i];
    if (std::find(object->keys.begin(), object->keys.end(), name) != object->keys.end()) {
      return Fail(syntax.name_offsets[i], "the member " + Quote(name) + " stands twice");
    }
    TermPtr value = Check(*syntax.operands[i], nullptr);
    if (value == nullptr) return nullptr;
    object->keys.push_back(name);
    object->operands.push_back(std::move(value));
  }
  return object;
}

// What can be joined: its members have names that are known now.
bool Checker::HasNames(const Syntax& at, const Type& type) {
  if (!Single(at, type)) return false;
  if (type.kind == Kind::kObject) return true;
  if (type.kind == Kind::kMessage && !type.message->special_form()) return true;
  const std::string note = type.kind == Kind::kString ? "; strings are joined in a text: \"{a}{b}\"" : "";
  Fail(at, "expected an object or a message, got " + type.ToString() + note);
  return false;
}

std::unique_ptr<Term> Checker::Join(const Syntax& syntax) {
  TermPtr first = Check(*syntax.operands[0], nullptr);
  if (first == nullptr) return nullptr;
  if (!first->type.list() || first->type.open < first->type.axes.size()) return JoinTo(syntax, std::move(first));
  return ThroughEach(std::move(first), [&](TermPtr each) { return JoinTo(syntax, std::move(each)); });
}

std::unique_ptr<Term> Checker::JoinTo(const Syntax& syntax, TermPtr first) {
  TermPtr join = MakeTerm(Op::kJoin, Kind::kObject);
  std::vector<std::pair<std::string, size_t>> names;  // with the operands that they are of
  for (size_t i = 0; i < syntax.operands.size(); ++i) {
    const Syntax& operand = *syntax.operands[i];
    TermPtr term = i == 0 ? std::move(first) : Check(operand, nullptr);
    if (term == nullptr || !HasNames(operand, term->type)) return nullptr;
    if (i == 1 && !ObjectsAllowed(syntax)) return nullptr;
    std::vector<std::string> added = MembersOf(*term, options_.preserve_proto_names);
    for (const std::string& name : added) {
      const auto twin =
          std::find_if(names.begin(), names.end(), [&](const auto& known) { return known.first == name; });
      if (twin != names.end()) {
        return Fail(operand, Quote(name) + " is a member of " + Source(*syntax.operands[twin->second]) + " and of " +
                                 Source(operand));
      }
    }
    for (std::string& name : added) names.emplace_back(std::move(name), i);
    join->operands.push_back(std::move(term));
  }
  return join;
}

std::unique_ptr<Term> Checker::Without(const Syntax& syntax) {
  TermPtr message = Check(*syntax.operands[0], nullptr);
  if (message == nullptr) return nullptr;
  if (!message->type.list() || message->type.open < message->type.axes.size()) return Leave(syntax, std::move(message));
  return ThroughEach(std::move(message), [&](TermPtr each) { return Leave(syntax, std::move(each)); });
}

std::unique_ptr<Term> Checker::Leave(const Syntax& syntax, TermPtr message) {
  const Syntax& of = *syntax.operands[0];
  const Type& type = message->type;
  if (!Single(of, type)) return nullptr;
  if (type.kind != Kind::kMessage || type.message->special_form()) {
    return Fail(of, "'-' leaves out fields of a message, got " + type.ToString());
  }
  if (!ObjectsAllowed(syntax)) return nullptr;
  TermPtr term = MakeTerm(Op::kWithout, Kind::kObject);
  for (size_t i = 0; i < syntax.names.size(); ++i) {
    const FieldPlan* field = type.message->Find(syntax.names[i]);
    if (field == nullptr) {
      const FieldPlan* nearest = type.message->Nearest(syntax.names[i]);
      return Fail(syntax.name_offsets[i], type.message->full_name() + " has no field " + Quote(syntax.names[i]) +
                                              (nearest ? "; did you mean " + Quote(nearest->name) + "?" : ""));
    }
    if (std::find(term->fields.begin(), term->fields.end(), field) != term->fields.end()) {
      return Fail(syntax.name_offsets[i], "the field " + Quote(syntax.names[i]) + " stands twice");
    }
    term->fields.push_back(field);
  }
  term->operands.push_back(std::move(message));
  return term;
}

}  // namespace dragoman::composition
