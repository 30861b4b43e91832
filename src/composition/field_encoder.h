#pragma once

#include "composition/value.h"
#include "transcoding/buffer.h"
#include "transcoding/message_plan.h"
#include "transcoding/status.h"

namespace dragoman::composition {

// Appends one value of `field` with its tag: of a repeated field one element, unpacked; of a map field all entries of a
// kMap. The value has the field's type, or one that Fits it; a double stands for a float. What is absent appends
// nothing. Errors: kInvalidField: a double that no float has room for, a string that is no UTF-8;
// kBackendProtocolError: a map that is malformed. The text does not name the field.
Status AppendValue(const transcoding::FieldPlan& field, const Value& value, Buffer& out);

// The same, of a repeated field every element of a kList; those that are absent are passed over.
Status AppendField(const transcoding::FieldPlan& field, const Value& value, Buffer& out);

}  // namespace dragoman::composition
