#include <gtest/gtest.h>

#include "shop_fixture.h"

// What bad input and failing backends turn into.
namespace dragoman::integration {
namespace {

struct Case {
  const char* name;
  const char* http_method;
  const char* target;
  std::string body;
  int status;
  const char* reason;
  const char* field;    // of the first violation; "" for none
  const char* message;  // a part of the message or of the violation's description
};

const Case kRefusals[] = {
    {"unknown route", "GET", "/v1/nothing", "", 404, "ROUTE_NOT_FOUND", "", "/v1/nothing"},
    {"a path that is too long for any rule", "GET", "/v1/items/a/b/c/d", "", 404, "ROUTE_NOT_FOUND", "", ""},
    {"an empty capture", "GET", "/v1/items//price", "", 404, "ROUTE_NOT_FOUND", "", ""},
    {"unknown field", "POST", "/v1/orders", R"({"custmer": "ada"})", 400, "UNKNOWN_FIELD", "custmer", "customer"},
    {"unknown field, nested", "POST", "/v1/orders", "{\"customer\": \"ada\",\n \"lines\": [{\"item\": 1}]}", 400,
     "UNKNOWN_FIELD", "lines[0].item", "line 2"},
    {"wrong type", "POST", "/v1/orders", R"({"customer": 5})", 400, "INVALID_FIELD", "customer", "line 1"},
    {"an object where a list belongs", "POST", "/v1/orders", R"({"lines": {}})", 400, "INVALID_FIELD", "lines", ""},
    {"out of range", "POST", "/v1/orders", R"({"lines": [{"quantity": 4294967296}]})", 400, "INVALID_FIELD",
     "lines[0].quantity", "4294967296"},
    {"negative for unsigned", "POST", "/v1/orders", R"({"lines": [{"quantity": -1}]})", 400, "INVALID_FIELD",
     "lines[0].quantity", "-1"},
    {"a fraction for an integer", "PUT", "/v1/items/grinder/stock", "1.5", 400, "INVALID_FIELD", "stock", "1.5"},
    {"a member twice", "POST", "/v1/orders", R"({"customer": "a", "customer": "b"})", 400, "INVALID_FIELD", "customer",
     ""},
    {"two members of a oneof", "POST", "/v1/orders", R"({"voucher": "X", "card": {}})", 400, "INVALID_FIELD", "",
     "payment"},
    {"a timestamp that is none", "POST", "/v1/shelves/tea/items", R"({"addedAt": "yesterday"})", 400, "INVALID_FIELD",
     "item.addedAt", "yesterday"},
    {"an unknown enum name", "POST", "/v1/shelves/tea/items", R"({"category": "CATEGORY_TEE"})", 400, "INVALID_FIELD",
     "item.category", "CATEGORY_TEA"},
    {"base64 that is none", "POST", "/v1/shelves/tea/items", R"({"thumbnail": "*"})", 400, "INVALID_FIELD",
     "item.thumbnail", ""},
    {"null in a list", "PUT", "/v1/items/grinder/tags", R"(["a", null])", 400, "INVALID_FIELD", "tags[1]", "null"},
    {"a truncated body", "POST", "/v1/orders", R"({"customer": "ada")", 400, "INVALID_JSON", "", "line 1"},
    {"text behind the body", "POST", "/v1/orders", R"({"customer": "ada"} x)", 400, "INVALID_JSON", "", "line 1"},
    {"bad UTF-8 in the body", "POST", "/v1/orders", "{\"customer\": \"\xff\"}", 400, "INVALID_JSON", "", "UTF-8"},
    {"a lone surrogate", "POST", "/v1/orders", R"({"customer": "\udc00"})", 400, "INVALID_JSON", "", ""},
    {"null as the body", "POST", "/v1/orders", "null", 400, "", "", ""},
    {"a body where none belongs", "DELETE", "/v1/items/grinder", R"({"id": "grinder"})", 400, "INVALID_REQUEST", "",
     "body"},
    {"bad UTF-8 in the path", "GET", "/v1/items/%ff", "", 400, "INVALID_REQUEST", "id", "UTF-8"},
    {"a bad escape in the path", "GET", "/v1/items/%zz", "", 400, "INVALID_REQUEST", "id",
     "column 1: expected two hex digits"},
    {"half an escape in the path", "GET", "/v1/items/a%4", "", 400, "INVALID_REQUEST", "id",
     "column 2: expected two hex digits"},
    {"a bad escape in the query", "GET", "/v1/items?page_token=%g1", "", 400, "INVALID_REQUEST", "page_token",
     "expected two hex digits"},
    {"bad UTF-8 in the query", "GET", "/v1/items?page_token=%c3", "", 400, "INVALID_REQUEST", "page_token", "UTF-8"},
    {"a word for a number in the path", "GET", "/v1/orders/ten", "", 400, "INVALID_REQUEST", "id", "ten"},
    {"out of range in the path", "GET", "/v1/orders/9223372036854775808", "", 400, "INVALID_REQUEST", "id",
     "9223372036854775808"},
    {"an unknown query parameter", "GET", "/v1/items?page_sise=1", "", 400, "INVALID_REQUEST", "page_sise",
     "page_size"},
    {"a singular parameter twice", "GET", "/v1/items?page_size=1&page_size=2", "", 400, "INVALID_REQUEST", "page_size",
     ""},
    {"a word for a number in the query", "GET", "/v1/items?page_size=many", "", 400, "INVALID_REQUEST", "page_size",
     "many"},
    {"an unknown enum name in the query", "GET", "/v1/items?categories=TEA", "", 400, "INVALID_REQUEST", "categories",
     "CATEGORY_TEA"},
    {"a path below a scalar", "GET", "/v1/items?page_size.x=1", "", 400, "INVALID_REQUEST", "page_size.x", ""},
    {"a parameter below the body's field", "POST", "/v1/shelves/tea/items?item.title=x", "{}", 400, "INVALID_REQUEST",
     "item.title", ""},
    {"path and body disagree", "PATCH", "/v1/items/grinder", R"({"id": "teapot"})", 400, "INVALID_REQUEST", "", "id"},
    {"path and query disagree", "GET", "/v1/items/grinder?id=teapot", "", 400, "INVALID_REQUEST", "id", ""},
};

TEST(Errors, BadInputNeverReachesTheBackend) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}});
  HttpClient client(gateway.address());
  for (const Case& c : kRefusals) {
    SCOPED_TRACE(c.name);
    HttpResponse response = client.Send(c.http_method, c.target, {{"Content-Type", "application/json"}}, c.body);
    EXPECT_EQ(response.status, c.status) << response.body;
    EXPECT_EQ(response.Header("content-type"), "application/json");
    int code = c.status == 404 ? 5 : 3;
    EXPECT_EQ(JsonLacks(R"({"code": )" + std::to_string(code) + R"(, "message": "…", "details": "…"})", response.body),
              "");
    EXPECT_NE(
        response.body.find(R"({"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":")" + std::string(c.reason)),
        std::string::npos)
        << response.body;
    EXPECT_NE(response.body.find(R"("domain":"dragoman")"), std::string::npos) << response.body;
    if (*c.field) {
      EXPECT_NE(response.body.find(R"("field":")" + std::string(c.field) + "\""), std::string::npos) << response.body;
    }
    EXPECT_NE(response.body.find(c.message), std::string::npos) << response.body;
  }
  HttpResponse stats = client.Send("POST", "/shop.v1.Diagnostics/GetStats");
  EXPECT_EQ(stats.body, R"({"calls":{}})");
}

