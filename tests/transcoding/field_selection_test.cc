#include "transcoding/field_selection.h"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <initializer_list>
#include <vector>

#include "codec_fixture.h"
#include "random_message.h"

namespace dragoman::transcoding {
namespace {

using codec::test::Everything;
using codec::test::Shuffled;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

class FieldSelectionTest : public CodecTest {
 protected:
  using Paths = std::vector<std::string>;

  // Also what is wrong with the first path that is refused.
  template <typename MessageType = Everything>
  FieldSelection Of(const Paths& paths, std::string* refusal = nullptr) const {
    FieldSelection selection(Plan<MessageType>());
    for (const std::string& path : paths) {
      const auto selected = selection.Select(path);
      if (!selected && refusal != nullptr && refusal->empty()) *refusal = selected.error();
      EXPECT_TRUE(selected || refusal != nullptr) << selected.error();
    }
    return selection;
  }

  // What is written of the paths, or the refusal.
  template <typename MessageType = Everything>
  std::string Selected(const Paths& paths, std::string_view wire, const JsonWriteOptions& options = kPlain) {
    const FieldSelection selection = Of<MessageType>(paths);
    Buffer out;
    const Status status = codec_.WriteMessage(Plan<MessageType>(), wire, options, out, &selection);
    return status.ok() ? std::string(out.view()) : Outcome(status);
  }

