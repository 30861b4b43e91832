#include "transcoding/json_reader.h"

#include "codec_fixture.h"

namespace dragoman::transcoding {
namespace {

using codec::test::Everything;
using codec::test::Old;

class JsonReaderTest : public CodecTest {
 protected:
  struct Case {
    std::string_view json;
    std::string_view expected;  // the message in text format, or the refusal
  };

  template <typename Message = Everything>
  void Check(std::initializer_list<Case> cases, const JsonReadOptions& options = {}) {
    for (const Case& c : cases) EXPECT_EQ(Read<Message>(c.json, options), c.expected) << c.json;
  }
};

TEST_F(JsonReaderTest, ReadsNamesInBothSpellings) {
  Check({{R"({"int32Value": 1})", "int32_value: 1"},
         {R"({"int32_value": 1})", "int32_value: 1"},
         {R"({"other-name": "a"})", R"(renamed: "a")"},
         {R"({"renamed": "a"})", R"(renamed: "a")"},
         {R"({"\u0069nt32Value": 1})", "int32_value: 1"},
         {R"({"int32Value": 1, "stringValue": "b", "boolValue": true})",
          R"(int32_value: 1 bool_value: true string_value: "b")"}});
}

TEST_F(JsonReaderTest, RefusesAFieldThatIsGivenTwice) {
  Check({{R"({"int32Value": 1, "int32Value": 1})",
          "INVALID_FIELD: line 1, column 19: int32Value: the field stands here for the second time"},
         {R"({"int32Value": 1, "int32_value": 2})",
          "INVALID_FIELD: line 1, column 19: int32_value: the field stands here for the second time"},
         {R"({"strings": [], "strings": []})",
          "INVALID_FIELD: line 1, column 17: strings: the field stands here for the second time"},
         {R"({"child": null, "child": {}})",
          "INVALID_FIELD: line 1, column 17: child: the field stands here for the second time"}});
}

TEST_F(JsonReaderTest, NamesAnUnknownFieldWithThePlaceAndTheNearestName) {
  Check(
      {{R"({"int32Valeu": 1})",
        R"(UNKNOWN_FIELD: line 1, column 2: unknown field "int32Valeu" in codec.test.Everything; did you mean "int32Value"?)"},
       {R"({"qqqqqqqqqqqq": 1})",
        R"(UNKNOWN_FIELD: line 1, column 2: unknown field "qqqqqqqqqqqq" in codec.test.Everything)"},
       {"{\n  \"children\": [{}, {\"labls\": {}}]\n}",
        R"(UNKNOWN_FIELD: line 2, column 21: children[1]: unknown field "labls" in codec.test.Everything; did you mean "labels"?)"},
       {R"({"": 1})", R"(UNKNOWN_FIELD: line 1, column 2: unknown field "" in codec.test.Everything)"},
       {R"({"@type": "x"})", R"(UNKNOWN_FIELD: line 1, column 2: unknown field "@type" in codec.test.Everything)"}});
}

TEST_F(JsonReaderTest, ViolationsHoldThePathAndThePlace) {
  Buffer text(R"({"children": [{"nam": 1}]})");
  Buffer wire;
  const Status unknown = codec_.ReadMessage(Plan<Everything>(), text, {}, wire);
  ASSERT_EQ(unknown.violations().size(), 1u);
  EXPECT_EQ(unknown.violations()[0].field, "children[0].nam");
  EXPECT_EQ(unknown.violations()[0].description, R"(line 1, column 16: unknown field "nam" in codec.test.Everything)");

  Buffer other(R"({"labels": {"a\"b": 1}})");
  const Status type = codec_.ReadMessage(Plan<Everything>(), other, {}, wire);
  ASSERT_EQ(type.violations().size(), 1u);
  EXPECT_EQ(type.violations()[0].field, R"(labels["a\"b"])");
  EXPECT_EQ(type.violations()[0].description, "line 1, column 21: expected a string, got 1");
}

