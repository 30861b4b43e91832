#include <google/protobuf/field_mask.pb.h>

#include "codec_fixture.h"

// Which paths a text stands for: the mask that a PATCH becomes.
namespace dragoman::transcoding {
namespace {

using codec::test::Everything;
using codec::test::Old;

class FieldMaskTest : public CodecTest {
 protected:
  // "path, path" of the text, which is that of a field `child`; or the refusal.
  std::string Mask(std::string_view json, const JsonReadOptions& options = {}) {
    return MaskOf(*Plan<Everything>().Find("child"), json, options);
  }

  std::string MaskOf(const FieldPlan& field, std::string_view json, const JsonReadOptions& options = {}) {
    Buffer text(json);
    Buffer wire;
    Buffer mask;
    const Status status = codec_.ReadField(field, text, options, wire, &mask);
    if (!status.ok()) return Outcome(status);
    Buffer without;
    Buffer again(json);
    EXPECT_TRUE(codec_.ReadField(field, again, options, without).ok());
    EXPECT_EQ(wire.view(), without.view());
    google::protobuf::FieldMask message;
    EXPECT_TRUE(message.ParseFromArray(mask.data(), static_cast<int>(mask.size())));
    std::string paths;
    for (const std::string& path : message.paths()) paths += (paths.empty() ? "" : ", ") + path;
    return paths;
  }
};

TEST_F(FieldMaskTest, HoldsTheLeavesInTheirOrderByProtoName) {
  EXPECT_EQ(Mask(R"({"stringValue": "x", "int32Value": 0, "other-name": "", "bool_value": false})"),
            "string_value, int32_value, renamed, bool_value");
  EXPECT_EQ(Mask(R"({"child": {"child": {"int32Value": 1}, "stringValue": ""}, "color": "RED"})"),
            "child.child.int32_value, child.string_value, color");
  EXPECT_EQ(Mask("{}"), "");
  EXPECT_EQ(Mask("null"), "");
}

TEST_F(FieldMaskTest, AnExplicitNullAndAnEmptyObjectAreLeaves) {
  EXPECT_EQ(Mask(R"({"stringValue": null, "child": null, "strings": null, "value": null, "maybeInt32": null})"),
            "string_value, child, strings, value, maybe_int32");
  EXPECT_EQ(Mask(R"({"child": {}, "empty": {}, "chosenChild": {"child": { } }})"), "child, empty, chosen_child.child");
}

TEST_F(FieldMaskTest, ListsMapsAndTypesWithAFormOfTheirOwnAreWhole) {
  EXPECT_EQ(Mask(R"({"strings": ["a", "b"], "children": [{"int32Value": 1}], "int32s": []})"),
            "strings, children, int32s");
  EXPECT_EQ(Mask(R"({"labels": {"a": "b"}, "byUint64": {"1": {"int32Value": 1}}, "byInt32": {}})"),
            "labels, by_uint64, by_int32");
  EXPECT_EQ(Mask(R"({"timestamp": "1970-01-01T00:00:01Z", "duration": "1s", "mask": "a,b", "int64Box": "7"})"),
            "timestamp, duration, mask, int64_box");
  EXPECT_EQ(Mask(R"({"object": {"a": {"b": 1}}, "value": {"a": [1]}, "list": [{"a": 1}]})"), "object, value, list");
  EXPECT_EQ(Mask(R"({"any": {"@type": "x/codec.test.Everything", "child": {"int32Value": 1}}, "int32Value": 1})"),
            "any, int32_value");
  EXPECT_EQ(Mask(R"({"any": {"@type": "x/google.protobuf.Duration", "value": "1s"}, "anys": [{}]})"), "any, anys");
  EXPECT_EQ(Mask(R"({"any": {}})"), "any");
}

TEST_F(FieldMaskTest, HasNothingThatIsDropped) {
  const JsonReadOptions lenient = {.ignore_unknown_fields = true};
  EXPECT_EQ(Mask(R"({"nope": {"child": 1}, "int32Value": 1, "color": "PINK", "child": {"nope": 1}})", lenient),
            "int32_value");
  EXPECT_EQ(Mask(R"({"nope": 1})"),
            R"(UNKNOWN_FIELD: line 1, column 2: child: unknown field "nope" in codec.test.Everything)");
}

TEST_F(FieldMaskTest, GoesIntoGroupsAndNamesExtensionsInBrackets) {
  const FieldPlan& old = *Plan<Old>().Find("[codec.test.Wrapping.nested_extension]");
  EXPECT_EQ(MaskOf(old, R"({"box": {"label": "x", "inner": {"depth": 1}}, "item": [{"quantity": 1}]})"),
            "box.label, box.inner.depth, item");
  EXPECT_EQ(MaskOf(old, R"({"[codec.test.note]": "n", "[codec.test.Wrapping.nested_extension]": {"number": 1}})"),
            "[codec.test.note], [codec.test.Wrapping.nested_extension].number");
}

TEST_F(FieldMaskTest, IsBounded) {
  // Each level costs the text few bytes, but the path of every leaf all those above it.
  std::string json = R"({"int32Value":1})";
  for (int level = 0; level < 90; ++level) json = R"({"chosenChild":)" + json + "}";
  const auto with_leaves = [&](size_t leaves) {
    static constexpr std::string_view kNames[] = {"boolValue", "strings", "labels",  "doubles", "floats", "int32s",
                                                  "int64s",    "uint32s", "uint64s", "sint32s", "sint64s"};
    std::string members;
    for (size_t i = 0; i < leaves; ++i) members += "\"" + std::string(kNames[i]) + "\":null,";
    std::string text = json;
    for (size_t at = 0; (at = text.find("{\"chosenChild", at)) != std::string::npos; at += members.size() + 1) {
      text.insert(at + 1, members);
    }
    return text;
  };
  const std::string fits = Mask(with_leaves(0));
  EXPECT_EQ(fits.size(), 90 * std::string_view("chosen_child.").size() + std::string_view("int32_value").size());
  EXPECT_THAT(Mask(with_leaves(11)),
              ::testing::HasSubstr("the fields up to here make an update mask of more than 65536 bytes"));
}

}  // namespace
}  // namespace dragoman::transcoding
