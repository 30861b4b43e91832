#include <gtest/gtest.h>

#include <string>

#include "composition_fixture.h"
#include "shop_fixture.h"
#include "streams_fixture.h"
#include "websocket_client.h"

// JSON as policies say of each RPC, and `?fields=`, by the real gateway in every dialect.
namespace dragoman::integration {
namespace {

constexpr const char* kChoosing =
    "policies: [{methods: [\"*\"], json: {fields_parameter: fields, int64_as_numbers: true}}]";

TEST(JsonOptions, AreThoseOfTheRpcsPolicy) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}, .more = R"(json: {emit_defaults: false, enums_as_integers: true}
policies:
  - {methods: [shop.v1.Catalog/GetPrice], json: {emit_defaults: true, int64_as_numbers: true, preserve_proto_names: true}}
  - {methods: [shop.v1.Catalog/UpdateItem], json: {unknown_fields: ignore, enums_as_integers: false}})"});
  HttpClient client(gateway.address());
  EXPECT_EQ(client.Send("GET", "/v1/items/grinder/price").body, R"({"currency_code":"EUR","units":89,"nanos":0})");
  // What their policy does not say, and RPCs without one, are as for all.
  EXPECT_EQ(JsonLacks(R"({"category": 3, "price": {"currencyCode": "EUR", "units": "89"}})",
                      client.Send("GET", "/v1/items/grinder").body),
            "");
  const HttpResponse updated = client.Send("PATCH", "/v1/items/grinder", {}, R"({"colour": "red", "stock": 2})");
  EXPECT_EQ(updated.status, 200) << updated.body;
  EXPECT_EQ(JsonLacks(R"({"category": "CATEGORY_EQUIPMENT", "stock": "2"})", updated.body), "");
  EXPECT_EQ(client.Send("POST", "/v1/customers/carol/orders", {}, R"({"colour": "red"})").status, 400);
}

TEST(JsonOptions, MakeNumbersOfIntegersOf64BitsEverywhere) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}, .more = "json: {int64_as_numbers: true}"});
  EXPECT_EQ(
      JsonLacks(R"({"items": [{"id": "green-tea"}, {"id": "house-blend", "stock": 9007199254740993}], "totalSize": 2})",
                Fetch(gateway.address(), "GET", "/v1/items?categories=2&categories=1").body),
      "");
  // The keys of a map are strings still.
  EXPECT_EQ(JsonLacks(R"({"volumePrices": {"5": {"currencyCode": "EUR", "units": 449}}})",
                      Fetch(gateway.address(), "GET", "/v1/items/espresso-machine").body),
            "");
}

TEST(FieldsParameter, ChoosesWhatIsWritten) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}, .more = kChoosing});
  HttpClient client(gateway.address());
  EXPECT_EQ(client.Send("GET", "/v1/items/grinder?fields=id,price.currency_code,price.units").body,
            R"({"id":"grinder","price":{"currencyCode":"EUR","units":89}})");
  EXPECT_EQ(
      JsonDifference(
          R"({"items": [{"id": "espresso-machine", "volumePrices": {"5": {"units": 449}, "10": {"units": 399}}}]})",
          client.Send("GET", "/v1/items?tags=kitchen&tags=coffee&fields=items.id%2Citems.volumePrices.units").body),
      "");
  // Below the field that is the body of the reply.
  EXPECT_EQ(client.Send("GET", "/v1/items/grinder/price?fields=units").body, R"({"units":89})");
  EXPECT_EQ(client.Send("GET", "/v1/customers/ada/orders?states=ORDER_STATE_SHIPPED&fields=id").body,
            R"([{"id":1002}])");
  const std::string whole = client.Send("GET", "/v1/items/grinder").body;
  EXPECT_EQ(client.Send("GET", "/v1/items/grinder?fields=*").body, whole);
  EXPECT_EQ(client.Send("GET", "/v1/items/grinder?fields=").body, whole);
  const HttpResponse head = client.Send("HEAD", "/v1/items/grinder?fields=id");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.Header("content-length"), std::to_string(std::string_view(R"({"id":"grinder"})").size()));
}

