#include <gtest/gtest.h>

#include "shop_fixture.h"

// Every form in which an annotation can bind a request and a reply, one after the other against one shop.
namespace dragoman::integration {
namespace {

struct Case {
  const char* name;
  const char* http_method;
  const char* target;
  const char* body;
  int status;
  const char* reply;  // JSON; objects of the answer may have more members
};

constexpr const char* kEspressoMachine = R"({
  "id": "espresso-machine", "name": "shelves/equipment/items/espresso-machine", "title": "Espresso machine", "category": "CATEGORY_EQUIPMENT",
  "price": {"currencyCode": "EUR", "units": "499", "nanos": 990000000}, "tags": ["kitchen", "coffee"],
  "attributes": {"colour": "steel", "voltage": "230 V"}, "addedAt": "2025-12-01T00:00:00Z", "description": "Two groups, 15 bar.\nMade in Naples.",
  "rating": 4.5, "stock": "12", "warranty": "63072000s", "dimensions": {"widthCm": 28.5, "heightCm": 38, "depthCm": 31.25},
  "volumePrices": {"5": {"currencyCode": "EUR", "units": "449", "nanos": 0}, "10": {"currencyCode": "EUR", "units": "399", "nanos": 500000000}},
  "barcode": "4006381333931", "thumbnail": "iVBORw0K", "specs": {"bar": 15, "modes": ["single", "double"]},
  "ratingHistogram": [0, 1, 3, 20, 41], "discontinued": false})";

// Unset: optional, message and wrapper fields are not there; everything else is, as its default.
constexpr const char* kGrinder = R"({
  "id": "grinder", "name": "shelves/equipment/items/grinder", "title": "Grinder", "category": "CATEGORY_EQUIPMENT",
  "price": {"currencyCode": "EUR", "units": "89", "nanos": 0}, "tags": ["kitchen"], "attributes": {}, "addedAt": "2025-12-02T00:00:00.500Z",
  "rating": 3.75, "stock": "0", "volumePrices": {}, "barcode": "0", "thumbnail": "", "ratingHistogram": [], "discontinued": false})";

constexpr const char* kOrder1001 = R"({
  "id": "1001", "customer": "ada", "userId": "ada",
  "lines": [{"itemId": "espresso-machine", "quantity": 1, "price": {"currencyCode": "EUR", "units": "499", "nanos": 990000000}},
            {"itemId": "house-blend", "quantity": 4, "price": {"currencyCode": "EUR", "units": "12", "nanos": 500000000}}],
  "state": "ORDER_STATE_PLACED", "placedAt": "2026-01-13T10:00:00.250Z", "deliveryTime": "172800s",
  "total": {"currencyCode": "EUR", "units": "549", "nanos": 990000000}, "card": {"network": "visa", "lastDigits": "4242"},
  "note": "Ring twice", "labels": {"channel": "web"}, "extra": {"campaign": "winter", "points": 12.5, "vip": null},
  "history": [{"@type": "type.googleapis.com/shop.v1.OrderPlaced", "at": "2026-01-13T10:00:00Z"}], "giftWrapping": true})";

