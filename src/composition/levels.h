#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "composition/expression.h"
#include "composition/plan.h"
#include "composition/scope.h"
#include "composition/term.h"

namespace dragoman::composition {

// What the expressions of a call with a for_each may call its elements.
//
//   {orders.orders[].lines[]}                        each and each.lines: the line; each.orders: its order
//   {orders.orders[].lines[]}  as: [order, line]     each and line: the line; order: its order
//   {items[][].reviews[]}                            each, each.reviews; each.items: the item; each.orders, each.lines
//   as for items
class Levels {
 public:
  // The call whose reply the list is reached from; nothing where it is made otherwise.
  static std::optional<size_t> BeginsWith(const Expression& list);

  // `results`: the levels of the for_each whose results `list` begins with; null: it begins with none. `begins_with`:
  // the name of the call that it begins with; empty: with none. Errors, for the operator: names that do not tell levels
  // apart, or from the fields of `each`; more or fewer names in `as` than levels.
  static tl::expected<Levels, std::string> Build(const Expression& list, const std::vector<std::string>& as,
                                                 const Levels* results, std::string_view begins_with);

  // A name of its own: `each`, and what `as` says. Each has a variable of its own from the first time on.
  std::optional<Variable> Find(std::string_view name, size_t& next_variable);
  // `each.NAME`.
  std::optional<Variable> FindLevel(std::string_view name, size_t& next_variable);

  std::vector<std::string> OwnNames() const;
  const std::vector<Axis>& axes() const { return axes_; }
  // Those that were asked for, `each` last.
  std::vector<ForEach::Element> Elements(size_t& next_variable);
  // True once a name has been found since the last time.
  bool TakeAsked() { return std::exchange(asked_, false); }

 private:
  struct Element {
    const Term* list = nullptr;  // that it is one of
    size_t depth = 0;            // the lists of it that are gone through

    bool operator==(const Element&) const = default;
  };
  struct Name {
    std::string text;
    bool own = false;
    Element element;
    std::optional<Variable> variable;
  };

  std::optional<std::string> Add(std::string text, bool own, const Element& element);
  std::optional<Variable> Ask(Name& name, size_t& next_variable);
  static Type TypeOf(const Element& element);

  std::vector<Axis> axes_;
  std::vector<Element> levels_;  // the outermost first
  std::vector<Name> names_;      // `each` first
  bool asked_ = false;
};

}  // namespace dragoman::composition
