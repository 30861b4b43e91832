#include <algorithm>

#include "transcoding/scalar.h"

namespace dragoman::transcoding {
namespace {

using google::protobuf::FieldDescriptor;

constexpr size_t kNamesShown = 12;

std::string EnumExpectation(const EnumPlan& plan) {
  if (plan.null_value) return "null";
  std::string text = "one of " + plan.full_name + " (";
  for (size_t i = 0; i < std::min(plan.ordered_names.size(), kNamesShown); ++i) {
    if (i > 0) text += ", ";
    text += plan.ordered_names[i];
  }
  return text + (plan.ordered_names.size() > kNamesShown ? ", …)" : ")");
}

}  // namespace

std::string Expectation(const MessagePlan& plan) {
  switch (plan.well_known()) {
    case WellKnown::kTimestamp:
      return "a google.protobuf.Timestamp such as \"2006-01-02T15:04:05Z\" (years 1 to 9999)";
    case WellKnown::kDuration:
      return "a google.protobuf.Duration such as \"1.5s\" (±315576000000s at most)";
    case WellKnown::kFieldMask:
      return "a google.protobuf.FieldMask such as \"user.displayName,photo\"";
    case WellKnown::kWrapper:
      return Expectation(plan.fields().front());
    case WellKnown::kListValue:
      return "an array";
    case WellKnown::kValue:
      return "a JSON value";
    default:
      return "an object";
  }
}

std::string Expectation(const FieldPlan& field) {
  switch (field.type) {
    case FieldDescriptor::TYPE_DOUBLE:
      return "a double";
    case FieldDescriptor::TYPE_FLOAT:
      return "a float";
    case FieldDescriptor::TYPE_INT64:
    case FieldDescriptor::TYPE_SINT64:
    case FieldDescriptor::TYPE_SFIXED64:
      return "an int64";
    case FieldDescriptor::TYPE_UINT64:
    case FieldDescriptor::TYPE_FIXED64:
      return "a uint64";
    case FieldDescriptor::TYPE_INT32:
    case FieldDescriptor::TYPE_SINT32:
    case FieldDescriptor::TYPE_SFIXED32:
      return "an int32";
    case FieldDescriptor::TYPE_UINT32:
    case FieldDescriptor::TYPE_FIXED32:
      return "a uint32";
    case FieldDescriptor::TYPE_BOOL:
      return "a bool";
    case FieldDescriptor::TYPE_STRING:
      return "a string";
    case FieldDescriptor::TYPE_BYTES:
      return "bytes as base64";
    case FieldDescriptor::TYPE_ENUM:
      return EnumExpectation(*field.enumeration);
    default:
      return Expectation(*field.message);
  }
}

}  // namespace dragoman::transcoding
