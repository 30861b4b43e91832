#include "composition/expression.h"

#include "composition/compile.h"

namespace dragoman::composition {

std::optional<Expression> Expression::Compile(const config::Node& text, Scope& scope, const Type* expected,
                                              const Report& report) {
  std::unique_ptr<Term> root = CompileTerm(text, scope, {.expected = expected}, report);
  if (root == nullptr) return std::nullopt;
  Expression expression;
  expression.uses_ = UsesOf(*root);
  expression.needs_ = NeedsOf(*root);
  expression.root_ = std::move(root);
  return expression;
}

Result<Value> Expression::Evaluate(Bindings& bindings) const { return composition::Evaluate(*root_, bindings); }

}  // namespace dragoman::composition
