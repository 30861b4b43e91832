// Extensions and groups of every kind, both ways.
#include <initializer_list>

#include "codec_fixture.h"

namespace dragoman::transcoding {
namespace {

using codec::test::Extra;
using codec::test::Old;
using codec::test::Oldest;

class JsonExtensionsTest : public CodecTest {
 protected:
  struct Case {
    std::string text;  // the message in text format
    std::string json;
  };

  template <typename Message>
  void CheckBothWays(std::initializer_list<Case> cases) {
    for (const Case& c : cases) {
      EXPECT_EQ(Write<Message>(c.text), c.json);
      EXPECT_EQ(Read<Message>(c.json), c.text);
    }
  }
};

TEST_F(JsonExtensionsTest, AreReadAndWrittenByFullName) {
  CheckBothWays<Extra>(
      {{"[codec.test.extra_int64]: 9007199254740993", R"({"[codec.test.extra_int64]":"9007199254740993"})"},
       {"[codec.test.extra_size]: LARGE", R"({"[codec.test.extra_size]":"LARGE"})"},
       {"[codec.test.extra_sizes]: SMALL [codec.test.extra_sizes]: NONE",
        R"({"[codec.test.extra_sizes]":["SMALL","NONE"]})"},
       {"[codec.test.extra_duration] { seconds: 1 }", R"({"[codec.test.extra_duration]":"1s"})"},
       {"[codec.test.extra_any] { [type.googleapis.com/google.protobuf.Duration] { seconds: 1 } }",
        R"({"[codec.test.extra_any]":{"@type":"type.googleapis.com/google.protobuf.Duration","value":"1s"}})"},
       {"[codec.test.extra_values] { null_value: NULL_VALUE } [codec.test.extra_values] { bool_value: true }",
        R"({"[codec.test.extra_values]":[null,true]})"},
       {"[codec.test.extra_child] { [codec.test.extra_child] { [codec.test.extra_int64]: 1 } }",
        R"({"[codec.test.extra_child]":{"[codec.test.extra_child]":{"[codec.test.extra_int64]":"1"}}})"},
       {R"([codec.test.extra_bytes]: "\001")", R"({"[codec.test.extra_bytes]":"AQ=="})"}});
}

TEST_F(JsonExtensionsTest, MayBeGroups) {
  CheckBothWays<Extra>(
      {{R"([codec.test.extrabox] { label: "a" content { [type.googleapis.com/google.protobuf.Empty] { } } })",
        R"({"[codec.test.extrabox]":{"label":"a","content":{"@type":"type.googleapis.com/google.protobuf.Empty"}}})"},
       {"[codec.test.extraitem] { quantity: 1 } [codec.test.extraitem] { }",
        R"({"[codec.test.extraitem]":[{"quantity":1},{}]})"}});
}

TEST_F(JsonExtensionsTest, ErrorsNameThem) {
  EXPECT_EQ(Read<Extra>(R"({"[codec.test.extra_child]": {"[codec.test.extra_size]": "HUGE"}})"),
            "INVALID_FIELD: line 1, column 58: [codec.test.extra_child].[codec.test.extra_size]: expected one of "
            "codec.test.Size (NONE, SMALL, LARGE), got \"HUGE\"");
  EXPECT_EQ(Read<Extra>(R"({"[codec.test.extra_size]": 3})"),
            "INVALID_FIELD: line 1, column 29: [codec.test.extra_size]: expected one of codec.test.Size "
            "(NONE, SMALL, LARGE), got 3");
  EXPECT_EQ(Read<Extra>(R"({"[codec.test.extra_int64]": 1, "[codec.test.extra_int64]": 1})"),
            "INVALID_FIELD: line 1, column 33: [codec.test.extra_int64]: the field stands here for the second time");
  // An extension of another message.
  EXPECT_EQ(Read<Extra>(R"({"[codec.test.note]": "n"})"),
            R"(UNKNOWN_FIELD: line 1, column 2: unknown field "[codec.test.note]" in codec.test.Extra)");
}

TEST_F(JsonExtensionsTest, UnknownOnesAreDroppedWhereAskedTo) {
  EXPECT_EQ(Read<Extra>(R"({"[a.b]": {"[c]": [1]}, "[codec.test.extra_int64]": 1, "[codec.test.extra_size]": "HUGE"})",
                        {.ignore_unknown_fields = true}),
            "[codec.test.extra_int64]: 1");
}

TEST_F(JsonExtensionsTest, AreNoDefaultsThatAReplyShows) {
  EXPECT_EQ(Write<Extra>("", {.emit_defaults = true}), "{}");
  EXPECT_EQ(Write<Extra>("[codec.test.extra_int64]: 0", {.emit_defaults = true}),
            R"({"[codec.test.extra_int64]":"0"})");
}

TEST_F(JsonExtensionsTest, TheirWireBytesAreProtobufs) {
  Buffer json(
      R"({"[codec.test.extra_sizes]": ["LARGE", "SMALL"], "[codec.test.extrabox]": {"label": "a"}, "[codec.test.extraitem]": [{}]})");
  Buffer wire;
  ASSERT_TRUE(codec_.ReadMessage(Plan<Extra>(), json, {}, wire).ok());
  EXPECT_EQ(wire.view(), Wire<Extra>("[codec.test.extra_sizes]: [LARGE, SMALL] [codec.test.extrabox] { label: 'a' } "
                                     "[codec.test.extraitem] { }"));
}

TEST_F(JsonExtensionsTest, AGroupMayBeAMemberOfAOneof) {
  CheckBothWays<Old>({{R"(ChosenBox { label: "a" })", R"({"chosenbox":{"label":"a"}})"}});
  EXPECT_EQ(Read<Old>(R"({"chosenbox": {}, "chosenName": "a"})"),
            R"(INVALID_FIELD: line 1, column 19: chosenName: another member of oneof "choice" is set already)");
  EXPECT_EQ(WriteWire<Old>(Wire<Old>("ChosenBox { label: 'a' }") + Wire<Old>("chosen_name: 'n'")),
            R"({"chosenName":"n"})");
}

TEST_F(JsonExtensionsTest, AGroupInPiecesIsOne) {
  EXPECT_EQ(
      WriteWire<Old>(Wire<Old>("Box { label: 'a' Inner { depth: 1 } }") + Wire<Old>("Box { Inner { depth: 2 } }")),
      R"({"box":{"label":"a","inner":{"depth":2}}})");
}

TEST_F(JsonExtensionsTest, AGroupOnTheWireBehindALengthIsUnknown) {
  EXPECT_EQ(WriteWire<Old>(std::string("\x2a\x03\x0a\x01"
                                       "a\x08\x01",
                                       7)),
            R"({"number":1})");
}

// Its extensions are no fields on the wire, but items of a list of their own.
TEST_F(JsonExtensionsTest, AMessageSetHasNoMembers) {
  EXPECT_EQ(Write<Oldest>("set { [codec.test.OldestItem.oldest_item] { name: 'a' } } number: 1"),
            R"({"set":{},"number":1})");
  EXPECT_EQ(Read<Oldest>(R"({"set": {"[codec.test.OldestItem.oldest_item]": {"name": "a"}}})"),
            R"(UNKNOWN_FIELD: line 1, column 10: set: unknown field "[codec.test.OldestItem.oldest_item]" in )"
            "codec.test.OldestSet");
}

}  // namespace
}  // namespace dragoman::transcoding
