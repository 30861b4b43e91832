#include "composition/field_encoder.h"

#include <cmath>
#include <limits>

#include "transcoding/utf8.h"
#include "transcoding/wire.h"

namespace dragoman::composition {
namespace {

using google::protobuf::FieldDescriptor;
using namespace transcoding;

int64_t IntegerOf(const Value& value) {
  const bool natural = value.kind == Kind::kUint32 || value.kind == Kind::kUint64;
  return natural ? static_cast<int64_t>(value.natural) : value.integer;
}

uint64_t NaturalOf(const Value& value) {
  const bool natural = value.kind == Kind::kUint32 || value.kind == Kind::kUint64;
  return natural ? value.natural : static_cast<uint64_t>(value.integer);
}

double RealOf(const Value& value) {
  switch (value.kind) {
    case Kind::kFloat:
    case Kind::kDouble:
      return value.real;
    case Kind::kUint32:
    case Kind::kUint64:
      return static_cast<double>(value.natural);
    default:
      return static_cast<double>(value.integer);
  }
}

// The entries of another map of the same types, under this field's number.
Status AppendEntries(const FieldPlan& field, const Value& map, Buffer& out) {
  for (WireCursor in(map.bytes); !in.done();) {
    uint32_t tag = 0;
    std::string_view entry;
    const bool read = in.ReadTag(tag) && (tag == map.field->element_tag ? in.ReadLengthDelimited(entry) : in.Skip(tag));
    if (!read) return Status(Reason::kBackendProtocolError, "malformed bytes of a map");
    if (tag != map.field->element_tag) continue;
    AppendVarint(out, field.element_tag);
    AppendLengthDelimited(out, entry);
  }
  return {};
}

}  // namespace

Status AppendValue(const FieldPlan& field, const Value& value, Buffer& out) {
  if (value.absent()) return {};
  if (field.map) return AppendEntries(field, value, out);
  if (field.unset_when_empty && value.bytes.empty()) return {};
  if (field.type == FieldDescriptor::TYPE_STRING && !IsUtf8(value.bytes)) {
    return Status(Reason::kInvalidField, "a string is no UTF-8");
  }
  const bool is_float = field.type == FieldDescriptor::TYPE_FLOAT;
  if (is_float && std::isfinite(RealOf(value)) && std::abs(RealOf(value)) > std::numeric_limits<float>::max()) {
    return Status(Reason::kInvalidField, "a number that no float has room for");
  }
  AppendVarint(out, field.element_tag);
  switch (field.type) {
    case FieldDescriptor::TYPE_STRING:
    case FieldDescriptor::TYPE_BYTES:
    case FieldDescriptor::TYPE_MESSAGE:
      AppendLengthDelimited(out, value.bytes);
      break;
    case FieldDescriptor::TYPE_GROUP:
      out.Append(value.bytes);
      AppendVarint(out, MakeTag(field.number, WireType::kEndGroup));
      break;
    case FieldDescriptor::TYPE_BOOL:
      out.Append(value.boolean ? '\1' : '\0');
      break;
    case FieldDescriptor::TYPE_INT32:
    case FieldDescriptor::TYPE_INT64:
    case FieldDescriptor::TYPE_ENUM:
      AppendVarint(out, static_cast<uint64_t>(IntegerOf(value)));
      break;
    case FieldDescriptor::TYPE_UINT32:
    case FieldDescriptor::TYPE_UINT64:
      AppendVarint(out, NaturalOf(value));
      break;
    case FieldDescriptor::TYPE_SINT32:
      AppendVarint(out, ZigZag32(static_cast<int32_t>(IntegerOf(value))));
      break;
    case FieldDescriptor::TYPE_SINT64:
      AppendVarint(out, ZigZag64(IntegerOf(value)));
      break;
    case FieldDescriptor::TYPE_FIXED32:
      AppendFixed(out, static_cast<uint32_t>(NaturalOf(value)));
      break;
    case FieldDescriptor::TYPE_FIXED64:
      AppendFixed(out, NaturalOf(value));
      break;
    case FieldDescriptor::TYPE_SFIXED32:
      AppendFixed(out, static_cast<int32_t>(IntegerOf(value)));
      break;
    case FieldDescriptor::TYPE_SFIXED64:
      AppendFixed(out, IntegerOf(value));
      break;
    case FieldDescriptor::TYPE_FLOAT:
      AppendFixed(out, static_cast<float>(RealOf(value)));
      break;
    case FieldDescriptor::TYPE_DOUBLE:
      AppendFixed(out, RealOf(value));
      break;
  }
  return {};
}

Status AppendField(const FieldPlan& field, const Value& value, Buffer& out) {
  if (value.form != Value::Form::kList) return AppendValue(field, value, out);
  for (const Value& item : value.items) {
    if (Status no = AppendValue(field, item, out); !no.ok()) return no;
  }
  return {};
}

}  // namespace dragoman::composition
