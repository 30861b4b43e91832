// The half of `Schemas` that knows types: what the JSON of one value may be.
#include "google/api/field_behavior.pb.h"
#include "openapi/schemas.h"
#include "openapi/words.h"
#include "transcoding/base64.h"
#include "transcoding/buffer.h"
#include "transcoding/number_text.h"

namespace dragoman::openapi {
namespace {

using google::protobuf::FieldDescriptor;
using transcoding::FieldPlan;
using transcoding::MessagePlan;
using transcoding::WellKnown;
using Type = FieldDescriptor::Type;

enum class Null { kNo, kYes };

void PutType(std::string_view type, Null null, JsonOut& out) {
  if (null == Null::kNo) return out.Text("type", type);
  out.OpenList("type");
  out.Text(type);
  out.Text("null");
  out.CloseList();
}

void Integer(std::string_view format, bool is_unsigned, Null null, JsonOut& out) {
  PutType("integer", null, out);
  out.Text("format", format);
  if (is_unsigned) out.Number("minimum", 0);
}

// "7", where JSON numbers are doubles.
void LongInteger(std::string_view format, bool is_unsigned, bool as_number, Null null, JsonOut& out) {
  if (as_number) return Integer(format, is_unsigned, null, out);
  PutType("string", null, out);
  out.Text("format", format);
  out.Text("pattern", is_unsigned ? "^[0-9]+$" : "^-?[0-9]+$");
}

// Anything but enums and messages.
void Scalar(Type type, Form form, Null null, JsonOut& out) {
  switch (type) {
    case FieldDescriptor::TYPE_DOUBLE:
    case FieldDescriptor::TYPE_FLOAT:
      PutType("number", null, out);
      return out.Text("format", type == FieldDescriptor::TYPE_FLOAT ? "float" : "double");
    case FieldDescriptor::TYPE_INT64:
    case FieldDescriptor::TYPE_SFIXED64:
    case FieldDescriptor::TYPE_SINT64:
      return LongInteger("int64", false, form.int64_numbers, null, out);
    case FieldDescriptor::TYPE_UINT64:
    case FieldDescriptor::TYPE_FIXED64:
      return LongInteger("uint64", true, form.int64_numbers, null, out);
    case FieldDescriptor::TYPE_INT32:
    case FieldDescriptor::TYPE_SFIXED32:
    case FieldDescriptor::TYPE_SINT32:
      return Integer("int32", false, null, out);
    case FieldDescriptor::TYPE_UINT32:
    case FieldDescriptor::TYPE_FIXED32:
      return Integer("uint32", true, null, out);
    case FieldDescriptor::TYPE_BOOL:
      return PutType("boolean", null, out);
    case FieldDescriptor::TYPE_BYTES:
      PutType("string", null, out);
      return out.Text("contentEncoding", "base64");
    default:
      return PutType("string", null, out);
  }
}

void Example(std::string_view text, JsonOut& out) {
  out.OpenList("examples");
  out.Text(text);
  out.CloseList();
}

// The JSON of a well-known type; false: it is an ordinary object.
bool WellKnownForm(const MessagePlan& message, Form form, JsonOut& out) {
  switch (message.well_known()) {
    case WellKnown::kNone:
    case WellKnown::kHttpBody:
      return false;
    case WellKnown::kAny:
      out.Text("type", "object");
      out.Text("description", "A message of any type, which `@type` names; of a well-known type with a form of its own that stands under `value`.");
      out.Raw("properties", R"({"@type":{"type":"string","examples":["type.googleapis.com/google.protobuf.Duration"]}})");
      return true;
    case WellKnown::kTimestamp:
      out.Text("type", "string");
      out.Text("format", "date-time");
      Example("2026-01-01T00:00:00Z", out);
      return true;
    case WellKnown::kDuration:
      out.Text("type", "string");
      out.Text("pattern", "^-?[0-9]+(\\.[0-9]{1,9})?s$");
      Example("1.500s", out);
      return true;
    case WellKnown::kFieldMask:
      out.Text("type", "string");
      out.Text("description", "Paths of fields, separated by commas.");
      Example("name,price.units", out);
      return true;
    case WellKnown::kStruct:
      out.Text("type", "object");
      out.Flag("additionalProperties", true);
      return true;
    case WellKnown::kValue:
      return true;  // whatever it is
    case WellKnown::kListValue:
      out.Text("type", "array");
      out.Raw("items", "{}");
      return true;
    case WellKnown::kEmpty:
      out.Text("type", "object");
      return true;
    case WellKnown::kWrapper:
      Scalar(message.fields().front().type, form, Null::kYes, out);
      return true;
  }
  return false;
}

// What JSON has as the default of a proto2 field; nothing where that says nothing.
void Default(const FieldPlan& field, Form form, JsonOut& out) {
  if (!field.descriptor->has_default_value()) return;
  const FieldDescriptor& descriptor = *field.descriptor;
  switch (descriptor.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return out.Flag("default", descriptor.default_value_bool());
    case FieldDescriptor::CPPTYPE_INT32:
      return out.Number("default", descriptor.default_value_int32());
    case FieldDescriptor::CPPTYPE_UINT32:
      return out.Number("default", descriptor.default_value_uint32());
    case FieldDescriptor::CPPTYPE_INT64: {
      const std::string text = std::to_string(descriptor.default_value_int64());
      return form.int64_numbers ? out.Raw("default", text) : out.Text("default", text);
    }
    case FieldDescriptor::CPPTYPE_UINT64: {
      const std::string text = std::to_string(descriptor.default_value_uint64());
      return form.int64_numbers ? out.Raw("default", text) : out.Text("default", text);
    }
    case FieldDescriptor::CPPTYPE_ENUM:
      if (form.enum_numbers) return out.Number("default", descriptor.default_value_enum()->number());
      return out.Text("default", descriptor.default_value_enum()->name());
    case FieldDescriptor::CPPTYPE_STRING:
      if (field.type != FieldDescriptor::TYPE_BYTES) return out.Text("default", descriptor.default_value_string());
      return;
    default:
      return;
  }
}

std::string_view KeyPattern(const FieldPlan& key) {
  switch (key.descriptor->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return {};
    case FieldDescriptor::CPPTYPE_BOOL:
      return "^(true|false)$";
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
      return "^[0-9]+$";
    default:
      return "^-?[0-9]+$";
  }
}

}  // namespace

Behaviour BehaviourOf(const FieldPlan& field) {
  Behaviour behaviour;
  behaviour.required = field.descriptor->is_required();
  const auto& options = field.descriptor->options();
  for (int i = 0; i < options.ExtensionSize(google::api::field_behavior); ++i) {
    switch (options.GetExtension(google::api::field_behavior, i)) {
      case google::api::REQUIRED:
        behaviour.required = true;
        break;
      case google::api::OUTPUT_ONLY:
        behaviour.output_only = true;
        break;
      case google::api::INPUT_ONLY:
        behaviour.input_only = true;
        break;
      case google::api::IMMUTABLE:
        behaviour.immutable = true;
        break;
      default:
        break;
    }
  }
  return behaviour;
}

void Schemas::Message(const MessagePlan& message, Form form, JsonOut& out) {
  message.Complete();
  if (!WellKnownForm(message, form, out)) Refer(&message, nullptr, form, out);
}

void Schemas::Enum(const transcoding::EnumPlan& enumeration, Form form, JsonOut& out) {
  if (enumeration.null_value) return out.Text("type", "null");
  Refer(nullptr, &enumeration, form, out);
}

void Schemas::Value(const FieldPlan& field, Form form, JsonOut& out) {
  if (field.message != nullptr) return Message(*field.message, form, out);
  if (field.enumeration != nullptr) return Enum(*field.enumeration, form, out);
  Scalar(field.type, form, Null::kNo, out);
}

void Schemas::Field(const FieldPlan& field, Form form, JsonOut& out) {
  std::string description = Readable(comments_.Find(field.descriptor->full_name()));
  if (field.map) {
    field.message->Complete();
    out.Text("type", "object");
    if (const std::string_view pattern = KeyPattern(*field.message->FindNumber(1)); !pattern.empty()) {
      out.Open("propertyNames");
      out.Text("pattern", pattern);
      out.Close();
    }
    out.Open("additionalProperties");
    Value(*field.message->FindNumber(2), form, out);
    out.Close();
  } else if (field.repeated) {
    out.Text("type", "array");
    out.Open("items");
    Value(field, form, out);
    out.Close();
  } else {
    const bool described = field.message != nullptr && (field.message->well_known() == WellKnown::kAny || field.message->well_known() == WellKnown::kFieldMask);
    if (described && !description.empty()) {
      // The type has something to say too, and an object has one description.
      out.OpenList("allOf");
      out.Open();
      Value(field, form, out);
      out.Close();
      out.CloseList();
    } else {
      Value(field, form, out);
    }
    Default(field, form, out);
  }
  const Behaviour behaviour = BehaviourOf(field);
  if (behaviour.immutable) AddParagraph(description, "Cannot be changed once it is set.");
  if (!description.empty()) out.Text("description", description);
  if (field.descriptor->options().deprecated()) out.Flag("deprecated", true);
  if (behaviour.output_only) out.Flag("readOnly", true);
  if (behaviour.input_only) out.Flag("writeOnly", true);
}

}  // namespace dragoman::openapi