TEST(Errors, AnotherMethodIsRefusedWithTheAllowedOnes) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}});
  HttpResponse response = Fetch(gateway.address(), "POST", "/v1/items/grinder", {}, "{}");
  EXPECT_EQ(response.status, 405) << response.body;
  EXPECT_EQ(response.Header("allow"), "GET, HEAD, PATCH, DELETE, PURGE, OPTIONS");
  EXPECT_EQ(
      JsonLacks(R"({"code": 12, "details": [{"reason": "METHOD_NOT_ALLOWED", "domain": "dragoman"}]})", response.body),
      "");
}

TEST(Errors, OtherMediaTypesAreRefused) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}});
  HttpClient client(gateway.address());
  const std::string body = R"({"text": "x"})";
  for (const char* type : {"application/json", "application/json; charset=utf-8", "Application/JSON",
                           "application/x-www-form-urlencoded"}) {
    EXPECT_EQ(client.Send("POST", "/shop.v1.Diagnostics/Echo", {{"Content-Type", type}}, body).status, 200) << type;
  }
  EXPECT_EQ(client.Send("POST", "/shop.v1.Diagnostics/Echo", {}, body).status, 200);
  const HttpResponse unwanted = client.Send("GET", "/v1/items/grinder", {{"Content-Type", "text/plain"}}, "hello");
  EXPECT_EQ(unwanted.status, 400);
  EXPECT_EQ(JsonAt(unwanted.body, "message"), "this route takes no body; send its fields in the path and query");
  for (const char* type : {"application/xml", "text/plain", "multipart/form-data; boundary=x", "application/grpc"}) {
    HttpResponse response = client.Send("POST", "/shop.v1.Diagnostics/Echo", {{"Content-Type", type}}, body);
    EXPECT_EQ(response.status, 415) << type << ": " << response.body;
    EXPECT_EQ(JsonLacks(R"({"code": 3, "details": [{"reason": "UNSUPPORTED_MEDIA_TYPE"}]})", response.body), "");
  }
}

