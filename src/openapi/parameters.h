#pragma once

#include <set>
#include <string>
#include <vector>

#include "openapi/api_path.h"
#include "openapi/schemas.h"
#include "transcoding/http_template.h"
#include "transcoding/message_plan.h"

namespace dragoman::openapi {

inline constexpr size_t kMaxQueryParameters = 200;  // of one operation
inline constexpr size_t kMaxQueryLevels = 5;        // of messages inside each other: a.b.c.d.e

// A field of the request that a query parameter sets.
struct QueryField {
  std::string name;  // "maxPrice.units", as JSON has it
  const transcoding::FieldPlan* field = nullptr;
  bool required = false;
  bool deprecated = false;  // it, or a message that it lies in
};

struct QueryFields {
  std::vector<QueryField> fields;
  bool cut = false;  // there are more than kMaxQueryParameters
};

// The fields of `message` that a query may set: those with a scalar form, once or as a list, at any level, but for those whose dotted proto
// names are in `bound`, and all below them. A message that lies in itself is not gone into again, nor more than kMaxQueryLevels.
QueryFields QueryFieldsOf(const transcoding::MessagePlan& message, const std::set<std::string>& bound, Form form);

// Writes the parameter object of a query's field.
void WriteQueryParameter(const QueryField& query, Form form, Schemas& schemas, JsonOut& out);

// Writes those of a path: of an RPC's request, or of the message of a composition's parameters. `names`: what the path calls them.
void WritePathParameters(const ApiPath& path, const std::vector<std::string>& names, const transcoding::HttpTemplate& parsed,
                         const transcoding::MessagePlan& message, Form form, Schemas& schemas, JsonOut& out);

}  // namespace dragoman::openapi