  static constexpr JsonWriteOptions kPlain = {.emit_defaults = false};
};

TEST_F(FieldSelectionTest, WritesWhatIsSelected) {
  const std::string wire = Wire<Everything>(
      "int32_value: 1 int64_value: 2 string_value: 's' "
      "child { int32_value: 3 uint32_value: 4 child { bool_value: true int32_value: 5 } } strings: 'a' strings: 'b' "
      "children { int32_value: 6 uint32_value: 7 } children { uint32_value: 8 } "
      "labels { key: 'k' value: 'v' } by_uint64 { key: 9 value { int32_value: 10 bool_value: true } } "
      "timestamp { seconds: 1 } object { fields { key: 'a' } }");
  const struct {
    Paths paths;
    std::string_view expected;
  } cases[] = {
      {{}, "{}"},
      {{"int32_value"}, R"({"int32Value":1})"},
      {{"string_value", "int32Value"}, R"({"int32Value":1,"stringValue":"s"})"},
      {{"child"}, R"({"child":{"int32Value":3,"uint32Value":4,"child":{"int32Value":5,"boolValue":true}}})"},
      {{"child.uint32_value"}, R"({"child":{"uint32Value":4}})"},
      {{"child.child.bool_value", "child.int32_value"}, R"({"child":{"int32Value":3,"child":{"boolValue":true}}})"},
      {{"child.child.bool_value", "child.child"}, R"({"child":{"child":{"int32Value":5,"boolValue":true}}})"},
      {{"child.child", "child.child.bool_value"}, R"({"child":{"child":{"int32Value":5,"boolValue":true}}})"},
      {{"child.string_value"}, R"({"child":{}})"},
      {{"strings"}, R"({"strings":["a","b"]})"},
      {{"children.int32_value"}, R"({"children":[{"int32Value":6},{}]})"},
      {{"labels"}, R"({"labels":{"k":"v"}})"},
      {{"by_uint64.bool_value"}, R"({"byUint64":{"9":{"boolValue":true}}})"},
      {{"timestamp", "object"}, R"({"timestamp":"1970-01-01T00:00:01Z","object":{"a":null}})"},
      // What stands behind a message is of the message around it again.
      {{"child.uint32_value", "children.uint32_value", "labels"},
       R"({"child":{"uint32Value":4},"children":[{"uint32Value":7},{"uint32Value":8}],"labels":{"k":"v"}})"},
  };
  for (const auto& c : cases) EXPECT_EQ(Selected(c.paths, wire), c.expected) << ::testing::PrintToString(c.paths);
}

TEST_F(FieldSelectionTest, NamesExtensionsInBrackets) {
  using codec::test::Old;
  const std::string wire = Wire<Old>("id: 'i' [codec.test.note]: 'n' [codec.test.Wrapping.nested_extension] { number: 1 }");
  EXPECT_EQ(Selected<Old>({"[codec.test.note]"}, wire), R"({"[codec.test.note]":"n"})");
  EXPECT_EQ(Selected<Old>({"[codec.test.Wrapping.nested_extension].number", "id"}, wire),
            R"({"id":"i","[codec.test.Wrapping.nested_extension]":{"number":1}})");
  std::string refusal;
  Of<Old>({"[codec.test.notes].x"}, &refusal);
  EXPECT_THAT(refusal, testing::StartsWith("codec.test.Old has no field \"[codec.test.notes]\""));
  refusal.clear();
  Of<Old>({"[codec"}, &refusal);
  EXPECT_THAT(refusal, testing::StartsWith("codec.test.Old has no field \"[codec\""));
}

TEST_F(FieldSelectionTest, RefusesWhatThereIsNot) {
  std::string deep = "child";
  for (int i = 0; i < kMaxSelectionLevels; ++i) deep += ".child";
  const struct {
    std::string path;
    std::string_view expected;
  } cases[] = {
      {"colour", R"(codec.test.Everything has no field "colour"; did you mean "color"?)"},
      {"child.stringValu", R"(codec.test.Everything has no field "stringValu"; did you mean "string_value"?)"},
      {"zzzzzzzz", R"(codec.test.Everything has no field "zzzzzzzz")"},
      {"", R"(codec.test.Everything has no field "")"},
      {"child.", R"(codec.test.Everything has no field "")"},
      {"child..color", R"(codec.test.Everything has no field "")"},
      {"color.x", R"(field "color" of codec.test.Everything has no fields)"},
      {"strings.x", R"(field "strings" of codec.test.Everything has no fields)"},
      {"labels.key", R"(field "labels" of codec.test.Everything has no fields)"},
      {"timestamp.seconds", R"(field "timestamp" of codec.test.Everything is whole or not at all)"},
      {"child.any.value", R"(field "any" of codec.test.Everything is whole or not at all)"},
      {deep, "more than 32 names in one path"},
  };
  for (const auto& c : cases) {
    std::string refusal;
    const FieldSelection selection = Of({"int32_value", c.path}, &refusal);
    EXPECT_EQ(refusal, c.expected) << c.path;
    Buffer out;
    ASSERT_TRUE(codec_.WriteMessage(Plan<Everything>(), "", {}, out, &selection).ok());
    EXPECT_EQ(out.view(), R"({"int32Value":0})") << c.path;  // nothing of it was noted
  }
}

TEST_F(FieldSelectionTest, DefaultsAreThoseOfWhatIsSelected) {
  const Paths paths = {"int32_value", "strings", "labels", "maybe_int32", "chosen_int32", "child.color", "timestamp"};
  EXPECT_EQ(Selected(paths, "", {}), R"({"int32Value":0,"strings":[],"labels":{}})");
  EXPECT_EQ(Selected(paths, Wire<Everything>("child { }"), {}),
            R"({"int32Value":0,"child":{"color":"COLOR_UNSPECIFIED"},"strings":[],"labels":{}})");
  EXPECT_EQ(Selected(paths, Wire<Everything>("int64_value: 1")), "{}");
  EXPECT_EQ(Selected<Shuffled>({"first", "child.numbers"}, Wire<Shuffled>("child { last: 'l' }"), {}),
            R"({"child":{"numbers":[]},"first":""})");
}

TEST_F(FieldSelectionTest, DisorderOfWhatIsNotSelectedIsNoDisorder) {
  const std::string wire = Wire<Everything>("string_value: 'late'") + Wire<Everything>("int32_value: 1") +
                           Wire<Everything>("child { uint32_value: 2 }") +
                           Wire<Everything>("child { int32_value: 3 } string_value: 'later'");
  EXPECT_EQ(Selected({"string_value", "child.int32_value"}, wire),
            R"({"stringValue":"later","child":{"int32Value":3}})");
  EXPECT_EQ(Selected({"int32_value"}, wire), R"({"int32Value":1})");
  EXPECT_EQ(Selected({"child"}, wire), R"({"child":{"int32Value":3,"uint32Value":2}})");
}

TEST_F(FieldSelectionTest, AMemberOfAOneofThatIsNotSelectedStillClearsTheOthers) {
  const std::string number = Wire<Everything>("chosen_int32: 1");
  const std::string text = Wire<Everything>("chosen_string: 'a'");
  EXPECT_EQ(Selected({"chosen_int32"}, number + text), "{}");
  EXPECT_EQ(Selected({"chosen_int32"}, text + number), R"({"chosenInt32":1})");
  EXPECT_EQ(Selected({"chosen_int32", "far"}, number + Wire<Everything>("far: 1") + text), R"({"far":1})");
  EXPECT_EQ(Selected({"chosen_child.int32_value"}, Wire<Everything>("chosen_child { int32_value: 1 }") + text +
                                                       Wire<Everything>("chosen_child { uint32_value: 2 }")),
            R"({"chosenChild":{}})");
}

TEST_F(FieldSelectionTest, WhatIsNotSelectedIsNotLookedInto) {
  const std::string wire =
      Wire<Everything>("int32_value: 1 timestamp { nanos: -1 } child { timestamp { nanos: -1 } uint32_value: 2 }") +
      std::string("\x72\x01\xff", 3);  // string_value: no UTF-8
  EXPECT_EQ(Selected({"int32_value", "child.uint32_value"}, wire), R"({"int32Value":1,"child":{"uint32Value":2}})");
  EXPECT_EQ(Selected({"child.timestamp"}, wire),
            "REPLY_NOT_RENDERABLE: the reply has no JSON: child.timestamp: the google.protobuf.Timestamp is out of "
            "range (years 1 to 9999)");
  EXPECT_EQ(Selected({"int32_value"}, "\x72\x05x"),
            "BACKEND_PROTOCOL_ERROR: the reply is no such message: malformed bytes");
}

TEST_F(FieldSelectionTest, MembersStandWithoutBraces) {
  const auto members = [&](std::string_view wire, const FieldSelection* selection, JsonWriteOptions options = kPlain) {
    Buffer out("before");
    const Status status = codec_.WriteMembers(Plan<Everything>(), wire, options, out, selection);
    return status.ok() ? std::string(out.view().substr(6)) : Outcome(status) + " after " + std::string(out.view());
  };
  const FieldSelection child = Of({"child.color"});
  EXPECT_EQ(members("", nullptr), "");
  EXPECT_EQ(members(Wire<Everything>("int32_value: 1 strings: 'a'"), nullptr), R"("int32Value":1,"strings":["a"])");
  EXPECT_EQ(members(Wire<Everything>("strings: 'a'") + Wire<Everything>("int32_value: 1"), nullptr),
            R"("int32Value":1,"strings":["a"])");
  EXPECT_EQ(members(Wire<Everything>("int32_value: 1 child { color: RED }"), &child), R"("child":{"color":"RED"})");
  EXPECT_EQ(members(Wire<Everything>("child { child { } }"), nullptr, {.emit_defaults = false, .max_depth = 2}),
            "REPLY_NOT_RENDERABLE: the reply has no JSON: child.child: nested more than 2 levels deep after before");
}

TEST_F(FieldSelectionTest, OfAFieldTheSelectionIsThatOfItsMessages) {
  const FieldSelection selection = Of({"uint32_value"});
  const auto field = [&](std::string_view name, const std::string& text) {
    Buffer out;
    const Status status = codec_.WriteField(Plan<Everything>(), *Plan<Everything>().Find(name), Wire<Everything>(text),
                                            kPlain, out, &selection);
    return status.ok() ? std::string(out.view()) : Outcome(status);
  };
  EXPECT_EQ(field("child", "child { int32_value: 1 uint32_value: 2 }"), R"({"uint32Value":2})");
  EXPECT_EQ(field("child", ""), "null");
  EXPECT_EQ(field("children", "children { int32_value: 1 uint32_value: 2 } children { }"), R"([{"uint32Value":2},{}])");
  EXPECT_EQ(field("by_uint64", "by_uint64 { key: 1 value { int32_value: 1 uint32_value: 2 } }"),
            R"({"1":{"uint32Value":2}})");
  EXPECT_EQ(field("value_of", "value_of { key: 'a' value { bool_value: true } }"), R"({"a":true})");
  EXPECT_EQ(field("strings", "strings: 'a'"), R"(["a"])");
}

// Leaves of `json`, a `descriptor` message, what the paths name; a path that has ended names all.
using NamePath = std::vector<std::string>;
void Prune(rapidjson::Value& json, const Descriptor& descriptor, const std::vector<NamePath>& paths, size_t level) {
  for (auto member = json.MemberBegin(); member != json.MemberEnd();) {
    std::vector<NamePath> here;
    bool whole = false;
    for (const NamePath& path : paths) {
      if (path[level] != member->name.GetString()) continue;
      here.push_back(path);
      whole |= path.size() == level + 1;
    }
    if (here.empty()) {
      member = json.EraseMember(member);
      continue;
    }
    if (!whole) {
      const FieldDescriptor* field = nullptr;
      for (int i = 0; i < descriptor.field_count(); ++i) {
        if (descriptor.field(i)->json_name() == here[0][level]) field = descriptor.field(i);
      }
      const Descriptor& below =
          field->is_map() ? *field->message_type()->map_value()->message_type() : *field->message_type();
      if (field->is_map()) {
        for (auto& entry : member->value.GetObject()) Prune(entry.value, below, here, level + 1);
      } else if (field->is_repeated()) {
        for (auto& element : member->value.GetArray()) Prune(element, below, here, level + 1);
      } else {
        Prune(member->value, below, here, level + 1);
      }
    }
    ++member;
  }
}

TEST_F(FieldSelectionTest, IsTheWholeWithTheRestCutOff) {
  constexpr uint32_t kSeed = 20261129;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  RandomMessage random(kSeed);
  const Descriptor& descriptor = *Everything::descriptor();
  size_t written = 0;
  for (int i = 0; i < 2000 && !HasFailure(); ++i) {
    std::string wire;
    // Two pieces: disorder, lists in pieces, oneofs set anew.
    for (int pieces = i % 3 == 0 ? 2 : 1; pieces > 0; --pieces) {
      Everything message;
      random.Fill(message, 4);
      wire += message.SerializeAsString();
    }
    FieldSelection selection(Plan<Everything>());
    std::vector<NamePath> paths;
    for (uint32_t n = random.Below(30); n > 0; --n) {
      NamePath path;
      std::string dotted;
      for (const MessagePlan* at = &Plan<Everything>(); at != nullptr && (path.empty() || random.Below(3) > 0);) {
        const FieldPlan& field = at->fields()[random.Below(static_cast<uint32_t>(at->fields().size()))];
        path.push_back(field.json_name);
        dotted += (dotted.empty() ? "" : ".") + (random.Below(2) == 0 ? field.name : field.json_name);
        at = SelectableBelow(field);
        if (at != nullptr && at->fields().empty()) at = nullptr;
      }
      paths.push_back(path);
      const auto selected = selection.Select(dotted);
      ASSERT_TRUE(selected) << selected.error();
    }
    const JsonWriteOptions options = {.emit_defaults = i % 2 == 0, .enums_as_integers = i % 5 == 0};
    Buffer whole;
    ASSERT_TRUE(codec_.WriteMessage(Plan<Everything>(), wire, options, whole).ok());
    rapidjson::Document pruned;
    pruned.Parse<rapidjson::kParseNumbersAsStringsFlag>(whole.data(), whole.size());
    ASSERT_FALSE(pruned.HasParseError());
    Prune(pruned, descriptor, paths, 0);

    Buffer ours;
    const Status status = codec_.WriteMessage(Plan<Everything>(), wire, options, ours, &selection);
    ASSERT_TRUE(status.ok()) << status.message();
    rapidjson::Document selected;
    selected.Parse<rapidjson::kParseNumbersAsStringsFlag>(ours.data(), ours.size());
    ASSERT_FALSE(selected.HasParseError()) << ours.view();
    const auto text = [](const rapidjson::Document& document) {
      rapidjson::StringBuffer buffer;
      rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
      document.Accept(writer);
      return std::string(buffer.GetString(), buffer.GetSize());
    };
    ASSERT_EQ(text(selected), text(pruned)) << "iteration " << i;
    written += ours.size();
  }
  EXPECT_GT(written, 20'000u);
}

}  // namespace
}  // namespace dragoman::transcoding