// In this order: later cases see what earlier ones changed.
const Case kCases[] = {
    {"one segment", "GET", "/v1/items/espresso-machine", "", 200, kEspressoMachine},
    {"a trailing slash", "GET", "/v1/items/espresso-machine/", "", 200, R"({"id": "espresso-machine"})"},
    {"a capture with its own segments", "GET", "/v1/shelves/equipment/items/grinder", "", 200, kGrinder},
    {"a repeated enum, by name and number", "GET", "/v1/items?categories=CATEGORY_TEA&categories=1", "", 200,
     R"({"items": [{"id": "green-tea"}, {"id": "house-blend", "title": "House blend ☕", "stock": "9007199254740993"}], "nextPageToken": "", "totalSize": "2"})"},
    {"a repeated string", "GET", "/v1/items?tags=kitchen&tags=coffee", "", 200,
     R"({"items": [{"id": "espresso-machine"}]})"},
    {"a nested field", "GET", "/v1/items?max_price.units=12&max_price.nanos=500000000", "", 200,
     R"({"items": [{"id": "green-tea"}, {"id": "house-blend"}]})"},
    {"JSON names and proto names, mixed", "GET", "/v1/items?maxPrice.units=8&max_price.nanos=250000000", "", 200,
     R"({"items": [{"id": "green-tea"}]})"},
    {"an optional bool that is false", "GET", "/v1/items?in_stock=false", "", 200, R"({"items": [{"id": "grinder"}]})"},
    {"a bool without a value", "GET", "/v1/items?in_stock&categories=3", "", 200,
     R"({"items": [{"id": "espresso-machine"}]})"},
    {"a timestamp", "GET", "/v1/items?added_after=2025-12-03T12:00:00%2B12:00", "", 200,
     R"({"items": [{"id": "green-tea"}]})"},
    {"a wrapper", "GET", "/v1/items?min_rating=4.75", "", 200, R"({"items": [{"id": "green-tea"}]})"},
    {"the second binding and a page", "GET", "/v1/shelves/equipment/items?page_size=1", "", 200,
     R"({"items": [{"id": "espresso-machine"}], "nextPageToken": "espresso-machine", "totalSize": "2"})"},
    {"the next page", "GET", "/v1/shelves/equipment/items?page_size=1&page_token=espresso-machine", "", 200,
     R"({"items": [{"id": "grinder"}], "nextPageToken": "", "totalSize": "2"})"},
    {"ignored query parameters", "GET", "/v1/items?utm_source=mail&_=17&categories=CATEGORY_TEA", "", 200,
     R"({"totalSize": "1"})"},

    {"body is a field, the rest is path and query", "POST", "/v1/shelves/tea/items?request_id=r-12",
     R"({"id": "oolong", "title": "Oolong", "category": "CATEGORY_TEA", "price": {"currency_code": "EUR", "units": 9}, "rating": 4})",
     201,
     R"({"name": "shelves/tea/items/oolong", "addedAt": "2026-01-15T10:00:00Z", "price": {"units": "9"}, "rating": 4})"},
    {"a capture within the body's field, and a field mask", "PATCH", "/v1/items/grinder?update_mask=title,price.units",
     R"({"title": "Grinder II", "price": {"units": "95"}, "stock": 5})", 200,
     R"({"id": "grinder", "title": "Grinder II", "price": {"currencyCode": "EUR", "units": "95"}, "stock": "0"})"},
    {"path and body name the same value", "PATCH", "/v1/items/grinder", R"({"id": "grinder", "stock": "3"})", 200,
     R"({"stock": "3"})"},
    {"body is a repeated field", "PUT", "/v1/items/grinder/tags", R"(["small", "black"])", 200,
     R"({"tags": ["small", "black"]})"},
    {"the reply is a repeated field", "GET", "/v1/items/grinder/tags", "", 200, R"(["small", "black"])"},
    {"body is an empty list", "PUT", "/v1/items/grinder/tags", "[]", 200, R"({"tags": []})"},
    {"the reply is an empty list", "GET", "/v1/items/grinder/tags", "", 200, "[]"},
    {"body and reply are maps", "PUT", "/v1/items/grinder/attributes", R"({"grind": "fine", "é": ""})", 200,
     R"({"grind": "fine", "é": ""})"},
    {"body is a number", "PUT", "/v1/items/grinder/stock", "9007199254740993", 200, R"({"stock": "9007199254740993"})"},
    {"body is a number in a string", "PUT", "/v1/items/grinder/stock", "\"7\"", 200, R"({"stock": "7"})"},
    {"the reply is a message of the reply", "GET", "/v1/items/espresso-machine/price?quantity=12", "", 200,
     R"({"currencyCode": "EUR", "units": "399", "nanos": 500000000})"},
    {"any number of segments", "GET", "/v1/manuals/coffee/espresso%20machine/a%2Fb.txt", "", 200,
     R"({"path": "coffee/espresso machine/a%2Fb.txt", "shelf": ""})"},
    {"no segments", "GET", "/v1/manuals", "", 200, R"({"path": ""})"},
    {"any number of segments before a literal", "GET", "/v1/shelves/tea/manuals/pot/lid/text", "", 200,
     R"({"path": "pot/lid", "shelf": "tea"})"},
    {"a custom method", "PURGE", "/v1/items/grinder", "", 200, R"({"purged": true})"},
    {"an empty reply", "DELETE", "/v1/items/oolong", "", 200, "{}"},

    {"an int64 in the path", "GET", "/v1/orders/1001", "", 200, kOrder1001},
    {"the whole body", "POST", "/v1/orders",
     R"({"customer": "bob", "lines": [{"itemId": "grinder", "quantity": 2, "price": {"currencyCode": "EUR", "units": "89", "nanos": 750000000}}],
         "bankTransfer": {"iban": "IT60X0542811101000000123456"}, "note": "", "labels": {"a": "1"}, "extra": {"list": [1, "x", null, {"deep": true}]},
         "giftWrapping": false})",
     201,
     R"({"id": "1003", "customer": "bob", "total": {"currencyCode": "EUR", "units": "179", "nanos": 500000000}, "deliveryTime": "172800s",
         "bankTransfer": {"iban": "IT60X0542811101000000123456"}, "note": "", "labels": {"a": "1"},
         "extra": {"list": [1, "x", null, {"deep": true}]}, "giftWrapping": false,
         "history": [{"@type": "type.googleapis.com/shop.v1.OrderPlaced", "at": "…"}]})"},
    {"the whole body and a capture", "POST", "/v1/customers/carol/orders",
     R"({"lines": [{"itemId": "green-tea", "quantity": 1}], "voucher": "TEA"})", 201,
     R"({"id": "1004", "customer": "carol", "voucher": "TEA"})"},
    {"the whole body and a query parameter", "POST", "/v1/orders?customer=dora",
     R"({"lines": [{"itemId": "green-tea", "quantity": 1}]})", 201, R"({"id": "1005", "customer": "dora"})"},
    {"another reply field per binding", "GET", "/v1/customers/ada/orders?states=ORDER_STATE_SHIPPED", "", 200,
     R"([{"id": "1002", "voucher": "WELCOME", "history": [{"@type": "type.googleapis.com/shop.v1.OrderPlaced"},
          {"@type": "type.googleapis.com/shop.v1.OrderShipped", "at": "2026-01-14T11:00:00Z", "carrier": "Posta"}]}])"},
    {"a list of orders", "GET", "/v1/orders?customer=ada&placed_after=2026-01-14T00:00:00Z", "", 200,
     R"({"orders": [{"id": "1002"}]})"},
    {"a verb", "POST", "/v1/orders/1001:cancel", R"({"reason": "changed my mind"})", 200,
     R"({"id": "1001", "state": "ORDER_STATE_CANCELLED", "history": [{}, {"@type": "type.googleapis.com/shop.v1.OrderCancelled", "reason": "changed my mind"}]})"},
    {"a verb without a body", "POST", "/v1/orders/1003:cancel", "", 200, R"({"state": "ORDER_STATE_CANCELLED"})"},
    {"a service without annotations", "POST", "/shop.v1.Diagnostics/Echo", R"({"text": "hello"})", 200,
     R"({"text": "hello", "backend": "shop"})"},
};