TEST_F(JsonReaderTest, IgnoresUnknownFieldsAndEnumNamesWhereAskedTo) {
  Check({{R"({"x": {"y": [1, {"z": null}], "y": "\ud83d\ude00"}, "int32Value": 2})", "int32_value: 2"},
         {R"({"color": "PINK", "int32Value": 2})", "int32_value: 2"},
         {R"({"colors": ["RED", "PINK", "GREEN"]})", "colors: RED colors: GREEN"},
         {R"({"colorOf": {"a": "PINK", "b": "RED"}})", R"(color_of { key: "b" value: RED })"},
         {R"({"colorOf": {"a": "PINK", "a": "RED"}})", R"(color_of { key: "a" value: RED })"},
         {R"({"x": [1, 2})", "INVALID_JSON: line 1, column 12: expected ',' or ']', got '}'"},
         {R"({"x": tru})", "INVALID_JSON: line 1, column 7: expected a value, got 't'"},
         {R"({"color": true})",
          "INVALID_FIELD: line 1, column 11: color: expected one of codec.test.Color "
          "(COLOR_UNSPECIFIED, RED, CRIMSON, GREEN, NEGATIVE), got true"}},
        {.ignore_unknown_fields = true});
  Check<Old>({{R"({"chosenSize": "HUGE", "chosenName": "a"})", R"(chosen_name: "a")"},
              {R"({"packed": [], "sizes": ["HUGE"]})", ""}},
             {.ignore_unknown_fields = true});
}

TEST_F(JsonReaderTest, ReadsIntegersInEverySpellingOfTheSameNumber) {
  Check(
      {{R"({"int32Value": 1.0})", "int32_value: 1"},
       {R"({"int32Value": 1e3})", "int32_value: 1000"},
       {R"({"int32Value": 15E-1, "x": 1})",
        "INVALID_FIELD: line 1, column 16: int32Value: expected an int32, got 15E-1"},
       {R"({"int32Value": 1500e-2})", "int32_value: 15"},
       {R"({"int32Value": "1"})", "int32_value: 1"},
       {R"({"int32Value": "1e3"})", "int32_value: 1000"},
       {R"({"int32Value": -2147483648})", "int32_value: -2147483648"},
       {R"({"maybeInt32": 0e99999999999999999999})", "maybe_int32: 0"},
       {R"({"int64Value": 9007199254740993})", "int64_value: 9007199254740993"},
       {R"({"int64Value": "-9223372036854775808"})", "int64_value: -9223372036854775808"},
       {R"({"int64Value": 922337203685477580.7e1})", "int64_value: 9223372036854775807"},
       {R"({"uint64Value": 18446744073709551615})", "uint64_value: 18446744073709551615"},
       {R"({"uint64Box": -0})", "uint64_box { }"},
       {R"({"sint32Value": -1, "sint64Value": "-2", "sfixed32Value": -3, "sfixed64Value": "-4", "fixed32Value": 5, "fixed64Value": 6})",
        "sint32_value: -1 sint64_value: -2 fixed32_value: 5 fixed64_value: 6 sfixed32_value: -3 sfixed64_value: -4"}});
}

TEST_F(JsonReaderTest, RefusesWhatIsNoIntegerOfTheType) {
  Check({{R"({"int32Value": 1.5})", "INVALID_FIELD: line 1, column 16: int32Value: expected an int32, got 1.5"},
         {R"({"int32Value": ""})", R"(INVALID_FIELD: line 1, column 16: int32Value: expected an int32, got "")"},
         {R"({"int32Value": " 1"})", R"(INVALID_FIELD: line 1, column 16: int32Value: expected an int32, got " 1")"},
         {R"({"int32Value": "01"})", R"(INVALID_FIELD: line 1, column 16: int32Value: expected an int32, got "01")"},
         {R"({"int32Value": "+1"})", R"(INVALID_FIELD: line 1, column 16: int32Value: expected an int32, got "+1")"},
         {R"({"int32Value": "0x1"})", R"(INVALID_FIELD: line 1, column 16: int32Value: expected an int32, got "0x1")"},
         {R"({"int32Value": true})", "INVALID_FIELD: line 1, column 16: int32Value: expected an int32, got true"},
         {R"({"int32Value": {}})", "INVALID_FIELD: line 1, column 16: int32Value: expected an int32, got an object"},
         {R"({"int32Value": [1]})", "INVALID_FIELD: line 1, column 16: int32Value: expected an int32, got an array"},
         {R"({"int32Value": 2147483648})",
          "INVALID_FIELD: line 1, column 16: int32Value: expected an int32, got 2147483648, which is out of range"},
         {R"({"uint32Value": -1})",
          "INVALID_FIELD: line 1, column 17: uint32Value: expected a uint32, got -1, which is out of range"},
         {R"({"int64Value": 9223372036854775808})",
          "INVALID_FIELD: line 1, column 16: int64Value: expected an int64, got 9223372036854775808, which is out of "
          "range"},
         {R"({"uint64Value": 18446744073709551616})",
          "INVALID_FIELD: line 1, column 17: uint64Value: expected a uint64, got 18446744073709551616, which is out of "
          "range"},
         {R"({"int64Value": 1e99999999999999999999})",
          "INVALID_FIELD: line 1, column 16: int64Value: expected an int64, got 1e99999999999999999999, which is out "
          "of range"}});
}

