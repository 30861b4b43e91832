#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "transcoding/buffer.h"
#include "transcoding/message_plan.h"

// Text → scalar: the one place where a path capture, a query value, a JSON value and a JSON map key become the value of
// a field.
namespace dragoman::transcoding {

// What the text was taken from. JSON text is UTF-8, follows JSON's grammar where it is a number, and its storage is
// padded (padded_text.h).
enum class TextKind : uint8_t {
  kJsonString,   // between quotes, decoded
  kJsonNumber,   // as written
  kJsonLiteral,  // true, false
  kJsonKey,      // the key of a map, decoded
  kUrl,          // percent-decoded: quotes mean nothing, bools may be 1 and 0, numbers may begin with zeros
};

enum class Conversion : uint8_t { kOk, kWrongType, kOutOfRange, kUnknownName, kNotUtf8 };

// Appends the value of one `field` (of its element, where repeated), without a tag: a string behind its length, an
// int32 as a varint. The type is no message. `out` is as it was on anything but kOk.
//
//   int32   7  7.0  7e0  "7"           not 7.5, "", " 7", 07
//   double  as above, 7.5, "NaN", "Infinity", "-Infinity"      kOutOfRange beyond the largest
//   bool    true, false                a map key "true", "false"; a URL also 1, 0, t, f in any case, "" for true
//   enum    "RED", 1                   in a URL 1 is text like everything
//   bytes   base64                     either alphabet, padded or not
Conversion AppendScalar(const FieldPlan& field, std::string_view text, TextKind kind, Buffer& out);

// A double, as above.
Conversion ParseDouble(std::string_view text, TextKind kind, double& value);

// What an error text says was expected: "an int32", "a google.protobuf.Timestamp such as \"2006-01-02T15:04:05Z\"",
// "one of shop.v1.Color (RED, GREEN)". Of a repeated field it is the element.
std::string Expectation(const FieldPlan& field);

// "an object", "a string": the JSON form of a message type, for error texts.
std::string Expectation(const MessagePlan& plan);

}  // namespace dragoman::transcoding
