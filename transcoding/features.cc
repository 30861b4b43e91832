#include "transcoding/features.h"

namespace dragoman::transcoding {

using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;

bool Features::HasExplicitPresence(const FieldDescriptor& field) const {
  const FieldFeatures* known = Find(field);
  return known != nullptr ? known->explicit_presence : field.has_presence();
}

bool Features::IsPacked(const FieldDescriptor& field) const {
  const FieldFeatures* known = Find(field);
  return known != nullptr ? known->packed : field.is_packed();
}

bool Features::IsDelimited(const FieldDescriptor& field) const {
  const FieldFeatures* known = Find(field);
  return known != nullptr ? known->delimited : field.type() == FieldDescriptor::TYPE_GROUP;
}

bool Features::IsClosed(const EnumDescriptor& enumeration) const {
  return enumeration.file()->syntax() == FileDescriptor::SYNTAX_PROTO2 && !open_enums_.contains(&enumeration);
}

void Features::Set(const FieldDescriptor& field, const FieldFeatures& features) { fields_[&field] = features; }

void Features::SetOpen(const EnumDescriptor& enumeration) { open_enums_.insert(&enumeration); }

const FieldFeatures* Features::Find(const FieldDescriptor& field) const {
  const auto found = fields_.find(&field);
  return found == fields_.end() ? nullptr : &found->second;
}

}  // namespace dragoman::transcoding
