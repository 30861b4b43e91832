#include "transcoding/schema.h"

#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "google/api/annotations.pb.h"
#include "schema_from_source.h"
#include "transcoding/built_in_files.h"
#include "transcoding/proto_compiler.h"

namespace dragoman::transcoding {
namespace {

constexpr std::string_view kShop = R"(
  syntax = "proto3";
  package shop;
  import "google/api/annotations.proto";
  import "google/protobuf/timestamp.proto";
  message Item { string id = 1; google.protobuf.Timestamp made = 2; }
  service Catalog { rpc Get(Item) returns (Item) { option (google.api.http) = { get: "/v1/items/{id}" }; } }
)";

Problems ProblemsOf(SchemaBuilder&& builder) {
  tl::expected<Schema, Problems> schema = std::move(builder).Build();
  return schema ? Problems{} : schema.error();
}

TEST(Schema, ListsTheServicesOfItsSourcesAndKnowsTheirAnnotations) {
  const Schema schema = SchemaFromSource(kShop);
  ASSERT_EQ(schema.services().size(), 1u);
  EXPECT_EQ(schema.services()[0]->full_name(), "shop.Catalog");
  const auto& options = schema.services()[0]->method(0)->options();
  ASSERT_TRUE(options.HasExtension(google::api::http));
  EXPECT_EQ(options.GetExtension(google::api::http).get(), "/v1/items/{id}");
}

TEST(Schema, HoldsTheWellKnownFilesAlways) {
  tl::expected<Schema, Problems> schema = SchemaBuilder().Build();
  ASSERT_TRUE(schema.has_value());
  for (const char* name :
       {"google.protobuf.Any", "google.protobuf.Struct", "google.protobuf.Timestamp", "google.protobuf.FieldMask",
        "google.api.HttpRule", "google.api.HttpBody", "google.rpc.Status", "google.rpc.ErrorInfo"}) {
    EXPECT_NE(schema->pool().FindMessageTypeByName(name), nullptr) << name;
  }
  EXPECT_NE(schema->pool().FindExtensionByName("google.api.http"), nullptr);
  EXPECT_TRUE(schema->services().empty());
}

TEST(Schema, HoldsEveryFileOfGoogle) {
  const std::filesystem::path protos = DRAGOMAN_SOURCE_DIR "/protos";
  int count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(protos / "google")) {
    if (entry.path().extension() != ".proto") continue;
    ++count;
    const std::string name = entry.path().lexically_relative(protos).string();
    EXPECT_NE(FindBuiltIn(name), nullptr) << name << " is not in transcoding/built_in_files.cc";
  }
  EXPECT_GT(count, 5);
}

TEST(Schema, HoldsNoBuiltInFileWhoseSymbolsASourceHasElsewhere) {
  SchemaBuilder builder;
  builder.Add("a.pb",
              DescriptorSetFromSource("syntax = \"proto3\"; package google.api; import "
                                      "\"google/protobuf/descriptor.proto\"; extend google.protobuf.MethodOptions { "
                                      "repeated string method_signature = 1051; }",
                                      "vendor/client.proto"));
  tl::expected<Schema, Problems> schema = std::move(builder).Build();
  ASSERT_TRUE(schema.has_value());
  EXPECT_EQ(schema->pool().FindFileByName("google/api/client.proto"), nullptr);
  EXPECT_NE(schema->pool().FindFileByName("vendor/client.proto"), nullptr);
}

// With what its text says of places and comments.
std::string CompiledShop(const std::string& text) {
  class OneText : public ProtoTexts {
   public:
    explicit OneText(std::string text) : text_(std::move(text)) {}
    tl::expected<std::optional<ProtoText>, std::string> Find(const std::string& name) override {
      return name == "shop.proto" ? std::optional(ProtoText{name, text_}) : std::nullopt;
    }
    std::string Places() const override { return "here"; }

   private:
    const std::string text_;
  } texts(text);
  return CompileProtos(texts, {"shop.proto"}, Comments::Keep::kYes).value();
}

size_t FingerprintOf(const std::string& set, Comments::Keep keep = Comments::Keep::kNo) {
  SchemaBuilder builder(keep);
  builder.Add("shop.pb", set);
  return std::move(builder).Build().value().fingerprint();
}

