#include <gtest/gtest.h>
#include <signal.h>

#include <thread>
#include <vector>

#include "credentials.h"
#include "shop_fixture.h"

// Who may call what, through the real program: no path, no spelling and no dialect leads around a policy, and nothing
// secret comes out.
namespace dragoman::integration {
namespace {

constexpr const char* kKey = "dgm_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";
constexpr const char* kOtherKey = "dgm_a-key-of-somebody-else-0123456789abcdefghij";

std::string More() {
  return "authentication:\n"
         "  api_keys: {in: [{header: x-api-key}, {query: api_key}, {cookie: key}]}\n"
         "  identity: {x-consumer: consumer.name, x-tenant: consumer.tenant, x-tier: consumer.tier, x-scheme: "
         "credential.scheme}\n"
         "consumers:\n"
         "  ada: {tenant: acme, tier: gold, scopes: [orders.read], keys: [{sha256: " +
         KeyDigest(kKey) +
         "}]}\n"
         "  bob: {tenant: other, keys: [{sha256: " +
         KeyDigest(kOtherKey) +
         "}]}\n"
         "policies:\n"
         "- {methods: [shop.v1.Catalog/GetItem], authenticate: public}\n"
         "- {methods: [shop.v1.Catalog/ListItems], authenticate: {optional: [api_key]}}\n"
         "- {methods: [shop.v1.Users/GetUser], authorize: {fields: {id: consumer.name}}}\n"
         "- {methods: ['shop.v1.Orders/*'], authorize: {scopes: [orders.read], consumers: [ada]},\n"
         "   headers: {request: {set: {x-edge: dragoman}, remove: [x-forwarded-for]}, response: {set: {cache-control: "
         "no-store}, add: {x-more: b}, remove: [x-shop], security: true}}}\n"
         "- {methods: ['shop.v1.Diagnostics/*'], headers: {request: {set: {x-edge: dragoman}, add: {x-extra: e}, remove: "
         "[x-forwarded-for]}}}\n"
         "access_log: {format: json, path: stdout}\n";
}

class AccessTest : public testing::Test {
 protected:
  AccessTest() : gateway_({.endpoints = {shop_.address()}, .more = More()}) {}

  HttpResponse Get(std::string_view target, const Headers& headers = {}) {
    return Fetch(gateway_.address(), "GET", target, headers);
  }
  // How many calls of that method the backend has seen.
  std::string Calls(const std::string& method) {
    const HttpResponse counters = Fetch(gateway_.address(), "POST", "/shop.v1.Diagnostics/GetStats",
                                        {{"x-api-key", kKey}}, "{}");
    EXPECT_EQ(counters.status, 200) << counters.body;
    return JsonAt(counters.body, "calls." + method + ".started");
  }

