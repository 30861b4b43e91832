#pragma once

#include <set>
#include <string>

#include "openapi/schemas.h"

namespace dragoman::openapi {

// Writes a value that a request may have in place of a field, or of one element of it: "name" for string name, 1, "CATEGORY_BOOKS".
void WriteExample(const transcoding::FieldPlan& field, Form form, JsonOut& out);

// Writes a message that a request may bring: a value for each field but those that only replies have, old ones, `omitted` ones, by dotted proto
// names behind `prefix`, and all but one of a oneof. Messages inside each other are shown three levels deep, and 100 members at most, of the
// first 2 000 fields.
void WriteExample(const transcoding::MessagePlan& message, Form form, const std::set<std::string>& omitted, const std::string& prefix, JsonOut& out);

}  // namespace dragoman::openapi
