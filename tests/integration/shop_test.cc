#include <gtest/gtest.h>

#include "shop_fixture.h"

// The shop's services agree with each other, through the gateway: what later stands on them finds it so.
namespace dragoman::integration {
namespace {

struct Case {
  const char* name;
  const char* http_method;
  const char* target;
  const char* body;
  int status;
  const char* reply;  // a part of it, by meaning
};

// In this order: later cases see what earlier ones changed.
const Case kCases[] = {
    {"a user", "GET", "/v1/users/ada", "", 200,
     R"({"id": "ada", "displayName": "Ada Bianchi", "email": "ada@example.com", "role": "USER_ROLE_CUSTOMER", "createdAt": "2025-11-02T12:00:00Z",
         "address": {"lines": ["Via dei Mille 7"], "city": "Napoli", "countryCode": "IT"}, "phone": "+390815550107", "newsletter": true})"},
    {"what a user ordered, the newest first", "GET", "/v1/users/ada/orders?page_size=1", "", 200,
     R"({"orders": [{"id": "1002", "userId": "ada", "state": "ORDER_STATE_SHIPPED", "lines": [{"itemId": "green-tea"}]}], "nextPageToken": "1002"})"},
    {"the next page", "GET", "/v1/orders?user_id=ada&page_size=1&page_token=1002", "", 200,
     R"({"orders": [{"id": "1001", "state": "ORDER_STATE_PLACED", "lines": [{"itemId": "espresso-machine"}, {"itemId": "house-blend"}]}], "nextPageToken": ""})"},
    {"the items of an order", "GET", "/v1/items:batchGet?ids=house-blend&ids=espresso-machine", "", 200,
     R"({"items": [{"id": "house-blend"}, {"id": "espresso-machine"}]})"},
    {"the items that there are", "GET", "/v1/items:batchGet?ids=teapot&ids=grinder&allow_missing=true", "", 200,
     R"({"items": [{"id": "grinder"}]})"},
    {"where a parcel is", "GET", "/v1/shipments/1002", "", 200,
     R"({"orderId": "1002", "carrier": "Posta", "state": "SHIPMENT_STATE_IN_TRANSIT", "events": [{"place": "Napoli"}, {"place": "Roma", "text": "sorted"}]})"},
    {"the same, as a part of the order", "GET", "/v1/orders/1000/shipment", "", 200,
     R"({"state": "SHIPMENT_STATE_DELIVERED"})"},
    {"what a parcel costs", "POST", "/v1/shipments:quote", R"({"countryCode": "NL", "weightGrams": 2500})", 200,
     R"({"options": [{"carrier": "Posta", "price": {"currencyCode": "EUR", "units": "10", "nanos": 500000000}, "deliveryTime": "864000s"},
                     {"carrier": "Corriere", "price": {"units": "23", "nanos": 0}, "deliveryTime": "345600s"}]})"},
    {"the payments of an order", "GET", "/v1/orders/1001/payments", "", 200,
     R"([{"id": "pay-2", "userId": "ada", "state": "PAYMENT_STATE_CAPTURED", "amount": {"units": "549", "nanos": 990000000}, "card": "visa •••• 4242"}])"},
    {"the payments of a user", "GET", "/v1/payments?user_id=ada", "", 200,
     R"({"payments": [{"id": "pay-2"}, {"id": "pay-3", "voucher": "WELCOME"}]})"},
    {"a year's statement", "GET", "/v1/users/ada/statements/2026", "", 200,
     R"({"userId": "ada", "year": 2026, "paid": {"units": "566", "nanos": 490000000}, "refunded": {"units": "0"}, "payments": [{}, {}]})"},

    {"a new user", "POST", "/v1/users",
     R"({"displayName": "Dora", "email": "dora@example.com", "createdAt": "1999-01-01T00:00:00Z"})", 201,
     R"({"id": "user-1", "role": "USER_ROLE_CUSTOMER", "createdAt": "2026-01-15T10:00:00Z"})"},
    {"a change of a user", "PATCH", "/v1/users/user-1?update_mask=address.city,role",
     R"({"address": {"city": "Bari", "countryCode": "IT"}, "role": "USER_ROLE_ADMINISTRATOR"})", 200,
     R"({"displayName": "Dora", "role": "USER_ROLE_ADMINISTRATOR", "address": {"city": "Bari", "countryCode": ""}})"},
    {"administrators", "GET", "/v1/users?roles=USER_ROLE_ADMINISTRATOR", "", 200,
     R"({"users": [{"id": "grace"}, {"id": "user-1"}], "nextPageToken": ""})"},
    {"a page of users", "GET", "/v1/users?page_size=2", "", 200,
     R"({"users": [{"id": "ada"}, {"id": "bob"}], "nextPageToken": "bob"})"},
    {"an order of a user", "POST", "/v1/orders",
     R"({"customer": "Dora", "userId": "user-1", "lines": [{"itemId": "grinder", "quantity": 2, "price": {"currencyCode": "EUR", "units": "89"}}]})",
     201, R"({"id": "1003", "userId": "user-1", "total": {"units": "178"}})"},
    {"an address that is taken", "POST", "/v1/users", R"({"displayName": "D.", "email": "dora@example.com"})", 409,
     R"({"code": 6, "details": [{"reason": "EMAIL_TAKEN", "domain": "shop.example", "metadata": {"email": "dora@example.com"}}]})"},
    {"a user who is no more", "DELETE", "/v1/users/user-1", "", 200, "{}"},
    {"an unknown user", "GET", "/v1/users/user-1", "", 404,
     R"({"code": 5, "message": "no user \"user-1\"", "details": [{"reason": "NO_SUCH_USER"}, {"resourceType": "shop.example/user", "resourceName": "user-1"}]})"},
    {"an order of an unknown user", "POST", "/v1/orders",
     R"({"customer": "x", "userId": "x", "lines": [{"quantity": 1}]})", 404,
     R"({"details": [{"reason": "NO_SUCH_USER"}, {}]})"},
    {"a statement of an unknown user", "GET", "/v1/users/x/statements/2026", "", 404,
     R"({"details": [{"reason": "NO_SUCH_USER"}, {}]})"},
    {"an item that is missing", "GET", "/v1/items:batchGet?ids=grinder&ids=teapot", "", 404,
     R"({"details": [{"metadata": {"item": "teapot"}}, {}]})"},
    {"no ids", "GET", "/v1/items:batchGet", "", 400, R"({"message": "ids must be 1 to 100 ids, not 0"})"},
    {"a parcel that has not left", "GET", "/v1/shipments/1001", "", 404,
     R"({"details": [{"reason": "NO_SUCH_SHIPMENT"}, {}]})"},
    {"a parcel that is too heavy", "POST", "/v1/shipments:quote", R"({"countryCode": "IT", "weightGrams": 30001})", 400,
     R"({"details": [{"fieldViolations": [{"field": "weight_grams", "description": "must be between 1 and 30000"}]}]})"},
    {"a page token that is none", "GET", "/v1/orders?page_token=x", "", 400,
     R"({"message": "page_token is none of this list's"})"},
    {"a mask that names nothing", "PATCH", "/v1/users/ada?update_mask=shoeSize", "{}", 400,
     R"({"message": "update_mask names \"shoe_size\", which no user has"})"},
    {"advertisements", "GET", "/v1/ads?count=1", "", 200, R"({"ads": [{"itemId": "grinder"}]})"},
    {"a parcel that is sent", "POST", "/v1/orders/1001/shipment", "{}", 200,
     R"({"orderId": "1001", "carrier": "Posta", "state": "SHIPMENT_STATE_IN_TRANSIT", "events": [{"text": "left the house"}]})"},
    {"the same, sent once", "POST", "/v1/orders/1001/shipment", "{}", 200,
     R"({"events": [{"text": "left the house"}]})"},
    {"an order whose parcel was sent", "GET", "/v1/orders/1001", "", 200,
     R"({"state": "ORDER_STATE_SHIPPED", "history": [{}, {"carrier": "Posta"}]})"},
    {"a parcel of no order", "POST", "/v1/orders/1/shipment", "{}", 404,
     R"({"details": [{"reason": "NO_SUCH_ORDER"}, {}]})"},
    {"a cancelled order", "POST", "/v1/orders/1003:cancel", "{}", 200, R"({"state": "ORDER_STATE_CANCELLED"})"},
    {"a parcel of a cancelled order", "POST", "/v1/orders/1003/shipment", "{}", 400,
     R"({"code": 9, "details": [{"violations": [{"type": "CANCELLED", "subject": "orders/1003"}]}]})"},
};

