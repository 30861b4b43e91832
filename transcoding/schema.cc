#include "transcoding/schema.h"

#include <google/protobuf/any.pb.h>
#include <google/protobuf/api.pb.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/empty.pb.h>
#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/source_context.pb.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/type.pb.h>
#include <google/protobuf/wrappers.pb.h>

#include <map>
#include <set>
#include <utility>

#include "google/api/annotations.pb.h"
#include "google/api/http.pb.h"
#include "google/api/httpbody.pb.h"
#include "google/rpc/code.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace dragoman::transcoding {

namespace pb = google::protobuf;

namespace {

// The files that every schema holds, dependencies first.
const std::vector<const pb::FileDescriptor*>& BuiltInFiles() {
  static const auto* files = new std::vector<const pb::FileDescriptor*>{
      pb::Any::descriptor()->file(),
      pb::SourceContext::descriptor()->file(),
      pb::Type::descriptor()->file(),
      pb::Api::descriptor()->file(),
      pb::Duration::descriptor()->file(),
      pb::Empty::descriptor()->file(),
      pb::FieldMask::descriptor()->file(),
      pb::Struct::descriptor()->file(),
      pb::Timestamp::descriptor()->file(),
      pb::Int32Value::descriptor()->file(),
      pb::FileDescriptorProto::descriptor()->file(),
      google::api::Http::descriptor()->file(),
      pb::DescriptorPool::generated_pool()->FindFileByName("google/api/annotations.proto"),
      google::api::HttpBody::descriptor()->file(),
      google::rpc::Status::descriptor()->file(),
      google::rpc::Code_descriptor()->file(),
      google::rpc::ErrorInfo::descriptor()->file()};
  // The extension's file has no message to refer to; this keeps it linked.
  (void)google::api::http.number();
  return *files;
}

const pb::FileDescriptor* FindBuiltIn(std::string_view name) {
  for (const pb::FileDescriptor* file : BuiltInFiles()) {
    if (file->name() == name) return file;
  }
  return nullptr;
}

// What protobuf finds wrong with one file.
class CollectedErrors : public pb::DescriptorPool::ErrorCollector {
 public:
  CollectedErrors(std::string where, Problems& problems) : where_(std::move(where)), problems_(problems) {}

  void AddError(const std::string& /*filename*/, const std::string& element, const pb::Message* /*descriptor*/,
                ErrorLocation /*location*/, const std::string& message) override {
    problems_.push_back({where_, element + ": " + message});
  }

 private:
  std::string where_;
  Problems& problems_;
};

}  // namespace

struct SchemaBuilder::State {
  struct File {
    pb::FileDescriptorProto proto;
    std::string source;
  };
  std::map<std::string, File, std::less<>> files;
  std::vector<std::string> order;  // of the files, as they were added
  Problems problems;

  std::unique_ptr<pb::DescriptorPool> pool = std::make_unique<pb::DescriptorPool>();
  std::set<std::string, std::less<>> visited;

  void Insert(std::string source, pb::FileDescriptorProto&& proto);
  void Load(const std::string& name);
  void LoadBuiltIn(const pb::FileDescriptor& file);
};

void SchemaBuilder::State::Insert(std::string source, pb::FileDescriptorProto&& proto) {
  // Comments are no part of what a file means, and only some compilers keep them.
  proto.clear_source_code_info();
  const std::string name = proto.name();
  const auto [it, added] = files.try_emplace(name);
  if (added) {
    it->second = {std::move(proto), std::move(source)};
    order.push_back(name);
    return;
  }
  if (it->second.proto.SerializeAsString() != proto.SerializeAsString()) {
    problems.push_back({source, "file \"" + name + "\" differs from the one of that name in " + it->second.source +
                                    "; make both sets from the same sources"});
  }
}

// Builds a file after everything that it imports.
void SchemaBuilder::State::Load(const std::string& name) {
  if (!visited.insert(name).second) return;
  const auto found = files.find(name);
  if (found == files.end()) {
    if (const pb::FileDescriptor* built_in = FindBuiltIn(name)) LoadBuiltIn(*built_in);
    return;
  }
  const State::File& file = found->second;
  const std::string where = file.source + ": " + name;
  if (file.proto.syntax() == "editions") {
    problems.push_back(
        {where, "is an edition file, which this version cannot load yet; use syntax = \"proto3\" or \"proto2\""});
    return;
  }
  bool complete = true;
  for (const std::string& import : file.proto.dependency()) {
    Load(import);
    if (pool->FindFileByName(import) != nullptr) continue;
    complete = false;
    if (files.count(import) == 0) {
      problems.push_back(
          {where,
           "imports \"" + import + "\", which no descriptor source holds; make the set with protoc --include_imports"});
    }
  }
  if (!complete) return;
  CollectedErrors errors(where, problems);
  pool->BuildFileCollectingErrors(file.proto, &errors);
}

void SchemaBuilder::State::LoadBuiltIn(const pb::FileDescriptor& file) {
  for (int i = 0; i < file.dependency_count(); ++i) Load(file.dependency(i)->name());
  pb::FileDescriptorProto proto;
  file.CopyTo(&proto);
  file.CopyJsonNameTo(&proto);
  // Where the sources hold one of its types in a file of another name, theirs stands.
  for (int i = 0; i < file.message_type_count(); ++i) {
    if (pool->FindMessageTypeByName(file.message_type(i)->full_name()) != nullptr) return;
  }
  pool->BuildFile(proto);
}

SchemaBuilder::SchemaBuilder() : state_(std::make_unique<State>()) {}
SchemaBuilder::~SchemaBuilder() = default;

void SchemaBuilder::Add(std::string_view source, std::string_view serialized_set) {
  pb::FileDescriptorSet set;
  if (!set.ParseFromArray(serialized_set.data(), static_cast<int>(serialized_set.size())) || set.file_size() == 0) {
    state_->problems.push_back({std::string(source),
                                "is no FileDescriptorSet; make one with protoc --include_imports "
                                "--descriptor_set_out=FILE or buf build -o FILE"});
    return;
  }
  for (pb::FileDescriptorProto& file : *set.mutable_file()) state_->Insert(std::string(source), std::move(file));
}

tl::expected<Schema, Problems> SchemaBuilder::Build() && {
  for (const std::string& name : state_->order) state_->Load(name);
  for (const pb::FileDescriptor* file : BuiltInFiles()) state_->Load(file->name());
  if (!state_->problems.empty()) return tl::unexpected(std::move(state_->problems));

  Schema schema;
  schema.pool_ = std::move(state_->pool);
  for (const std::string& name : state_->order) {
    const pb::FileDescriptor* file = schema.pool_->FindFileByName(name);
    schema.files_.push_back(file);
    for (int i = 0; i < file->service_count(); ++i) schema.services_.push_back(file->service(i));
  }
  return schema;
}

Schema::Schema() = default;
Schema::Schema(Schema&&) noexcept = default;
Schema& Schema::operator=(Schema&&) noexcept = default;
Schema::~Schema() = default;

}  // namespace dragoman::transcoding
