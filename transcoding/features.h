#pragma once

#include <google/protobuf/descriptor.h>

// What a field or enum promises beyond its type: presence, packedness, openness, encoding. The only file that asks
// descriptors about it, so that resolved features of editions can take their place.
namespace dragoman::transcoding {

// The field is either set or not, even where it holds its default: `optional`, proto2, oneof members, messages.
bool HasExplicitPresence(const google::protobuf::FieldDescriptor& field);
// A repeated field whose elements are written as one length-delimited run.
bool IsPacked(const google::protobuf::FieldDescriptor& field);
// Written between start and end tags instead of behind a length.
bool IsDelimited(const google::protobuf::FieldDescriptor& field);
// Numbers without a name are no values of the enum.
bool IsClosed(const google::protobuf::EnumDescriptor& enumeration);

}  // namespace dragoman::transcoding
