#include "transcoding/json_codec.h"

#include "codec_fixture.h"
#include "transcoding/wire.h"

namespace dragoman::transcoding {
namespace {

using codec::test::Everything;
using codec::test::Old;

class JsonCodecTest : public CodecTest {
 protected:
  const FieldPlan& Field(std::string_view name) const { return *Plan<Everything>().Find(name); }

  // The message that the JSON of one field makes, or the refusal.
  std::string ReadField(std::string_view field, std::string_view json) {
    Buffer text(json);
    Buffer wire;
    const Status status = codec_.ReadField(Field(field), text, {}, wire);
    return status.ok() ? Shown(wire) : Outcome(status);
  }

  std::string FromText(std::string_view field, std::string_view text) {
    Buffer wire;
    const Status status = TextToField(Field(field), text, wire);
    EXPECT_EQ(wire.empty(), !status.ok());
    return status.ok() ? Shown(wire) : Outcome(status);
  }

  std::string WriteField(std::string_view field, const std::string& text, const JsonWriteOptions& options = {}) {
    Buffer out;
    const Status status = codec_.WriteField(Plan<Everything>(), Field(field), Wire<Everything>(text), options, out);
    return status.ok() ? std::string(out.view()) : Outcome(status);
  }

  static std::string Shown(const Buffer& wire) {
    Everything message;
    EXPECT_TRUE(message.ParseFromArray(wire.data(), static_cast<int>(wire.size())));
    return message.ShortDebugString();
  }
};

TEST_F(JsonCodecTest, ReadsTheJsonOfOneField) {
  EXPECT_EQ(ReadField("int32_value", "7"), "int32_value: 7");
  EXPECT_EQ(ReadField("maybe_int32", " null "), "");
  EXPECT_EQ(ReadField("strings", R"(["a", "b"])"), R"(strings: "a" strings: "b")");
  EXPECT_EQ(ReadField("labels", R"({"a": "b"})"), R"(labels { key: "a" value: "b" })");
  EXPECT_EQ(ReadField("child", R"({"int32Value": 1})"), "child { int32_value: 1 }");
  EXPECT_EQ(ReadField("value", "null"), "value { null_value: NULL_VALUE }");
  EXPECT_EQ(ReadField("timestamp", R"("1970-01-01T00:00:01Z")"), "timestamp { seconds: 1 }");
  EXPECT_EQ(ReadField("chosen_int32", "1"), "chosen_int32: 1");
}

TEST_F(JsonCodecTest, PathsOfOneFieldBeginWithItsName) {
  EXPECT_EQ(ReadField("int32_value", "true"),
            "INVALID_FIELD: line 1, column 1: int32Value: expected an int32, got true");
  EXPECT_EQ(ReadField("child", R"({"children": [{"boolValue": 1}]})"),
            "INVALID_FIELD: line 1, column 29: child.children[0].boolValue: expected a bool, got 1");
  EXPECT_EQ(ReadField("child", R"({"nope": 1})"),
            R"(UNKNOWN_FIELD: line 1, column 2: child: unknown field "nope" in codec.test.Everything)");
  EXPECT_EQ(ReadField("strings", "[1]"), "INVALID_FIELD: line 1, column 2: strings[0]: expected a string, got 1");
  EXPECT_EQ(ReadField("child", ""), "INVALID_JSON: line 1, column 1: expected a value, got the end of the text");
  EXPECT_EQ(ReadField("child", "{} {}"), "INVALID_JSON: line 1, column 4: expected the end of the text, got '{'");
}

TEST_F(JsonCodecTest, WritesTheJsonOfOneField) {
  EXPECT_EQ(WriteField("int32_value", "int32_value: 7 string_value: 'x'"), "7");
  EXPECT_EQ(WriteField("strings", "strings: ['a', 'b']"), R"(["a","b"])");
  EXPECT_EQ(WriteField("labels", "labels { key: 'a' value: 'b' }"), R"({"a":"b"})");
  EXPECT_EQ(WriteField("child", "child { int32_value: 1 }", {.emit_defaults = false}), R"({"int32Value":1})");
  EXPECT_EQ(WriteField("chosen_int32", "chosen_string: 'a'"), "0");
  EXPECT_EQ(WriteField("strings", "strings: ['a', '\\377']"),
            "REPLY_NOT_RENDERABLE: the reply has no JSON: strings[1]: the string is not valid UTF-8");
}

TEST_F(JsonCodecTest, AnUnsetFieldIsWrittenAsItsDefault) {
  EXPECT_EQ(WriteField("int32_value", ""), "0");
  EXPECT_EQ(WriteField("int64_value", ""), "\"0\"");
  EXPECT_EQ(WriteField("string_value", ""), "\"\"");
  EXPECT_EQ(WriteField("bool_value", ""), "false");
  EXPECT_EQ(WriteField("color", ""), "\"COLOR_UNSPECIFIED\"");
  EXPECT_EQ(WriteField("color", "", {.enums_as_integers = true}), "0");
  EXPECT_EQ(WriteField("null_value", "", {.enums_as_integers = true}), "null");
  EXPECT_EQ(WriteField("int64_value", "", {.int64_as_numbers = true}), "0");
  EXPECT_EQ(WriteField("int64s", "", {.int64_as_numbers = true}), "[]");
  EXPECT_EQ(WriteField("string_value", "", {.int64_as_numbers = true}), "\"\"");
  EXPECT_EQ(WriteField("strings", ""), "[]");
  EXPECT_EQ(WriteField("labels", ""), "{}");
  EXPECT_EQ(WriteField("child", ""), "null");
  EXPECT_EQ(WriteField("timestamp", ""), "null");
}

TEST_F(JsonCodecTest, AnUnsetFieldOfProto2IsWrittenAsItsDeclaredDefault) {
  const MessagePlan& plan = Plan<Old>();
  const auto written = [&](std::string_view field, const JsonWriteOptions& options = {}) {
    Buffer out;
    EXPECT_TRUE(codec_.WriteField(plan, *plan.Find(field), "", options, out).ok());
    return std::string(out.view());
  };
  EXPECT_EQ(written("answer"), "42");
  EXPECT_EQ(written("half"), "0.5");
  EXPECT_EQ(written("greeting"), R"("hi \"you\"")");
  EXPECT_EQ(written("preferred"), "\"LARGE\"");
  EXPECT_EQ(written("preferred", {.enums_as_integers = true}), "2");
}

TEST_F(JsonCodecTest, ReadsUrlText) {
  EXPECT_EQ(FromText("int32_value", "007"), "int32_value: 7");
  EXPECT_EQ(FromText("int64_value", "-9223372036854775808"), "int64_value: -9223372036854775808");
  EXPECT_EQ(FromText("double_value", "-Infinity"), "double_value: -inf");
  EXPECT_EQ(FromText("maybe_string", "\"quoted\""), R"(maybe_string: "\"quoted\"")");
  EXPECT_EQ(FromText("bytes_value", "-_"), R"(bytes_value: "\373")");
  EXPECT_EQ(FromText("color", "GREEN"), "color: GREEN");
  EXPECT_EQ(FromText("color", "2"), "color: GREEN");
  EXPECT_EQ(FromText("color", "77"), "color: 77");
  for (const char* yes : {"true", "TRUE", "1", "t", "T", ""})
    EXPECT_EQ(FromText("bool_value", yes), "bool_value: true") << yes;
  for (const char* no : {"false", "False", "0", "f", "F"}) EXPECT_EQ(FromText("bool_value", no), "") << no;
  EXPECT_EQ(FromText("int32s", "5"), "int32s: 5");
  EXPECT_EQ(FromText("strings", ""), R"(strings: "")");
  EXPECT_EQ(FromText("timestamp", "1970-01-01T00:00:01Z"), "timestamp { seconds: 1 }");
  EXPECT_EQ(FromText("duration", "1.5s"), "duration { seconds: 1 nanos: 500000000 }");
  EXPECT_EQ(FromText("mask", "a,bC"), R"(mask { paths: "a" paths: "b_c" })");
  EXPECT_EQ(FromText("int32_box", "3"), "int32_box { value: 3 }");
  EXPECT_EQ(FromText("bool_box", "t"), "bool_box { value: true }");
  EXPECT_EQ(FromText("timestamps", "1970-01-01T00:00:01Z"), "timestamps { seconds: 1 }");
  const std::string longer(300, 'a');
  EXPECT_EQ(FromText("string_box", longer), "string_box { value: \"" + longer + "\" }");
}

TEST_F(JsonCodecTest, SaysWhatUrlTextShouldHaveBeen) {
  EXPECT_EQ(FromText("int32_value", "abc"), R"(INVALID_FIELD: expected an int32, got "abc")");
  EXPECT_EQ(FromText("int32_value", ""), R"(INVALID_FIELD: expected an int32, got "")");
  EXPECT_EQ(FromText("int32_value", "3000000000"),
            R"(INVALID_FIELD: expected an int32, got "3000000000", which is out of range)");
  EXPECT_EQ(FromText("bool_value", "yes"), R"(INVALID_FIELD: expected a bool, got "yes")");
  EXPECT_EQ(
      FromText("color", "PINK"),
      R"(INVALID_FIELD: expected one of codec.test.Color (COLOR_UNSPECIFIED, RED, CRIMSON, GREEN, NEGATIVE), got "PINK")");
  EXPECT_EQ(FromText("string_value", "\xff"), "INVALID_FIELD: expected UTF-8, got \"\uFFFD\"");
  EXPECT_EQ(FromText("duration", "1"),
            R"(INVALID_FIELD: expected a google.protobuf.Duration such as "1.5s" (±315576000000s at most), got "1")");
  EXPECT_EQ(FromText("child", "{}"), R"(INVALID_FIELD: expected an object, got "{}")");
  Buffer wire;
  EXPECT_EQ(Outcome(TextToField(*Plan<Old>().Find("size"), "7", wire)),
            R"(INVALID_FIELD: expected one of codec.test.Size (NONE, SMALL, LARGE), got "7")");
}

// One message that uses every part of the reader.
constexpr std::string_view kSpecimen =
    R"({"doubleValue": -1.5e3, "int32s": [1, 2], "strings": ["a\n\u00e9\ud83d\ude00", ""], "labels": {"k": "v", "l": "w"}, )"
    R"("children": [{"color": "RED"}, {}], "byUint64": {"1": {"boolValue": true}}, "chosenNull": null, )"
    R"("timestamp": "2006-01-02T15:04:05.5+01:00", "mask": "aB,c", "object": {"a": [null, true, {"b": 1}]}, )"
    R"("any": {"int32Value": 1, "@type": "x/codec.test.Everything"}, "bytesValue": "AQI=", "int64Box": "3"})";

TEST_F(JsonCodecTest, TextThatIsCutAnywhereIsRefused) {
  Buffer whole(kSpecimen);
  Buffer wire;
  ASSERT_TRUE(codec_.ReadMessage(Plan<Everything>(), whole, {}, wire).ok());
  for (size_t size = 0; size < kSpecimen.size(); ++size) {
    Buffer cut(kSpecimen.substr(0, size));
    wire.Clear();
    const Status status = codec_.ReadMessage(Plan<Everything>(), cut, {}, wire);
    ASSERT_FALSE(status.ok()) << size;
    EXPECT_TRUE(wire.empty());
    EXPECT_EQ(status.violations().size(), 1u);
  }
}

TEST_F(JsonCodecTest, AnyByteMayBeWrong) {
  for (size_t place = 0; place < kSpecimen.size(); ++place) {
    for (const char wrong : {'\0', '\x7f', '\xff', '"', '\\', '{', ']', ',', '9'}) {
      std::string text(kSpecimen);
      text[place] = wrong;
      Buffer json(text);
      Buffer wire;
      if (!codec_.ReadMessage(Plan<Everything>(), json, {}, wire).ok()) continue;
      Everything message;
      EXPECT_TRUE(message.ParseFromArray(wire.data(), static_cast<int>(wire.size()))) << text;
    }
  }
}

TEST_F(JsonCodecTest, WireThatIsCutOrWrongAnywhereIsRefusedOrWritten) {
  Buffer json(kSpecimen);
  Buffer wire;
  ASSERT_TRUE(codec_.ReadMessage(Plan<Everything>(), json, {}, wire).ok());
  for (size_t size = 0; size < wire.size(); ++size) {
    Buffer out;
    // A cut between two fields leaves a message.
    const std::string_view cut = wire.view().substr(0, size);
    const Status status = codec_.WriteMessage(Plan<Everything>(), cut, {}, out);
    EXPECT_EQ(status.ok(), Everything().ParseFromArray(cut.data(), static_cast<int>(cut.size()))) << size;
  }
  for (size_t place = 0; place < wire.size(); ++place) {
    for (const char wrong : {'\x00', '\x01', '\x7f', '\xff', '\x0b', '\x0c'}) {
      std::string bytes(wire.view());
      bytes[place] = wrong;
      Buffer out;
      const Status status = codec_.WriteMessage(Plan<Everything>(), bytes, {}, out);
      if (status.ok()) continue;
      EXPECT_TRUE(out.empty());
      EXPECT_TRUE(status.reason() == Reason::kBackendProtocolError || status.reason() == Reason::kReplyNotRenderable);
    }
  }
}

std::string Repeat(std::string_view piece, size_t times) {
  std::string text;
  text.reserve(piece.size() * times);
  for (size_t i = 0; i < times; ++i) text += piece;
  return text;
}

// Megabytes that are made to be slow: they would take minutes, were anything quadratic.
TEST_F(JsonCodecTest, LargeHostileTextTakesLinearTime) {
  constexpr size_t kSize = 4 << 20;  // bytes
  std::string keys = R"({"labels": {)";
  for (int i = 0; keys.size() < kSize; ++i) keys += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":\"\"";
  keys += "}}";
  struct Case {
    std::string name;
    std::string json;
    bool ok;
  };
  const Case cases[] = {
      {"open brackets", Repeat("[", kSize), false},
      {"open objects", Repeat(R"({"child":)", kSize / 9), false},
      {"list values", R"({"list": [)" + Repeat("[],", kSize / 3) + "[]]}", true},
      {"empty messages", R"({"children": [)" + Repeat("{},", kSize / 3) + "{}]}", true},
      {"map keys", keys, true},
      {"one string", R"({"stringValue": ")" + Repeat("\\n", kSize / 2) + "\"}", true},
      {"one number", R"({"doubleValue": 0.)" + Repeat("1", kSize) + "}", true},
      {"one integer", R"({"int64Value": 1.)" + Repeat("0", kSize) + "}", true},
      {"one exponent", R"({"int64Value": 1e)" + Repeat("0", kSize) + "}", true},
      {"blanks", Repeat(" ", kSize) + "{}", true},
      {"lines", Repeat("\n", kSize) + "{]", false},
      {"deep lengths",
       Repeat(R"({"child":)", 98) + R"({"stringValue":")" + Repeat("x", kSize) + "\"}" + Repeat("}", 98), true},
      {"types that come last",
       R"({"anys": [)" + Repeat(R"({"boolValue":true,"@type":"x/codec.test.Everything"},)", kSize / 50) + "{}]}", true},
      {"an unknown name", "{\"" + Repeat("x", kSize) + "\": 1}", false},
      {"nested types that come last",
       R"({"any":)" + Repeat(R"({"any":)", 40) + R"({"strings":[)" + Repeat("\"\",", kSize / 3) +
           R"(""],"@type":"x/codec.test.Everything"})" + Repeat(R"(,"@type":"x/codec.test.Everything"})", 40) + "}",
       true}};
  for (const Case& c : cases) {
    Buffer json(c.json);
    Buffer wire;
    const Status status = codec_.ReadMessage(Plan<Everything>(), json, {}, wire);
    EXPECT_EQ(status.ok(), c.ok) << c.name << ": " << status.message();
    if (!status.ok()) {
      EXPECT_LT(status.message().size(), 4096u) << c.name;
    }
  }
}

