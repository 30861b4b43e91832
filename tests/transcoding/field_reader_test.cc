#include "transcoding/field_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "schema_from_source.h"
#include "transcoding/json_codec.h"

namespace dragoman::transcoding {
namespace {

constexpr std::string_view kSource = R"(
syntax = "proto3";
package t;
enum Kind { NONE = 0; BIG = 3; }
message Leaf { string id = 1; repeated int32 numbers = 2; optional string maybe = 3; }
message Root {
  Leaf leaf = 1; repeated Leaf leaves = 2; string text = 3; bytes raw = 4; bool flag = 5; int64 i64 = 6; uint64 u64 = 7;
  sint32 s32 = 8; fixed32 f32 = 9; sfixed64 sf64 = 10; Kind kind = 11; double real = 12; map<string, string> map = 13;
  oneof one { string left = 14; string right = 15; } repeated string texts = 16; uint32 u32 = 17;
}
)";

class FieldReaderTest : public testing::Test {
 protected:
  FieldReaderTest() : schema_(SchemaFromSource(kSource)), plans_(schema_), codec_(plans_) {}

  std::string Wire(std::string_view json) {
    Buffer text;
    text.Append(json);
    Buffer out;
    const Status status = codec_.ReadMessage(*plans_.Find("t.Root"), text, {}, out);
    EXPECT_TRUE(status.ok()) << status.message();
    return std::string(out.view());
  }
  // The values that are tested, in their order, "!" behind them where All says false although each passes.
  std::vector<std::string> Values(std::string_view path, std::string_view wire) {
    const auto reader = FieldReader::Build(*plans_.Find("t.Root"), path);
    EXPECT_TRUE(reader) << reader.error();
    std::vector<std::string> values;
    const bool all = reader->All(wire, [&](std::string_view text) {
      values.emplace_back(text);
      return true;
    });
    if (!all) values.emplace_back("!");
    return values;
  }

  Schema schema_;
  PlanSet plans_;
  JsonCodec codec_;
};

using Texts = std::vector<std::string>;

TEST_F(FieldReaderTest, SpellsEveryKindOfValue) {
  const std::string wire = Wire(
      R"({"text":"tä","raw":"AAE=","flag":true,"i64":"-5","u64":"18446744073709551615","s32":-3,"f32":7,"sf64":"-9",)"
      R"("kind":"BIG","u32":4294967295,"texts":["a","b"],"leaf":{"id":"x","numbers":[1,-2]}})");
  EXPECT_EQ(Values("text", wire), Texts{"tä"});
  EXPECT_EQ(Values("raw", wire), Texts{std::string("\0\1", 2)});
  EXPECT_EQ(Values("flag", wire), Texts{"true"});
  EXPECT_EQ(Values("i64", wire), Texts{"-5"});
  EXPECT_EQ(Values("u64", wire), Texts{"18446744073709551615"});
  EXPECT_EQ(Values("s32", wire), Texts{"-3"});
  EXPECT_EQ(Values("f32", wire), Texts{"7"});
  EXPECT_EQ(Values("sf64", wire), Texts{"-9"});
  EXPECT_EQ(Values("kind", wire), Texts{"BIG"});
  EXPECT_EQ(Values("u32", wire), Texts{"4294967295"});
  EXPECT_EQ(Values("texts", wire), (Texts{"a", "b"}));
  EXPECT_EQ(Values("leaf.id", wire), Texts{"x"});
  EXPECT_EQ(Values("leaf.numbers", wire), (Texts{"1", "-2"})) << "packed";
  EXPECT_EQ(Values("leaf.numbers", "\x0a\x04\x10\x05\x10\x06"), (Texts{"5", "6"})) << "one by one";
  EXPECT_EQ(Values("kind", "\x58\x09"), Texts{"9"}) << "a number without a name";
}

TEST_F(FieldReaderTest, AnUnsetFieldIsNotThere) {
  EXPECT_EQ(Values("text", ""), Texts{"!"});
  EXPECT_EQ(Values("leaf.id", Wire(R"({"text":"a"})")), Texts{"!"});
  EXPECT_EQ(Values("texts", Wire(R"({"texts":[]})")), Texts{"!"});
  EXPECT_EQ(Values("leaf.maybe", Wire(R"({"leaf":{"maybe":""}})")), Texts{""});
}

TEST_F(FieldReaderTest, PiecesOfOneMessageCountTogetherElementsOfAListApart) {
  // leaf { id: "x" } leaf { maybe: "y" }
  const std::string pieces("\x0a\x03\x0a\x01x\x0a\x03\x1a\x01y", 10);
  EXPECT_EQ(Values("leaf.id", pieces), Texts{"x"});
  EXPECT_EQ(Values("leaves.id", Wire(R"({"leaves":[{"id":"a"},{"id":"b"}]})")), (Texts{"a", "b"}));
  EXPECT_EQ(Values("leaves.id", Wire(R"({"leaves":[{"id":"a"},{"maybe":"b"}]})")), (Texts{"a", "!"}))
      << "an element without the field";
  EXPECT_EQ(Values("leaves.id", Wire(R"({"leaves":[]})")), Texts{"!"});
}

TEST_F(FieldReaderTest, StopsAtTheFirstValueThatFails) {
  const auto reader = FieldReader::Build(*plans_.Find("t.Root"), "texts");
  int tested = 0;
  EXPECT_FALSE(reader->All(Wire(R"({"texts":["a","b","c"]})"), [&](std::string_view text) {
    ++tested;
    return text == "a";
  }));
  EXPECT_EQ(tested, 2);
}

TEST_F(FieldReaderTest, MalformedBytesNeverPass) {
  const std::string wire = Wire(R"({"text":"abc","leaf":{"id":"x","numbers":[1,2]}})");
  for (size_t cut = 0; cut < wire.size(); ++cut) {
    const auto reader = FieldReader::Build(*plans_.Find("t.Root"), "leaf.numbers");
    int values = 0;
    const bool all = reader->All(wire.substr(0, cut), [&](std::string_view) { return ++values > 0; });
    EXPECT_EQ(values, all ? 2 : values) << cut;
  }
  EXPECT_EQ(Values("text", std::string("\x1a\x05" "ab", 4)), Texts{"!"});
  EXPECT_EQ(Values("text", "\x1a\x01x\xff"), (Texts{"x", "!"}));
}

TEST_F(FieldReaderTest, RefusesWhatHasNoText) {
  const struct {
    std::string_view path;
    std::string_view why;
  } cases[] = {
      {"txt", "t.Root has no field \"txt\"; did you mean \"text\"?"},
      {"leaf", "field \"leaf\" of t.Root is a message, which cannot be compared"},
      {"text.id", "field \"text\" of t.Root is no message, which cannot be compared"},
      {"real", "field \"real\" of t.Root is a floating-point number, which cannot be compared"},
      {"map", "field \"map\" of t.Root is a map, which cannot be compared"},
      {"left", "field \"left\" of t.Root is a member of a oneof, which cannot be compared"},
      {"leaf.", "t.Leaf has no field \"\""},
  };
  for (const auto& c : cases) {
    const auto reader = FieldReader::Build(*plans_.Find("t.Root"), c.path);
    ASSERT_FALSE(reader) << c.path;
    EXPECT_EQ(reader.error(), c.why);
  }
}

}  // namespace
}  // namespace dragoman::transcoding