TEST(Schema, HasTheSameFingerprintWhereverItsPartsStand) {
  const std::string shop(kShop);
  const std::string set = CompiledShop(shop);
  google::protobuf::FileDescriptorSet bare;
  ASSERT_TRUE(bare.ParseFromString(set));
  ASSERT_GT(bare.file(0).source_code_info().location_size(), 0);
  bare.mutable_file(0)->clear_source_code_info();
  const std::string moved = CompiledShop("\n\n" + shop);
  const std::string commented = CompiledShop(std::string(shop).insert(shop.find("message"), "// One.\n"));
  const std::string changed = CompiledShop(std::string(shop).replace(shop.find("= 2"), 3, "= 3"));
  EXPECT_NE(set, moved);
  EXPECT_EQ(FingerprintOf(set), FingerprintOf(bare.SerializeAsString()));
  EXPECT_EQ(FingerprintOf(set), FingerprintOf(moved));
  EXPECT_EQ(FingerprintOf(set), FingerprintOf(commented));
  EXPECT_NE(FingerprintOf(set), FingerprintOf(changed));

  constexpr Comments::Keep kKeep = Comments::Keep::kYes;
  const std::string elsewhere = CompiledShop(std::string(shop).insert(shop.find("service"), "// One.\n"));
  EXPECT_EQ(FingerprintOf(set, kKeep), FingerprintOf(moved, kKeep));
  EXPECT_NE(FingerprintOf(set, kKeep), FingerprintOf(commented, kKeep));
  EXPECT_NE(FingerprintOf(elsewhere, kKeep), FingerprintOf(commented, kKeep));
}

TEST(SchemaBuilder, TakesTheFirstOfTwoCopiesOfABuiltInFile) {
  constexpr const char* kName = "google/protobuf/empty.proto";
  SchemaBuilder builder;
  builder.Add("a.pb", DescriptorSetFromSource("syntax = \"proto3\"; package google.protobuf; message Empty {}", kName));
  builder.Add("b.pb",
              DescriptorSetFromSource("syntax = \"proto3\"; package google.protobuf; option go_package = \"x\"; "
                                      "message Empty {}",
                                      kName));
  tl::expected<Schema, Problems> schema = std::move(builder).Build();
  ASSERT_TRUE(schema.has_value());
  EXPECT_EQ(schema->pool().FindFileByName(kName)->options().go_package(), "");
}

TEST(SchemaBuilder, TakesTheSameFileFromTwoSources) {
  SchemaBuilder builder;
  builder.Add("a.pb", DescriptorSetFromSource(kShop));
  builder.Add("b.pb", DescriptorSetFromSource(kShop));
  tl::expected<Schema, Problems> schema = std::move(builder).Build();
  ASSERT_TRUE(schema.has_value());
  EXPECT_EQ(schema->services().size(), 1u);
}

TEST(SchemaBuilder, NamesBothSourcesOfAConflict) {
  SchemaBuilder builder;
  builder.Add("a.pb", DescriptorSetFromSource("syntax = \"proto3\"; message Item { string id = 1; }"));
  builder.Add("b.pb", DescriptorSetFromSource("syntax = \"proto3\"; message Item { int32 id = 1; }"));
  const Problems problems = ProblemsOf(std::move(builder));
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].where, "b.pb");
  EXPECT_EQ(problems[0].what,
            "file \"test.proto\" differs from the one of that name in a.pb; make both from the same sources");
}

TEST(SchemaBuilder, NamesBothFilesOfASymbolDefinedTwiceOnce) {
  SchemaBuilder builder;
  builder.Add("a.pb", DescriptorSetFromSource("syntax = \"proto3\"; package p; message Item {}", "a.proto"));
  builder.Add("b.pb", DescriptorSetFromSource("syntax = \"proto3\"; package p; message Item {} message User { Item one = 1; Item two = 2; }", "b.proto"));
  const Problems problems = ProblemsOf(std::move(builder));
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].where, "b.pb: b.proto");
  EXPECT_EQ(problems[0].what, "p.Item: \"p.Item\" is already defined in file \"a.proto\" of a.pb; one gateway can serve one of them");
}