TEST_F(JsonReaderTest, ReadsFloatingNumbers) {
  Check(
      {{R"({"doubleValue": 1.5, "floatValue": "2.5"})", "double_value: 1.5 float_value: 2.5"},
       {R"({"doubleValue": "NaN", "floatValue": "-Infinity"})", "double_value: nan float_value: -inf"},
       {R"({"doubleValue": "Infinity"})", "double_value: inf"},
       {R"({"doubleValue": -0.0})", "double_value: -0"},
       {R"({"doubleValue": 1.7976931348623157e308, "floatValue": 3.4028235e38})",
        "double_value: 1.7976931348623157e+308 float_value: 3.40282347e+38"},
       {R"({"doubleValue": 1e-999, "floatValue": -1e-99})", "float_value: -0"},
       {R"({"doubleValue": 1e309})",
        "INVALID_FIELD: line 1, column 17: doubleValue: expected a double, got 1e309, which is out of range"},
       {R"({"floatValue": 3.502823e38})",
        "INVALID_FIELD: line 1, column 16: floatValue: expected a float, got 3.502823e38, which is out of range"},
       {R"({"floatValue": "-1e39"})",
        R"(INVALID_FIELD: line 1, column 16: floatValue: expected a float, got "-1e39", which is out of range)"},
       {R"({"doubleValue": "inf"})", R"(INVALID_FIELD: line 1, column 17: doubleValue: expected a double, got "inf")"},
       {R"({"doubleValue": "1."})", R"(INVALID_FIELD: line 1, column 17: doubleValue: expected a double, got "1.")"},
       {R"({"doubleValue": NaN})", "INVALID_JSON: line 1, column 17: expected a value, got 'N'"}});
}

TEST_F(JsonReaderTest, ReadsBoolsStringsBytes) {
  Check({{R"({"boolValue": true})", "bool_value: true"},
         {R"({"boolValue": "true"})", R"(INVALID_FIELD: line 1, column 15: boolValue: expected a bool, got "true")"},
         {R"({"boolValue": 1})", "INVALID_FIELD: line 1, column 15: boolValue: expected a bool, got 1"},
         {R"({"stringValue": 1})", "INVALID_FIELD: line 1, column 17: stringValue: expected a string, got 1"},
         {R"({"stringValue": "\u0000\n\"\\\/\u00e9\ud83d\ude00"})",
          R"(string_value: "\000\n\"\\/\303\251\360\237\230\200")"},
         {R"({"stringValue": "\ud83d"})", "INVALID_JSON: line 1, column 18: a lone surrogate is no character"},
         {R"({"stringValue": "\ude00"})", "INVALID_JSON: line 1, column 18: a lone surrogate is no character"},
         {R"({"stringValue": "\ud83dx"})", "INVALID_JSON: line 1, column 18: a lone surrogate is no character"},
         {"{\"stringValue\": \"\xed\xa0\x80\"}", "INVALID_JSON: line 1, column 17: the string is not valid UTF-8"},
         {"{\"stringValue\": \"\xff\"}", "INVALID_JSON: line 1, column 17: the string is not valid UTF-8"},
         {"{\"stringValue\": \"\\n\xc3\"}", "INVALID_JSON: line 1, column 17: the string is not valid UTF-8"},
         {R"({"bytesValue": "+w=="})", R"(bytes_value: "\373")"},
         {R"({"bytesValue": "-_"})", R"(bytes_value: "\373")"},
         {R"({"bytesValue": "AQI"})", R"(bytes_value: "\001\002")"},
         {R"({"bytesValue": ""})", ""},
         {R"({"bytesValue": "+w="})",
          R"(INVALID_FIELD: line 1, column 16: bytesValue: expected bytes as base64, got "+w=")"},
         {R"({"bytesValue": "a b "})",
          R"(INVALID_FIELD: line 1, column 16: bytesValue: expected bytes as base64, got "a b ")"}});
}

