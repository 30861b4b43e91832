#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "auth/identity.h"
#include "composition/scope.h"
#include "config/config.h"
#include "exchange/exchange.h"
#include "transcoding/http_template.h"
#include "transcoding/json_codec.h"
#include "transcoding/request_plan.h"
#include "transcoding/schema.h"

namespace dragoman::composition {

// What of a request a composition's expressions use: captures, query parameters, headers, claims, the body; typed by
// `parameters` and `body`.
//
// Threads: immutable, once all expressions are compiled.
class Inputs {
 public:
  // Adds the variables to `next_variable`. Problems: a malformed path, types that there are not, messages without a
  // scalar form in the path or query, defaults that do not fit, a parameter called `fields` where that chooses members.
  static std::optional<Inputs> Build(const config::Composition& composition, const transcoding::Schema& schema,
                                     const transcoding::PlanSet& plans, size_t& next_variable, Problems& problems);
  Inputs();  // none
  Inputs(Inputs&&) noexcept;
  Inputs& operator=(Inputs&&) noexcept;
  ~Inputs();

  // For Scope: what `root.name` is, with a variable of its own from the first time on.
  tl::expected<Variable, std::string> Find(std::string_view root, std::string_view name, size_t& next_variable);
  std::optional<Variable> body() const;                         // nothing: it has none
  std::vector<std::string> names(std::string_view root) const;  // of `path` or `query`, as they are declared
  const transcoding::MessagePlan& parameters() const;           // of path and query; a field for each, of its name
  bool fields() const;                                          // `?fields=` is understood

  // What a request brings.
  struct Request {
    const RequestHead& head;
    std::span<const std::string_view> captures;
    std::string_view query;  // raw
    Buffer* body;            // null: none
    const auth::Identity& identity;
  };
  // Sets the variables; texts and the messages that they are read into lie in `bytes`, which must not change
  // afterwards, lists in the arena of `bindings`. `fields`: the text of that parameter, decoded; empty: there is none.
  // Errors: kInvalidRequest (path, query; the nearest name of an unknown parameter), kInvalidJson, kInvalidField,
  // kUnknownField.
  Status Bind(const Request& request, const transcoding::RequestOptions& options, transcoding::JsonCodec& codec,
              Bindings& bindings, Buffer& bytes, std::string& fields) const;

 private:
  struct State;
  explicit Inputs(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace dragoman::composition
