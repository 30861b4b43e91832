#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "composition/scope.h"
#include "composition/term.h"
#include "composition/type.h"
#include "composition/value.h"
#include "config/node.h"
#include "transcoding/status.h"

namespace dragoman::composition {

inline constexpr size_t kMaxExpressionBytes = 4096;
inline constexpr int kMaxExpressionDepth = 32;

// Where problems of one composition go.
struct Report {
  std::string file;
  Problems& problems;

  void At(int line, int column, std::string what) const;
  void At(const config::Node& node, std::string what) const { At(node.line, node.column, std::move(what)); }
};

// A text of the configuration with expressions in braces, parsed and checked. A text that is one expression keeps its
// type; any other is a string.
//
//   "{user.id}"   "{each.state == SHIPPED}"   "Order {each.id} of {user.name}"   "{{literal}}"   "{query.limit ?? 5}"
//
// Threads: immutable; safe to evaluate concurrently, each thread with its own bindings.
// Spec: src/composition/language.md.
class Expression {
 public:
  // What `expected` may be: a type that the value is needed as, which gives bare names of enum values and literals
  // their type. Problems: syntax, unknown names (with the nearest), types that do not fit (naming both), each where it
  // stands. Nothing where there was a problem.
  static std::optional<Expression> Compile(const config::Node& text, Scope& scope, const Type* expected,
                                           const Report& report);

  const Type& type() const { return root_->type; }
  const Term& root() const { return *root_; }
  // The calls whose replies it uses, and those of them without which it has no value.
  CallSet uses() const { return uses_; }
  CallSet needs() const { return needs_; }

  // The value. Sets Bindings::missing where a reply is absent that it needs. Errors: kInvalidField: a conversion that
  // the value does not allow; kBackendProtocolError: a reply that is no such message; kResponseTooLarge: over
  // kMaxValues. Cost: one pass over each message that a path goes through; lists are made in the arena.
  Result<Value> Evaluate(Bindings& bindings) const;

 private:
  std::shared_ptr<const Term> root_;
  CallSet uses_ = 0;
  CallSet needs_ = 0;
};

// For answers, which have objects: as Evaluate, of any term that is no kObject, kJoin, kWithout or kEach of such.
Result<Value> Evaluate(const Term& term, Bindings& bindings);

}  // namespace dragoman::composition
