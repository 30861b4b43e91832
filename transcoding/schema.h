#pragma once

#include <google/protobuf/descriptor.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "transcoding/comments.h"
#include "transcoding/declarations.h"
#include "transcoding/features.h"
#include "transcoding/status.h"

namespace dragoman::transcoding {

// Everything that is known of the backends' protos: a descriptor pool, frozen after it was built.
//
// The built-in files (built_in_files.h) are always there; where a source has one of its own, that stands. Files of
// proto2, proto3 and the editions 2023 and 2024 (editions.h).
//
// Threads: safe to read concurrently.   Lifetime: outlives every plan made from it.
class Schema {
 public:
  Schema(Schema&&) noexcept;
  Schema& operator=(Schema&&) noexcept;
  ~Schema();

  const google::protobuf::DescriptorPool& pool() const { return *pool_; }
  // What the pool's fields and enums promise beyond their types. To be asked instead of their descriptors.
  const Features& features() const { return *features_; }
  // The services of the sources that were added, in the order of the sources, the files in them and the services in
  // those.
  const std::vector<const google::protobuf::ServiceDescriptor*>& services() const { return services_; }
  // The same for the same files and, where they are kept, comments, wherever they stand. Of this process alone.
  size_t fingerprint() const { return fingerprint_; }
  // The files of the sources that were added.
  const std::vector<const google::protobuf::FileDescriptor*>& files() const { return files_; }
  // What the sources say in comments, where they hold them and the builder was told to keep them; else none.
  const Comments& comments() const { return comments_; }
  // Where methods and their annotations stand in those sources.
  const Declarations& declarations() const { return declarations_; }

 private:
  friend class SchemaBuilder;
  Schema();

  std::unique_ptr<google::protobuf::DescriptorPool> pool_;
  std::unique_ptr<const Features> features_;
  std::vector<const google::protobuf::ServiceDescriptor*> services_;
  std::vector<const google::protobuf::FileDescriptor*> files_;
  size_t fingerprint_ = 0;
  Comments comments_;
  Declarations declarations_;
};

// Collects descriptor sets, then freezes them into a Schema. Reports every problem, not only the first.
class SchemaBuilder {
 public:
  explicit SchemaBuilder(Comments::Keep comments = Comments::Keep::kNo);
  ~SchemaBuilder();

  // Adds one serialized google.protobuf.FileDescriptorSet. `source` names it in problems ("shop.pb"). A file that an
  // earlier source holds too is skipped if it is the same or a built-in one (built_in_files.h), and a problem naming
  // both sources if it is not. `opened_as` tells how the owner of a source opens a file that the set names, for places
  // ("protos/shop/v1/catalog.proto"); where it is not given, the set's name does.
  using OpenedAs = std::function<std::string(const std::string& name)>;
  void Add(std::string_view source, std::string_view serialized_set, const OpenedAs& opened_as = nullptr);
  // Problems: bytes that are no FileDescriptorSet, an import that no source holds (with the protoc flag that adds it),
  // a symbol defined twice (naming both files), an edition that is not known, malformed features, anything else that
  // protobuf refuses.
  tl::expected<Schema, Problems> Build() &&;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dragoman::transcoding