TEST_F(JsonReaderTest, NullIsNoValueButForValueAndNullValue) {
  Check(
      {{R"({"int32Value": null, "child": null, "strings": null, "labels": null, "timestamp": null, "int32Box": null, "any": null})",
        ""},
       {R"({"value": null})", "value { null_value: NULL_VALUE }"},
       {R"({"nullValue": null})", ""},
       {R"({"values": [null], "nulls": [null, "NULL_VALUE"]})",
        "values { null_value: NULL_VALUE } nulls: NULL_VALUE nulls: NULL_VALUE"},
       {R"({"valueOf": {"a": null}})", R"(value_of { key: "a" value { null_value: NULL_VALUE } })"},
       {R"({"strings": ["a", null]})", "INVALID_FIELD: line 1, column 19: strings[1]: expected a string, got null"},
       {R"({"children": [null]})", "INVALID_FIELD: line 1, column 15: children[0]: expected an object, got null"},
       {R"({"labels": {"a": null}})", R"(INVALID_FIELD: line 1, column 18: labels["a"]: expected a string, got null)"},
       {R"({"int32Value": nul})", "INVALID_JSON: line 1, column 16: expected a value, got 'n'"},
       {"null", "INVALID_FIELD: line 1, column 1: expected an object, got null"}});
  EXPECT_EQ(
      Read<codec::test::Carrier>(R"({"nullOf": {"a": null, "b": "NULL_VALUE", "c": 0}})"),
      R"(null_of { key: "a" value: NULL_VALUE } null_of { key: "b" value: NULL_VALUE } null_of { key: "c" value: NULL_VALUE })");
  EXPECT_EQ(Read<google::protobuf::Value>("null"), "null_value: NULL_VALUE");
  EXPECT_EQ(Read<google::protobuf::StringValue>("null"),
            "INVALID_FIELD: line 1, column 1: expected a string, got null");
}

TEST_F(JsonReaderTest, ReadsEnumsByNameOrNumber) {
  Check({{R"({"color": "RED", "colors": [2, "CRIMSON", 1.0, -1, 77]})",
          "color: RED colors: GREEN colors: RED colors: RED colors: NEGATIVE colors: 77"},
         {R"({"color": "red"})",
          "INVALID_FIELD: line 1, column 11: color: expected one of codec.test.Color "
          "(COLOR_UNSPECIFIED, RED, CRIMSON, GREEN, NEGATIVE), got \"red\""},
         {R"({"color": "1"})",
          "INVALID_FIELD: line 1, column 11: color: expected one of codec.test.Color "
          "(COLOR_UNSPECIFIED, RED, CRIMSON, GREEN, NEGATIVE), got \"1\""},
         {R"({"color": 1.5})",
          "INVALID_FIELD: line 1, column 11: color: expected one of codec.test.Color "
          "(COLOR_UNSPECIFIED, RED, CRIMSON, GREEN, NEGATIVE), got 1.5"}});
  Check<Old>({{R"({"size": 2})", "size: LARGE"},
              {R"({"size": 3})",
               "INVALID_FIELD: line 1, column 10: size: expected one of codec.test.Size (NONE, SMALL, LARGE), got 3"}});
}

TEST_F(JsonReaderTest, RefusesTwoMembersOfAOneof) {
  Check({{R"({"chosenInt32": 1, "chosenString": "a"})",
          R"(INVALID_FIELD: line 1, column 20: chosenString: another member of oneof "choice" is set already)"},
         {R"({"chosenInt32": null, "chosenString": "a"})", R"(chosen_string: "a")"},
         {R"({"chosenString": "a", "chosenInt32": null})", R"(chosen_string: "a")"},
         {R"({"chosenNull": null})", "chosen_null: NULL_VALUE"},
         {R"({"chosenNull": null, "chosenInt32": 1})",
          R"(INVALID_FIELD: line 1, column 22: chosenInt32: another member of oneof "choice" is set already)"},
         {R"({"chosenDuration": "1s"})", "chosen_duration { seconds: 1 }"}});
}

