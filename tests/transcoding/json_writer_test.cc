#include "transcoding/json_writer.h"

#include "codec_fixture.h"

namespace dragoman::transcoding {
namespace {

using codec::test::Everything;
using codec::test::Old;
using codec::test::Shuffled;

class JsonWriterTest : public CodecTest {
 protected:
  struct Case {
    std::string text;  // the message in text format
    std::string_view expected;
  };

  template <typename Message = Everything>
  void Check(std::initializer_list<Case> cases, const JsonWriteOptions& options = {.emit_defaults = false}) {
    for (const Case& c : cases) EXPECT_EQ(Write<Message>(c.text, options), c.expected) << c.text;
  }
};

TEST_F(JsonWriterTest, WritesScalars) {
  Check(
      {{"", "{}"},
       {"int32_value: -1 uint32_value: 4294967295 sint32_value: -2 fixed32_value: 3 sfixed32_value: -4",
        R"({"int32Value":-1,"uint32Value":4294967295,"sint32Value":-2,"fixed32Value":3,"sfixed32Value":-4})"},
       {"int64_value: 9007199254740993 uint64_value: 18446744073709551615 sint64_value: -2 fixed64_value: 3 "
        "sfixed64_value: -4",
        R"({"int64Value":"9007199254740993","uint64Value":"18446744073709551615","sint64Value":"-2","fixed64Value":"3","sfixed64Value":"-4"})"},
       {"bool_value: true color: GREEN", R"({"boolValue":true,"color":"GREEN"})"},
       {"color: CRIMSON colors: [NEGATIVE, 77]", R"({"color":"RED","colors":["NEGATIVE",77]})"},
       {R"(bytes_value: "\373" blobs: ["", "a", "ab", "abc"])",
        R"({"bytesValue":"+w==","blobs":["","YQ==","YWI=","YWJj"]})"},
       {R"(renamed: "a")", R"({"other-name":"a"})"},
       {"far: 1", R"({"far":1})"},
       {R"(renamed: "a" far: -1)", R"({"other-name":"a","far":-1})"}});
}

TEST_F(JsonWriterTest, WritesTheShortestNumberThatRoundTrips) {
  Check(
      {{"double_value: 0.1 float_value: 0.1", R"({"doubleValue":0.1,"floatValue":0.1})"},
       {"doubles: [1, -1.5, 100000, 1e15, 1e20, 1e-5, 1e-7, 1.7976931348623157e308, 5e-324, -0.0, 0]",
        R"({"doubles":[1,-1.5,100000,1e+15,1e+20,0.00001,1e-07,1.7976931348623157e+308,5e-324,-0,0]})"},
       {"doubles: [nan, inf, -inf] floats: [nan, inf, -inf, 16777216, 3.4028235e38]",
        R"({"doubles":["NaN","Infinity","-Infinity"],"floats":["NaN","Infinity","-Infinity",16777216,3.4028235e+38]})"},
       {"double_value: -0.0", R"({"doubleValue":-0})"}});
}

TEST_F(JsonWriterTest, EscapesStringsAndChecksThem) {
  Check({{R"(string_value: "\"\\/\n\r\t\b\f\000\033<\177é")", R"({"stringValue":"\"\\/\n\r\t\b\f\u0000\u001b<)"
                                                              "\x7fé\"}"},
         {R"(strings: ["", "sixteen bytes ok", "more than sixteen bytes \" and then some more"])",
          R"({"strings":["","sixteen bytes ok","more than sixteen bytes \" and then some more"]})"}});
  EXPECT_EQ(WriteWire<Everything>("\xda\x02\x01"
                                  "a\xda\x02\x01\xff"),
            R"(REPLY_NOT_RENDERABLE: the reply has no JSON: strings[1]: the string is not valid UTF-8)");
  EXPECT_EQ(WriteWire<Everything>(std::string("\x8a\x01\x05\x72\x03\xed\xa0\x80")),
            R"(REPLY_NOT_RENDERABLE: the reply has no JSON: child.stringValue: the string is not valid UTF-8)");
}

TEST_F(JsonWriterTest, EveryLengthAndPlaceOfAnEscapeIsRight) {
  for (size_t size = 0; size < 70; ++size) {
    const std::string plain(size, 'x');
    EXPECT_EQ(Write<Everything>("string_box { value: \"" + plain + "\" }"), R"({"stringBox":")" + plain + R"("})");
    for (size_t place = 0; place < size; ++place) {
      std::string text = plain;
      text[place] = '\n';
      Everything message;
      message.mutable_string_box()->set_value(text);
      std::string expected = plain;
      expected.replace(place, 1, "\\n");
      EXPECT_EQ(WriteWire<Everything>(message.SerializeAsString()), R"({"stringBox":")" + expected + R"("})");
    }
  }
}

TEST_F(JsonWriterTest, WritesMapsInTheOrderOfTheWire) {
  EXPECT_EQ(WriteWire<Everything>(Wire<Everything>(R"(labels { key: "b" value: "1" })") +
                                  Wire<Everything>(R"(labels { key: "a\"" value: "2" })")),
            R"({"labels":{"b":"1","a\"":"2"}})");
  Check({{"by_int32 { key: -1 value: 1 } by_int64 { key: 2 } by_bool { key: true value: 1.5 } by_uint64 { key: 3 value "
          "{ int32_value: 1 } }",
          R"({"byInt32":{"-1":1},"byInt64":{"2":""},"byBool":{"true":1.5},"byUint64":{"3":{"int32Value":1}}})"},
         {R"(color_of { key: "a" value: 9 } value_of { key: "b" } duration_of { key: "c" value { seconds: 1 } })",
          R"({"colorOf":{"a":9},"valueOf":{"b":null},"durationOf":{"c":"1s"}})"}});
}

