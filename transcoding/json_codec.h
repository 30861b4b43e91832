#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "transcoding/buffer.h"
#include "transcoding/message_plan.h"
#include "transcoding/status.h"

namespace dragoman::transcoding {

class FieldSelection;

// A place in a text, both from 1; columns count bytes.
struct TextPlace {
  uint64_t line = 1;
  uint64_t column = 1;
};
// "line 3, column 14".
std::string PlaceText(TextPlace place);

inline constexpr size_t kLongestMask = 64 << 10;  // bytes of the FieldMask that a text may stand for

struct JsonReadOptions {
  bool ignore_unknown_fields = false;  // drops unknown fields, and unknown enum names too
  int max_depth = 100;                 // nested objects and arrays
  TextPlace begins_at{};               // of a longer text, whose lines and columns errors name: where this one begins
};

struct JsonWriteOptions {
  bool emit_defaults = true;          // implicit-presence scalars, empty lists and maps; never unset messages, optionals, oneof members
  bool preserve_proto_names = false;  // "unit_price" instead of "unitPrice"
  bool enums_as_integers = false;
  bool int64_as_numbers = false;  // 7 instead of "7", in wrappers too; keys of maps stay strings
  int max_depth = 100;            // nested messages
};

// ProtoJSON in both directions, from text straight to wire bytes and back, by plan; no message tree between them.
//
// A codec owns the scratch memory of one worker (parser stack, frames, name sets) and keeps it from request to request.
//
// Errors:   reading: kInvalidJson (syntax, UTF-8, depth), kInvalidField (type, range, duplicates, oneofs), kUnknownField; the message names
//           the field path, line and column, and stands in one FieldViolation as well. Writing: kReplyNotRenderable with the field path for bytes that have no JSON
//           (bad UTF-8, Timestamp out of range, NaN in a Value, too deep), kBackendProtocolError for bytes that are no such message. On error `out` is as it was before.
// Threads:  one codec per thread; plans are shared.
// Cost:     one pass over the text; nested lengths are known when a message closes.
// Spec:     https://protobuf.dev/programming-guides/json/ and transcoding/README.md.
class JsonCodec {
 public:
  explicit JsonCodec(const PlanSet& plans);  // `plans` resolves Any
  ~JsonCodec();
  JsonCodec(JsonCodec&&) noexcept;

  // Appends the wire bytes of one `plan` message. `json` is not changed, but a NUL is put behind it.
  Status ReadMessage(const MessagePlan& plan, Buffer& json, const JsonReadOptions& options, Buffer& out);
  // The text is the value of one field (HttpRule body: "field"): appends that field, tags included. null and lists as in ProtoJSON.
  //
  // `mask`, of a field that holds one message with fields: appends the google.protobuf.FieldMask, as wire bytes, of what
  // stands in the text, in its order: proto names, from that message down to values, nulls, lists, maps, {} and whatever
  // has a form of its own. At most kLongestMask bytes, else kInvalidField.
  //   {"name":"Tea","price":{"units":3},"tags":[],"note":null}      name, price.units, tags, note
  Status ReadField(const FieldPlan& field, Buffer& json, const JsonReadOptions& options, Buffer& out,
                   Buffer* mask = nullptr);

  // Appends the JSON of one message given as wire bytes. With a `selection`, which is of `plan`, the fields that it has: the
  // others are passed on the wire and never looked into, so what is wrong in them goes unnoticed.
  Status WriteMessage(const MessagePlan& plan, std::string_view wire, const JsonWriteOptions& options, Buffer& out,
                      const FieldSelection* selection = nullptr);
  // The same without the braces: `"a":1,"b":2`, nothing where there are no members. Only of a message whose JSON is an
  // ordinary object (not MessagePlan::special_form).
  Status WriteMembers(const MessagePlan& plan, std::string_view wire, const JsonWriteOptions& options, Buffer& out,
                      const FieldSelection* selection = nullptr);
  // Appends the JSON of one field of a `plan` message given as wire bytes (HttpRule response_body). An unset field is its default: 0, "",
  // [], {}, and null for messages. A `selection` is of the field's message: of each in a list, of each value of a map.
  Status WriteField(const MessagePlan& plan, const FieldPlan& field, std::string_view wire, const JsonWriteOptions& options,
                    Buffer& out, const FieldSelection* selection = nullptr);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Appends one field, tag included, from URL text that is already percent-decoded: the same conversions as JSON's, in the form that
// URLs use (transcoding/README.md, "URL text"). Enums by name or number; bool also 1/0/t/f in any case; bytes base64; well-known types with a
// scalar form take it. Of a repeated field one element, unpacked (parsers accept both).
// Errors: kInvalidField; the text says what was expected and what came, without naming the field.
Status TextToField(const FieldPlan& field, std::string_view text, Buffer& out);

}  // namespace dragoman::transcoding
