#pragma once

#include <string_view>

#include "composition/functions.h"
#include "composition/scope.h"
#include "composition/term.h"
#include "composition/wire_fields.h"
#include "transcoding/status.h"

namespace dragoman::composition {

// One evaluation in progress. Recursion is as deep as the term.
class Evaluation {
 public:
  explicit Evaluation(Bindings& bindings) : bindings_(bindings), fields_(bindings) {}

  // False: error().
  bool Evaluate(const Term& term, Value& value);
  Status TakeError() { return error_.ok() ? fields_.TakeError() : std::move(error_); }

 private:
  bool Variable(const Term& term, Value& value);
  bool Logic(const Term& term, Value& value);
  bool Comparison(const Term& term, Value& value);
  bool In(const Term& term, Value& value);
  bool Text(const Term& term, Value& value);
  bool List(const Term& term, Value& value);
  bool Each(const Term& term, const Value& list, size_t levels, Value& value);
  // As Evaluate; a reply that is missing is not noted.
  bool Guarded(const Term& term, Value& value);
  // `apply` (a value of the innermost lists → a value) through `levels` lists. What is absent stays so.
  template <typename Apply>
  bool Through(const Value& in, size_t levels, Value& out, Apply apply);

  // evaluator_functions.cc
  bool Call(const Term& term, Value& value);
  bool Size(const Value& of, Value& value);
  bool Flatten(const Value& list, Value& value);
  bool Join(const Value& list, std::string_view separator, Value& value);
  bool Letters(std::string_view text, Function function, Value& value);
  bool Convert(const Term& term, const Value& from, Value& value);
  bool ToText(const Term& term, const Value& from, std::string_view& text);
  bool ToInteger(const Term& term, const Value& from, Value& value);
  bool ToReal(const Term& term, const Value& from, Value& value);
  bool Copy(std::string_view text, std::string_view& copy);
  bool Unfit(const Term& term, const Value& from);
  bool Fail(Reason reason, std::string what);

  Bindings& bindings_;
  WireFields fields_;
  Status error_;
  int guards_ = 0;
};

Value BoolValue(bool boolean);

}  // namespace dragoman::composition