TEST_F(JsonCodecTest, LargeHostileBytesTakeLinearTime) {
  constexpr size_t kSize = 1 << 20;  // bytes
  Everything map;
  for (int i = 0; i < 100000; ++i) (*map.mutable_by_int32())[i] = i;
  std::string nested;
  for (int i = 0; i < 90; ++i) {
    Buffer level;
    AppendVarint(level, MakeTag(17, WireType::kLength));
    AppendLengthDelimited(level, i == 0 ? std::string_view(Repeat("\x72\x01x", kSize / 3)) : std::string_view(nested));
    nested = std::string(level.view());
  }
  const struct {
    std::string name;
    std::string wire;
    Reason reason;
  } cases[] = {
      {"one string again and again, deep down", nested, Reason::kNone},
      {"two lists by turns", Repeat(std::string_view("\x80\x02\x01\x88\x02\x01", 6), kSize / 6), Reason::kNone},
      {"two members by turns", Repeat(std::string_view("\xe0\x03\x01\xea\x03\x01x", 7), kSize / 7), Reason::kNone},
      {"pieces of a message", Repeat(std::string_view("\x8a\x01\x02\x18\x01", 5), kSize / 5), Reason::kNone},
      {"a large map", map.SerializeAsString(), Reason::kNone},
      {"one key", Repeat(std::string_view("\x92\x03\x03\x0a\x01k", 6), kSize / 6), Reason::kNone},
      {"groups that never end", Repeat("\x0b", kSize), Reason::kBackendProtocolError},
      {"unknown groups", Repeat("\xc3\x3e\xc4\x3e", kSize / 4), Reason::kNone},
  };
  for (const auto& c : cases) {
    Buffer out;
    const Status status = codec_.WriteMessage(Plan<Everything>(), c.wire, {.emit_defaults = false}, out);
    EXPECT_EQ(status.reason(), c.reason) << c.name << ": " << status.message();
  }
}

TEST_F(JsonCodecTest, ACodecForgetsWhatWentWrong) {
  Buffer bad(R"({"children": [{"labels": {"a": [)");
  Buffer good(R"({"children": [{"labels": {"a": "b"}}]})");
  Buffer wire;
  ASSERT_FALSE(codec_.ReadMessage(Plan<Everything>(), bad, {}, wire).ok());
  ASSERT_TRUE(codec_.ReadMessage(Plan<Everything>(), good, {}, wire).ok());
  EXPECT_EQ(Shown(wire), R"(children { labels { key: "a" value: "b" } })");
  Buffer out;
  ASSERT_FALSE(codec_.WriteMessage(Plan<Everything>(), "\x8a\x01\x01\x18", {}, out).ok());
  ASSERT_TRUE(codec_.WriteMessage(Plan<Everything>(), wire.view(), {.emit_defaults = false}, out).ok());
  EXPECT_EQ(out.view(), R"({"children":[{"labels":{"a":"b"}}]})");
}

}  // namespace
}  // namespace dragoman::transcoding
