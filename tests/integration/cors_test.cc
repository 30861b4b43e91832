#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "credentials.h"
#include "shop_fixture.h"

// What browsers are told, by the real gateway.
namespace dragoman::integration {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kItem = "/v1/items/grinder";
constexpr const char* kApp = "https://app.example";
constexpr const char* kEvil = "https://evil.example";

// The value of every header of that name, joined.
std::string All(const HttpResponse& response, std::string_view name) {
  std::string text;
  for (const auto& [key, value] : response.headers) {
    if (key == name) text += (text.empty() ? "" : " | ") + value;
  }
  return text;
}

std::string CorsOf(const HttpResponse& response) {
  std::string text;
  for (const auto& [key, value] : response.headers) {
    if (key.starts_with("access-control-")) text += key.substr(15) + ": " + value + "\n";
  }
  return text;
}

class CorsTest : public testing::Test {
 protected:
  void Start(const std::string& more, const std::string& listeners = "[{address: \"127.0.0.1:0\"}]") {
    GatewayOptions options;
    options.endpoints = {shop_.address()};
    options.listeners = listeners;
    options.more = more;
    gateway_.emplace(options);
  }
  HttpResponse Ask(std::string_view http_method, std::string_view target, Headers headers, std::string_view body = {}) {
    return Fetch(gateway_->address(), http_method, target, headers, body);
  }
  HttpResponse Preflight(std::string_view target, const std::string& origin, const std::string& http_method,
                         const std::string& headers = "") {
    Headers sent = {{"origin", origin}, {"access-control-request-method", http_method}};
    if (!headers.empty()) sent.push_back({"access-control-request-headers", headers});
    return Ask("OPTIONS", target, sent);
  }