TEST(Errors, DepthIsBounded) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}, .more = "limits: {max_json_depth: 20}"});
  auto nested = [](int depth) {
    return R"({"customer": "a", "extra": {"x": )" + std::string(depth, '[') + std::string(depth, ']') + "}}";
  };
  HttpResponse fine = Fetch(gateway.address(), "POST", "/v1/orders", {}, nested(10));
  EXPECT_EQ(JsonLacks(R"({"code": 3, "message": "lines must not be empty"})", fine.body),
            "");  // the backend's own word
  HttpResponse deep = Fetch(gateway.address(), "POST", "/v1/orders", {}, nested(30));
  EXPECT_EQ(deep.status, 400) << deep.body;
  EXPECT_NE(deep.body.find("20"), std::string::npos) << deep.body;
}

TEST(Errors, ABackendsDetailsArriveInEveryFormat) {
  const char* kDetails =
      R"([{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "NO_SUCH_ITEM", "domain": "shop.example", "metadata": {"item": "teapot"}},
          {"@type": "type.googleapis.com/google.rpc.ResourceInfo", "resourceType": "shop.example/item", "resourceName": "teapot"}])";
  struct Format {
    const char* name;
    const char* content_type;
    std::string body;
  };
  const Format kFormats[] = {
      {"status", "application/json",
       R"({"code": 5, "message": "no item \"teapot\"", "details": )" + std::string(kDetails) + "}"},
      {"aip193", "application/json",
       R"({"error": {"code": 404, "status": "NOT_FOUND", "message": "no item \"teapot\"", "details": )" +
           std::string(kDetails) + "}}"},
      {"problem", "application/problem+json",
       R"({"type": "about:blank", "title": "Not Found", "status": 404, "detail": "no item \"teapot\"", "code": "NOT_FOUND", "details": )" +
           std::string(kDetails) + "}"},
  };
  Shop shop;
  for (const Format& format : kFormats) {
    SCOPED_TRACE(format.name);
    Gateway gateway({.endpoints = {shop.address()}, .more = "errors: {format: " + std::string(format.name) + "}"});
    HttpResponse response = Fetch(gateway.address(), "GET", "/v1/items/teapot");
    EXPECT_EQ(response.status, 404);
    EXPECT_EQ(response.Header("content-type"), format.content_type);
    EXPECT_EQ(JsonDifference(format.body, response.body), "");
    HttpResponse own = Fetch(gateway.address(), "GET", "/nowhere");
    EXPECT_EQ(own.status, 404);
    EXPECT_EQ(own.Header("content-type"), format.content_type);
    EXPECT_NE(own.body.find(R"("reason":"ROUTE_NOT_FOUND")"), std::string::npos) << own.body;
  }
}

