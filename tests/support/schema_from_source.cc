#include "schema_from_source.h"

#include <google/protobuf/compiler/parser.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace dragoman {
namespace {

class Complain : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, int column, const std::string& message) override {
    std::fprintf(stderr, "test.proto:%d:%d: %s\n", line + 1, column + 1, message.c_str());
  }
};

}  // namespace

std::string DescriptorSetFromSource(std::string_view proto_source, std::string_view file_name) {
  google::protobuf::io::ArrayInputStream stream(proto_source.data(), static_cast<int>(proto_source.size()));
  Complain complain;
  google::protobuf::io::Tokenizer tokenizer(&stream, &complain);
  google::protobuf::compiler::Parser parser;
  parser.RecordErrorsTo(&complain);
  google::protobuf::FileDescriptorSet set;
  google::protobuf::FileDescriptorProto& file = *set.add_file();
  if (!parser.Parse(&tokenizer, &file)) std::abort();
  file.set_name(std::string(file_name));
  return set.SerializeAsString();
}

transcoding::Schema SchemaFromSource(std::string_view proto_source) {
  transcoding::SchemaBuilder builder;
  builder.Add("test.pb", DescriptorSetFromSource(proto_source));
  tl::expected<transcoding::Schema, Problems> schema = std::move(builder).Build();
  if (!schema) {
    for (const Problem& problem : schema.error())
      std::fprintf(stderr, "%s: %s\n", problem.where.c_str(), problem.what.c_str());
    std::abort();
  }
  return std::move(*schema);
}

}  // namespace dragoman