TEST(SchemaBuilder, TellsHowToAddAMissingImport) {
  SchemaBuilder builder;
  builder.Add("a.pb", DescriptorSetFromSource("syntax = \"proto3\"; import \"shop/money.proto\"; message Item {}"));
  const Problems problems = ProblemsOf(std::move(builder));
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].where, "a.pb: test.proto");
  EXPECT_EQ(
      problems[0].what,
      "imports \"shop/money.proto\", which no descriptor source holds; make the set with protoc --include_imports");
}

TEST(SchemaBuilder, RefusesAnImportOfABuiltInFileWhoseSymbolsAreDefinedElsewhere) {
  SchemaBuilder builder;
  builder.Add("a.pb",
              DescriptorSetFromSource("syntax = \"proto3\"; package google.api; message Http {}", "vendor/http.proto"));
  builder.Add("b.pb", DescriptorSetFromSource("syntax = \"proto3\"; import \"google/api/http.proto\";", "b.proto"));
  const Problems problems = ProblemsOf(std::move(builder));
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].where, "b.pb: b.proto");
}

TEST(SchemaBuilder, RefusesACircleOfImports) {
  SchemaBuilder builder;
  builder.Add("a.pb", DescriptorSetFromSource("syntax = \"proto3\"; import \"b.proto\";", "a.proto"));
  builder.Add("b.pb", DescriptorSetFromSource("syntax = \"proto3\"; import \"a.proto\";", "b.proto"));
  builder.Add("c.pb", DescriptorSetFromSource("syntax = \"proto3\"; import \"c.proto\";", "c.proto"));
  const Problems problems = ProblemsOf(std::move(builder));
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(problems[0].where, "b.pb: b.proto");
  EXPECT_EQ(problems[0].what, "imports \"a.proto\", which imports it in turn");
  EXPECT_EQ(problems[1].where, "c.pb: c.proto");
  EXPECT_EQ(problems[1].what, "imports \"c.proto\", which imports it in turn");
}

TEST(SchemaBuilder, BearsAChainOfImportsOfAnyLength) {
  constexpr int kLength = 50'000;
  google::protobuf::FileDescriptorSet set;
  for (int i = kLength; i > 0; --i) {
    google::protobuf::FileDescriptorProto& file = *set.add_file();
    file.set_name(std::to_string(i) + ".proto");
    if (i > 1) file.add_dependency(std::to_string(i - 1) + ".proto");
  }
  SchemaBuilder builder;
  builder.Add("a.pb", set.SerializeAsString());
  tl::expected<Schema, Problems> schema = std::move(builder).Build();
  ASSERT_TRUE(schema.has_value());
  EXPECT_EQ(schema->files().size(), static_cast<size_t>(kLength));
}