TEST(ShopExample, ServicesAgree) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}});
  HttpClient client(gateway.address());
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    HttpResponse response = client.Send(c.http_method, c.target, {}, c.body);
    EXPECT_EQ(response.status, c.status) << response.body;
    EXPECT_EQ(JsonLacks(c.reply, response.body), "");
  }
}

TEST(ShopExample, MoneyMovesOncePerKey) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}});
  HttpClient client(gateway.address());
  constexpr const char* kPay = "/v1/orders/1003/payments";
  HttpResponse order =
      client.Send("POST", "/v1/orders", {},
                  R"({"customer": "x", "lines": [{"quantity": 1, "price": {"currencyCode": "EUR", "units": 20}}]})");
  ASSERT_EQ(JsonAt(order.body, "id"), "1003");

  HttpResponse keyless = client.Send("POST", kPay, {}, R"({"cardToken": "tok_visa"})");
  EXPECT_EQ(keyless.status, 400);
  EXPECT_EQ(JsonLacks(R"({"message": "idempotency_key must have 1 to 64 characters"})", keyless.body), "");
  HttpResponse declined = client.Send("POST", kPay, {{"Idempotency-Key", "a"}}, R"({"cardToken": "tok_poor"})");
  EXPECT_EQ(declined.status, 400);
  EXPECT_EQ(JsonDifference(R"({"code": 9, "message": "the card was declined", "details": [
      {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "CARD_DECLINED", "domain": "shop.example",
       "metadata": {"decline_code": "insufficient_funds", "order": "1003"}}]})",
                           declined.body),
            "");

  HttpResponse paid = client.Send("POST", kPay, {{"Idempotency-Key", "a"}}, R"({"cardToken": "tok_visa"})");
  EXPECT_EQ(paid.status, 201) << paid.body;
  EXPECT_EQ(paid.Header("location"), "/v1/payments/pay-4");
  EXPECT_EQ(JsonLacks(R"({"id": "pay-4", "orderId": "1003", "amount": {"units": "20"}})", paid.body), "");
  HttpResponse again = client.Send("POST", kPay, {}, R"({"cardToken": "tok_visa", "idempotencyKey": "a"})");
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.body, paid.body);
  HttpResponse reused = client.Send("POST", kPay, {{"Idempotency-Key", "a"}}, R"({"cardToken": "tok_mastercard"})");
  EXPECT_EQ(reused.status, 409);
  EXPECT_EQ(JsonLacks(R"({"code": 6, "details": [{"reason": "IDEMPOTENCY_KEY_REUSED", "metadata": {"key": "a"}}]})",
                      reused.body),
            "");
  HttpResponse twice = client.Send("POST", kPay, {{"Idempotency-Key", "b"}}, R"({"cardToken": "tok_visa"})");
  EXPECT_EQ(twice.status, 400);
  EXPECT_EQ(JsonLacks(R"({"code": 9, "details": [{"violations": [{"type": "PAID", "subject": "orders/1003"}]}]})",
                      twice.body),
            "");

  constexpr const char* kRefund = "/v1/payments/pay-4:refund";
  constexpr const char* kPart = R"({"amount": {"currencyCode": "EUR", "units": "5"}, "idempotencyKey": "c"})";
  for (int times = 0; times < 2; ++times) {
    HttpResponse part = client.Send("POST", kRefund, {}, kPart);
    EXPECT_EQ(JsonLacks(R"({"state": "PAYMENT_STATE_PARTIALLY_REFUNDED", "refunded": {"units": "5"}})", part.body), "");
  }
  HttpResponse rest = client.Send("POST", kRefund, {{"Idempotency-Key", "d"}}, R"({"reason": "broken"})");
  EXPECT_EQ(JsonLacks(R"({"state": "PAYMENT_STATE_REFUNDED", "refunded": {"units": "20"}})", rest.body), "");
  HttpResponse more = client.Send("POST", kRefund, {{"Idempotency-Key", "e"}}, "{}");
  EXPECT_EQ(JsonLacks(R"({"code": 9, "details": [{"violations": [{"type": "REFUNDED"}]}]})", more.body), "");
}