TEST(Bindings, EveryFormOfRuleTranslates) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}, .more = "query: {ignore: [\"utm_*\", \"_\"]}"});
  HttpClient client(gateway.address());
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    HttpResponse response = client.Send(c.http_method, c.target, {}, c.body);
    EXPECT_EQ(response.status, c.status) << response.body;
    EXPECT_EQ(response.Header("content-type"), "application/json");
    EXPECT_EQ(JsonLacks(c.reply, response.body), "");
  }
}

TEST(Bindings, NothingIsInTheReplyThatWasNotSet) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}});
  EXPECT_EQ(JsonDifference(kEspressoMachine, Fetch(gateway.address(), "GET", "/v1/items/espresso-machine").body), "");
  EXPECT_EQ(JsonDifference(kGrinder, Fetch(gateway.address(), "GET", "/v1/items/grinder").body), "");
  EXPECT_EQ(JsonDifference(kOrder1001, Fetch(gateway.address(), "GET", "/v1/orders/1001").body), "");
}

TEST(Bindings, JsonOptionsChangeTheReply) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()},
                   .more = "json: {emit_defaults: false, preserve_proto_names: true, enums_as_integers: true, "
                           "unknown_fields: ignore}"});
  EXPECT_EQ(
      JsonDifference(R"({"id": "grinder", "name": "shelves/equipment/items/grinder", "title": "Grinder", "category": 3,
                               "price": {"currency_code": "EUR", "units": "89"}, "tags": ["kitchen"], "added_at": "2025-12-02T00:00:00.500Z",
                               "rating": 3.75})",
                     Fetch(gateway.address(), "GET", "/v1/items/grinder").body),
      "");
  HttpResponse updated = Fetch(gateway.address(), "PATCH", "/v1/items/grinder", {},
                               R"({"colour": "red", "category": "CATEGORY_FRUIT", "stock": 2})");
  EXPECT_EQ(updated.status, 200) << updated.body;
  EXPECT_EQ(JsonLacks(R"({"stock": "2", "category": 3})", updated.body), "");
}

