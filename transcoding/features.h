#pragma once

#include <google/protobuf/descriptor.h>

#include <unordered_map>
#include <unordered_set>

namespace dragoman::transcoding {

// What the features of an edition make of one field.
struct FieldFeatures {
  bool explicit_presence = false;
  bool packed = false;
  bool delimited = false;
};

// What a field or enum promises beyond its type: presence, packing, encoding, openness. The only one that asks
// descriptors about it. They know it themselves where a file is of proto2 or proto3; of the files of an edition, which
// the linked protobuf does not know, it stands here (editions.h).
//
// Threads: safe to read concurrently.
class Features {
 public:
  // The field is either set or not, even where it holds its default: `optional`, proto2, oneof members, messages.
  bool HasExplicitPresence(const google::protobuf::FieldDescriptor& field) const;
  // A repeated field whose elements are written as one length-delimited run.
  bool IsPacked(const google::protobuf::FieldDescriptor& field) const;
  // Written between start and end tags instead of behind a length.
  bool IsDelimited(const google::protobuf::FieldDescriptor& field) const;
  // Numbers without a name are no values of the enum.
  bool IsClosed(const google::protobuf::EnumDescriptor& enumeration) const;

  void Set(const google::protobuf::FieldDescriptor& field, const FieldFeatures& features);
  void SetOpen(const google::protobuf::EnumDescriptor& enumeration);

 private:
  // Null: the descriptor knows.
  const FieldFeatures* Find(const google::protobuf::FieldDescriptor& field) const;

  std::unordered_map<const google::protobuf::FieldDescriptor*, FieldFeatures> fields_;
  std::unordered_set<const google::protobuf::EnumDescriptor*> open_enums_;
};

}  // namespace dragoman::transcoding