TEST_F(JsonWriterTest, OfEqualMapKeysTheLastHolds) {
  std::string wire;
  for (int i = 0; i < 30; ++i) {
    wire += Wire<Everything>("by_int32 { key: " + std::to_string(i % 10) + " value: " + std::to_string(i) + " }");
  }
  EXPECT_EQ(WriteWire<Everything>(wire),
            R"({"byInt32":{"0":20,"1":21,"2":22,"3":23,"4":24,"5":25,"6":26,"7":27,"8":28,"9":29}})");
  EXPECT_EQ(WriteWire<Everything>(Wire<Everything>(R"(labels { key: "a" value: "1" })") +
                                  Wire<Everything>(R"(labels { key: "b" value: "2" })") +
                                  Wire<Everything>(R"(labels { key: "a" value: "3" })")),
            R"({"labels":{"b":"2","a":"3"}})");
}

TEST_F(JsonWriterTest, EntriesMayLackPartsOrRepeatThem) {
  EXPECT_EQ(WriteWire<Everything>(std::string("\x92\x03\x00", 3)), R"({"labels":{"":""}})");
  EXPECT_EQ(WriteWire<Everything>(std::string("\x92\x03\x0c\x12\x01v\x12\x01w\x0a\x01k\x0a\x01l", 15)),
            R"({"labels":{"l":"w"}})");
  // by_uint64 { key: 1 value { int32_value: 1 } value { uint32_value: 2 } }
  EXPECT_EQ(WriteWire<Everything>(std::string("\xb2\x03\x0a\x08\x01\x12\x02\x18\x01\x12\x02\x28\x02", 13)),
            R"({"byUint64":{"1":{"int32Value":1,"uint32Value":2}}})");
}

TEST_F(JsonWriterTest, EmitsDefaultsOfFieldsWithoutPresenceOnly) {
  EXPECT_EQ(Write<Everything>("maybe_int32: 0 chosen_int32: 0 int32_value: 0 child { } timestamp { }",
                              {.emit_defaults = false}),
            R"({"child":{},"maybeInt32":0,"chosenInt32":0,"timestamp":"1970-01-01T00:00:00Z"})");
  EXPECT_EQ(
      Write<Everything>("", {}),
      R"({"doubleValue":0,"floatValue":0,"int32Value":0,"int64Value":"0","uint32Value":0,"uint64Value":"0","sint32Value":0,)"
      R"("sint64Value":"0","fixed32Value":0,"fixed64Value":"0","sfixed32Value":0,"sfixed64Value":"0","boolValue":false,)"
      R"("stringValue":"","bytesValue":"","color":"COLOR_UNSPECIFIED","doubles":[],"floats":[],"int32s":[],"int64s":[],)"
      R"("uint32s":[],"uint64s":[],"sint32s":[],"sint64s":[],"fixed32s":[],"fixed64s":[],"sfixed32s":[],"sfixed64s":[],)"
      R"("bools":[],"strings":[],"blobs":[],"colors":[],"children":[],"unpacked":[],"labels":{},"byInt32":{},"byInt64":{},)"
      R"("byBool":{},"byUint64":{},"colorOf":{},"bySint32":{},"byFixed64":{},"nullValue":null,"timestamps":[],"values":[],)"
      R"("anys":[],"nulls":[],"valueOf":{},"durationOf":{},"other-name":"","far":0})");
  EXPECT_EQ(Write<Old>("", {}), R"({"sizes":[],"sizeOf":{},"item":[],"packed":[]})");
  // Explicit zeros on the wire are no more than absent ones.
  EXPECT_EQ(WriteWire<Shuffled>(std::string("\x0a\x00\x4a\x00", 4)), "{}");
  EXPECT_EQ(WriteWire<Everything>(std::string("\x18\x00\x82\x02\x00", 5)), "{}");
}