TEST(Bindings, RawBodiesGoBothWays) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}});
  HttpClient client(gateway.address());
  std::string image = std::string("\x89PNG\r\n\x1a\n\0\xff", 10) + std::string(100'000, '\x80');
  HttpResponse uploaded =
      client.Send("PUT", "/v1/items/grinder/image?alt_text=from+the+front", {{"Content-Type", "image/png"}}, image);
  EXPECT_EQ(uploaded.status, 200) << uploaded.body;
  EXPECT_EQ(
      JsonLacks(R"({"contentType": "image/png", "sizeBytes": "100010", "altText": "from the front"})", uploaded.body),
      "");
  HttpResponse downloaded = client.Send("GET", "/v1/items/grinder/image");
  EXPECT_EQ(downloaded.status, 200);
  EXPECT_EQ(downloaded.Header("content-type"), "image/png");
  EXPECT_EQ(downloaded.body.size(), image.size());
  EXPECT_TRUE(downloaded.body == image);

  // Of no bytes, with Content-Length and without.
  for (const std::string_view end : {"Content-Length: 0\r\n\r\n", "\r\n"}) {
    client.Write("PUT /v1/items/grinder/image HTTP/1.1\r\nHost: a\r\nContent-Type: image/gif\r\n" + std::string(end));
    const HttpResponse empty = client.Read("PUT");
    EXPECT_EQ(JsonLacks(R"({"contentType": "image/gif", "sizeBytes": "0"})", empty.body), "") << empty.body;
  }

  HttpResponse invoice = client.Send("GET", "/v1/orders/1002/invoice");
  EXPECT_EQ(invoice.status, 200);
  EXPECT_EQ(invoice.Header("content-type"), "application/pdf");
  EXPECT_TRUE(invoice.body.starts_with("%PDF-1.4\n")) << invoice.body;
  EXPECT_TRUE(invoice.body.ends_with("%%EOF\n")) << invoice.body;
}

TEST(Bindings, RulesOfTheConfigurationReplaceTheAnnotations) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}, .more = R"(http_rules:
  - {selector: shop.v1.Catalog.GetItem, get: "/things/{id}", additional_bindings: [{post: "/things:get", body: "*"}]}
  - {selector: shop.v1.Diagnostics.Echo, custom: {kind: "*", path: "/echo/{text=**}"}})"});
  EXPECT_EQ(Fetch(gateway.address(), "GET", "/things/grinder").status, 200);
  EXPECT_EQ(Fetch(gateway.address(), "POST", "/things:get", {}, R"({"id": "grinder"})").status, 200);
  EXPECT_EQ(Fetch(gateway.address(), "GET", "/v1/items/grinder").status,
            405);  // PATCH, DELETE and PURGE are still there
  HttpResponse any_method = Fetch(gateway.address(), "REPORT", "/echo/a/b");
  EXPECT_EQ(any_method.status, 200) << any_method.body;
  EXPECT_EQ(JsonAt(any_method.body, "text"), "a/b");
}

TEST(Bindings, ExposeAllAddsARouteForEveryUnaryMethod) {
  Shop shop;
  Gateway gateway(
      {.endpoints = {shop.address()}, .services = R"([{name: "shop.v1.Catalog", backend: shop, expose: all}])"});
  EXPECT_EQ(Fetch(gateway.address(), "POST", "/shop.v1.Catalog/GetItem", {}, R"({"id": "grinder"})").status, 200);
  EXPECT_EQ(Fetch(gateway.address(), "GET", "/v1/items/grinder").status, 200);
  EXPECT_EQ(Fetch(gateway.address(), "GET", "/v1/orders/1001").status, 404);  // no such service here
}

}  // namespace
}  // namespace dragoman::integration
