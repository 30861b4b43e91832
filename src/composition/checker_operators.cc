#include <algorithm>

#include "composition/checker.h"

namespace dragoman::composition {
namespace {

using Op = Term::Op;

// A constant as another kind of number, which its value fits: CommonNumber has said so.
void Convert(Value& value, Kind kind) {
  if (kind == Kind::kDouble || kind == Kind::kFloat) {
    if (value.kind == Kind::kInt32 || value.kind == Kind::kInt64) {
      value.real = static_cast<double>(value.integer);
    } else if (value.kind == Kind::kUint32 || value.kind == Kind::kUint64) {
      value.real = static_cast<double>(value.natural);
    }
  } else if (kind == Kind::kInt64 && value.kind == Kind::kUint32) {
    value.integer = static_cast<int64_t>(value.natural);
  }
  value.kind = kind;
}

std::string EitherOf(const std::string& left, const std::string& right) {
  return left == right ? left : left + " or " + right;
}

}  // namespace

std::unique_ptr<Term> Checker::Converted(TermPtr term, Kind kind) {
  if (term->type.kind == kind || !IsNumber(kind)) return term;
  if (term->op == Op::kConstant) {
    Convert(term->constant, kind);
    term->type.kind = kind;
    return term;
  }
  TermPtr converted = MakeTerm(Op::kFunction, kind);
  converted->type = term->type;
  converted->type.kind = kind;
  converted->function = static_cast<size_t>(*ConversionTo(kind));
  converted->operands.push_back(std::move(term));
  return converted;
}

bool Checker::Single(const Syntax& at, const Type& type) {
  if (!type.list()) return true;
  if (type.open < type.axes.size()) {
    IsList(at, type);
  } else {
    Fail(at, Source(at) + " is " + type.ToString() + ", where a single value is needed");
  }
  return false;
}

std::unique_ptr<Term> Checker::Logic(const Syntax& syntax, Op op) {
  TermPtr term = MakeTerm(op, Kind::kBool);
  for (const auto& operand : syntax.operands) {
    TermPtr checked = Check(*operand, &term->type);
    if (checked == nullptr) return nullptr;
    if (!Fits(checked->type, term->type)) {
      return Fail(*operand, "expected a bool, got " + checked->type.ToString());
    }
    term->operands.push_back(std::move(checked));
  }
  return term;
}

// The side that may be the bare name of an enum's value is checked behind the other.
bool Checker::CheckPair(const Syntax& left, const Syntax& right, TermPtr& left_term, TermPtr& right_term) {
  if (IsBareName(left) && !IsBareName(right)) {
    right_term = Check(right, nullptr);
    if (right_term != nullptr) left_term = Check(left, &right_term->type);
  } else {
    left_term = Check(left, nullptr);
    if (left_term != nullptr) right_term = Check(right, &left_term->type);
  }
  return left_term != nullptr && right_term != nullptr;
}

bool Checker::Comparable(const Syntax& at, const Type& left, const Type& right, bool order) {
  const bool alike = (IsNumber(left.kind) && IsNumber(right.kind)) ||
                     (left.kind == right.kind && IsScalar(left.kind) && left.enumeration == right.enumeration);
  const bool ordered = IsNumber(left.kind) || left.kind == Kind::kString;
  if (alike && (ordered || !order)) return true;
  if (left.kind == Kind::kNull || right.kind == Kind::kNull) {
    Fail(at, "null equals nothing; has(x) tells whether x is there");
  } else if (alike) {
    Fail(at, "cannot order " + left.ToString() + " and " + right.ToString());
  } else {
    Fail(at, "cannot compare " + left.ToString() + " with " + right.ToString());
  }
  return false;
}

std::unique_ptr<Term> Checker::Comparison(const Syntax& syntax) {
  using enum Syntax::Kind;
  const Syntax& left = *syntax.operands[0];
  const Syntax& right = *syntax.operands[1];
  TermPtr left_term;
  TermPtr right_term;
  if (!CheckPair(left, right, left_term, right_term)) return nullptr;
  if (!Single(left, left_term->type) || !Single(right, right_term->type)) return nullptr;
  const bool order = syntax.kind != kEqual && syntax.kind != kNotEqual;
  if (!Comparable(syntax, left_term->type, right_term->type, order)) return nullptr;
  Op op = Op::kLess;
  if (syntax.kind == kEqual) op = Op::kEqual;
  if (syntax.kind == kNotEqual) op = Op::kNotEqual;
  if (syntax.kind == kLessOrEqual || syntax.kind == kGreaterOrEqual) op = Op::kLessOrEqual;
  if (syntax.kind == kGreater || syntax.kind == kGreaterOrEqual) std::swap(left_term, right_term);
  TermPtr term = MakeTerm(op, Kind::kBool);
  term->operands.push_back(std::move(left_term));
  term->operands.push_back(std::move(right_term));
  return term;
}

std::unique_ptr<Term> Checker::In(const Syntax& syntax) {
  const Syntax& item = *syntax.operands[0];
  const Syntax& list = *syntax.operands[1];
  TermPtr item_term;
  TermPtr list_term;
  if (IsBareName(item)) {
    list_term = Check(list, nullptr);
    if (list_term == nullptr) return nullptr;
    Type element = list_term->type;
    element.axes.clear();
    item_term = Check(item, &element);
    if (item_term == nullptr) return nullptr;
  } else {
    item_term = Check(item, nullptr);
    if (item_term == nullptr) return nullptr;
    Type expected = item_term->type;
    expected.axes.insert(expected.axes.begin(), Axis());
    list_term = Check(list, &expected);
    if (list_term == nullptr) return nullptr;
  }
  if (!Single(item, item_term->type)) return nullptr;
  if (list_term->type.axes.size() != 1) return Fail(list, "expected a list, got " + list_term->type.ToString());
  Type element = list_term->type;
  element.axes.clear();
  if (element.kind != Kind::kNull && !Comparable(syntax, item_term->type, element, false)) return nullptr;
  TermPtr term = MakeTerm(Op::kIn, Kind::kBool);
  term->operands.push_back(std::move(item_term));
  term->operands.push_back(std::move(list_term));
  return term;
}

std::optional<Type> Checker::Unify(const Syntax& at, TermPtr& left, TermPtr& right) {
  const Type& a = left->type;
  const Type& b = right->type;
  if (a.kind == Kind::kNull && (!a.list() || a.axes.size() == b.axes.size())) return b;
  if (b.kind == Kind::kNull && (!b.list() || a.axes.size() == b.axes.size())) return a;
  const auto of_answers = [](Kind kind) { return kind == Kind::kObject || kind == Kind::kMessage; };
  Type type = a;
  bool alike = a.axes.size() == b.axes.size();
  if (alike && IsNumber(a.kind) && IsNumber(b.kind)) {
    const std::optional<Kind> common = CommonNumber(a.kind, b.kind);
    alike = common.has_value();
    if (alike) {
      type.kind = *common;
      left = Converted(std::move(left), *common);
      right = Converted(std::move(right), *common);
    }
  } else if (alike && (a.kind == Kind::kObject || b.kind == Kind::kObject)) {
    alike = of_answers(a.kind) && of_answers(b.kind);
    type.kind = Kind::kObject;
    type.message = nullptr;
  } else if (alike) {
    alike = Fits(a, b);
  }
  if (!alike) {
    Fail(at, "one value is " + left->type.ToString() + ", the other " + right->type.ToString());
    return std::nullopt;
  }
  for (size_t i = 0; i < type.axes.size(); ++i) type.axes[i] = EitherOf(left->type.axes[i], right->type.axes[i]);
  type.place = EitherOf(left->type.place, right->type.place);
  type.open = std::min(left->type.open, right->type.open);
  return type;
}

std::unique_ptr<Term> Checker::Default(const Syntax& syntax) {
  TermPtr left;
  TermPtr right;
  if (!CheckPair(*syntax.operands[0], *syntax.operands[1], left, right)) return nullptr;
  const std::optional<Type> type = Unify(syntax, left, right);
  if (!type) return nullptr;
  TermPtr term = MakeTerm(Op::kDefault, type->kind);
  term->type = *type;
  term->operands.push_back(std::move(left));
  term->operands.push_back(std::move(right));
  return term;
}

std::unique_ptr<Term> Checker::Condition(const Syntax& syntax, const Type* expected) {
  Type boolean;
  boolean.kind = Kind::kBool;
  TermPtr test = Check(*syntax.operands[0], &boolean);
  if (test == nullptr) return nullptr;
  if (!Fits(test->type, boolean)) {
    return Fail(*syntax.operands[0], "expected a bool before the '?', got " + test->type.ToString());
  }
  TermPtr yes;
  TermPtr no;
  if (expected != nullptr) {
    yes = Check(*syntax.operands[1], expected);
    if (yes != nullptr) no = Check(*syntax.operands[2], expected);
    if (no == nullptr) return nullptr;
  } else if (!CheckPair(*syntax.operands[1], *syntax.operands[2], yes, no)) {
    return nullptr;
  }
  const std::optional<Type> type = Unify(syntax, yes, no);
  if (!type) return nullptr;
  TermPtr term = MakeTerm(Op::kCondition, type->kind);
  term->type = *type;
  term->operands.push_back(std::move(test));
  term->operands.push_back(std::move(yes));
  term->operands.push_back(std::move(no));
  return term;
}

std::unique_ptr<Term> Checker::List(const Syntax& syntax, const Type* expected) {
  TermPtr list = MakeTerm(Op::kList, Kind::kNull);
  Type element;
  if (expected != nullptr && expected->list()) {
    element = *expected;
    element.axes.erase(element.axes.begin());
  }
  const Type* wanted = element.kind == Kind::kNull ? nullptr : &element;
  Type common;
  for (const auto& operand : syntax.operands) {
    TermPtr term = Check(*operand, wanted);
    if (term == nullptr) return nullptr;
    if (list->operands.empty()) {
      common = term->type;
    } else {
      const std::optional<Type> both = Unify(*operand, list->operands.back(), term);
      if (!both) return nullptr;
      common = *both;
    }
    list->operands.push_back(std::move(term));
    if (wanted == nullptr) {
      element = common;
      wanted = &element;
    }
  }
  for (TermPtr& term : list->operands) {
    if (IsNumber(common.kind)) term = Converted(std::move(term), common.kind);
  }
  list->type = common;
  list->type.axes.insert(list->type.axes.begin(), PlaceAt(syntax));
  list->type.open = 0;
  return list;
}

}  // namespace dragoman::composition