TEST_F(JsonReaderTest, ReadsMapsAndRefusesEqualKeys) {
  Check(
      {{R"({"labels": {"a": "1", "": "2"}})", R"(labels { key: "" value: "2" } labels { key: "a" value: "1" })"},
       {R"({"byInt32": {"-1": 1}, "byInt64": {"9007199254740993": "a"}, "byBool": {"true": 1, "false": 0}})",
        R"(by_int32 { key: -1 value: 1 } by_int64 { key: 9007199254740993 value: "a" } by_bool { key: false value: 0 } by_bool { key: true value: 1 })"},
       {R"({"byUint64": {"1": {"byUint64": {"1": {}}}}})",
        "by_uint64 { key: 1 value { by_uint64 { key: 1 value { } } } }"},
       {R"({"labels": {"a": "1", "b": "2", "\u0061": "3"}})",
        R"(INVALID_FIELD: line 1, column 33: labels["\u0061"]: the key stands here for the second time)"},
       {R"({"byInt32": {"1": 1, "1.0": 2}})",
        R"(INVALID_FIELD: line 1, column 22: byInt32["1.0"]: the key stands here for the second time)"},
       {R"({"byInt32": {"a": 1}})",
        R"(INVALID_FIELD: line 1, column 14: byInt32["a"]: expected an int32 as the key, got "a")"},
       {R"({"byBool": {"1": 1}})",
        R"(INVALID_FIELD: line 1, column 13: byBool["1"]: expected a bool as the key, got "1")"},
       {R"({"labels": []})", "INVALID_FIELD: line 1, column 12: labels: expected an object, got an array"},
       {R"({"labels": {a: 1}})", "INVALID_JSON: line 1, column 13: expected a name in double quotes or '}', got 'a'"},
       {R"({"strings": {}})", "INVALID_FIELD: line 1, column 13: strings: expected an array, got an object"}});
}

TEST_F(JsonReaderTest, WritesListsAsTheSchemaSays) {
  Buffer text(R"({"int32s": [1, 300], "unpacked": [1, 2], "fixed32s": [], "bools": [true, false]})");
  Buffer wire;
  ASSERT_TRUE(codec_.ReadMessage(Plan<Everything>(), text, {}, wire).ok());
  EXPECT_EQ(wire.view(), std::string_view("\x82\x02\x03\x01\xac\x02"
                                          "\xf8\x02\x01\xf8\x02\x02"
                                          "\xd2\x02\x02\x01\x00",
                                          17));
}

TEST_F(JsonReaderTest, ReadsGroupsAndExtensions) {
  Check<Old>(
      {{R"({"box": {"label": "a", "inner": {"depth": 2}}, "item": [{"quantity": 1}, {}]})",
        R"(Box { label: "a" Inner { depth: 2 } } Item { quantity: 1 } Item { })"},
       {R"({"[codec.test.note]": "n", "[codec.test.marks]": [1, 2]})",
        R"([codec.test.note]: "n" [codec.test.marks]: 1 [codec.test.marks]: 2)"},
       {R"({"[codec.test.Wrapping.nested_extension]": {"number": 1}})",
        "[codec.test.Wrapping.nested_extension] { number: 1 }"},
       {R"({"codec.test.note": "n"})",
        R"(UNKNOWN_FIELD: line 1, column 2: unknown field "codec.test.note" in codec.test.Old; did you mean "[codec.test.note]"?)"}});
}

