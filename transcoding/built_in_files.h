#pragma once

#include <google/protobuf/descriptor.h>

#include <string_view>
#include <vector>

// The public schemas that the gateway knows by itself: google/protobuf/*.proto and everything in protos/. Every schema
// holds them, and whatever imports one of them needs no copy.
namespace dragoman::transcoding {

// Dependencies first.
const std::vector<const google::protobuf::FileDescriptor*>& BuiltInFiles();

// Null if there is none of that name ("google/api/http.proto").
const google::protobuf::FileDescriptor* FindBuiltIn(std::string_view name);

// What a compiler would make of the file's source.
google::protobuf::FileDescriptorProto ProtoOf(const google::protobuf::FileDescriptor& file);

}  // namespace dragoman::transcoding
