#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "composition/expression.h"
#include "composition/graph.h"
#include "composition/inputs.h"
#include "composition/request_template.h"
#include "composition/response_template.h"
#include "config/config.h"
#include "routing/router.h"

namespace dragoman::composition {

// A for_each, compiled.
struct ForEach {
  // Something that the call's expressions use of where it stands: `each`, the order that a line is of.
  struct Element {
    size_t variable = 0;
    const Term* list = nullptr;  // whose element it is: a part of `list`, or of the list of another for_each that it goes through
    size_t depth = 1;            // levels: it is list[indices[0]]…[indices[depth - 1]]
  };
  Expression list;            // all of whose axes are gone through
  size_t levels = 1;          // its axes
  std::vector<Element> elements;  // those that are used, and `each`, which is the last
  bool of_body = false;       // the list is the client's own: too long a one is its error
  bool distinct = false;
  uint32_t concurrency = 8;
  uint32_t max_items = 1000;
};

// Items of a for_each asked for together: the request has them in one repeated field.
struct Batch {
  const transcoding::FieldPlan* asked = nullptr;    // of the request: the repeated field
  Expression item;                                  // what of an item goes there; a scalar
  const transcoding::FieldPlan* replies = nullptr;  // of the reply: the repeated messages
  const transcoding::FieldPlan* match = nullptr;    // of their elements: equal to what was asked; null: in the order asked for
  uint32_t size = 100;
};

// One call of a composition, compiled.
struct PlannedCall {
  using Failure = config::CompositionCall::Failure;
  std::string name;
  size_t rpc = 0;             // into Router::rpcs()
  size_t variable = 0;        // its reply, or its replies
  const transcoding::MessagePlan* reply = nullptr;  // of a batch that of an element
  RequestTemplate request;    // of a batch without `asked`
  std::optional<ForEach> for_each;
  std::optional<Expression> when;
  std::optional<Batch> batch;
  Failure failure = Failure::kRequired;
  std::string otherwise;      // of kDefault: wire bytes
  std::optional<Duration> timeout;
  CallSet inputs = 0;         // whose replies it uses, `after` included: they must have ended before it begins
  CallSet needs = 0;          // of those the ones without which it is not made
};

// A composition, compiled. Immutable, shared by the workers.
//
// Lifetime: points into the configuration, the router and the plans.
struct Plan {
  const config::Composition* configured =
      nullptr;                // null: it is put off, since it calls what is still to come, and has no route
  std::string name;           // "compositions/home"
  size_t rpc = 0;             // its own place in Router::rpcs()
  size_t first_call = 0;      // how many calls the compositions before it have, for metrics
  std::vector<PlannedCall> calls;
  Inputs inputs;
  ResponseTemplate response;
  size_t variables = 0;       // Bindings::variables
  Duration timeout{};
  CriticalPath critical_path;
};

// Compiles the compositions of `config`, in their order; those that the router has put off are empty. Reports every
// problem.
//
// Problems: names of calls that there are not, calls that nothing uses, cycles (with the chain), types that do not fit,
// a required call that needs an optional one, time-outs on the critical path that add up to more than the
// composition's.
tl::expected<std::vector<Plan>, Problems> BuildPlans(const config::Config& config, const transcoding::Schema& schema,
                                                     const transcoding::PlanSet& plans, const routing::Router& router);

}  // namespace dragoman::composition
