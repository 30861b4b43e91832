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
          message Item { string id = 1; }
          message Reply { Item item = 1; repeated Item items = 2; int64 total = 3; google.api.HttpBody file = 4; map<string, int32> stock = 5; }
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

}  // namespace
}  // namespace dragoman::transcoding