TEST_F(JsonWriterTest, SpellsAsAsked) {
  EXPECT_EQ(Write<Everything>(R"(int32_value: 1 renamed: "a")", {.emit_defaults = false, .preserve_proto_names = true}),
            R"({"int32_value":1,"renamed":"a"})");
  EXPECT_EQ(Write<Everything>("color: RED colors: [GREEN] nulls: [NULL_VALUE]",
                              {.emit_defaults = false, .enums_as_integers = true}),
            R"({"color":1,"colors":[2],"nulls":[null]})");
  EXPECT_THAT(Write<Everything>("", {.enums_as_integers = true}), ::testing::HasSubstr(R"("color":0,)"));
}

TEST_F(JsonWriterTest, WritesIntegersOf64BitsAsNumbersWhereAsked) {
  const JsonWriteOptions numbers = {.emit_defaults = false, .int64_as_numbers = true};
  EXPECT_EQ(Write<Everything>("int64_value: -9223372036854775808 uint64_value: 18446744073709551615 sint64_value: -1 "
                              "fixed64_value: 2 sfixed64_value: -2 int64s: [1, -1] uint64s: [9007199254740993]",
                              numbers),
            R"({"int64Value":-9223372036854775808,"uint64Value":18446744073709551615,"sint64Value":-1,"fixed64Value":2,)"
            R"("sfixed64Value":-2,"int64s":[1,-1],"uint64s":[9007199254740993]})");
  EXPECT_EQ(Write<Everything>("int64_box { value: 7 } uint64_box {} timestamp { seconds: 1 }", numbers),
            R"({"timestamp":"1970-01-01T00:00:01Z","int64Box":7,"uint64Box":0})");
  EXPECT_EQ(Write<Everything>(R"(any { [type.googleapis.com/google.protobuf.Int64Value] { value: 5 } })", numbers),
            R"({"any":{"@type":"type.googleapis.com/google.protobuf.Int64Value","value":5}})");
  // Keys of maps are strings whatever is asked for.
  EXPECT_EQ(Write<Everything>(R"(by_int64 { key: -3 value: "x" } by_uint64 { key: 4 value { int64_value: 5 } }
                                 by_fixed64 { key: 6 value: 1 } labels { key: "k" value: "v" })",
                              numbers),
            R"({"labels":{"k":"v"},"byInt64":{"-3":"x"},"byUint64":{"4":{"int64Value":5}},"byFixed64":{"6":1}})");
  // What is not there is spelled likewise.
  const std::string defaults = Write<Everything>("", {.int64_as_numbers = true});
  EXPECT_THAT(defaults, ::testing::HasSubstr(R"("int64Value":0,"uint32Value":0,"uint64Value":0,)"));
  EXPECT_THAT(defaults, ::testing::HasSubstr(R"("stringValue":"",)"));
  EXPECT_THAT(defaults, ::testing::HasSubstr(R"("int64s":[],)"));
  EXPECT_THAT(defaults, ::testing::HasSubstr(R"("byInt64":{},)"));
}

TEST_F(JsonWriterTest, WritesInTheOrderOfTheDeclaration) {
  EXPECT_EQ(Write<Shuffled>(R"(first: "f" numbers: [1, 2] child { first: "a" last: "b" } last: "l")"),
            R"({"last":"l","numbers":[1,2],"child":{"last":"b","first":"a"},"first":"f"})");
  EXPECT_EQ(Write<Shuffled>("", {}), R"({"last":"","numbers":[],"first":""})");
  EXPECT_EQ(Write<Shuffled>("child { }", {}),
            R"({"last":"","numbers":[],"child":{"last":"","numbers":[],"first":""},"first":""})");
}

