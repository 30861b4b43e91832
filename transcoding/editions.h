#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "transcoding/features.h"
#include "transcoding/status.h"

// The files of an edition, for a protobuf that knows only proto2 and proto3. It leaves `edition` and all `features`
// among the unknown fields; so the file is built as if it were of proto2, which forbids the least, and what its
// features say is resolved from there.
//
//   edition = "2023";                                          syntax = "proto2";
//   option features.field_presence = IMPLICIT;            →                               and beside it, in Features:
//   message Item { int32 size = 1; }                           message Item { optional int32 size = 1; }
//                                                              size: no presence
//
// Spec: https://protobuf.dev/editions/features/ and google/protobuf/descriptor.proto, FeatureSet.
namespace dragoman::transcoding {

// google.protobuf.Edition, as far as it is known here.
enum class Edition : int32_t { kProto2 = 998, kProto3 = 999, k2023 = 1000, k2024 = 1001 };

// Errors: an edition that is not known, in words that name those that are.
tl::expected<Edition, std::string> EditionOf(const google::protobuf::FileDescriptorProto& file);

// The file as one of proto2. One of proto3, too: what it says by `optional` and `packed` becomes features of its
// fields.
google::protobuf::FileDescriptorProto LowerToProto2(google::protobuf::FileDescriptorProto file);

// Resolves the features of everything in `file`, which was lowered and then built, by its edition's defaults and what
// file, message, oneof and field say themselves, and adds them to `features`.
//
// Problems, with `where`: features that are malformed, or have a value that is not known here.
void ResolveFeatures(const google::protobuf::FileDescriptor& file, Edition edition, std::string_view where,
                     Features& features, Problems& problems);

}  // namespace dragoman::transcoding
