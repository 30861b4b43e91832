#pragma once

#include <google/protobuf/descriptor.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "transcoding/source_path.h"

namespace dragoman::transcoding {

// A place in a .proto file; line and column count from 1. Line 0: only the file is known.
struct SourcePlace {
  std::string file;
  int line = 0;
  int column = 0;

  // "protos/shop/v1/catalog.proto:14:3", "shop/v1/catalog.proto"
  std::string ToString() const;
};

// Where methods and their google.api.http annotations stand, as far as the sources tell: those that our compiler has read (proto_compiler.h) do,
// and descriptor sets with source info (protoc --include_source_info, buf build).
//
// Built by Add and Freeze, then immutable: safe to read concurrently. A method takes 16 bytes, its annotation as many.
class Declarations {
 public:
  // Whether Add takes what a path leads to.
  static bool Takes(SourcePath path);

  // Takes over what the source_code_info of a file says. `opened_as`: the file as its owner can open it; empty: the descriptors name it so. Of two
  // of one name the first stands.
  void Add(const google::protobuf::FileDescriptorProto& file, const std::string& opened_as);
  void Freeze();

  SourcePlace OfMethod(const google::protobuf::MethodDescriptor& method) const;
  // Where it is not known, that of the method.
  SourcePlace OfAnnotation(const google::protobuf::MethodDescriptor& method) const;

 private:
  // The name is kept as its hash alone: of two methods with one hash both get the first one's place, which harms nobody.
  struct Entry {
    uint64_t method;
    int line;
    int column;
  };
  using Entries = std::vector<Entry>;  // once frozen, by method
  static const Entry* Find(const Entries& entries, const google::protobuf::MethodDescriptor& method);
  SourcePlace At(const Entry* entry, const google::protobuf::MethodDescriptor& method) const;

  Entries methods_;
  Entries annotations_;
  std::unordered_map<std::string, std::string> files_;  // as they can be opened, where that is another name
};

}  // namespace dragoman::transcoding