TEST_F(JsonWriterTest, FieldsMayComeInAnyOrderAndInPieces) {
  const std::string one = Wire<Everything>("child { int32_value: 1 strings: 'a' child { bool_value: true } }");
  const std::string two =
      Wire<Everything>("child { uint32_value: 2 strings: 'b' child { int32_value: 3 } int32_value: 4 }");
  EXPECT_EQ(
      WriteWire<Everything>(one + two),
      R"({"child":{"int32Value":4,"uint32Value":2,"child":{"int32Value":3,"boolValue":true},"strings":["a","b"]}})");
  EXPECT_EQ(WriteWire<Everything>(Wire<Everything>("string_value: 'late'") + Wire<Everything>("int32_value: 1") +
                                  Wire<Everything>("string_value: 'later'")),
            R"({"int32Value":1,"stringValue":"later"})");
  EXPECT_EQ(WriteWire<Everything>(Wire<Everything>("strings: 'a'") + Wire<Everything>("int32s: [1, 2]") +
                                  Wire<Everything>("strings: 'b'") + Wire<Everything>("int32s: 3")),
            R"({"int32s":[1,2,3],"strings":["a","b"]})");
  // Well-known types in pieces.
  EXPECT_EQ(
      WriteWire<Everything>(
          Wire<Everything>("timestamp { seconds: 1 } object { fields { key: 'a' } }") +
          Wire<Everything>("timestamp { nanos: 5000 } object { fields { key: 'b' value { bool_value: true } } }")),
      R"({"timestamp":"1970-01-01T00:00:01.000005Z","object":{"a":null,"b":true}})");
  EXPECT_EQ(WriteWire<Everything>(Wire<Everything>("value { struct_value { fields { key: 'a' } } }") +
                                  Wire<Everything>("value { struct_value { fields { key: 'b' } } }")),
            R"({"value":{"a":null,"b":null}})");
  EXPECT_EQ(WriteWire<Everything>(Wire<Everything>("value { struct_value { fields { key: 'a' } } }") +
                                  Wire<Everything>("value { number_value: 2 }")),
            R"({"value":2})");
}

TEST_F(JsonWriterTest, OfAOneofTheLastMemberHolds) {
  EXPECT_EQ(WriteWire<Everything>(Wire<Everything>("chosen_int32: 1") + Wire<Everything>("chosen_string: 'a'")),
            R"({"chosenString":"a"})");
  EXPECT_EQ(WriteWire<Everything>(Wire<Everything>("chosen_string: 'a'") + Wire<Everything>("chosen_int32: 1")),
            R"({"chosenInt32":1})");
  // The first piece of the message was cleared by the string between them.
  EXPECT_EQ(WriteWire<Everything>(Wire<Everything>("chosen_child { int32_value: 1 }") +
                                  Wire<Everything>("chosen_string: 'a'") +
                                  Wire<Everything>("chosen_child { uint32_value: 2 }")),
            R"({"chosenChild":{"uint32Value":2}})");
}

TEST_F(JsonWriterTest, ReadsPackedAndUnpackedLists) {
  EXPECT_EQ(WriteWire<Everything>(std::string("\x80\x02\x01\x82\x02\x02\x02\x03\x80\x02\x04", 11)),
            R"({"int32s":[1,2,3,4]})");
  EXPECT_EQ(WriteWire<Everything>(std::string("\xfa\x02\x02\x01\x02\xf8\x02\x03", 8)), R"({"unpacked":[1,2,3]})");
}

TEST_F(JsonWriterTest, SkipsWhatItDoesNotKnow) {
  // Field 1000 in every wire type, and int32_value with the wrong one.
  const std::string unknown = std::string("\xc0\x3e\x05\xc1\x3e", 5) + std::string(8, '\0') +
                              std::string("\xc2\x3e\x01x\xc5\x3e", 6) + std::string(4, '\0') +
                              std::string("\xc3\x3e\x08\x01\xc4\x3e", 6) + std::string("\x1a\x01x", 3);
  EXPECT_EQ(WriteWire<Everything>(unknown + Wire<Everything>("uint32_value: 1")), R"({"uint32Value":1})");
  EXPECT_EQ(WriteWire<Old>("\x10\x07"), "{}");  // size: 7, which no Size is
  EXPECT_EQ(WriteWire<Old>("\x18\x01\x18\x07\x18\x02"), R"({"sizes":["SMALL","LARGE"]})");
  EXPECT_EQ(WriteWire<Old>("\x22\x05\x0a\x01"
                           "a\x10\x07"),
            "{}");  // size_of: {"a": 7}
  EXPECT_EQ(WriteWire<Old>("\x42\x01n\x38\x07"), R"({"chosenName":"n"})");
}

