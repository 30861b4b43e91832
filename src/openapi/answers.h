#pragma once

#include "composition/plan.h"
#include "openapi/schemas.h"

namespace dragoman::openapi {

// Writes the members of the schema of a composition's answer, in the form that its JSON has. Nothing in it is required: what is absent is left
// out, and who may leave something out is decided call by call.
void WriteAnswer(const composition::Plan& plan, Form form, Schemas& schemas, JsonOut& out);

}  // namespace dragoman::openapi
