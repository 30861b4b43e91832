#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "composition/compile.h"
#include "composition/functions.h"
#include "composition/syntax.h"

namespace dragoman::composition {

// Gives the names of one text's syntax trees their meaning and every part its type. The first problem ends it.
class Checker {
 public:
  Checker(std::string_view text, const config::Node& node, Scope& scope, const CompileOptions& options)
      : text_(text), node_(node), scope_(scope), options_(options), axes_(scope.axes()) {}

  // A term that `expected` (null: any) has room for; null where there was a problem.
  std::unique_ptr<Term> CheckExpression(const Syntax& syntax, const Type* expected);
  // All parts of a text as one string.
  std::unique_ptr<Term> CheckText(const TextSyntax& text);

  const SyntaxError& error() const { return error_; }

 private:
  using TermPtr = std::unique_ptr<Term>;

  // `expected` is what bare names of enum values and literals are taken for; the term may be of another type.
  TermPtr Check(const Syntax& syntax, const Type* expected);

  // Names and paths: checker.cc.
  TermPtr Literal(const Syntax& syntax, const Type* expected);
  TermPtr Name(const Syntax& syntax, const Type* expected);
  TermPtr EnumValue(const Syntax& syntax, const Type& expected);
  TermPtr Use(const Syntax& syntax, const Variable& variable);
  TermPtr Member(const Syntax& syntax, std::string_view root, const std::string& name);
  TermPtr Field(const Syntax& syntax);
  TermPtr Open(const Syntax& syntax);
  TermPtr At(const Syntax& syntax);
  TermPtr Key(const Syntax& syntax);
  TermPtr KeyOf(const Syntax& syntax, TermPtr map);
  std::optional<Variable> FindVariable(std::string_view name) const;
  bool HasMembers(const Syntax& syntax) const;
  bool IsBareName(const Syntax& syntax) const;
  // The place of a list that has none of its own.
  std::string PlaceAt(const Syntax& syntax) const;

  // Operators: checker_operators.cc.
  TermPtr Logic(const Syntax& syntax, Term::Op op);
  TermPtr Comparison(const Syntax& syntax);
  TermPtr In(const Syntax& syntax);
  TermPtr Default(const Syntax& syntax);
  TermPtr Condition(const Syntax& syntax, const Type* expected);
  TermPtr List(const Syntax& syntax, const Type* expected);
  bool CheckPair(const Syntax& left, const Syntax& right, TermPtr& left_term, TermPtr& right_term);
  bool Comparable(const Syntax& at, const Type& left, const Type& right, bool order);
  // Brings both to one type, which is the answer.
  std::optional<Type> Unify(const Syntax& at, TermPtr& left, TermPtr& right);
  bool Single(const Syntax& at, const Type& type);
  static TermPtr Converted(TermPtr term, Kind kind);

  // Functions, objects: checker_calls.cc.
  TermPtr Call(const Syntax& syntax);
  bool CheckArguments(const Syntax& syntax, Function function, Term& call);
  bool CheckConversion(const Syntax& syntax, Function function, Term& call);
  TermPtr Each(const Syntax& syntax, const Type* expected);
  TermPtr Object(const Syntax& syntax);
  TermPtr Join(const Syntax& syntax);
  TermPtr Without(const Syntax& syntax);
  TermPtr JoinTo(const Syntax& syntax, TermPtr first);
  TermPtr Leave(const Syntax& syntax, TermPtr message);
  template <typename Body>
  TermPtr ThroughEach(TermPtr list, Body body);
  bool HasNames(const Syntax& at, const Type& type);
  bool ObjectsAllowed(const Syntax& at);

  std::string Source(const Syntax& syntax) const;
  // "x is a list of string; write x[] to go through it"
  std::nullptr_t IsList(const Syntax& syntax, const Type& type);
  std::nullptr_t Fail(size_t offset, std::string what);
  std::nullptr_t Fail(const Syntax& at, std::string what) { return Fail(at.begin, std::move(what)); }

  std::string_view text_;
  const config::Node& node_;
  Scope& scope_;
  const CompileOptions& options_;
  std::vector<Axis> axes_;          // that are gone through here
  std::vector<Variable> elements_;  // what `each` is behind a `[]` of the expression, the innermost last
  SyntaxError error_;
};

std::unique_ptr<Term> MakeTerm(Term::Op op, Kind kind);
// The type of one element of the list at `axis`. `element` names it: "orders.orders[0]".
void TakeElement(Type& type, size_t axis, const std::string& element);

}  // namespace dragoman::composition