TEST_F(JsonReaderTest, ReadsWellKnownTypes) {
  Check(
      {{R"({"timestamp": "2006-01-02T15:04:05.5+01:00"})", "timestamp { seconds: 1136210645 nanos: 500000000 }"},
       {R"({"timestamp": "2006-01-02t15:04:05Z"})",
        "INVALID_FIELD: line 1, column 15: timestamp: expected a google.protobuf.Timestamp such as "
        "\"2006-01-02T15:04:05Z\" (years 1 to 9999), got \"2006-01-02t15:04:05Z\""},
       {R"({"timestamps": ["1970-01-01T00:00:00Z", 1]})",
        "INVALID_FIELD: line 1, column 41: timestamps[1]: expected a google.protobuf.Timestamp such as "
        "\"2006-01-02T15:04:05Z\" (years 1 to 9999), got 1"},
       {R"({"duration": "-1.5s"})", "duration { seconds: -1 nanos: -500000000 }"},
       {R"({"duration": "1"})",
        "INVALID_FIELD: line 1, column 14: duration: expected a google.protobuf.Duration such as \"1.5s\" "
        "(±315576000000s at most), got \"1\""},
       {R"({"durationOf": {"a": "1s"}})", R"(duration_of { key: "a" value { seconds: 1 } })"},
       {R"({"mask": "user.displayName,photo"})", R"(mask { paths: "user.display_name" paths: "photo" })"},
       {R"({"mask": "a_b"})",
        "INVALID_FIELD: line 1, column 10: mask: expected a google.protobuf.FieldMask such as "
        "\"user.displayName,photo\", got \"a_b\""},
       {R"({"empty": {}})", "empty { }"},
       {R"({"empty": {"a": 1}})",
        R"(UNKNOWN_FIELD: line 1, column 12: empty: unknown field "a" in google.protobuf.Empty)"},
       {R"({"boolBox": false, "bytesBox": "AQ", "doubleBox": "NaN", "floatBox": 1, "int32Box": 2, "int64Box": "3", "stringBox": "", "uint32Box": 4, "uint64Box": "5"})",
        R"(bool_box { } bytes_box { value: "\001" } double_box { value: nan } float_box { value: 1 } int32_box { value: 2 } int64_box { value: 3 } string_box { } uint32_box { value: 4 } uint64_box { value: 5 })"},
       {R"({"int32Box": {}})", "INVALID_FIELD: line 1, column 14: int32Box: expected an int32, got an object"},
       {R"({"list": [1, "a", null, true, [], {}]})",
        "list { values { number_value: 1 } values { string_value: \"a\" } values { null_value: NULL_VALUE } "
        "values { bool_value: true } values { list_value { } } values { struct_value { } } }"},
       {R"({"object": {"a": {"b": [1.5]}}})",
        "object { fields { key: \"a\" value { struct_value { fields { key: \"b\" value { list_value { values { "
        "number_value: 1.5 } } } } } } } }"},
       {R"({"object": {"a": 1, "a": 2}})",
        R"(INVALID_FIELD: line 1, column 21: object["a"]: the key stands here for the second time)"},
       {R"({"value": {"a": [0, 1e999]}})",
        R"(INVALID_FIELD: line 1, column 21: value["a"][1]: expected a double, got 1e999, which is out of range)"},
       {R"({"list": {}})", "INVALID_FIELD: line 1, column 10: list: expected an array, got an object"}});
}

