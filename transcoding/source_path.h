#pragma once

#include <google/protobuf/descriptor.pb.h>

#include <optional>
#include <span>
#include <string>

namespace dragoman::transcoding {

// What SourceCodeInfo.Location.path leads to: numbers of fields and places in lists, by turns.
using SourcePath = std::span<const int>;

inline SourcePath PathOf(const google::protobuf::SourceCodeInfo::Location& location) {
  return {location.path().data(), static_cast<size_t>(location.path_size())};
}

// The full name of what a path leads to, be it a message, field, oneof, enum, value, service or method: "shop.v1.Catalog.GetItem". Nothing where
// it leads nowhere, or to what has no name of its own.
std::optional<std::string> NameAt(const google::protobuf::FileDescriptorProto& file, SourcePath path);

}  // namespace dragoman::transcoding
