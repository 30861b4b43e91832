#include "transcoding/proto_compiler.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace dragoman::transcoding {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

using Sources = std::map<std::string, std::string>;

// Files in memory, at the path "protos/<name>".
class Texts : public ProtoTexts {
 public:
  explicit Texts(Sources texts) : texts_(std::move(texts)) {}

  tl::expected<std::optional<ProtoText>, std::string> Find(const std::string& name) override {
    if (name == "unreadable.proto")
      return tl::unexpected<std::string>("cannot read protos/unreadable.proto: it is haunted");
    const auto found = texts_.find(name);
    if (found == texts_.end()) return std::nullopt;
    return ProtoText{"protos/" + name, found->second};
  }
  std::string Places() const override { return "protos, vendor"; }

 private:
  Sources texts_;
};

constexpr const char* kItem = "syntax = \"proto3\";\npackage shop;\nmessage Item { string item_id = 1; }\n";

google::protobuf::FileDescriptorSet Compile(Sources sources, const std::vector<std::string>& names) {
  google::protobuf::FileDescriptorSet set;
  Texts texts(std::move(sources));
  const auto bytes = CompileProtos(texts, names);
  if (!bytes) {
    for (const Problem& problem : bytes.error()) ADD_FAILURE() << problem.where << ": " << problem.what;
    return set;
  }
  EXPECT_TRUE(set.ParseFromString(*bytes));
  return set;
}

std::vector<std::string> ProblemsOf(Sources sources, const std::vector<std::string>& names) {
  std::vector<std::string> lines;
  Texts texts(std::move(sources));
  const auto bytes = CompileProtos(texts, names);
  if (bytes) return lines;
  for (const Problem& problem : bytes.error()) lines.push_back(problem.where + ": " + problem.what);
  return lines;
}

TEST(ProtoCompiler, MakesTheSetThatProtocMakes) {
  const auto set = Compile({{"shop/catalog.proto",
                             "syntax = \"proto3\";\npackage shop;\nimport \"shop/item.proto\";\n"
                             "import \"google/api/annotations.proto\";\n"
                             "service Catalog { rpc Get(Item) returns (Item) { option (google.api.http) = { get: "
                             "\"/v1/items/{item_id}\" }; } }\n"},
                            {"shop/item.proto", kItem},
                            {"shop/other.proto", "nobody asks for this"}},
                           {"shop/catalog.proto"});
  ASSERT_EQ(set.file_size(), 2);
  EXPECT_EQ(set.file(0).name(), "shop/item.proto");
  EXPECT_EQ(set.file(0).message_type(0).field(0).json_name(), "itemId");
  EXPECT_EQ(set.file(1).name(), "shop/catalog.proto");
  EXPECT_EQ(set.file(1).service(0).method(0).input_type(), ".shop.Item");
  EXPECT_EQ(set.file(1).service(0).method(0).options().uninterpreted_option_size(), 0);
  EXPECT_FALSE(set.file(0).has_source_code_info());
  EXPECT_EQ(set.file(1).source_code_info().location_size(), 2) << "the method and its annotation";
}

TEST(ProtoCompiler, HasTheBuiltInFilesAndPrefersACopyOfTheUsers) {
  const char* const imports =
      "syntax = \"proto3\";\nimport \"google/api/annotations.proto\";\nimport \"google/api/client.proto\";\n"
      "import \"google/api/field_behavior.proto\";\nimport \"google/api/httpbody.proto\";\n"
      "import \"google/api/resource.proto\";\nimport \"google/protobuf/any.proto\";\nimport "
      "\"google/protobuf/descriptor.proto\";\n"
      "import \"google/protobuf/timestamp.proto\";\nimport \"google/rpc/status.proto\";\n"
      "message Item {\n  option (google.api.resource) = {type: \"shop/Item\"};\n"
      "  google.protobuf.Timestamp at = 1 [(google.api.field_behavior) = OUTPUT_ONLY];\n}\n";
  EXPECT_THAT(Compile({{"a.proto", imports}}, {"a.proto"}).file(), SizeIs(1));
  const auto set = Compile({{"a.proto", imports},
                            {"google/protobuf/timestamp.proto",
                             "syntax = \"proto3\";\npackage google.protobuf;\nmessage Timestamp { int64 seconds "
                             "= 1; int32 nanos = 2; int32 "
                             "own = 3; }"}},
                           {"a.proto"});
  ASSERT_EQ(set.file_size(), 2);
  EXPECT_EQ(set.file(0).name(), "google/protobuf/timestamp.proto");
  EXPECT_EQ(set.file(0).message_type(0).field_size(), 3);
}