TEST_F(JsonWriterTest, WritesGroupsAndExtensions) {
  Check<Old>({{R"(Box { label: "a" Inner { depth: 2 } } Item { quantity: 1 } Item { })",
               R"({"box":{"label":"a","inner":{"depth":2}},"item":[{"quantity":1},{}]})"},
              {R"(number: 1 id: "x" [codec.test.note]: "n" [codec.test.marks]: 1 [codec.test.marks]: 2)",
               R"({"number":1,"id":"x","[codec.test.note]":"n","[codec.test.marks]":[1,2]})"}});
}

TEST_F(JsonWriterTest, WritesWellKnownTypes) {
  Check({{"timestamp { seconds: 1136214245 nanos: 500000000 } duration { seconds: -1 nanos: -500000000 }",
          R"({"timestamp":"2006-01-02T15:04:05.500Z","duration":"-1.500s"})"},
         {"mask { paths: 'user.display_name' paths: 'photo' } empty { }",
          R"({"mask":"user.displayName,photo","empty":{}})"},
         {"object { fields { key: 'a' value { list_value { values { number_value: 1.5 } values { } values { "
          "string_value: 'x' } } } } }",
          R"({"object":{"a":[1.5,null,"x"]}})"},
         {"value { null_value: 0 } list { } chosen_null: NULL_VALUE", R"({"chosenNull":null,"value":null,"list":[]})"},
         {"bool_box { } bytes_box { value: 'a' } double_box { value: nan } int64_box { value: 3 } string_box { } "
          "uint32_box { value: 4 }",
          R"({"boolBox":false,"bytesBox":"YQ==","doubleBox":"NaN","int64Box":"3","stringBox":"","uint32Box":4})"}});
}

TEST_F(JsonWriterTest, WritesAny) {
  Check(
      {{"any { }", R"({"any":{}})"},
       {"any { [type.googleapis.com/codec.test.Everything] { int32_value: 1 } }",
        R"({"any":{"@type":"type.googleapis.com/codec.test.Everything","int32Value":1}})"},
       {"any { [type.googleapis.com/codec.test.Shuffled] { last: 'l' } }",
        R"({"any":{"@type":"type.googleapis.com/codec.test.Shuffled","last":"l"}})"},
       {"any { [type.googleapis.com/google.protobuf.Duration] { seconds: 1 } }",
        R"({"any":{"@type":"type.googleapis.com/google.protobuf.Duration","value":"1s"}})"},
       {"any { [type.googleapis.com/google.protobuf.Any] { [type.googleapis.com/google.protobuf.Empty] { } } }",
        R"({"any":{"@type":"type.googleapis.com/google.protobuf.Any","value":{"@type":"type.googleapis.com/google.protobuf.Empty"}}})"},
       {R"(any { type_url: "a/b.C" value: "\373" })", R"({"any":{"@type":"a/b.C","value":"+w=="}})"},
       {R"(any { type_url: "codec.test.Old" })", R"({"any":{"@type":"codec.test.Old","value":""}})"}});
}

TEST_F(JsonWriterTest, NamesWhatHasNoJson) {
  Check({{"timestamps { } timestamps { seconds: 253402300800 }",
          "REPLY_NOT_RENDERABLE: the reply has no JSON: timestamps[1]: the google.protobuf.Timestamp is out of range "
          "(years 1 to 9999)"},
         {"duration { seconds: 1 nanos: -1 }",
          "REPLY_NOT_RENDERABLE: the reply has no JSON: duration: the google.protobuf.Duration is out of range "
          "(±315576000000s, seconds and nanos of one sign)"},
         {"mask { paths: 'fooBar' }",
          "REPLY_NOT_RENDERABLE: the reply has no JSON: mask: the path \"fooBar\" of the google.protobuf.FieldMask has "
          "no camelCase form"},
         {"value_of { key: 'a' value { list_value { values { } values { number_value: nan } } } }",
          "REPLY_NOT_RENDERABLE: the reply has no JSON: valueOf[\"a\"][1]: a google.protobuf.Value holds NaN or an "
          "infinity"},
         {"any { [type.googleapis.com/google.protobuf.Duration] { nanos: 1000000000 } }",
          "REPLY_NOT_RENDERABLE: the reply has no JSON: any.value: the google.protobuf.Duration is out of range "
          "(±315576000000s, seconds and nanos of one sign)"}});
  Buffer out;
  const Status status =
      codec_.WriteMessage(Plan<Everything>(), Wire<Everything>("children { timestamp { nanos: -1 } }"), {}, out);
  ASSERT_EQ(status.violations().size(), 1u);
  EXPECT_EQ(status.violations()[0].field, "children[0].timestamp");
}

