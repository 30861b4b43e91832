// google.protobuf.Any in every position, of every form of type, and of types that the schema does not have.
#include <array>

#include "codec_fixture.h"

namespace dragoman::transcoding {
namespace {

using codec::test::Carrier;
using codec::test::Extra;
using google::protobuf::Any;

// Where an Any may stand; '@' is the Any.
constexpr std::array<std::string_view, 7> kPositions = {
    R"({"one":@})",
    R"({"maybe":@})",
    R"({"many":[@,{},@]})",
    R"({"byName":{"":@,"k":@}})",
    R"({"chosen":@,"number":1})",
    R"({"one":{"@type":"type.googleapis.com/codec.test.Carrier","one":@,"many":[@]}})",
    R"({"one":{"@type":"type.googleapis.com/google.protobuf.Any","value":@}})",
};

// An Any of each form, its type first.
constexpr std::array<std::string_view, 22> kForms = {
    R"({"@type":"type.googleapis.com/codec.test.Shuffled"})",
    R"({"@type":"type.googleapis.com/codec.test.Shuffled","last":"l","numbers":[1,2],"first":"f"})",
    R"({"@type":"example.org/a/b/codec.test.Carrier","number":7})",
    R"({"@type":"type.googleapis.com/codec.test.Old","box":{"label":"a"},"id":"i","[codec.test.note]":"n"})",
    R"({"@type":"type.googleapis.com/codec.test.Extra","[codec.test.extra_int64]":"1"})",
    R"({"@type":"type.googleapis.com/codec.test.Old.Box","inner":{"depth":1}})",
    R"({"@type":"type.googleapis.com/google.protobuf.Any","value":{}})",
    R"({"@type":"type.googleapis.com/google.protobuf.Timestamp","value":"1970-01-01T00:00:01Z"})",
    R"({"@type":"type.googleapis.com/google.protobuf.Duration","value":"0s"})",
    R"({"@type":"type.googleapis.com/google.protobuf.FieldMask","value":"a,b.cD"})",
    R"({"@type":"type.googleapis.com/google.protobuf.Struct","value":{"@type":"x","value":[1]}})",
    R"({"@type":"type.googleapis.com/google.protobuf.Struct","value":{}})",
    R"({"@type":"type.googleapis.com/google.protobuf.Value","value":null})",
    R"({"@type":"type.googleapis.com/google.protobuf.Value","value":{"@type":1}})",
    R"({"@type":"type.googleapis.com/google.protobuf.ListValue","value":[[],null]})",
    R"({"@type":"type.googleapis.com/google.protobuf.Empty"})",
    R"({"@type":"type.googleapis.com/google.protobuf.BoolValue","value":true})",
    R"({"@type":"type.googleapis.com/google.protobuf.BytesValue","value":"AQ=="})",
    R"({"@type":"type.googleapis.com/google.protobuf.DoubleValue","value":"-Infinity"})",
    R"({"@type":"type.googleapis.com/google.protobuf.Int64Value","value":"-1"})",
    R"({"@type":"type.googleapis.com/google.protobuf.StringValue","value":""})",
    R"({"@type":"type.googleapis.com/google.protobuf.UInt32Value","value":4294967295})",
};

std::string Filled(std::string_view position, std::string_view any) {
  std::string text;
  for (size_t i = 0; i < position.size(); ++i) {
    if (position[i] == '@' && position[i + 1] != 't') {
      text += any;
    } else {
      text += position[i];
    }
  }
  return text;
}

class JsonAnyTest : public CodecTest {
 protected:
  // The wire bytes that `json` is read as.
  template <typename Message>
  std::string WireOf(std::string_view json) {
    Buffer text(json);
    Buffer wire;
    const Status status = codec_.ReadMessage(Plan<Message>(), text, {}, wire);
    EXPECT_TRUE(status.ok()) << status.message() << "\nin " << json;
    return std::string(wire.view());
  }