TEST(ProtoCompiler, TakesProto2WithAndWithoutASyntaxLine) {
  const auto set = Compile({{"a.proto", "message A { required int32 a = 1; }"},
                            {"b.proto", "syntax = \"proto2\";\nmessage B { optional int32 b = 1; }"}},
                           {"a.proto", "b.proto"});
  EXPECT_THAT(set.file(), SizeIs(2));
}

TEST(ProtoCompiler, TellsEverythingThatIsWrongWithItsPlace) {
  EXPECT_THAT(ProblemsOf({{"a.proto",
                           "syntax = \"proto3\";\n"
                           "message A {\n"
                           "  Missing a = 1;\n"
                           "  int32 b = 1;\n"
                           "}\n"
                           "import \"b.proto\";\n"},
                          {"b.proto", "syntax = \"proto3\";\nmessage B {}\n"},
                          {"c.proto", "syntax = \"proto3\";\nmessage C {\n  int32 a 1;\n  int32 = 2;\n}\n"},
                          {"d.proto", "syntax = \"proto3\";\nmessage D { \"x\n }\n"}},
                         {"a.proto", "c.proto", "d.proto"}),
              ElementsAre("protos/c.proto:3:11: Missing field number.", "protos/c.proto:4:9: Expected field name.",
                          "protos/d.proto:2:15: String literals cannot cross line boundaries.",
                          "protos/d.proto:2:13: Expected type name.",
                          "protos/a.proto:3:3: \"Missing\" is not defined.",
                          "protos/a.proto:4:13: Field number 1 has already been used in \"A\" by field \"a\"."));
}

TEST(ProtoCompiler, SaysWhoImportsWhatIsMissingAndWhereItLooked) {
  EXPECT_THAT(
      ProblemsOf({{"a.proto", "syntax = \"proto3\";\nimport \"b.proto\";\nimport \"shop/money.proto\";\n"},
                  {"b.proto", "syntax = \"proto3\";\n\n  import public \"shop/money.proto\";\nmessage B {}\n"}},
                 {"a.proto"}),
      ElementsAre("protos/b.proto:3:3: imports \"shop/money.proto\", which is neither built in nor in protos, vendor",
                  "protos/a.proto:3:1: imports \"shop/money.proto\", which is neither built in nor in protos, vendor"));
  EXPECT_THAT(ProblemsOf(Sources(), {"gone.proto"}),
              ElementsAre("gone.proto: is neither built in nor in protos, vendor"));
}

TEST(ProtoCompiler, KeepsImportsBelowTheRoots) {
  for (const std::string name : {"../a.proto", "/etc/passwd", "a//b.proto", "./a.proto", "a/", ""}) {
    EXPECT_THAT(ProblemsOf({{"a.proto", "syntax = \"proto3\";\nimport \"" + name + "\";\n"}}, {"a.proto"}),
                ElementsAre("protos/a.proto:2:1: imports \"" + name +
                            "\"; expected a file below a root, such as shop/v1/catalog.proto"));
  }
}

TEST(ProtoCompiler, SaysWhyAFileCannotBeHad) {
  EXPECT_THAT(ProblemsOf({{"a.proto", "syntax = \"proto3\";\nimport \"unreadable.proto\";\n"}}, {"a.proto"}),
              ElementsAre("protos/a.proto:2:1: cannot read protos/unreadable.proto: it is haunted"));
  EXPECT_THAT(ProblemsOf(Sources(), {"unreadable.proto"}),
              ElementsAre("unreadable.proto: cannot read protos/unreadable.proto: it is haunted"));
}

