#pragma once

#include <memory>
#include <string>
#include <vector>

#include "composition/expression.h"
#include "composition/scope.h"
#include "composition/term.h"
#include "config/node.h"

namespace dragoman::composition {

struct CompileOptions {
  const Type* expected = nullptr;     // null: any
  bool allow_objects = false;         // of answers: {a: b}, `+`, `-`
  bool preserve_proto_names = false;  // how the members of a message are called where objects are joined
};

// A text with expressions, parsed and checked. Null where there was a problem, which has been reported where it stands.
//
// The type of the term is its own, but where `expected` is a wider number, which it is then converted to. Beside
// kObject, kJoin, kWithout and kEach of such, an object may be what a kCondition or kDefault chooses, and an element of
// a kList: wherever Type::kind is kObject.
std::unique_ptr<Term> CompileTerm(const config::Node& text, Scope& scope, const CompileOptions& options,
                                  const Report& report);

// The calls whose replies a term uses, and of those the ones without which it has no value: not those that `??`, `has`
// or
// `?:` can do without, nor what stands to the right of an `and` or `or`.
CallSet UsesOf(const Term& term);
CallSet NeedsOf(const Term& term);

// The names of the members that a term of an object or a message may have in an answer; a condition's are those of
// both.
std::vector<std::string> MembersOf(const Term& term, bool preserve_proto_names);

}  // namespace dragoman::composition