TEST_F(JsonReaderTest, ReadsAnyWhereverItsTypeStands) {
  constexpr std::string_view kItem = "[type.googleapis.com/codec.test.Everything]";
  const std::string item(kItem);
  EXPECT_EQ(Read<Everything>(R"({"any": {"@type": "type.googleapis.com/codec.test.Everything", "int32Value": 1}})"),
            "any { " + item + " { int32_value: 1 } }");
  EXPECT_EQ(
      Read<Everything>(
          R"({"any": {"int32Value": 1, "labels": {"@type": "x"}, "\u0040type": "type.googleapis.com/codec.test.Everything"}, "int32Value": 2})"),
      "int32_value: 2 any { " + item + R"( { int32_value: 1 labels { key: "@type" value: "x" } } })");
  EXPECT_EQ(
      Read<Everything>(
          R"({"anys": [{"any": {"value": "1s", "@type": "type.googleapis.com/google.protobuf.Duration"}, "@type": "type.googleapis.com/codec.test.Everything"}]})"),
      "anys { " + item + " { any { [type.googleapis.com/google.protobuf.Duration] { seconds: 1 } } } }");
  EXPECT_EQ(
      Read<Everything>(
          R"({"any": {"@type": "type.googleapis.com/google.protobuf.Any", "value": {"@type": "type.googleapis.com/google.protobuf.Value", "value": null}}})"),
      "any { [type.googleapis.com/google.protobuf.Any] { [type.googleapis.com/google.protobuf.Value] { null_value: "
      "NULL_VALUE } } }");
  Check(
      {{R"({"any": {}})", "any { }"},
       {R"({"any": {"@type": "type.googleapis.com/google.protobuf.Empty"}})",
        "any { [type.googleapis.com/google.protobuf.Empty] { } }"},
       {R"({"any": {"@type": "type.googleapis.com/google.protobuf.Empty", "value": {}}})",
        "any { [type.googleapis.com/google.protobuf.Empty] { } }"},
       {R"({"any": {"a": 1}})",
        R"(INVALID_FIELD: line 1, column 9: any: expected a member "@type" that names the type of the google.protobuf.Any)"},
       {R"({"any": {"@type": "a/b.C"}})",
        R"(INVALID_FIELD: line 1, column 19: any: the type "a/b.C" is not known here)"},
       {R"({"any": {"@type": "codec.test.Old"}})",
        "INVALID_FIELD: line 1, column 19: any: expected a type URL such as \"type.googleapis.com/shop.v1.Item\", got "
        "\"codec.test.Old\""},
       {R"({"any": {"@type": 1}})",
        "INVALID_FIELD: line 1, column 19: any: expected a type URL such as \"type.googleapis.com/shop.v1.Item\", got "
        "1"},
       {R"({"any": {"@type": "a/codec.test.Everything", "@type": "a/codec.test.Everything"}})",
        R"(INVALID_FIELD: line 1, column 46: any.@type: "@type" stands here for the second time)"},
       {R"({"any": {"@type": "a/codec.test.Everything", "nope": 1}})",
        R"(UNKNOWN_FIELD: line 1, column 46: any: unknown field "nope" in codec.test.Everything)"},
       {R"({"any": {"@type": "a/google.protobuf.Duration"}})", R"(any { type_url: "a/google.protobuf.Duration" })"},
       {R"({"any": {"@type": "a/google.protobuf.Duration", "value": null}})",
        R"(any { type_url: "a/google.protobuf.Duration" })"},
       {R"({"any": {"@type": "a/google.protobuf.Duration", "value": "1s", "value": "1s"}})",
        R"(INVALID_FIELD: line 1, column 64: any.value: the field stands here for the second time)"},
       {R"({"any": {"@type": "a/google.protobuf.Duration", "value": {}}})",
        "INVALID_FIELD: line 1, column 58: any.value: expected a google.protobuf.Duration such as \"1.5s\" "
        "(±315576000000s at most), got an object"},
       {R"({"any": {"a": [}})", "INVALID_JSON: line 1, column 16: expected a value, got '}'"},
       {R"({"any": {"a": "b)", "INVALID_JSON: line 1, column 17: the text ends inside a string"},
       {R"({"any": 1})", "INVALID_FIELD: line 1, column 9: any: expected an object, got 1"}});
}

