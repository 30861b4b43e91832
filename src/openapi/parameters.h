#pragma once

#include <cstddef>
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
inline constexpr size_t kMaxQueryFields = 20'000;   // of one operation that are looked at, whatever becomes of them
inline constexpr size_t kMaxAllQueryFields = 5'000'000;  // likewise of a whole document

// A field of the request that a query parameter sets.
struct QueryField {
  std::string name;  // "maxPrice.units", as JSON has it
  const transcoding::FieldPlan* field = nullptr;
  bool required = false;
  bool deprecated = false;  // it, or a message that it lies in
};

struct QueryFields {
  enum class Cut {
    kNo,
    kParameters,  // there are more than kMaxQueryParameters
    kFields,      // there may be more: not all fields have been looked at
  };
  std::vector<QueryField> fields;
  Cut cut = Cut::kNo;
  size_t looked_at = 0;  // fields
};

// The fields of `message` that a query may set: those with a scalar form, once or as a list, at any level, but for those whose dotted proto
// names are in `bound`, and all below them. A message that lies in itself is not gone into again, nor more than kMaxQueryLevels. `max_fields`
// are looked at.
QueryFields QueryFieldsOf(const transcoding::MessagePlan& message, const std::set<std::string>& bound, Form form, size_t max_fields);

// Writes the parameter object of a query's field.
void WriteQueryParameter(const QueryField& query, Form form, Schemas& schemas, JsonOut& out);

// Writes those of a path: of an RPC's request, or of the message of a composition's parameters. `names`: what the path calls them.
void WritePathParameters(const ApiPath& path, const std::vector<std::string>& names, const transcoding::HttpTemplate& parsed,
                         const transcoding::MessagePlan& message, Form form, Schemas& schemas, JsonOut& out);

}  // namespace dragoman::openapi