  template <typename Message>
  void ExpectSame(const std::string& json) {
    const std::string wire = WireOf<Message>(json);
    Message message;
    EXPECT_TRUE(message.ParsePartialFromString(wire)) << json;
    EXPECT_EQ(WriteWire<Message>(wire), json);
  }
};

TEST_F(JsonAnyTest, EveryFormComesBackTheSameFromEveryPosition) {
  for (const std::string_view position : kPositions) {
    for (const std::string_view form : kForms) ExpectSame<Carrier>(Filled(position, form));
  }
  for (const std::string_view form : kForms) {
    ExpectSame<Any>(std::string(form));
    ExpectSame<Extra>(Filled(R"({"[codec.test.extra_any]":@})", form));
    ExpectSame<Extra>(Filled(R"({"[codec.test.extrabox]":{"label":"a","content":@}})", form));
  }
}

TEST_F(JsonAnyTest, ATypeBehindTheOtherMembersMakesTheSameMessage) {
  for (const std::string_view form : kForms) {
    const size_t comma = form.find(',');
    if (comma == std::string_view::npos) continue;
    const std::string turned = "{" + std::string(form.substr(comma + 1, form.size() - comma - 2)) + "," +
                               std::string(form.substr(1, comma - 1)) + "}";
    for (const std::string_view position : kPositions) {
      EXPECT_EQ(WireOf<Carrier>(Filled(position, turned)), WireOf<Carrier>(Filled(position, form))) << turned;
    }
  }
}

TEST_F(JsonAnyTest, IsPackedAsProtobufPacksIt) {
  Any expected;
  codec::test::Shuffled shuffled;
  shuffled.set_last("l");
  ASSERT_TRUE(expected.PackFrom(shuffled));
  EXPECT_EQ(WireOf<Any>(R"({"@type":"type.googleapis.com/codec.test.Shuffled","last":"l"})"),
            expected.SerializeAsString());
}

TEST_F(JsonAnyTest, AReplyWithATypeThatIsNotKnownSurvivesInEveryPosition) {
  Any any;
  any.set_type_url("type.googleapis.com/not.Known");
  any.set_value("\xfb");
  const std::string_view json = R"({"@type":"type.googleapis.com/not.Known","value":"+w=="})";
  Carrier carrier;
  *carrier.mutable_one() = any;
  *carrier.mutable_maybe() = any;
  *carrier.add_many() = any;
  carrier.add_many();
  (*carrier.mutable_by_name())["k"] = any;
  *carrier.mutable_chosen() = any;
  carrier.set_number(1);
  EXPECT_EQ(WriteWire<Carrier>(carrier.SerializeAsString()),
            Filled(R"({"one":@,"maybe":@,"many":[@,{}],"byName":{"k":@},"chosen":@,"number":1})", json));

  Carrier outer;
  outer.mutable_one()->PackFrom(carrier);
  outer.mutable_maybe()->PackFrom(any);
  EXPECT_EQ(WriteWire<Carrier>(outer.SerializeAsString()),
            Filled(R"({"one":{"@type":"type.googleapis.com/codec.test.Carrier","one":@,"maybe":@,"many":[@,{}],)"
                   R"("byName":{"k":@},"chosen":@,"number":1},)"
                   R"("maybe":{"@type":"type.googleapis.com/google.protobuf.Any","value":@}})",
                   json));
  EXPECT_EQ(WriteWire<Any>(any.SerializeAsString()), json);

  Extra extra;
  *extra.MutableExtension(codec::test::extra_any) = any;
  *extra.MutableExtension(codec::test::extrabox)->mutable_content() = any;
  EXPECT_EQ(WriteWire<Extra>(extra.SerializeAsString()),
            Filled(R"({"[codec.test.extrabox]":{"content":@},"[codec.test.extra_any]":@})", json));
}

TEST_F(JsonAnyTest, ATypeWithoutAnyUrlIsAsUnknown) {
  Any any;
  any.set_value("a");
  EXPECT_EQ(WriteWire<Any>(any.SerializeAsString()), R"({"@type":"","value":"YQ=="})");
  any.set_type_url("codec.test.Carrier");
  any.set_value("");
  EXPECT_EQ(WriteWire<Any>(any.SerializeAsString()), R"({"@type":"codec.test.Carrier","value":""})");
}

TEST_F(JsonAnyTest, ARequestWithATypeThatIsNotKnownIsRefusedByPath) {
  const std::string any = R"({"@type":"t/not.Known","value":"+w=="})";
  EXPECT_EQ(Read<Carrier>(R"({"number":1,"many":[{},)" + any + "]}"),
            R"(INVALID_FIELD: line 1, column 33: many[1]: the type "t/not.Known" is not known here)");
  EXPECT_EQ(Read<Carrier>(R"({"byName":{"k":)" + any + "}}"),
            R"(INVALID_FIELD: line 1, column 25: byName["k"]: the type "t/not.Known" is not known here)");
  EXPECT_EQ(Read<Carrier>(R"({"one":{"@type":"t/google.protobuf.Any","value":)" + any + "}}"),
            R"(INVALID_FIELD: line 1, column 58: one.value: the type "t/not.Known" is not known here)");
  EXPECT_EQ(Read<Any>(any), R"(INVALID_FIELD: line 1, column 10: the type "t/not.Known" is not known here)");
  EXPECT_EQ(Read<Any>(any, {.ignore_unknown_fields = true}),
            R"(INVALID_FIELD: line 1, column 10: the type "t/not.Known" is not known here)");
}

TEST_F(JsonAnyTest, UnknownMembersAreDroppedWhereAskedToInEveryForm) {
  const JsonReadOptions ignoring = {.ignore_unknown_fields = true};
  EXPECT_EQ(Read<Any>(R"({"x":[{}],"@type":"type.googleapis.com/codec.test.Carrier","number":1,"y":null})", ignoring),
            "[type.googleapis.com/codec.test.Carrier] { number: 1 }");
  EXPECT_EQ(
      Read<Any>(R"({"x":1,"value":"1s","@type":"type.googleapis.com/google.protobuf.Duration","y":{}})", ignoring),
      "[type.googleapis.com/google.protobuf.Duration] { seconds: 1 }");
  EXPECT_EQ(Read<Any>(R"({"x":1,"@type":"type.googleapis.com/google.protobuf.Empty","value":{"y":2}})", ignoring),
            "[type.googleapis.com/google.protobuf.Empty] { }");
  EXPECT_EQ(Read<Any>(R"({"x":1,"value":"1s","@type":"type.googleapis.com/google.protobuf.Duration"})"),
            R"(UNKNOWN_FIELD: line 1, column 2: unknown field "x" in google.protobuf.Duration)");
}

TEST_F(JsonAnyTest, ItsContentMayComeInAnyOrder) {
  Carrier content;
  content.set_number(1);
  content.set_other("a");
  Any any;
  any.set_type_url("t/codec.test.Carrier");
  // The oneof is set twice, and the later field stands first.
  Carrier chosen;
  chosen.mutable_chosen();
  any.set_value(chosen.SerializeAsString() + content.SerializeAsString());
  Carrier carrier;
  *carrier.mutable_one() = any;
  EXPECT_EQ(WriteWire<Carrier>(carrier.SerializeAsString()),
            R"({"one":{"@type":"t/codec.test.Carrier","other":"a","number":1}})");
  // Pieces of an Any: the last type and the last value hold.
  Carrier type;
  type.mutable_one()->set_type_url("t/google.protobuf.Empty");
  EXPECT_EQ(WriteWire<Carrier>(carrier.SerializeAsString() + type.SerializeAsString()),
            R"({"one":{"@type":"t/google.protobuf.Empty"}})");
}

TEST_F(JsonAnyTest, EachLevelCountsForTheDepth) {
  std::string json = "{}";
  Any any;
  for (int level = 1; level < 20; ++level) {
    json = R"({"@type":"type.googleapis.com/google.protobuf.Any","value":)" + json + "}";
    Any outer;
    outer.PackFrom(any);
    any = outer;
  }
  const std::string wire = any.SerializeAsString();
  EXPECT_EQ(WriteWire<Any>(wire, {.max_depth = 20}), json);
  EXPECT_THAT(WriteWire<Any>(wire, {.max_depth = 19}), ::testing::HasSubstr("nested more than 19 levels deep"));
  EXPECT_THAT(Read<Any>(json, {.max_depth = 20}), ::testing::StartsWith("[type.googleapis.com/google.protobuf.Any]"));
  EXPECT_THAT(Read<Any>(json, {.max_depth = 19}), ::testing::HasSubstr("nested more than 19 levels deep"));
}

TEST_F(JsonAnyTest, IsOneFieldOfARequestOrAReply) {
  const FieldPlan& many = *Plan<Carrier>().Find("many");
  Buffer text(R"([{"value":"1s","@type":"t/google.protobuf.Duration"},{}])");
  Buffer wire;
  ASSERT_TRUE(codec_.ReadField(many, text, {}, wire).ok());
  Buffer written;
  ASSERT_TRUE(codec_.WriteField(Plan<Carrier>(), many, wire.view(), {}, written).ok());
  EXPECT_EQ(written.view(), R"([{"@type":"t/google.protobuf.Duration","value":"1s"},{}])");
}

}  // namespace
}  // namespace dragoman::transcoding