TEST(ShopExample, AnOrderIsPlacedOncePerKey) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}});
  HttpClient client(gateway.address());
  auto place = [&](const Headers& headers, const std::string& customer) {
    return client.Send("POST", "/v1/orders", headers,
                       R"({"customer": ")" + customer + R"(", "lines": [{"quantity": 1, "price": {"units": 20}}]})");
  };
  HttpResponse first = place({{"Idempotency-Key", "k"}}, "x");
  EXPECT_EQ(JsonAt(first.body, "id"), "1003");
  HttpResponse again = place({{"Idempotency-Key", "k"}}, "x");
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.body, first.body);
  HttpResponse reused = place({{"Idempotency-Key", "k"}}, "y");
  EXPECT_EQ(reused.status, 409);
  EXPECT_EQ(JsonAt(reused.body, "details.0.reason"), "IDEMPOTENCY_KEY_REUSED") << reused.body;
  EXPECT_EQ(JsonAt(place({}, "x").body, "id"), "1004");
  EXPECT_EQ(JsonAt(place({}, "x").body, "id"), "1005");
}

TEST(ShopExample, EveryOrderHasItsUserItemsPaymentAndShipment) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}});
  HttpClient client(gateway.address());
  for (int id = 1000; id <= 1002; ++id) {
    SCOPED_TRACE(id);
    std::string order = "/v1/orders/" + std::to_string(id);
    HttpResponse found = client.Send("GET", order);
    EXPECT_EQ(client.Send("GET", "/v1/users/" + JsonAt(found.body, "userId")).status, 200);
    HttpResponse payments = client.Send("GET", order + "/payments");
    EXPECT_EQ(JsonLacks("[{\"amount\": " + JsonAt(found.body, "total") + "}]", payments.body), "");
    for (size_t at = 0; (at = found.body.find("\"itemId\":\"", at)) != std::string::npos;) {
      at += 10;
      std::string item = found.body.substr(at, found.body.find('"', at) - at);
      EXPECT_EQ(client.Send("GET", "/v1/items/" + item).status, 200) << item;
    }
    bool shipped = JsonAt(found.body, "state") == "ORDER_STATE_SHIPPED";
    EXPECT_EQ(client.Send("GET", order + "/shipment").status, shipped ? 200 : 404);
  }
}

}  // namespace
}  // namespace dragoman::integration