TEST(Errors, ABackendsViolationsArrive) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}});
  HttpClient client(gateway.address());
  HttpResponse invalid = client.Send("GET", "/v1/items?page_size=-1");
  EXPECT_EQ(invalid.status, 400);
  EXPECT_EQ(JsonDifference(R"({"code": 3, "message": "page_size must be between 0 and 100", "details": [
      {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [{"field": "page_size", "description": "must be between 0 and 100"}]}]})",
                           invalid.body),
            "");
  HttpResponse not_now = client.Send("POST", "/v1/orders/1002:cancel");
  EXPECT_EQ(not_now.status, 400);
  EXPECT_EQ(JsonDifference(R"({"code": 9, "message": "order 1002 has left the house", "details": [
      {"@type": "type.googleapis.com/google.rpc.PreconditionFailure",
       "violations": [{"type": "SHIPPED", "subject": "orders/1002", "description": "order 1002 has left the house"}]}]})",
                           not_now.body),
            "");
}

TEST(Errors, EveryCodeHasItsHttpStatus) {
  const int kHttp[] = {499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401};  // of 1…16
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}});
  HttpClient client(gateway.address());
  for (int code = 1; code <= 16; ++code) {
    std::string status = R"({"status": {"code": )" + std::to_string(code) + R"(, "message": "50 % off: é\n"}})";
    HttpResponse response = client.Send("POST", "/shop.v1.Diagnostics/Fail", {}, status);
    EXPECT_EQ(response.status, kHttp[code - 1]) << response.body;
    EXPECT_EQ(JsonDifference(R"({"code": )" + std::to_string(code) + R"(, "message": "50 % off: é\n", "details": []})",
                             response.body),
              "");
  }
}

TEST(Errors, RetryInfoBecomesRetryAfterAndDebugInfoStays) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}});
  HttpResponse response = Fetch(gateway.address(), "POST", "/shop.v1.Diagnostics/Fail", {},
                                R"({"status": {"code": 8, "message": "slowly", "details": [
      {"@type": "type.googleapis.com/google.rpc.DebugInfo", "detail": "secret"},
      {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1.5s"},
      {"@type": "type.googleapis.com/google.protobuf.Duration", "value": "3s"}]}})");
  EXPECT_EQ(response.status, 429) << response.body;
  EXPECT_EQ(response.Header("retry-after"), "2");
  EXPECT_EQ(
      JsonDifference(
          R"({"code": 8, "message": "slowly", "details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1.500s"},
      {"@type": "type.googleapis.com/google.protobuf.Duration", "value": "3s"}]})",
          response.body),
      "");
}

TEST(Errors, ADetailOfATypeOfTheSchemaIsRendered) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}});
  const std::string kDetails = R"([{"@type": "type.googleapis.com/shop.v1.OrderCancelled", "reason": "r"}])";
  HttpResponse response = Fetch(gateway.address(), "POST", "/shop.v1.Diagnostics/Fail", {},
                                R"({"status": {"code": 9, "message": "m", "details": )" + kDetails + "}}");
  EXPECT_EQ(JsonDifference(R"({"code": 9, "message": "m", "details": )" + kDetails + "}", response.body), "");
}

TEST(Errors, TheBackendsHttpCodeIsObeyedAndABadOneRefused) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}});
  HttpClient client(gateway.address());
  HttpResponse accepted =
      client.Send("POST", "/shop.v1.Diagnostics/Echo", {}, R"({"replyMetadata": {"x-http-code": "202"}})");
  EXPECT_EQ(accepted.status, 202) << accepted.body;
  EXPECT_EQ(accepted.Header("x-http-code"), "");
  HttpResponse empty =
      client.Send("POST", "/shop.v1.Diagnostics/Echo", {}, R"({"replyMetadata": {"x-http-code": "204"}})");
  EXPECT_EQ(empty.status, 204);
  EXPECT_EQ(empty.body, "");
  for (const char* bad : {"99", "600", "abc", "20 0"}) {
    HttpResponse refused = client.Send("POST", "/shop.v1.Diagnostics/Echo", {},
                                       R"({"replyMetadata": {"x-http-code": ")" + std::string(bad) + R"("}})");
    EXPECT_EQ(refused.status, 500) << bad << ": " << refused.body;
  }
}

}  // namespace
}  // namespace dragoman::integration