TEST(SchemaBuilder, SaysWhyBytesAreNoDescriptorSet) {
  const std::string make_it = "make one with protoc --include_imports --descriptor_set_out=FILE or buf build -o FILE";
  const std::string set = DescriptorSetFromSource("syntax = \"proto3\"; message Item { string id = 1; }");
  std::string broken = set;
  broken[broken.find("Item") - 1] = 100;  // the length of its name
  const std::pair<std::string, std::string> cases[] = {
      {"", "is empty; " + make_it},
      {" \n", "holds nothing but blanks; " + make_it},
      {"syntax = \"proto3\";", "is .proto source, no descriptor set; name it under `proto` (roots, files) in place of `file`, or " + make_it},
      {"\nmessage M {}\n", "is .proto source, no descriptor set; name it under `proto` (roots, files) in place of `file`, or " + make_it},
      {"backends:\n  a: {}\nservices: []\n", "is a configuration of the gateway, no descriptor set; name it by --config"},
      {"# mine\nservices:\n- name: a.v1.Import\n", "is a configuration of the gateway, no descriptor set; name it by --config"},
      {" {\"file\": []}", "is JSON; the binary form is needed: buf build -o FILE.binpb, without .json"},
      {"file {\n  name: \"a\"\n}\n", "is a descriptor set in text format; the binary form is needed: protoc --encode=google.protobuf.FileDescriptorSet "
                                    "google/protobuf/descriptor.proto makes it of this"},
      {std::string("\x1f\x8b\x08\x00", 4), "is compressed by gzip; gunzip it first"},
      {"\x28\xb5\x2f\xfd..", "is compressed by zstd; unzstd it first"},
      {"PK\x03\x04..", "is a zip archive; unzip it first"},
      {"\xff\xff", "is no FileDescriptorSet; " + make_it},
      {"what you like", "is no FileDescriptorSet; " + make_it},
      {set.substr(0, set.size() - 1), "is truncated: it ends at byte " + std::to_string(set.size() - 1) + ", within its file 1, which begins at byte 0 and has " +
                                          std::to_string(set.size() - 3) + " bytes; make it anew, or copy it whole"},
      {set + set.substr(0, 9), "is truncated: it ends at byte " + std::to_string(set.size() + 9) + ", within its file 2, which begins at byte " +
                                   std::to_string(set.size()) + " and has " + std::to_string(set.size() - 3) + " bytes; make it anew, or copy it whole"},
      {broken, "is no FileDescriptorSet: its file 1 is malformed at byte " + std::to_string(broken.find("Item") - 2) + "; " + make_it},
  };
  for (const auto& [bytes, what] : cases) {
    SchemaBuilder builder;
    builder.Add("a.pb", bytes);
    const Problems problems = ProblemsOf(std::move(builder));
    ASSERT_EQ(problems.size(), 1u) << what;
    EXPECT_EQ(problems[0].where, "a.pb");
    EXPECT_EQ(problems[0].what, what);
  }
}

TEST(SchemaBuilder, TakesNoSetThatIsCutAnywhere) {
  const std::string set = DescriptorSetFromSource("syntax = \"proto3\"; package a; message Item { string id = 1; enum E { A = 0; } } service S { rpc R(Item) returns (Item); }");
  for (size_t size = 0; size < set.size(); ++size) {
    SchemaBuilder builder;
    builder.Add("a.pb", std::string_view(set).substr(0, size));
    const Problems problems = ProblemsOf(std::move(builder));
    ASSERT_EQ(problems.size(), 1u) << size;
    if (size > 3) {
      EXPECT_TRUE(problems[0].what.starts_with("is truncated: ")) << size << ": " << problems[0].what;
    }
  }
}

TEST(SchemaBuilder, BoundsWhatIsWrongWithOneFile) {
  google::protobuf::FileDescriptorSet set;
  google::protobuf::FileDescriptorProto& file = *set.add_file();
  file.set_name("a.proto");
  for (int i = 0; i < 1000; ++i) file.add_message_type()->set_name(std::string(5000, ' '));
  SchemaBuilder builder;
  builder.Add("a.pb", set.SerializeAsString());
  const Problems problems = ProblemsOf(std::move(builder));
  ASSERT_EQ(problems.size(), 101u);
  EXPECT_LT(problems[0].what.size(), 3000u);
  EXPECT_TRUE(problems[100].what.ends_with(" problems more")) << problems[100].what;
}

TEST(SchemaBuilder, RefusesAPackageOfTooManyNames) {
  std::string package = "a";
  for (int i = 0; i < 50'000; ++i) package += ".a";
  google::protobuf::FileDescriptorSet set;
  set.add_file()->set_name("a.proto");
  set.mutable_file(0)->set_package(package);
  SchemaBuilder builder;
  builder.Add("a.pb", set.SerializeAsString());
  const Problems problems = ProblemsOf(std::move(builder));
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_TRUE(problems[0].what.ends_with(" is too long; expected at most 100 names and 4096 bytes")) << problems[0].what;
}

TEST(SchemaBuilder, ReportsEveryProblem) {
  SchemaBuilder builder;
  builder.Add("a.pb", "no set");
  builder.Add("b.pb", DescriptorSetFromSource("syntax = \"proto3\"; message Item { Missing a = 1; Absent b = 2; }"));
  EXPECT_EQ(ProblemsOf(std::move(builder)).size(), 3u);
}

}  // namespace
}  // namespace dragoman::transcoding
