#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "transcoding/proto_compiler.h"

namespace dragoman {

// The .proto files below the roots of one `descriptors: - proto`, as protoc's -I finds them: of files with the same
// name in several roots the first root's is taken.
//
// Links to files and folders are followed, but for a folder that stands within itself. Reads regular files only.
class ProtoFiles : public transcoding::ProtoTexts {
 public:
  static constexpr size_t kMaxFiles = 10'000;
  static constexpr size_t kMaxFileBytes = 8u << 20;
  static constexpr size_t kMaxBytes = 128u << 20;  // of all of them
  static constexpr size_t kMaxEntries = 200'000;  // files and folders looked at below one root, for one pattern

  // `source` outlives this.
  explicit ProtoFiles(const config::ProtoSource& source) : source_(source) {}

  // The names that the patterns match, in the order of the patterns, those of one pattern sorted; each once.
  // Problems, with the place of the root or pattern: a root that is no folder, a pattern that matches nothing, a folder
  // that cannot be read, more than kMaxFiles or kMaxEntries.
  std::vector<std::string> Expand(Problems& problems) const;

  // Errors: a file that cannot be read, more than kMaxFileBytes of it, more than kMaxBytes or kMaxFiles of all.
  tl::expected<std::optional<transcoding::ProtoText>, std::string> Find(const std::string& name) override;
  std::string Places() const override;
  // What a file of that root begins with, wherever it is named: "protos/"; "" of ".".
  static std::string PrefixOf(const config::ProtoSource::Root& root);
  // Of a file that was found: "protos/shop/v1/catalog.proto". Empty if it is not there.
  std::string PathOf(const std::string& name) const;

 private:
  const config::ProtoSource& source_;
  size_t files_ = 0;
  size_t bytes_ = 0;
};

}  // namespace dragoman
