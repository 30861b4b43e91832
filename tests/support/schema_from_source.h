#pragma once

#include <string>
#include <string_view>

#include "transcoding/schema.h"

namespace dragoman {

// The serialized FileDescriptorSet of one .proto source; google/api and google/protobuf may be imported. A source that
// does not parse ends the test program with what the parser said.
std::string DescriptorSetFromSource(std::string_view proto_source, std::string_view file_name = "test.proto");

// The same, built.
transcoding::Schema SchemaFromSource(std::string_view proto_source);

}  // namespace dragoman