TEST(FieldsParameter, OfAnUnknownFieldCallsNobody) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}, .more = kChoosing});
  HttpClient client(gateway.address());
  const HttpResponse refused = client.Send("GET", "/v1/items/grinder?fields=id,prise");
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(JsonAt(refused.body, "message"),
            R"(query parameter "fields": shop.v1.Item has no field "prise"; did you mean "price"?)");
  EXPECT_EQ(
      JsonLacks(
          R"({"code": 3, "details": [{"reason": "INVALID_REQUEST"}, {"fieldViolations": [{"field": "fields"}]}]})",
          refused.body),
      "");
  EXPECT_EQ(client.Send("GET", "/v1/items/grinder/image?fields=data").status, 400);
  EXPECT_EQ(client.Send("GET", "/v1/items/grinder?fields=" + std::string(2049, 'a')).status, 400);
  // Errors of the backend are whole whatever was asked for.
  const HttpResponse missing = client.Send("GET", "/v1/items/teapot?fields=id");
  EXPECT_EQ(missing.status, 404);
  EXPECT_NE(JsonAt(missing.body, "message"), "");
  EXPECT_EQ(Stat(gateway, "Catalog/GetItem", "started"), 1);
}

TEST(FieldsParameter, HoldsForEachMessageOfAStream) {
  Streams backend;
  GatewayOptions options = StreamsOptions(backend);
  options.more = kChoosing;
  Gateway gateway(options);
  HttpClient client(gateway.address());
  EXPECT_EQ(client.Send("GET", "/v1/prices/ABC:watch?count=3&fields=sequence").body,
            "{\"sequence\":1}\n{\"sequence\":2}\n{\"sequence\":3}\n");
  EXPECT_EQ(client.Send("GET", "/v1/prices/ABC:watch?count=2&fields=symbol", {{"Accept", "application/json"}}).body,
            R"([{"symbol":"ABC"},{"symbol":"ABC"}])");
  EXPECT_EQ(client.Send("GET", "/v1/prices/ABC:watch?count=2&fields=symbool").status, 400);
  EXPECT_EQ(client.Send("POST", "/v1/sensors/s1/readings?fields=count", {}, "{\"value\":1}\n{\"value\":2}").body,
            R"({"count":2})");
}

TEST(FieldsParameter, HoldsForWebSockets) {
  Streams backend;
  GatewayOptions options = StreamsOptions(backend);
  options.more = kChoosing;
  Gateway gateway(options);
  WebSocketClient prices(gateway.address(), "/v1/prices/ABC:watch?count=2&fields=sequence");
  ASSERT_EQ(prices.response().status, 101);
  EXPECT_EQ(prices.Next(), R"(text {"sequence":1})");
  EXPECT_EQ(prices.Next(), R"(text {"sequence":2})");
  EXPECT_EQ(prices.Next(), "close 1000");
  WebSocketClient refused(gateway.address(), "/v1/prices/ABC:watch?fields=amuont");
  EXPECT_EQ(refused.response().status, 400);
}

TEST(JsonOptions, OfACompositionAreItsOwn) {
  ComposeBackend backend;
  const std::string composition = R"(
  - name: user
    get: "/v1/users/{user_id}"
    calls:
      user: {method: compose.v1.Users/GetUser, request: {id: "{path.user_id}"}}
      orders: {method: compose.v1.Orders/ListOrders, request: {user_id: "{user.id}", shape: "1"}}
    response: {name: "{user.display_name}", created: "{user}", total: "{orders.orders[].total}", first: "{orders.orders[]}", many: "{size(orders.orders)}"}
)";
  const std::string policies = R"(policies:
  - {methods: ["compose.v1.*"], json: {preserve_proto_names: true, int64_as_numbers: true}}
  - {methods: ["compositions/user"], json: {int64_as_numbers: true, emit_defaults: false}})";
  Gateway gateway(Composing(backend, composition, policies));
  const std::string body = Fetch(gateway.address(), "GET", "/v1/users/ada").body;
  EXPECT_EQ(
      JsonLacks(
          R"({"name": "User ada", "created": {"displayName": "User ada"}, "total": [100], "first": [{"total": 100}]})",
          body),
      "")
      << body;
  EXPECT_EQ(body.find("display_name"), std::string::npos) << body;
  const std::string streamed =
      Fetch(gateway.address(), "GET", "/v1/users/ada", {{"Accept", "application/x-ndjson"}}).body;
  EXPECT_NE(streamed.find(R"("total":[100])"), std::string::npos) << streamed;
}

}  // namespace
}  // namespace dragoman::integration