  Shop shop_;
  std::optional<Gateway> gateway_;
};

constexpr const char* kKey = "dgm_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";

// Every page but those of the app is a stranger; whoever calls needs a key, in a header or a cookie.
std::string Config() {
  return R"(
cors: {origins: ["https://app.example", "https://*.example.com"], credentials: true, exposed: [x-total]}
authentication: {api_keys: {in: [{header: x-api-key}, {cookie: key}]}}
consumers: {app: {keys: [{sha256: )" +
         KeyDigest(kKey) + R"(}]}}
rate_limits: {few: {limits: [{quota: 3/h}], key: [address]}}
compositions:
  - {name: one, get: "/v1/one/{id}", calls: {item: {method: shop.v1.Catalog/ListItems}}, response: {items: "{item.items}"}}
policies:
  - {methods: ["shop.v1.Catalog/ListItems", "compositions/one"], authenticate: public}
  - {methods: ["shop.v1.Catalog/GetItem"], cors: {origins: ["https://items.example"], headers: [x-api-key], max_age: 1m}}
  - {methods: ["shop.v1.Users/GetUser"], authenticate: public, rate_limits: [few]}
  - {methods: ["shop.v1.Catalog/DeleteItem"], cors: {origins: []}}
workers: 1
)";
}
constexpr const char* kSeen =
    "allow-origin: https://app.example\nallow-credentials: true\n"
    "expose-headers: allow, ratelimit, ratelimit-policy, retry-after, www-authenticate, x-partial, x-request-id, "
    "x-total\n";

TEST_F(CorsTest, PreflightsNeedNoCredentialAndNoBackend) {
  Start(Config());
  const HttpResponse answer = Preflight("/v1/orders", kApp, "POST", "content-type, x-api-key");
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.Header("access-control-allow-origin"), kApp);
  EXPECT_EQ(answer.Header("access-control-allow-credentials"), "true");
  EXPECT_EQ(answer.Header("access-control-allow-headers"), "content-type, x-api-key");
  EXPECT_EQ(answer.Header("access-control-max-age"), "600");
  EXPECT_THAT(answer.Header("access-control-allow-methods"), HasSubstr("POST"));
  EXPECT_EQ(All(answer, "vary"), "Access-Control-Request-Method, Access-Control-Request-Headers | Origin");
  EXPECT_NE(answer.Header("x-request-id"), "");
}

TEST_F(CorsTest, PreflightsAreJudgedByTheRequestedMethod) {
  Start(Config());
  // That of GET has its own rules, and tells nothing of other methods that the page may not use.
  const HttpResponse items = Preflight(kItem, "https://items.example", "GET");
  EXPECT_EQ(items.status, 204);
  EXPECT_EQ(items.Header("access-control-allow-methods"), "GET, HEAD");
  EXPECT_EQ(items.Header("access-control-allow-headers"), "x-api-key");
  EXPECT_EQ(items.Header("access-control-max-age"), "60");
  EXPECT_EQ(items.Header("access-control-allow-credentials"), "");
  const HttpResponse app = Preflight(kItem, kApp, "GET");
  EXPECT_EQ(app.status, 403);
  EXPECT_EQ(CorsOf(app), "");
  EXPECT_EQ(JsonAt(app.body, "details.0.reason"), "FORBIDDEN");
  EXPECT_EQ(JsonAt(app.body, "message"), "pages of https://app.example may not call this; `cors` says which may");
  // An empty list takes it back.
  EXPECT_EQ(Preflight(kItem, kApp, "DELETE").status, 403);
}

TEST_F(CorsTest, PreflightsOfStrangersAndOfNothingAreRefused) {
  Start(Config());
  const HttpResponse evil = Preflight("/v1/orders", kEvil, "POST");
  EXPECT_EQ(evil.status, 403);
  EXPECT_EQ(CorsOf(evil), "");
  EXPECT_EQ(evil.Header("vary"), "Origin");
  const HttpResponse nowhere = Preflight("/nowhere", kApp, "GET");
  EXPECT_EQ(nowhere.status, 404);
  EXPECT_EQ(CorsOf(nowhere), kSeen);
  // A method that the path has not: the browser reads which it has.
  const HttpResponse put = Preflight("/v1/orders", kApp, "PURGE");
  EXPECT_EQ(put.status, 204);
  EXPECT_THAT(put.Header("access-control-allow-methods"), HasSubstr("POST"));
  EXPECT_THAT(put.Header("access-control-allow-methods"), Not(HasSubstr("PURGE")));
  // What is no preflight is as ever.
  const HttpResponse plain = Ask("OPTIONS", "/v1/orders", {{"origin", kApp}});
  EXPECT_EQ(plain.status, 204);
  EXPECT_THAT(plain.Header("allow"), HasSubstr("POST"));
  EXPECT_EQ(CorsOf(plain), kSeen);
}

TEST_F(CorsTest, EveryAnswerCanBeRead) {
  Start(Config());
  const Headers page = {{"origin", kApp}};
  EXPECT_EQ(CorsOf(Ask("GET", "/v1/items", page)), kSeen);
  const HttpResponse composed = Ask("GET", "/v1/one/1", page);
  EXPECT_EQ(CorsOf(composed), kSeen) << composed.body;
  for (const auto& [http_method, target, status] : {std::tuple{"GET", "/nowhere", 404},
                                                    {"PATCH", "/v1/items", 405},
                                                    {"GET", "/v1/items?nothing=1", 400},
                                                    {"GET", "/v1/orders/1", 401}}) {
    const HttpResponse response = Ask(http_method, target, page);
    EXPECT_EQ(response.status, status) << target << response.body;
    EXPECT_EQ(CorsOf(response), kSeen) << target;
    EXPECT_EQ(response.Header("vary"), "Origin") << target;
  }
  HttpResponse limited;
  for (int i = 0; i < 4; ++i) limited = Ask("GET", "/v1/users/u-1", page);
  EXPECT_EQ(limited.status, 429);
  EXPECT_EQ(CorsOf(limited), kSeen);
}

// Of a head that is refused, what stands in front of what is wrong with it.
TEST_F(CorsTest, RefusedHeadsCanBeReadAsFarAsTheyCame) {
  Start(Config());
  const std::string origin = "Origin: " + std::string(kApp) + "\r\n";
  const std::string begin = "GET /v1/items HTTP/1.1\r\nHost: a\r\n" + origin;
  std::string many;
  for (int i = 0; i < 300; ++i) many += "X: a\r\n";
  const struct {
    std::string head;
    int status;
    bool seen;
  } kCases[] = {{begin + "X: " + std::string(40'000, 'a') + "\r\n\r\n", 431, true},
                {begin + many + "\r\n", 431, true},
                {begin + " folded\r\n\r\n", 400, true},
                {begin + "X : a\r\n\r\n", 400, true},
                {begin + "X: a\n\r\n", 400, true},
                {"GET /v1/items HTTP/1.1\r\nX : a\r\n" + origin + "\r\n", 400, false},
                {"GET /" + std::string(9000, 'a') + " HTTP/1.1\r\n" + origin + "\r\n", 414, false}};
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.head.substr(0, 80));
    HttpClient client(gateway_->address());
    client.Write(test.head);
    const HttpResponse response = client.Read();
    EXPECT_EQ(response.status, test.status);
    EXPECT_EQ(CorsOf(response), test.seen ? kSeen : "");
  }
}

TEST_F(CorsTest, StrangersAreServedButSeeNothing) {
  Start(Config());
  for (const Headers& headers : {Headers{}, Headers{{"origin", kEvil}}, Headers{{"origin", "null"}},
                                 Headers{{"origin", kApp}, {"origin", kApp}}}) {
    const HttpResponse response = Ask("GET", "/v1/items", headers);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(CorsOf(response), "");
    EXPECT_EQ(response.Header("vary"), "Origin");
  }
}

TEST_F(CorsTest, ABrowsersOwnCredentialsAreNoStrangers) {
  Start(Config());
  const std::string cookie = std::string("key=") + kKey;
  const char* const kOrder = "/v1/orders?user_id=u-1";
  EXPECT_EQ(Ask("GET", kOrder, {{"cookie", cookie}}).status, 200);
  EXPECT_EQ(Ask("GET", kOrder, {{"cookie", cookie}, {"origin", kApp}}).status, 200);
  EXPECT_EQ(Ask("GET", kOrder, {{"cookie", cookie}, {"origin", "https://gateway.test"}}).status, 200);
  EXPECT_EQ(
      Ask("GET", kOrder, {{"cookie", cookie}, {"origin", "https://inner"}, {"sec-fetch-site", "same-origin"}}).status,
      200);
  for (const char* origin : {kEvil, "null", "https://items.example"}) {
    const HttpResponse refused = Ask("GET", kOrder, {{"cookie", cookie}, {"origin", origin}});
    EXPECT_EQ(refused.status, 403) << origin;
    EXPECT_EQ(JsonAt(refused.body, "message"), "cookie \"key\" does not count for pages of " + std::string(origin) +
                                                   "; `cors` with credentials: true says for which it does");
  }
  // A page that may call, but not with them.
  EXPECT_EQ(Ask("GET", kItem, {{"cookie", cookie}, {"origin", "https://items.example"}}).status, 403);
  EXPECT_EQ(Ask("GET", kItem, {{"x-api-key", kKey}, {"origin", "https://items.example"}}).status, 200);
  // What a page has to know to send it proves as much as ever.
  EXPECT_EQ(Ask("GET", kOrder, {{"x-api-key", kKey}, {"origin", kEvil}}).status, 200);
}

TEST_F(CorsTest, HoldsForAListener) {
  Start(
      "cors: {origins: [\"https://app.example\"]}\nworkers: 2",
      R"([{address: "127.0.0.1:0"}, {address: "127.0.0.1:0", cors: {origins: ["*"]}}, {address: "127.0.0.1:0", cors: {origins: []}}])");
  const Headers page = {{"origin", kEvil}};
  EXPECT_EQ(Fetch(gateway_->address(0), "GET", kItem, page).Header("access-control-allow-origin"), "");
  EXPECT_EQ(Fetch(gateway_->address(1), "GET", kItem, page).Header("access-control-allow-origin"), "*");
  EXPECT_EQ(Fetch(gateway_->address(1), "GET", kItem).Header("access-control-allow-origin"), "*");
  EXPECT_EQ(Fetch(gateway_->address(1), "GET", kItem, page).Header("vary"), "");
  EXPECT_EQ(Fetch(gateway_->address(2), "GET", kItem, {{"origin", kApp}}).Header("access-control-allow-origin"), "");
  EXPECT_EQ(Fetch(gateway_->address(0), "GET", kItem, {{"origin", kApp}}).Header("access-control-allow-origin"), kApp);
}

TEST_F(CorsTest, HoldsOverHttp2) {
  Start(Config());
  const auto curl = [&](const std::vector<std::string>& arguments, const std::string& target) {
    std::vector<std::string> command = {
        "curl", "-sS", "-i", "--http2-prior-knowledge", "-H", "origin: https://app.example"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    command.push_back("http://" + gateway_->address() + target);
    return RunToEnd(command).out;
  };
  EXPECT_THAT(
      curl({}, "/v1/items"),
      HasSubstr("\r\naccess-control-allow-origin: https://app.example\r\naccess-control-allow-credentials: true\r\n"));
  EXPECT_THAT(curl({}, "/nowhere"), HasSubstr("\r\naccess-control-allow-origin: https://app.example\r\n"));
  const std::string preflight = curl({"-X", "OPTIONS", "-H", "access-control-request-method: POST"}, "/v1/orders");
  EXPECT_THAT(preflight, HasSubstr("HTTP/2 204"));
  EXPECT_THAT(preflight, HasSubstr("\r\naccess-control-allow-origin: https://app.example\r\n"));
}

TEST_F(CorsTest, WithoutItNothingIsSaid) {
  Start("workers: 1");
  const HttpResponse response = Ask("GET", kItem, {{"origin", kApp}});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(CorsOf(response), "");
  EXPECT_EQ(response.Header("vary"), "");
  const HttpResponse preflight = Preflight(kItem, kApp, "GET");
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(CorsOf(preflight), "");
  EXPECT_NE(preflight.Header("allow"), "");
}

TEST_F(CorsTest, IsToldByCheck) {
  const TempDir folder;
  GatewayOptions options;
  options.endpoints = {"127.0.0.1:1"};
  options.more = Config();
  const Outcome good =
      RunToEnd({DragomanProgram(), "check", "--config", folder.Write("dragoman.yaml", ConfigText(options))});
  EXPECT_EQ(good.exit_code, 0) << good.err;
  EXPECT_THAT(good.out, HasSubstr("those of https://app.example, https://*.example.com, with credentials\n"));
  EXPECT_THAT(good.out, HasSubstr("; pages: https://items.example"));
  EXPECT_THAT(good.out, HasSubstr("; pages: no page"));
  EXPECT_THAT(
      good.out,
      HasSubstr(
          "warning: shop.v1.Catalog/GetItem: takes cookie \"key\", which pages of other origins do not "
          "send: `credentials: true` is missing [cors-drops-cookies]\n"));
  options.more =
      "cors: {origins: [\"*\"]}\npolicies: [{methods: [\"*\"], headers: {response: {set: {access-control-allow-origin: "
      "\"*\"}}}}]";
  const Outcome bad =
      RunToEnd({DragomanProgram(), "check", "--config", folder.Write("dragoman.yaml", ConfigText(options))});
  EXPECT_EQ(bad.exit_code, 1);
  EXPECT_THAT(bad.err, HasSubstr("header \"access-control-allow-origin\" cannot be set: `cors` sets it"));
}

}  // namespace
}  // namespace dragoman::integration