TEST(ProtoCompiler, ShowsTheCircleOfImports) {
  EXPECT_THAT(ProblemsOf({{"a.proto", "syntax = \"proto3\";\nimport \"b.proto\";\n"},
                          {"b.proto", "syntax = \"proto3\";\nimport \"c.proto\";\n"},
                          {"c.proto", "syntax = \"proto3\";\nimport \"b.proto\";\n"}},
                         {"a.proto"}),
              ElementsAre("protos/c.proto:2:1: imports itself: b.proto → c.proto → b.proto"));
  EXPECT_THAT(ProblemsOf({{"a.proto", "syntax = \"proto3\";\nimport \"a.proto\";\n"}}, {"a.proto"}),
              ElementsAre("protos/a.proto:2:1: imports itself: a.proto → a.proto"));
}

TEST(ProtoCompiler, SaysWhatToDoWithAnEdition) {
  EXPECT_THAT(
      ProblemsOf({{"shop/a.proto", "// Ours.\n  edition = \"2023\";\nmessage A {}\n"}}, {"shop/a.proto"}),
      ElementsAre(
          "protos/shop/a.proto:2:3: is of an edition, which this compiler does not know; let a current one make a "
          "descriptor set, with protoc --include_imports --descriptor_set_out=api.pb -I ROOT shop/a.proto or "
          "buf build -o api.pb, and name that: descriptors: [{file: api.pb}]"));
}

TEST(ProtoCompiler, DoesNotJudgeWhatImportsABrokenFile) {
  EXPECT_THAT(
      ProblemsOf({{"a.proto", "syntax = \"proto3\";\nimport \"b.proto\";\nmessage A { B b = 1; Missing c = 2; }\n"},
                  {"b.proto", "syntax = \"proto3\";\nmessage B { int32 }\n"}},
                 {"a.proto"}),
      ElementsAre("protos/b.proto:2:19: Expected field name."));
}

TEST(ProtoCompiler, ShowsTheFirstHundredProblems) {
  std::string text = "syntax = \"proto3\";\nmessage A {\n";
  for (int i = 1; i <= 150; ++i) text += "  Missing f" + std::to_string(i) + " = " + std::to_string(i) + ";\n";
  const auto problems = ProblemsOf({{"a.proto", text + "}\n"}}, {"a.proto"});
  ASSERT_THAT(problems, SizeIs(kMaxProtoProblems + 1));
  EXPECT_EQ(problems.back(), "protos, vendor: more than 100 problems; the rest is not shown");
}

std::string Times(int n, const std::string& text) {
  std::string all;
  for (int i = 0; i < n; ++i) all += text;
  return all;
}

// None of these may use more stack than a few levels.
TEST(ProtoCompiler, BearsTextsThatGoDeep) {
  const std::string syntax = "syntax = \"proto3\";\n";
  EXPECT_THAT(ProblemsOf({{"a.proto", syntax + Times(1'000'000, "{")}}, {"a.proto"}),
              ElementsAre("protos/a.proto:2:101: more than 100 brackets inside each other"));
  EXPECT_THAT(ProblemsOf({{"a.proto", syntax + Times(200'000, "message A {")}}, {"a.proto"}),
              ElementsAre("protos/a.proto:2:1111: more than 100 brackets inside each other"));
  EXPECT_THAT(ProblemsOf({{"a.proto", syntax + "option (x) = " + Times(200'000, "[<(")}}, {"a.proto"}), SizeIs(1));
  // What closes another kind of bracket closes nothing.
  EXPECT_THAT(ProblemsOf({{"a.proto", syntax + "message A { " + Times(200'000, "{>)]")}}, {"a.proto"}), SizeIs(1));
}

TEST(ProtoCompiler, BearsAChainOfImportsOfAnyLength) {
  constexpr int kLength = 10'000;
  Sources texts;
  for (int i = 0; i < kLength; ++i) {
    texts[std::to_string(i) + ".proto"] =
        "syntax = \"proto3\";\n" + (i == 0 ? "" : "import \"" + std::to_string(i - 1) + ".proto\";\n");
  }
  const std::vector<std::string> last = {std::to_string(kLength - 1) + ".proto"};
  EXPECT_THAT(Compile(texts, last).file(), SizeIs(kLength));
  texts["0.proto"] = "syntax = \"proto3\";\nimport \"" + last[0] + "\";\n";
  EXPECT_THAT(
      ProblemsOf(texts, last),
      ElementsAre(
          "protos/0.proto:2:1: imports itself: 9999.proto → 9998.proto → 9997.proto → 9996.proto → 9995.proto → … "
          "→ 9999.proto"));
}

}  // namespace
}  // namespace dragoman::transcoding
