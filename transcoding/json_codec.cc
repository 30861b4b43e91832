#include "transcoding/json_codec.h"

#include "transcoding/json_reader.h"
#include "transcoding/json_writer.h"
#include "transcoding/quote.h"
#include "transcoding/well_known.h"
#include "transcoding/wire.h"

namespace dragoman::transcoding {

struct JsonCodec::State {
  explicit State(const PlanSet& plans) : reader(plans), writer(plans) {}

  JsonReader reader;
  JsonWriter writer;
};

JsonCodec::JsonCodec(const PlanSet& plans) : state_(std::make_unique<State>(plans)) {}
JsonCodec::~JsonCodec() = default;
JsonCodec::JsonCodec(JsonCodec&&) noexcept = default;

Status JsonCodec::ReadMessage(const MessagePlan& plan, Buffer& json, const JsonReadOptions& options, Buffer& out) {
  plan.Complete();
  return state_->reader.ReadMessage(plan, json, options, out);
}

Status JsonCodec::ReadField(const FieldPlan& field, Buffer& json, const JsonReadOptions& options, Buffer& out,
                            Buffer* mask) {
  if (field.message != nullptr) field.message->Complete();
  return state_->reader.ReadField(field, json, options, out, mask);
}

Status JsonCodec::WriteMessage(const MessagePlan& plan, std::string_view wire, const JsonWriteOptions& options,
                               Buffer& out, const FieldSelection* selection) {
  plan.Complete();
  return state_->writer.WriteMessage(plan, wire, options, selection, out);
}

Status JsonCodec::WriteMembers(const MessagePlan& plan, std::string_view wire, const JsonWriteOptions& options,
                               Buffer& out, const FieldSelection* selection) {
  plan.Complete();
  return state_->writer.WriteMembers(plan, wire, options, selection, out);
}

Status JsonCodec::WriteField(const MessagePlan& plan, const FieldPlan& field, std::string_view wire,
                             const JsonWriteOptions& options, Buffer& out, const FieldSelection* selection) {
  plan.Complete();
  return state_->writer.WriteField(plan, field, wire, options, selection, out);
}

std::string PlaceText(TextPlace place) {
  return "line " + std::to_string(place.line) + ", column " + std::to_string(place.column);
}

Status TextToField(const FieldPlan& field, std::string_view text, Buffer& out) {
  const size_t before = out.size();
  AppendVarint(out, field.element_tag);
  Conversion conversion = Conversion::kWrongType;
  if (field.message == nullptr) {
    conversion = AppendScalar(field, text, TextKind::kUrl, out);
  } else if (field.message->scalar_form()) {
    Buffer content;
    conversion = AppendScalarForm(*field.message, text, TextKind::kUrl, content);
    AppendLengthDelimited(out, content.view());
  }
  if (conversion == Conversion::kOk) return Status();
  out.Truncate(before);
  const bool null = field.enumeration != nullptr && field.enumeration->null_value;  // whose JSON no URL has
  std::string what = "expected " + (null ? "NULL_VALUE" : Expectation(field)) + ", got " + Quote(text);
  if (conversion == Conversion::kOutOfRange) what += ", which is out of range";
  if (conversion == Conversion::kNotUtf8) what = "expected UTF-8, got " + Quote(text);
  return Status(Reason::kInvalidField, std::move(what));
}

}  // namespace dragoman::transcoding
