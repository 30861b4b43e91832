#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dragoman::reflection {

// One file of a server's, and what of it matters to whoever asks.
struct File {
  std::string name;                   // "shop/v1/catalog.proto"
  std::string bytes;                  // google.protobuf.FileDescriptorProto in its canonical form
  std::vector<std::string> services;  // "shop.v1.Catalog"
  std::vector<std::string> imports;   // "google/api/annotations.proto"
};

// Reads a serialized FileDescriptorProto and brings it into the form that protoc gives it, whatever the server's
// language left out or turned round: fields in their order, json_name of every field, no syntax where it is proto2.
// Nothing: bytes that are none, or that have no name.
std::optional<File> ReadFile(std::string_view bytes);

// What reflection comes to. Equal schemas are equal bytes, in whatever order and how often they were told.
struct Descriptors {
  std::string set;                    // google.protobuf.FileDescriptorSet, its files sorted by name
  size_t files = 0;                   // in it
  std::vector<std::string> services;  // those that were asked for, sorted
  std::string fingerprint;            // of all that, 32 digits in lower-case hex
};

Descriptors MakeDescriptors(const std::map<std::string, File, std::less<>>& files, std::vector<std::string> services);

}  // namespace dragoman::reflection
