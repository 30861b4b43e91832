#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "composition/type.h"
#include "composition/value.h"
#include "config/position.h"
#include "transcoding/status.h"

namespace dragoman::composition {

inline constexpr size_t kMaxCalls = 64;  // of a composition

// A set of calls, by their numbers.
using CallSet = uint64_t;
constexpr CallSet SetOf(size_t call) { return CallSet{1} << call; }

// What a name stands for where an expression is.
struct Variable {
  size_t number = 0;  // of its value in Bindings::variables
  Type type;
  std::optional<size_t> call;  // it is the reply of that call, or of a for_each all its replies
};

// The names that an expression may use.
//
// Roots are `path`, `query`, `headers`, `claims`, `consumer`, which are followed by a name (`path.user_id`,
// `headers["x-tenant"]`), `body`, the calls, and in a for_each `each` and the names of its levels.
class Scope {
 public:
  virtual ~Scope() = default;
  // A root that stands for a value: `body`, a call, `each`, a level. Nothing: there is none.
  virtual std::optional<Variable> Find(std::string_view name) const = 0;
  // True for `path`, `query`, `headers`, `claims`, `consumer`.
  virtual bool HasMembers(std::string_view root) const = 0;
  // `name` of such a root. Errors, for the operator: `path has no user; did you mean user_id?`, `query.limit is not
  // declared; add it to parameters`.
  virtual tl::expected<Variable, std::string> FindMember(std::string_view root, std::string_view name) = 0;
  // `each.NAME`: a level of the for_each. Nothing: there is no level of that name.
  virtual std::optional<Variable> FindLevel(std::string_view name) const = 0;
  // All roots, for "did you mean".
  virtual std::vector<std::string> Names() const = 0;
  // A number for a variable that only the expression uses: the element of a `[]`.
  virtual size_t AddLocal() = 0;
  // The axes that the variables of the for_each stand for, the outermost first; none outside of one.
  virtual const std::vector<Axis>& axes() const = 0;
};

// How many values the lists of one request may hold, all together: they take 64 bytes each. 64 bytes of text that is
// made count as one, and 4 KiB of a message that is read.
inline constexpr size_t kMaxValues = 262'144;

// What the variables are while a request is served.
struct Bindings {
  std::vector<Value> variables;
  // Where each axis of the scope stands at, the outermost first.
  std::vector<uint32_t> indices;
  // A reply that is missing was asked for, and nothing stood in for it.
  bool missing = false;
  Arena* arena = nullptr;
  size_t values_left = kMaxValues;
};

}  // namespace dragoman::composition
