#include "transcoding/features.h"

namespace dragoman::transcoding {

using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;

bool HasExplicitPresence(const FieldDescriptor& field) { return field.has_presence(); }

bool IsPacked(const FieldDescriptor& field) { return field.is_packed(); }

bool IsDelimited(const FieldDescriptor& field) { return field.type() == FieldDescriptor::TYPE_GROUP; }

bool IsClosed(const EnumDescriptor& enumeration) {
  return enumeration.file()->syntax() == FileDescriptor::SYNTAX_PROTO2;
}

}  // namespace dragoman::transcoding
