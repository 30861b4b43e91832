#include "transcoding/built_in_files.h"

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

#include "google/api/annotations.pb.h"
#include "google/api/client.pb.h"
#include "google/api/field_behavior.pb.h"
#include "google/api/http.pb.h"
#include "google/api/httpbody.pb.h"
#include "google/api/resource.pb.h"
#include "google/rpc/code.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace dragoman::transcoding {

namespace pb = google::protobuf;

namespace {

// The file of an extension, which is linked because the extension's object is asked for.
template <typename Options, typename Extension>
const pb::FileDescriptor* FileOfExtension(const char* name, const Extension& extension) {
  (void)Options::default_instance().HasExtension(extension);
  return pb::DescriptorPool::generated_pool()->FindFileByName(name);
}

}  // namespace

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
      FileOfExtension<pb::MethodOptions>("google/api/annotations.proto", google::api::http),
      FileOfExtension<pb::MethodOptions>("google/api/client.proto", google::api::method_signature),
      google::api::FieldBehavior_descriptor()->file(),
      google::api::ResourceDescriptor::descriptor()->file(),
      google::api::HttpBody::descriptor()->file(),
      google::rpc::Status::descriptor()->file(),
      google::rpc::Code_descriptor()->file(),
      google::rpc::ErrorInfo::descriptor()->file()};
  return *files;
}

const pb::FileDescriptor* FindBuiltIn(std::string_view name) {
  for (const pb::FileDescriptor* file : BuiltInFiles()) {
    if (file->name() == name) return file;
  }
  return nullptr;
}

pb::FileDescriptorProto ProtoOf(const pb::FileDescriptor& file) {
  pb::FileDescriptorProto proto;
  file.CopyTo(&proto);
  file.CopyJsonNameTo(&proto);
  return proto;
}

}  // namespace dragoman::transcoding