TEST_F(JsonReaderTest, SaysWhatIsWrongWithTheSyntax) {
  Check(
      {{"", "INVALID_JSON: line 1, column 1: expected a JSON value, got the end of the text"},
       {" \n ", "INVALID_JSON: line 2, column 2: expected a JSON value, got the end of the text"},
       {"{", "INVALID_JSON: line 1, column 2: expected a name in double quotes or '}', got the end of the text"},
       {R"({"int32Value": 1,})", "INVALID_JSON: line 1, column 18: expected a name in double quotes, got '}'"},
       {R"({"int32Value" 1})", "INVALID_JSON: line 1, column 15: expected ':' after a name, got '1'"},
       {R"({"int32Value": 1 "a": 2})", "INVALID_JSON: line 1, column 18: expected ',' or '}', got '\"'"},
       {R"({"int32s": [1,]})", "INVALID_JSON: line 1, column 15: expected a value, got ']'"},
       {R"({"int32s": [1 2]})", "INVALID_JSON: line 1, column 15: expected ',' or ']', got '2'"},
       {R"({"int32s": [,1]})", "INVALID_JSON: line 1, column 13: expected a value, got ','"},
       {R"({"int32Value": 01})", "INVALID_JSON: line 1, column 16: a number must not begin with 0"},
       {R"({"int32Value": 1.})", "INVALID_JSON: line 1, column 18: expected a digit after '.', got '}'"},
       {R"({"int32Value": 1e})", "INVALID_JSON: line 1, column 18: expected a digit in the exponent, got '}'"},
       {R"({"int32Value": -})", "INVALID_JSON: line 1, column 17: expected a digit after '-', got '}'"},
       {R"({"int32Value": +1})", "INVALID_JSON: line 1, column 16: expected a value, got '+'"},
       {R"({"int32Value": .5})", "INVALID_JSON: line 1, column 16: expected a value, got '.'"},
       {R"({'int32Value': 1})",
        "INVALID_JSON: line 1, column 2: expected a name in double quotes or '}', got '''; strings stand in double "
        "quotes"},
       {"{} // done",
        "INVALID_JSON: line 1, column 4: expected the end of the text, got '/'; comments are not allowed"},
       {"{}{}", "INVALID_JSON: line 1, column 3: expected the end of the text, got '{'"},
       {"\xEF\xBB\xBF{}", "INVALID_JSON: line 1, column 1: expected a value, got a byte order mark"},
       {"{\"stringValue\": \"a\nb\"}",
        "INVALID_JSON: line 1, column 19: a control character inside a string must be escaped, got byte 0x0A"},
       {R"({"stringValue": "\q"})", "INVALID_JSON: line 1, column 18: unknown escape: a backslash and 'q'"},
       {R"({"stringValue": "\u12x4"})", "INVALID_JSON: line 1, column 18: expected four hexadecimal digits after \\u"},
       {std::string_view("{}\0", 3), "INVALID_JSON: line 1, column 3: expected the end of the text, got byte 0x00"},
       {std::string_view("{\"a\0\": 1}", 9),
        "INVALID_JSON: line 1, column 4: a control character inside a string must be escaped, got byte 0x00"},
       {"[]", "INVALID_FIELD: line 1, column 1: expected an object, got an array"},
       {"\"a\"", "INVALID_FIELD: line 1, column 1: expected an object, got \"a\""}});
}

TEST_F(JsonReaderTest, ShowsLongTextInPart) {
  const std::string hundred(100, 'x');
  EXPECT_EQ(Read<Everything>(R"({"int32Value": ")" + hundred + R"("})"),
            "INVALID_FIELD: line 1, column 16: int32Value: expected an int32, got \"" + std::string(64, 'x') + "…\"");
}

TEST_F(JsonReaderTest, BoundsTheDepth) {
  const auto nested = [](int levels) {
    std::string json;
    for (int i = 1; i < levels; ++i) json += R"({"child":)";
    return json + "{}" + std::string(static_cast<size_t>(levels - 1), '}');
  };
  EXPECT_EQ(Read<Everything>(nested(3), {.max_depth = 3}), "child { child { } }");
  EXPECT_EQ(Read<Everything>(nested(4), {.max_depth = 3}),
            "INVALID_JSON: line 1, column 28: child.child.child: nested more than 3 levels deep");
  EXPECT_EQ(Read<Everything>(R"({"list": [[1]]})", {.max_depth = 2}),
            "INVALID_JSON: line 1, column 11: list[0]: nested more than 2 levels deep");
  EXPECT_EQ(Read<Everything>(R"({"x": [[1]]})", {.ignore_unknown_fields = true, .max_depth = 2}),
            "INVALID_JSON: line 1, column 8: x[0]: nested more than 2 levels deep");
}

TEST_F(JsonReaderTest, LengthsOfAnySizeAreRight) {
  for (const size_t size : {0u, 1u, 126u, 127u, 128u, 129u, 16383u, 16384u, 70000u}) {
    const std::string text(size, 'a');
    const std::string json = R"({"child": {"child": {"stringValue": ")" + text +
                             R"("}, "children": [{}, {"stringValue": ")" + text + R"("}]}, "stringBox": ")" + text +
                             R"("})";
    Buffer buffer(json);
    Buffer wire;
    ASSERT_TRUE(codec_.ReadMessage(Plan<Everything>(), buffer, {}, wire).ok());
    Everything message;
    ASSERT_TRUE(message.ParseFromArray(wire.data(), static_cast<int>(wire.size())));
    EXPECT_EQ(message.child().child().string_value(), text);
    ASSERT_EQ(message.child().children_size(), 2);
    EXPECT_EQ(message.child().children(1).string_value(), text);
    EXPECT_EQ(message.string_box().value(), text);
  }
}

}  // namespace
}  // namespace dragoman::transcoding
