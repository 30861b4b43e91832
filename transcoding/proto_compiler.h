#pragma once

#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "transcoding/comments.h"
#include "transcoding/status.h"

namespace dragoman::transcoding {

// One .proto file as its reader found it.
struct ProtoText {
  std::string path;  // as its owner can open it: "protos/shop/v1/catalog.proto"
  std::string text;
};

// Where the compiler gets its files from.
class ProtoTexts {
 public:
  virtual ~ProtoTexts() = default;

  // The file that an import names ("shop/v1/catalog.proto"); nothing where there is none. `name` has no ".", "..",
  // empty part or backslash. Errors: why a file that is there cannot be had.
  virtual tl::expected<std::optional<ProtoText>, std::string> Find(const std::string& name) = 0;
  // Where Find looks, for messages: "protos, third_party".
  virtual std::string Places() const = 0;
};

// Compiles `names` and whatever they import to a serialized google.protobuf.FileDescriptorSet, as protoc
// --include_imports makes it, with protobuf's own compiler library. A built-in file (built_in_files.h) is used where
// `texts` has none of its name, and is left out of the set.
//
// Errors: everything that is wrong with any of the files, each with its place as the compiler gives it:
//
//   protos/shop/v1/catalog.proto:14:3: "Itm" is not defined.
//   protos/shop/v1/catalog.proto:3:1: imports "shop/v1/money.proto", which is neither built in nor in protos, third_party
//
// What imports a file that is wrong is not judged before that is mended. Of an edition the place is told, and that a
// current compiler can make a descriptor set of it. At most kMaxProtoProblems.
//
// Of the source the set has, as with protoc --include_source_info, where methods and their annotations stand
// (declarations.h), and what `comments` says.
//
// Cost: linear; recursion is bounded by kMaxProtoNesting brackets inside each other.
inline constexpr size_t kMaxProtoProblems = 100;
inline constexpr int kMaxProtoNesting = 100;
tl::expected<std::string, Problems> CompileProtos(ProtoTexts& texts, const std::vector<std::string>& names,
                                                  Comments::Keep comments = Comments::Keep::kNo);

}  // namespace dragoman::transcoding