  Shop shop_;
  Gateway gateway_;
};

TEST_F(AccessTest, WhatIsNotDeclaredPublicIsRefusedAndNeverReachesTheBackend) {
  EXPECT_EQ(Get("/v1/items/grinder").status, 200);
  EXPECT_EQ(Get("/v1/items").status, 200) << "optional";
  for (const std::string target : {"/v1/users/ada", "/v1/users", "/v1/orders", "/v1/orders/1001", "/v1/users/ada/orders"}) {
    const HttpResponse no = Get(target);
    EXPECT_EQ(no.status, 401) << target;
    EXPECT_EQ(JsonLacks(R"({"details": [{"reason": "UNAUTHENTICATED"}]})", no.body), "");
    EXPECT_EQ(no.Header("www-authenticate"), "ApiKey realm=\"dragoman\", in=\"header\", name=\"x-api-key\"");
  }
  EXPECT_EQ(Fetch(gateway_.address(), "HEAD", "/v1/users/ada").status, 401);
  EXPECT_EQ(Fetch(gateway_.address(), "POST", "/v1/users", {}, R"({"displayName": "E", "email": "e@example.com"})").status, 401);
  EXPECT_EQ(Calls("Users/GetUser"), "");
  EXPECT_EQ(Calls("Users/CreateUser"), "");
  EXPECT_EQ(Calls("Orders/ListOrders"), "");
}

TEST_F(AccessTest, NoSpellingOfThePathLeadsAroundThePolicyOfTheRpc) {
  for (const std::string target : {"/v1/users/ada/", "/v1//users/ada", "/v1/users/%61da", "/v1/%75sers/ada", "/V1/users/ada",
                                   "/v1/users/ada?x=1", "/v1/items/../users/ada", "/v1/items/%2e%2e/users/ada",
                                   "/v1/users/ada;v=1", "http://x/v1/users/ada"}) {
    const HttpResponse no = Get(target);
    EXPECT_TRUE(no.status == 401 || no.status == 404 || no.status == 400) << target << " " << no.status << no.body;
  }
  EXPECT_EQ(Calls("Users/GetUser"), "");
}

TEST_F(AccessTest, AKeyIsTakenFromHeaderQueryAndCookieAndKnowsItsConsumer) {
  EXPECT_EQ(Get("/v1/users/ada", {{"x-api-key", kKey}}).status, 200);
  EXPECT_EQ(Get("/v1/users/ada?api_key=" + std::string(kKey)).status, 200);
  EXPECT_EQ(Get("/v1/users/ada", {{"cookie", "a=b; key=" + std::string(kKey)}}).status, 200);
  EXPECT_EQ(Get("/v1/items", {{"x-api-key", "wrong"}}).status, 401) << "optional, but what is shown must be right";
  const HttpResponse twice = Get("/v1/users/ada?api_key=" + std::string(kKey), {{"x-api-key", kKey}});
  EXPECT_EQ(twice.status, 401);
  EXPECT_EQ(JsonAt(twice.body, "message"), "credentials in header \"x-api-key\" and in query parameter \"api_key\"; send one");
}

TEST_F(AccessTest, RightsAndFieldsAreHeldAgainstTheCaller) {
  EXPECT_EQ(Get("/v1/orders/1001", {{"x-api-key", kKey}}).status, 200);
  const HttpResponse scope = Get("/v1/orders/1001", {{"x-api-key", kOtherKey}});
  EXPECT_EQ(scope.status, 403);
  EXPECT_EQ(JsonLacks(R"({"details": [{"reason": "FORBIDDEN"}]})", scope.body), "");
  EXPECT_EQ(JsonAt(scope.body, "message"), "this call needs the scope \"orders.read\"");
  const HttpResponse field = Get("/v1/users/ada", {{"x-api-key", kOtherKey}});
  EXPECT_EQ(field.status, 403);
  EXPECT_EQ(JsonAt(field.body, "message"), "field \"id\" must be the caller's own consumer.name");
  EXPECT_EQ(Get("/v1/users/bob", {{"x-api-key", kOtherKey}}).status, 200);
}

TEST_F(AccessTest, TheBackendIsToldWhoCallsAndNothingElse) {
  const HttpResponse echo =
      Fetch(gateway_.address(), "POST", "/shop.v1.Diagnostics/Echo?api_key=" + std::string(kKey),
            {{"x-consumer", "eve"}, {"x-tenant", "evil"}, {"authorization", "Bearer of the client"}, {"x-edge", "mine"}}, "{}");
  ASSERT_EQ(echo.status, 200) << echo.body;
  EXPECT_EQ(JsonLacks(R"({"metadata": {"x-consumer": "ada", "x-tenant": "acme", "x-tier": "gold", "x-scheme": "api_key",
                          "x-edge": "dragoman", "x-extra": "e"}})",
                      echo.body),
            "");
  for (const std::string never : {"eve", "evil", "Bearer", kKey, "x-forwarded-for", "mine"}) {
    EXPECT_EQ(echo.body.find(never), std::string::npos) << never;
  }
}

TEST_F(AccessTest, HeaderRulesHoldForRepliesAndRefusalsAlike) {
  for (const Headers& headers : {Headers{{"x-api-key", kKey}}, Headers{}}) {
    const HttpResponse response = Get("/v1/orders/1001", headers);
    EXPECT_EQ(response.status, headers.empty() ? 401 : 200);
    EXPECT_EQ(response.Header("cache-control"), "no-store");
    EXPECT_EQ(response.Header("x-more"), "b");
    EXPECT_EQ(response.Header("x-content-type-options"), "nosniff");
    EXPECT_EQ(response.Header("x-frame-options"), "DENY");
    EXPECT_EQ(response.Header("strict-transport-security"), "") << "not without TLS";
  }
  EXPECT_EQ(Get("/v1/items/grinder").Header("x-content-type-options"), "") << "of other RPCs nothing changes";
}

