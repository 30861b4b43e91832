#include "transcoding/declarations.h"

#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "schema_from_source.h"
#include "transcoding/proto_compiler.h"
#include "transcoding/schema.h"

namespace dragoman::transcoding {
namespace {

constexpr std::string_view kSource = R"(syntax = "proto3";
package a.b;
import "google/api/annotations.proto";
message X { string id = 1; }
service S {
  rpc Plain(X) returns (X);
  rpc Whole(X) returns (X) {
    option deprecated = true;
    option (google.api.http) = {get: "/whole" additional_bindings {get: "/also"}};
  }
  rpc Parts(X) returns (X) {
      option (.google.api.http).get = "/parts";
    option (.google.api.http).response_body = "id";
  } rpc Beside(X) returns (X) { option (google.api.http) = {get: "/beside"}; }
  rpc Other(X) returns (X) { option deprecated = false; }
}
)";

class OneText : public ProtoTexts {
 public:
  tl::expected<std::optional<ProtoText>, std::string> Find(const std::string& name) override {
    if (name != "a/s.proto") return std::nullopt;
    return ProtoText{"protos/a/s.proto", std::string(kSource)};
  }
  std::string Places() const override { return "protos"; }
};

// "method annotation", each as a place.
std::string PlacesOf(const Schema& schema, const std::string& name) {
  const google::protobuf::MethodDescriptor& method = *schema.pool().FindMethodByName("a.b.S." + name);
  return schema.declarations().OfMethod(method).ToString() + " " + schema.declarations().OfAnnotation(method).ToString();
}

Schema Built(const std::string& set, const SchemaBuilder::OpenedAs& opened_as = nullptr) {
  SchemaBuilder builder;
  builder.Add("test.pb", set, opened_as);
  return *std::move(builder).Build();
}

TEST(Declarations, OfWhatOurCompilerHasRead) {
  OneText texts;
  const std::string set = *CompileProtos(texts, {"a/s.proto"});
  const Schema schema = Built(set, [](const std::string& name) { return "protos/" + name; });
  EXPECT_EQ(PlacesOf(schema, "Plain"), "protos/a/s.proto:6:3 protos/a/s.proto:6:3");
  EXPECT_EQ(PlacesOf(schema, "Whole"), "protos/a/s.proto:7:3 protos/a/s.proto:9:5");
  EXPECT_EQ(PlacesOf(schema, "Parts"), "protos/a/s.proto:11:3 protos/a/s.proto:12:7");
  EXPECT_EQ(PlacesOf(schema, "Beside"), "protos/a/s.proto:14:5 protos/a/s.proto:14:33");
  EXPECT_EQ(PlacesOf(schema, "Other"), "protos/a/s.proto:15:3 protos/a/s.proto:15:3");
  EXPECT_EQ(PlacesOf(Built(set), "Plain"), "a/s.proto:6:3 a/s.proto:6:3") << "nobody says where the file lies";
}

// What protoc --include_source_info makes of it.
TEST(Declarations, OfASetWithSourceInfo) {
  OneText texts;
  google::protobuf::FileDescriptorSet set;
  ASSERT_TRUE(set.ParseFromString(*CompileProtos(texts, {"a/s.proto"})));
  google::protobuf::SourceCodeInfo& info = *set.mutable_file(0)->mutable_source_code_info();
  info.Clear();
  const auto add = [&info](const std::vector<int>& path, const std::vector<int>& span) {
    auto& location = *info.add_location();
    location.mutable_path()->Assign(path.begin(), path.end());
    location.mutable_span()->Assign(span.begin(), span.end());
  };
  add({}, {0, 0, 20, 1});
  add({6, 0, 2, 0}, {4, 2, 30});
  add({6, 0, 2, 0}, {8, 2, 30});
  add({6, 0, 2, 0, 1}, {4, 6, 11});
  add({6, 0, 2, 1, 4}, {7, 4, 40});
  add({6, 0, 2, 1, 4, 72295728}, {8, 4, 40});
  add({6, 0, 2, 2, 4, 72295728, 2}, {11, 4, 12, 40});
  EXPECT_EQ(PlacesOf(Built(set.SerializeAsString()), "Plain"), "a/s.proto:5:3 a/s.proto:5:3");
  EXPECT_EQ(PlacesOf(Built(set.SerializeAsString()), "Whole"), "a/s.proto a/s.proto:9:5");
  EXPECT_EQ(PlacesOf(Built(set.SerializeAsString()), "Parts"), "a/s.proto a/s.proto:12:5");
  info.Clear();
  EXPECT_EQ(PlacesOf(Built(set.SerializeAsString()), "Whole"), "a/s.proto a/s.proto");
}

TEST(Declarations, LeavesOutWhatLeadsNowhere) {
  OneText texts;
  google::protobuf::FileDescriptorSet set;
  ASSERT_TRUE(set.ParseFromString(*CompileProtos(texts, {"a/s.proto"})));
  google::protobuf::SourceCodeInfo& info = *set.mutable_file(0)->mutable_source_code_info();
  info.Clear();
  const std::vector<std::pair<std::vector<int>, std::vector<int>>> locations = {
      {{6, 0, 2, 0}, {}},          {{6, 0, 2, 0}, {4, 2}},           {{6, 0, 2, 0}, {-1, 2, 3}}, {{6, 0, 2, 0}, {4, -2, 3}}, {{6, 0, 2, 0}, {INT32_MAX, 2, 3}},
      {{6, 0, 2, 99}, {1, 2, 3}},  {{6, 7, 2, 0}, {1, 2, 3}},        {{6, -1, 2, -1}, {1, 2, 3}}, {{6, 0, 3, 0}, {1, 2, 3}},  {{6, 0, 2}, {1, 2, 3}},
      {{6, 0, 2, 99, 4, 72295728}, {1, 2, 3}}};
  for (const auto& [path, span] : locations) {
    auto& location = *info.add_location();
    location.mutable_path()->Assign(path.begin(), path.end());
    location.mutable_span()->Assign(span.begin(), span.end());
  }
  EXPECT_EQ(PlacesOf(Built(set.SerializeAsString()), "Plain"), "a/s.proto a/s.proto");
}

TEST(Declarations, OfTwoSourcesTheFirstStands) {
  OneText texts;
  const std::string set = *CompileProtos(texts, {"a/s.proto"});
  google::protobuf::FileDescriptorSet other;
  ASSERT_TRUE(other.ParseFromString(set));
  other.mutable_file(0)->clear_source_code_info();
  SchemaBuilder builder;
  builder.Add("first.pb", set);
  builder.Add("second.pb", other.SerializeAsString());
  EXPECT_EQ(PlacesOf(*std::move(builder).Build(), "Plain"), "a/s.proto:6:3 a/s.proto:6:3");
}

}  // namespace
}  // namespace dragoman::transcoding