TEST_F(JsonWriterTest, BoundsTheDepth) {
  Everything message;
  Everything* innermost = &message;
  for (int i = 1; i < 4; ++i) innermost = innermost->mutable_child();
  EXPECT_EQ(WriteWire<Everything>(message.SerializeAsString(), {.emit_defaults = false, .max_depth = 4}),
            R"({"child":{"child":{"child":{}}}})");
  EXPECT_EQ(WriteWire<Everything>(message.SerializeAsString(), {.emit_defaults = false, .max_depth = 3}),
            "REPLY_NOT_RENDERABLE: the reply has no JSON: child.child.child: nested more than 3 levels deep");
}

TEST_F(JsonWriterTest, RefusesMalformedBytes) {
  const std::string_view cases[] = {"\x18",  // no value
                                    "\x1a\x05"
                                    "ab",  // a length beyond the end, of the wrong type
                                    "\x72\x05"
                                    "ab",    // a length beyond the end
                                    "\x07",  // wire type 7
                                    "\x0c",  // an end without a start
                                    "\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
                                    "\x0b\x14",  // a group that ends as another
                                    "\x09\x01"};
  for (const std::string_view wire : cases) {
    EXPECT_THAT(WriteWire<Everything>(wire),
                ::testing::StartsWith("BACKEND_PROTOCOL_ERROR: the reply is no such message: "));
  }
  EXPECT_EQ(WriteWire<Everything>(std::string("\x8a\x01\x02\x72\x09", 5)),
            "BACKEND_PROTOCOL_ERROR: the reply is no such message: child.stringValue: malformed bytes");
}

TEST_F(JsonWriterTest, NothingIsReadBeyondTheMessageThatItStandsIn) {
  const std::string behind("\x9a\x01\x0c" "twelve bytes");
  const struct {
    std::string wire;
    std::string_view place;
  } cases[] = {{"\x8a\x01\x02\x20\x80", "child.int64Value"},           // a number goes on behind its message,
               {"\x8a\x01\x02\xff\xff", "child"},                        // or a tag;
               {"\x8a\x02\x01\x80", "int64s[0]"},                       // behind its packed run
               {"\xb2\x04\x02\x08\x80", "timestamp"},                  // its Timestamp
               {"\x92\x03\x03\x0a\x05k", "labels"},                    // its map entry
               {"\x92\x03\x06\x0a\x01k\x12\x05v", "labels"}};
  for (const auto& c : cases) {
    EXPECT_THAT(WriteWire<Everything>(c.wire + behind),
                ::testing::AllOf(::testing::HasSubstr(c.place), ::testing::EndsWith("malformed bytes")));
  }
}

TEST_F(JsonWriterTest, TagsMayTakeMoreBytesThanTheyNeed) {
  EXPECT_EQ(WriteWire<Everything>(std::string("\xb2\x04\x06\x88\x00\x05\x90\x00\x07", 9)),
            R"({"timestamp":"1970-01-01T00:00:05.000000007Z"})");
  EXPECT_EQ(WriteWire<Everything>(std::string("\x92\x03\x08\x8a\x00\x01k\x92\x00\x01v", 11)), R"({"labels":{"k":"v"}})");
  EXPECT_EQ(WriteWire<Everything>(std::string("\x98\x00\x05", 3)), R"({"int32Value":5})");
}

TEST_F(JsonWriterTest, DisorderAtEveryLevelStaysLinear) {
  // At each of 90 levels the child comes first and a field that should stand before it comes last: were each level
  // begun anew by itself, the innermost would be written 2^90 times.
  std::string wire;
  std::string expected = "{}";
  for (int i = 0; i < 90; ++i) {
    Buffer level;
    AppendVarint(level, MakeTag(17, WireType::kLength));
    AppendLengthDelimited(level, wire);
    level.Append("\x18\x01");
    wire = std::string(level.view());
    expected = R"({"int32Value":1,"child":)" + expected + "}";
  }
  EXPECT_EQ(WriteWire<Everything>(wire), expected);
}

}  // namespace
}  // namespace dragoman::transcoding
