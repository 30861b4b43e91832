#include <gtest/gtest.h>

#include <string>

#include "document.h"

namespace dragoman::openapi {
namespace {

constexpr std::string_view kProto = R"(
  enum State { NEW = 0; SHIPPED = 1; }
  message User { string id = 1; string display_name = 2; google.protobuf.Timestamp since = 3; }
  message Order { string id = 1; int64 total = 2; State state = 3; repeated Line lines = 4; map<string, Line> by_id = 5; }
  message Line { string item_id = 1; int32 quantity = 2; }
  message Orders { repeated Order orders = 1; }
  message Get { string id = 1; int32 limit = 2; }
  service Shop {
    rpc GetUser(Get) returns (User) { option (google.api.http) = {get: "/users/{id}"}; }
    rpc List(Get) returns (Orders) { option (google.api.http) = {get: "/orders"}; }
  }
)";

Document With(std::string_view composition) {
  return Document(kProto, "compositions: [" + std::string(composition) + "]");
}

TEST(Compositions, HaveTheirParametersAndAnswer) {
  const Document document = With(R"({name: home, get: "/home/{user_id}", fields: true,
    parameters: {limit: {type: int32, default: 5}, tags: {type: [string], required: true}, state: {type: shop.v1.State}},
    calls: {user: {method: shop.v1.Shop/GetUser, request: {id: "{path.user_id}"}},
            orders: {method: shop.v1.Shop/List, request: {id: "{user.id}", limit: "{query.limit}"}, optional: true}},
    merge: ["{user - {since}}"],
    response: {kind: "home", count: 3, nested: {name: "{user.display_name}", since: "{user.since}"}, orders: "{orders.orders ?? []}",
               totals: "{orders.orders[].total}", states: "{orders.orders[] => {state: each.state, map: each.by_id}}", both: ["{user.id}", "x"]}})");
  EXPECT_EQ(document.Of("get", "/home/{user_id}", "/tags"), R"(["Compositions"])");
  EXPECT_EQ(document.Of("get", "/home/{user_id}", "/operationId"), R"("home")");
  EXPECT_EQ(document.Of("get", "/home/{user_id}", "/parameters"),
            R"([{"name":"user_id","in":"path","required":true,"schema":{"type":"string"},"example":"user_id"},)"
            R"({"name":"limit","in":"query","schema":{"type":"integer","format":"int32","default":5}},)"
            R"({"name":"tags","in":"query","required":true,"schema":{"type":"array","items":{"type":"string"}}},)"
            R"({"name":"state","in":"query","schema":{"$ref":"#/components/schemas/shop.v1.State"}},)"
            R"({"name":"fields","in":"query","description":"The fields of the reply that are wanted: paths, separated by commas. None, or `*`: all of them.",)"
            R"("schema":{"type":"string"},"example":"*"}])");
  const std::string answer = "/responses/200/content/application~1json/schema";
  const std::string path = "/home/{user_id}";
  EXPECT_EQ(document.Keys("/paths/~1home~1{user_id}/get" + answer + "/properties"),
            "id displayName kind count nested orders totals states both _errors");
  EXPECT_EQ(document.Of("get", path, answer + "/properties/kind"), R"({"const":"home"})");
  EXPECT_EQ(document.Of("get", path, answer + "/properties/count"), R"({"const":3})");
  EXPECT_EQ(document.Of("get", path, answer + "/properties/nested/properties/name"), R"({"type":"string"})");
  EXPECT_EQ(document.Of("get", path, answer + "/properties/totals"),
            R"({"type":"array","items":{"anyOf":[{"type":"string","format":"int64"},{"type":"null"}]}})");
  EXPECT_EQ(document.Of("get", path, answer + "/properties/states/items/anyOf/0/properties/map"),
            R"({"type":"object","additionalProperties":{"$ref":"#/components/schemas/shop.v1.Line-Output"}})")
      << "of which a client may choose fields";
  EXPECT_EQ(document.Of("get", path, answer + "/properties/both/items"), R"({"anyOf":[{"type":"string"},{"const":"x"}]})");
  EXPECT_EQ(document.Of("get", path, "/responses/200/headers/x-partial/schema"), R"({"type":"string"})");
  EXPECT_EQ(document.Keys("/paths/~1home~1{user_id}/get/responses/200/content"), "application/json application/x-ndjson text/event-stream");
}

TEST(Compositions, HaveBodiesThatTheyDeclare) {
  const Document document = With(R"({name: check-out, post: "/check", body: {fields: {user_id: string, lines: [{item_id: string, quantity: int32}], to: shop.v1.Line}},
    calls: {user: {method: shop.v1.Shop/GetUser, request: {id: "{body.user_id}"}}}, merge: [user]})");
  const std::string body = document.Of("post", "/check", "/requestBody/content/application~1json/schema/$ref");
  EXPECT_EQ(body, R"("#/components/schemas/dragoman.compositions.check_out.Body")");
  EXPECT_EQ(document.Keys("/components/schemas/dragoman.compositions.check_out.Body/properties"), "user_id lines to");
  EXPECT_EQ(document.Of("post", "/check", "/operationId"), R"("check_out")");
  EXPECT_EQ(document.Of("post", "/check", "/parameters/0/name"), R"("idempotency-key")");
}

}  // namespace
}  // namespace dragoman::openapi
