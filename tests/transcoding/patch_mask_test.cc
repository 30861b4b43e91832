#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "schema_from_source.h"
#include "transcoding/request_plan.h"

// The update mask that a PATCH becomes.
namespace dragoman::transcoding {
namespace {

class PatchMaskTest : public ::testing::Test {
 protected:
  PatchMaskTest()
      : schema_(SchemaFromSource(R"(
          syntax = "proto3";
          package shop;
          import "google/protobuf/field_mask.proto";
          import "google/protobuf/struct.proto";
          message Money { string currency = 1; int64 units = 2; }
          message Item { string id = 1; string title = 2; Money unit_price = 3; repeated string tags = 4; google.protobuf.FieldMask own = 5; }
          message Update { Item item = 1; google.protobuf.FieldMask update_mask = 2; bool dry_run = 3; google.protobuf.Struct facts = 4; repeated Item items = 5; }
          message Read { Item item = 1; google.protobuf.FieldMask update_mask = 2; google.protobuf.FieldMask read_mask = 3; }
          message Plain { Item item = 1; repeated google.protobuf.FieldMask masks = 2; }
          message Either { Item item = 1; oneof how { google.protobuf.FieldMask update_mask = 2; bool all = 3; } }
        )")),
        plans_(schema_),
        codec_(plans_) {}

  struct Request {
    std::string_view body = "{}";
    std::string_view query = {};
    std::string_view http_method = "PATCH";
    std::string_view type = "shop.Update";
    std::string_view body_field = "item";
    std::string_view path = "/v1/items/{item.id}";
    BodySyntax syntax = BodySyntax::kJson;
  };

  // The message in text format, or "REASON: message".
  std::string Encoded(const Request& request) {
    const auto plan = Plan(request);
    Buffer body(request.body);
    Buffer wire;
    const std::vector<std::string_view> captures = {"7"};
    const Status status = plan.Encode(
        {.captures = captures, .query = request.query, .body = &body, .syntax = request.syntax}, {}, codec_, wire);
    if (!status.ok()) return std::string(FactsOf(status.reason()).name) + ": " + std::string(status.message());
    return Shown(wire.view(), request.type);
  }

  RequestPlan Plan(const Request& request) {
    auto plan = RequestPlan::Build(*plans_.Find(request.type), *HttpTemplate::Parse(request.path), request.body_field,
                                   request.http_method);
    EXPECT_TRUE(plan) << plan.error();
    return *std::move(plan);
  }

  std::string Shown(std::string_view wire, std::string_view type) {
    const std::unique_ptr<google::protobuf::Message> message(
        factory_.GetPrototype(schema_.pool().FindMessageTypeByName(std::string(type)))->New());
    EXPECT_TRUE(message->ParseFromArray(wire.data(), static_cast<int>(wire.size())));
    std::string text;
    google::protobuf::TextFormat::Printer printer;
    printer.SetSingleLineMode(true);
    printer.PrintToString(*message, &text);
    if (!text.empty()) text.pop_back();
    return text;
  }

  Schema schema_;
  PlanSet plans_;
  JsonCodec codec_;
  google::protobuf::DynamicMessageFactory factory_;
};

TEST_F(PatchMaskTest, IsWhatStandsInTheBody) {
  EXPECT_EQ(Encoded({.body = R"({"title": "Tea", "unitPrice": {"units": 3}, "tags": [], "own": "a"})"}),
            R"(item { id: "7" title: "Tea" unit_price { units: 3 } own { paths: "a" } } )"
            R"(update_mask { paths: "title" paths: "unit_price.units" paths: "tags" paths: "own" })");
  EXPECT_EQ(Encoded({.body = R"({"title": null, "unit_price": {}})"}),
            R"(item { id: "7" unit_price { } } update_mask { paths: "title" paths: "unit_price" })");
  EXPECT_EQ(Encoded({.body = R"({"id": "7", "title": ""})", .query = "dry_run=true"}),
            R"(item { id: "7" } update_mask { paths: "id" paths: "title" } dry_run: true)");
}

TEST_F(PatchMaskTest, OfNothingIsThereAndEmpty) {
  EXPECT_EQ(Encoded({.body = "{}"}), R"(item { id: "7" } update_mask { })");
  EXPECT_EQ(Encoded({.body = ""}), R"(item { id: "7" } update_mask { })");
  EXPECT_EQ(Encoded({.body = "null"}), R"(item { id: "7" } update_mask { })");
}

TEST_F(PatchMaskTest, OfTheClientStandsAsItIs) {
  EXPECT_EQ(Encoded({.body = R"({"title": "Tea", "tags": ["a"]})", .query = "updateMask=unitPrice"}),
            R"(item { id: "7" title: "Tea" tags: "a" } update_mask { paths: "unit_price" })");
  EXPECT_EQ(Encoded({.body = R"({"title": "Tea"})", .query = "update_mask="}),
            R"(item { id: "7" title: "Tea" } update_mask { })");
  EXPECT_EQ(Encoded({.body = R"({"title": "Tea"})", .path = "/v1/items/{update_mask}"}),
            R"(item { title: "Tea" } update_mask { paths: "7" })");
}

TEST_F(PatchMaskTest, IsOfAFormToo) {
  EXPECT_EQ(Encoded({.body = "title=Tea&unitPrice.units=3&tags=a&tags=b", .syntax = BodySyntax::kForm}),
            R"(item { id: "7" title: "Tea" unit_price { units: 3 } tags: "a" tags: "b" } )"
            R"(update_mask { paths: "title" paths: "unit_price.units" paths: "tags" })");
}

TEST_F(PatchMaskTest, IsOfEachElementWhereRequestsStream) {
  const RequestPlan plan = Plan({});
  Buffer element(R"({"tags": ["a"]})");
  Buffer wire;
  ASSERT_TRUE(plan.EncodeNext(element, {}, {}, codec_, wire).ok());
  EXPECT_EQ(Shown(wire.view(), "shop.Update"), R"(item { tags: "a" } update_mask { paths: "tags" })");
}

TEST_F(PatchMaskTest, IsOnlyWhereItCanOnlyMeanOneThing) {
  constexpr std::string_view kBody = R"({"title": "Tea"})";
  const struct {
    std::string_view why;
    Request request;
    std::string_view message;
  } kCases[] = {
      {"no PATCH", {.body = kBody, .http_method = "PUT"}, R"(item { id: "7" title: "Tea" })"},
      {"any method", {.body = kBody, .http_method = "*"}, R"(item { id: "7" title: "Tea" })"},
      {"two masks", {.body = kBody, .type = "shop.Read"}, R"(item { id: "7" title: "Tea" })"},
      {"two masks, one given",
       {.body = kBody, .query = "update_mask=title", .type = "shop.Read"},
       R"(item { id: "7" title: "Tea" } update_mask { paths: "title" })"},
      {"a list of masks", {.body = kBody, .type = "shop.Plain"}, R"(item { id: "7" title: "Tea" })"},
      {"a member of a oneof", {.body = kBody, .type = "shop.Either"}, R"(item { id: "7" title: "Tea" })"},
      {"the body is the message",
       {.body = R"({"dryRun": true})", .body_field = "*"},
       R"(item { id: "7" } dry_run: true)"},
      {"the body is a Struct",
       {.body = R"({"a": null})", .body_field = "facts"},
       R"(item { id: "7" } facts { fields { key: "a" value { null_value: NULL_VALUE } } })"},
      {"the body is a list",
       {.body = R"([{"title": "Tea"}])", .body_field = "items"},
       R"(item { id: "7" } items { title: "Tea" })"},
      {"the body is the mask",
       {.body = R"("title")", .body_field = "update_mask"},
       R"(item { id: "7" } update_mask { paths: "title" })"},
  };
  for (const auto& c : kCases) EXPECT_EQ(Encoded(c.request), c.message) << c.why;
}

TEST_F(PatchMaskTest, ErrorsOfTheBodyAreAsEver) {
  EXPECT_EQ(Encoded({.body = R"({"title": 1})"}),
            "INVALID_FIELD: line 1, column 11: item.title: expected a string, got 1");
  EXPECT_EQ(Encoded({.body = R"({"id": "8"})"}),
            "INVALID_REQUEST: the path and the body give item.id different values");
}

}  // namespace
}  // namespace dragoman::transcoding