TEST_F(AccessTest, NoKeyReachesALog) {
  Get("/v1/users/ada?api_key=" + std::string(kKey) + "&x=1");
  Get("/v1/users/ada?api_key=" + std::string(kOtherKey));
  Get("/v1/users/ada?api%5Fkey=nonsense-that-is-secret");
  Get("/v1/users/ada", {{"x-api-key", "another-secret-nonsense"}});
  gateway_.process().Signal(SIGTERM);
  ASSERT_EQ(gateway_.process().Wait(), 0);
  const std::string all = gateway_.process().out() + gateway_.process().err();
  EXPECT_NE(all.find("\"consumer\":\"ada\""), std::string::npos) << all;
  EXPECT_NE(all.find("\"consumer\":\"bob\",\"reason\":"), std::string::npos) << all;
  for (const std::string_view secret : {std::string_view(kKey), std::string_view(kOtherKey), std::string_view("nonsense")}) {
    EXPECT_EQ(all.find(secret), std::string::npos) << all;
  }
}

TEST_F(AccessTest, ManyClientsAtOnceAreNotMixedUp) {
  constexpr int kRounds = 100;
  std::vector<std::thread> clients;
  for (int n = 0; n < 4; ++n) {
    clients.emplace_back([this, n] {
      const bool ada = n % 2 == 0;
      HttpClient client(gateway_.address());
      for (int i = 0; i < kRounds; ++i) {
        const HttpResponse own = client.Send("GET", ada ? "/v1/users/ada" : "/v1/users/bob", {{"x-api-key", ada ? kKey : kOtherKey}});
        EXPECT_EQ(JsonAt(own.body, "id"), ada ? "ada" : "bob");
        const HttpResponse others =
            client.Send("GET", ada ? "/v1/users/bob" : "/v1/users/ada", {{"x-api-key", ada ? kKey : kOtherKey}});
        EXPECT_EQ(others.status, 403);
      }
    });
  }
  for (std::thread& client : clients) client.join();
}

TEST(ForwardCredentials, SendsTheClientsTokenOnlyWhereThePolicySaysSo) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()},
                   .more = "authentication: {api_keys: {}}\nconsumers: {ada: {keys: [{sha256: " + KeyDigest(kKey) +
                           "}]}}\npolicies:\n"
                           "- {methods: [shop.v1.Diagnostics/Echo], authenticate: {any: [api_key], forward_credentials: true}}\n"});
  const HttpResponse echo = Fetch(gateway.address(), "POST", "/shop.v1.Diagnostics/Echo",
                                  {{"x-api-key", kKey}, {"authorization", "Bearer mine"}}, "{}");
  EXPECT_EQ(JsonAt(echo.body, "metadata.authorization"), "Bearer mine") << echo.body;
  EXPECT_EQ(echo.body.find(kKey), std::string::npos) << "a key is no token of the client's";
}

TEST(KeyFile, KeysOfTheCommandLineWorkUntilTheyAreTakenAway) {
  Shop shop;
  TempDir folder;
  const std::string file = folder.path("keys.jsonl");
  const Outcome made = RunToEnd({DragomanProgram(), "key", "new", "--consumer", "partner", "--file", file, "--tenant", "t"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const std::string key = made.out.substr(0, made.out.find('\n'));
  const std::string more = "authentication: {api_keys: {file: \"" + file + "\"}}\n";
  {
    Gateway gateway({.endpoints = {shop.address()}, .more = more});
    EXPECT_EQ(Fetch(gateway.address(), "GET", "/v1/items/grinder", {{"x-api-key", key}}).status, 200);
    EXPECT_EQ(Fetch(gateway.address(), "GET", "/v1/items/grinder", {{"x-api-key", key + "x"}}).status, 401);
  }
  folder.Write("keys.jsonl", "# nobody\n");
  Gateway gateway({.endpoints = {shop.address()}, .more = more});
  EXPECT_EQ(Fetch(gateway.address(), "GET", "/v1/items/grinder", {{"x-api-key", key}}).status, 401);
}

TEST(KeyHash, ReadsTheKeyFromStandardInput) {
  const Outcome hashed = RunToEnd({"/bin/sh", "-c", "echo foo | " + DragomanProgram() + " key hash"});
  EXPECT_EQ(hashed.exit_code, 0);
  EXPECT_EQ(hashed.out, "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae\n");
}

TEST(PolicyTimeout, ReplacesTheBackends) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()},
                   .more = "forward_headers: [x-shop-delay]\n"
                           "policies: [{methods: [shop.v1.Catalog/GetItem], timeout: 50ms}]"});
  const HttpResponse late = Fetch(gateway.address(), "GET", "/v1/items/grinder", {{"x-shop-delay", "5s"}});
  EXPECT_EQ(late.status, 504);
  EXPECT_EQ(JsonLacks(R"({"details": [{"reason": "DEADLINE_EXCEEDED"}]})", late.body), "");
}

}  // namespace
}  // namespace dragoman::integration
