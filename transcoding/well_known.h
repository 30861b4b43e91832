#pragma once

#include <cstdint>
#include <string_view>

#include "transcoding/buffer.h"
#include "transcoding/message_plan.h"
#include "transcoding/scalar.h"
#include "transcoding/wire.h"

// The well-known types whose JSON is one string: text ⇄ values.
namespace dragoman::transcoding {

// The content of a google.protobuf.Timestamp or Duration.
struct SecondsAndNanos {
  int64_t seconds = 0;
  int32_t nanos = 0;
};

// RFC 3339, with 0 to 9 fraction digits and any offset: "2006-01-02T15:04:05.5+01:00". `T` and `Z` in upper case.
Conversion ParseTimestamp(std::string_view text, SecondsAndNanos& value);
// "2006-01-02T15:04:05.500Z" in quotes, with 0, 3, 6 or 9 fraction digits. False where the value is out of range.
bool AppendTimestamp(const SecondsAndNanos& value, Buffer& out);

// "-1.5s", with 0 to 9 fraction digits.
Conversion ParseDuration(std::string_view text, SecondsAndNanos& value);
// In quotes, as above. False where the value is out of range or seconds and nanos differ in sign.
bool AppendDuration(const SecondsAndNanos& value, Buffer& out);

inline constexpr uint32_t kMaskPathsTag = MakeTag(1, WireType::kLength);  // FieldMask.paths

// Appends the wire bytes of a google.protobuf.FieldMask: "user.displayName,photo" → paths "user.display_name", "photo".
Conversion AppendFieldMask(std::string_view text, Buffer& out);
// Appends one path as it stands in the JSON text (no quotes): "user.display_name" → user.displayName. False, with `out`
// as it was, where the way back would not lead to the same path: "fooBar", "foo_3", "foo__bar", "foo,bar".
bool AppendMaskPath(std::string_view path, Buffer& out);

// Appends the wire bytes of a message of a type with scalar_form(), without tag and length: of a wrapper its field, of
// the others what the text says.
Conversion AppendScalarForm(const MessagePlan& plan, std::string_view text, TextKind kind, Buffer& out);

}  // namespace dragoman::transcoding
