#include "transcoding/reply_plan.h"

#include <gtest/gtest.h>

#include <string>

#include "schema_from_source.h"

namespace dragoman::transcoding {
namespace {

using namespace std::literals;

class ReplyPlanTest : public ::testing::Test {
 protected:
  ReplyPlanTest()
      : schema_(SchemaFromSource(R"(
          syntax = "proto3";
          import "google/api/httpbody.proto";
          import "google/protobuf/struct.proto";
          message Item { string id = 1; }
          message Reply { Item item = 1; repeated Item items = 2; int64 total = 3; google.api.HttpBody file = 4; map<string, int32> stock = 5; }
          message Page { repeated Entry entries = 1; map<string, Entry> by_name = 2; Entry top_entry = 3; google.protobuf.Struct facts = 4; }
          message Entry { string id = 1; string display_name = 2; Page page = 3; }
        )")),
        plans_(schema_),
        codec_(plans_) {}

  // "content type|body", or "REASON: message".
  std::string Rendered(std::string_view type, std::string_view response_body, std::string_view wire) {
    const auto plan = ReplyPlan::Build(*plans_.Find(type), response_body);
    if (!plan) return "build: " + plan.error();
    Buffer out;
    std::string scratch;
    const Result<std::string_view> content_type = plan->Render(wire, {}, codec_, out, scratch);
    if (!content_type) {
      return std::string(FactsOf(content_type.error().reason()).name) + ": " +
             std::string(content_type.error().message());
    }
    return std::string(*content_type) + "|" + std::string(out.view());
  }

  // The same of a client that asks for fields: `{…}`, or the refusal.
  std::string Chosen(std::string_view type, std::string_view response_body, std::string_view query,
                     std::string_view wire = {}) {
    const auto plan = ReplyPlan::Build(*plans_.Find(type), response_body);
    if (!plan) return "build: " + plan.error();
    const auto selection = plan->Select(query, "fields");
    if (!selection) {
      EXPECT_EQ(selection.error().reason(), Reason::kInvalidRequest);
      EXPECT_EQ(selection.error().violations().size(), 1u);
      return std::string(selection.error().message());
    }
    Buffer out;
    std::string scratch;
    EXPECT_TRUE(plan->Render(wire, {.emit_defaults = false}, codec_, out, scratch, selection->get()));
    return std::string(out.view());
  }

  Schema schema_;
  PlanSet plans_;
  JsonCodec codec_;
};

constexpr std::string_view kItemA =
    "\x0a\x03\x0a\x01"
    "a";  // item { id: "a" }

TEST_F(ReplyPlanTest, RendersTheMessageOrTheNamedField) {
  EXPECT_EQ(Rendered("Reply", "item", kItemA), R"(application/json|{"id":"a"})");
  EXPECT_EQ(Rendered("Item", "",
                     "\x0a\x01"
                     "a"),
            R"(application/json|{"id":"a"})");
  EXPECT_EQ(Rendered("Reply", "total", "\x18\x07"), R"(application/json|"7")");
  constexpr std::string_view kTwoItems(
      "\x12\x03\x0a\x01"
      "a\x12\x00",
      7);
  EXPECT_EQ(Rendered("Reply", "items", kTwoItems), R"(application/json|[{"id":"a"},{"id":""}])");
}

TEST_F(ReplyPlanTest, RendersAnUnsetFieldAsItsDefault) {
  EXPECT_EQ(Rendered("Reply", "item", ""), "application/json|null");
  EXPECT_EQ(Rendered("Reply", "items", ""), "application/json|[]");
  EXPECT_EQ(Rendered("Reply", "total", ""), R"(application/json|"0")");
  EXPECT_EQ(Rendered("Reply", "stock", ""), "application/json|{}");
}

TEST_F(ReplyPlanTest, PassesHttpBodyThrough) {
  const std::string file = "\x0a\x09image/png\x12\x03\x89PN";
  EXPECT_EQ(Rendered("google.api.HttpBody", "", file), "image/png|\x89PN");
  EXPECT_EQ(Rendered("Reply", "file", "\x22" + std::string(1, static_cast<char>(file.size())) + file),
            "image/png|\x89PN");
  EXPECT_EQ(Rendered("google.api.HttpBody", "", "\x12\x01x"), "application/octet-stream|x");
  EXPECT_EQ(Rendered("Reply", "file", ""), "application/octet-stream|");
  // What cannot be a header says nothing.
  for (const std::string_view type : {"\x0a\x03t\r\n", "\x0a\x01 ", "\x0a\x02 t", "\x0a\x02t ", "\x0a\x02t\xff", "\x0a\x01\x7f"}) {
    EXPECT_EQ(Rendered("google.api.HttpBody", "", std::string(type) + "\x12\x01x"), "application/octet-stream|x") << type;
  }
  // A singular message that stands there twice is one: the last value of each of its fields holds.
  EXPECT_EQ(Rendered("Reply", "file", "\x22\x06\x0a\x01t\x12\x01x\x22\x03\x12\x01y\x22\x00"s), "t|y");
}

TEST_F(ReplyPlanTest, RefusesBytesThatAreNoSuchMessage) {
  EXPECT_EQ(Rendered("google.api.HttpBody", "", "\x12\x05x"),
            "BACKEND_PROTOCOL_ERROR: the backend sent bytes that are no google.api.HttpBody");
  EXPECT_EQ(Rendered("Reply", "file", "\x22\x05x"), "BACKEND_PROTOCOL_ERROR: the backend sent bytes that are no Reply");
  EXPECT_EQ(Rendered("Reply", "itens", ""),
            R"(build: response_body: Reply has no field "itens"; did you mean "items"?)");
}

// entries { id: "1" display_name: "a" } by_name { key: "k" value { id: "2" display_name: "b" } }
// top_entry { id: "3" page { entries { id: "4" display_name: "c" } } } facts { fields { key: "x" value { bool_value: true } } }
constexpr std::string_view kPage =
    "\x0a\x06\x0a\x01\x31\x12\x01\x61"
    "\x12\x0b\x0a\x01\x6b\x12\x06\x0a\x01\x32\x12\x01\x62"
    "\x1a\x0d\x0a\x01\x33\x1a\x08\x0a\x06\x0a\x01\x34\x12\x01\x63"
    "\x22\x09\x0a\x07\x0a\x01\x78\x12\x02\x20\x01";

TEST_F(ReplyPlanTest, WritesTheFieldsThatAClientAsksFor) {
  EXPECT_EQ(Chosen("Page", "", "fields=entries.id,byName.display_name,top_entry.page.entries.displayName", kPage),
            R"({"entries":[{"id":"1"}],"byName":{"k":{"displayName":"b"}},"topEntry":{"page":{"entries":[{"displayName":"c"}]}}})");
  EXPECT_EQ(Chosen("Page", "", "a=b&fields=facts%2Centries%2eid&c", kPage), R"({"entries":[{"id":"1"}],"facts":{"x":true}})");
  EXPECT_EQ(Chosen("Page", "", "fields=topEntry,topEntry.id", kPage),
            R"({"topEntry":{"id":"3","page":{"entries":[{"id":"4","displayName":"c"}]}}})");
  EXPECT_EQ(Chosen("Page", "top_entry", "fields=id", kPage), R"({"id":"3"})");
  EXPECT_EQ(Chosen("Page", "entries", "fields=display_name", kPage), R"([{"displayName":"a"}])");
  EXPECT_EQ(Chosen("Page", "by_name", "fields=id", kPage), R"({"k":{"id":"2"}})");
}

TEST_F(ReplyPlanTest, WritesEverythingWhereNothingIsChosen) {
  constexpr std::string_view kTop = R"({"id":"3","page":{"entries":[{"id":"4","displayName":"c"}]}})";
  for (const std::string_view query : {"", "fields", "fields=", "fields=*", "fields=%2A", "fields=id,*", "field=id"}) {
    EXPECT_EQ(Chosen("Page", "top_entry", query, kPage), kTop) << query;
  }
  EXPECT_EQ(Chosen("google.api.HttpBody", "", "fields=*", "\x12\x01x"), "x");
  EXPECT_EQ(Chosen("Reply", "total", "fields=", "\x18\x07"), R"("7")");
}

TEST_F(ReplyPlanTest, RefusesFieldsThatThereAreNot) {
  const auto refusal = [](std::string_view why) { return "query parameter \"fields\": " + std::string(why); };
  EXPECT_EQ(Chosen("Page", "", "fields=entires"), refusal(R"(Page has no field "entires"; did you mean "entries"?)"));
  EXPECT_EQ(Chosen("Page", "", "fields=entries.ids"), refusal(R"(Entry has no field "ids"; did you mean "id"?)"));
  EXPECT_EQ(Chosen("Page", "", "fields=*,nope"), refusal(R"(Page has no field "nope")"));
  EXPECT_EQ(Chosen("Page", "", "fields=entries,"), refusal(R"(Page has no field "")"));
  EXPECT_EQ(Chosen("Page", "", "fields=entries.id.x"), refusal(R"(field "id" of Entry has no fields)"));
  EXPECT_EQ(Chosen("Page", "", "fields=facts.x"), refusal(R"(field "facts" of Page is whole or not at all)"));
  EXPECT_EQ(Chosen("Page", "", "fields=entries&fields=facts"), "query parameter \"fields\" is given twice");
  for (const auto& [type, body] : {std::pair("google.api.HttpBody", ""), {"Reply", "file"}, {"Reply", "total"}, {"Page", "facts"},
                                   {"google.protobuf.Struct", ""}}) {
    EXPECT_EQ(Chosen(type, body, "fields=data"), refusal("the reply has no fields that could be chosen")) << type << body;
  }
}

TEST_F(ReplyPlanTest, BoundsWhatAClientAsksFor) {
  const auto paths = [](size_t count) {
    std::string text = "fields=entries";
    for (size_t i = 1; i < count; ++i) text += ",entries";
    return text;
  };
  EXPECT_EQ(Chosen("Page", "", paths(kMaxSelectedPaths)), "{}");
  EXPECT_EQ(Chosen("Page", "", paths(kMaxSelectedPaths + 1)), R"(query parameter "fields": more than 64 paths)");
  EXPECT_EQ(Chosen("Page", "", "fields=" + std::string(kMaxSelectionBytes + 1, 'x')),
            R"(query parameter "fields": longer than 2048 bytes)");
  EXPECT_EQ(Chosen("Page", "", "fields=topEntry%"),
            R"(query parameter "fields": column 9: expected two hex digits after '%')");
}

TEST_F(ReplyPlanTest, LeavesOtherParametersToTheRequest) {
  EXPECT_EQ(Chosen("Page", "", "utm_c=50%off&%zz=1&fields=nope"), Chosen("Page", "", "fields=nope"));
  EXPECT_EQ(Chosen("Page", "", "utm_c=50%off&=&&fiel%64s=topEntry&x=%"), Chosen("Page", "", "fields=topEntry"));
}

TEST_F(ReplyPlanTest, AsksNobodyWhereNoParameterChooses) {
  const auto plan = ReplyPlan::Build(*plans_.Find("Page"), "");
  const auto selection = plan->Select("fields=nope&=%zz", "");
  ASSERT_TRUE(selection);
  EXPECT_EQ(*selection, nullptr);
}

}  // namespace
}  // namespace dragoman::transcoding
