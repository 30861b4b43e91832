#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "composition_fixture.h"
#include "credentials.h"
#include "redis_server.h"

// A composition is no way around the policies of the RPCs that it calls.
namespace dragoman::integration {
namespace {

using testing::HasSubstr;

constexpr const char* kAda = "dgm_ada-0123456789abcdefghijklmnopqrstuvwxyz";
constexpr const char* kBob = "dgm_bob-0123456789abcdefghijklmnopqrstuvwxyz";

const std::string kConsumers = "authentication: {api_keys: {}, identity: {x-consumer: consumer.name}}\nconsumers:\n" +
                               ConsumerLine("ada", kAda, "scopes: [ads.read], tenant: north") +
                               ConsumerLine("bob", kBob, "tenant: south");

std::string Page(const std::string& more = {}) {
  return "  - name: page\n"
         "    get: \"/v1/page\"\n" +
         more +
         "    parameters: {user: {type: string, default: north}}\n"
         "    calls:\n"
         "      user: {method: compose.v1.Users/GetUser, request: {id: \"{query.user}\"}}\n"
         "      ads: {method: compose.v1.Ads/Pick, request: {user_id: \"{consumer.name}\"}, optional: true}\n"
         "    response: {user: \"{user.id}\", tenant: \"{consumer.tenant}\", ads: \"{ads.ads[].id}\"}\n";
}

HttpResponse Get(const Gateway& gateway, std::string_view key, std::string_view target = "/v1/page") {
  Headers headers;
  if (!key.empty()) headers.emplace_back("x-api-key", key);
  return Fetch(gateway.address(), "GET", target, headers);
}

TEST(CompositionPolicies, HoldForCompositionsByName) {
  ComposeBackend backend;
  Gateway gateway(Composing(backend, Page(),
                            kConsumers +
                                "policies:\n"
                                "  - {methods: [\"compose.v1.*\"], authenticate: public}\n"
                                "  - {methods: [\"compositions/page\"], authorize: {tenants: [north]}, timeout: 1s,\n"
                                "     headers: {response: {set: {x-page: \"1\"}}}}\n"));
  EXPECT_EQ(Get(gateway, "").status, 401);
  EXPECT_EQ(Get(gateway, kBob).status, 403);
  EXPECT_EQ(CallCount(gateway, "Users/GetUser"), 0) << "nobody was asked for those who may not";
  const HttpResponse response = Get(gateway, kAda);
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.Header("x-page"), "1");
  EXPECT_EQ(JsonAt(response.body, "tenant"), "north");
}

TEST(CompositionPolicies, HoldForItsParts) {
  ComposeBackend backend;
  const std::string policies =
      "policies:\n"
      "  - {methods: [\"compositions/page\", \"compose.v1.Calls/*\"], authenticate: public}\n"
      "  - {methods: [\"compose.v1.Users/*\"], authorize: {fields: {id: consumer.tenant}}}\n"
      "  - {methods: [\"compose.v1.Ads/*\"], authorize: {scopes: [ads.read]}}\n";
  {
    Gateway gateway(Composing(backend, Page(), kConsumers + policies));
    const HttpResponse nobody = Get(gateway, "");
    EXPECT_EQ(nobody.status, 401) << "the composition is public, its parts are not: " << nobody.body;
    EXPECT_EQ(JsonAt(nobody.body, "details.0.metadata.part"), "user") << nobody.body;
    EXPECT_NE(nobody.Header("www-authenticate"), "");
    const HttpResponse other = Get(gateway, kAda, "/v1/page?user=south");
    EXPECT_EQ(other.status, 403) << "the field is somebody else's: " << other.body;
    EXPECT_EQ(CallCount(gateway, "Users/GetUser"), 0);

    const HttpResponse partial = Get(gateway, kBob, "/v1/page?user=south");
    EXPECT_EQ(partial.status, 200) << partial.body;
    EXPECT_EQ(JsonAt(partial.body, "_errors.0.part"), "ads");
    EXPECT_EQ(JsonAt(partial.body, "_errors.0.reason"), "FORBIDDEN");
    EXPECT_EQ(CallCount(gateway, "Ads/Pick"), 0);

    EXPECT_EQ(Get(gateway, kAda).Header("x-partial"), "");
    EXPECT_EQ(JsonAt(CallsOf(gateway), "received.1.metadata.x-consumer"), "ada") << "backends are told who it is";
  }
  Gateway loose(Composing(backend, Page("    enforce_parts: false\n"), kConsumers + policies));
  EXPECT_EQ(Get(loose, "").status, 200) << "it was said so";
}

TEST(CompositionPolicies, LimitsCountEachCall) {
  ComposeBackend backend;
  Gateway gateway(Composing(backend, Page(),
                            "rate_limits: {pages: {limits: [{quota: 5/h}]}, ads: {limits: [{quota: 2/h}]}}\n"
                            "policies:\n"
                            "  - {methods: [\"compositions/page\"], rate_limits: [pages]}\n"
                            "  - {methods: [\"compose.v1.Ads/*\"], rate_limits: [ads]}\n"));
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Get(gateway, "").Header("x-partial"), "");
  const HttpResponse third = Get(gateway, "");
  EXPECT_EQ(third.status, 200);
  EXPECT_EQ(JsonAt(third.body, "_errors.0.reason"), "QUOTA_EXCEEDED") << third.body;
  EXPECT_THAT(third.Header("ratelimit"), HasSubstr("\"pages\";r=2"));
  EXPECT_EQ(CallCount(gateway, "Ads/Pick"), 2);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Get(gateway, "").status, 200);
  EXPECT_EQ(Get(gateway, "").status, 429);
}

TEST(CompositionPolicies, LimitsInAStoreCountEachItem) {
  ComposeBackend backend;
  RedisServer redis;
  Gateway gateway(Composing(
      backend,
      "  - name: page\n"
      "    get: \"/v1/page\"\n"
      "    calls:\n"
      "      orders: {method: compose.v1.Orders/ListOrders, request: {shape: \"20\"}}\n"
      "      items: {for_each: \"{orders.orders[].lines[]}\", method: compose.v1.Items/GetItem, optional: true}\n"
      "    response: {items: \"{items}\"}\n",
      "store: {redis: {url: \"" + redis.url() +
          "\"}}\n"
          "rate_limits: {items: {limits: [{quota: 12/h}]}}\n"
          "policies: [{methods: [\"compose.v1.Items/*\"], rate_limits: [items]}]\n"));
  const HttpResponse response = Get(gateway, "");
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(JsonAt(response.body, "_errors.7.reason"), "QUOTA_EXCEEDED") << response.body;
  EXPECT_EQ(JsonAt(response.body, "_errors.8.reason"), "") << response.body;
  EXPECT_EQ(CallCount(gateway, "Items/GetItem"), 12);
}

TEST(CompositionPolicies, KeysThatAPartRefusesAreGuesses) {
  ComposeBackend backend;
  Gateway gateway(
      Composing(backend, Page(),
                kConsumers + "guard: {brute_force: {failures: 3, ban: {first: 1h}}}\n"
                             "policies:\n"
                             "  - {methods: [\"compositions/page\", \"compose.v1.Users/*\"], authenticate: public}\n"));
  for (int i = 0; i < 8; ++i) EXPECT_EQ(Get(gateway, "").status, 200) << "who shows no key guesses none";
  for (int i = 0; i < 3; ++i) {
    const HttpResponse response = Get(gateway, "guess" + std::to_string(i));
    EXPECT_EQ(JsonAt(response.body, "_errors.0.reason"), "UNAUTHENTICATED") << response.body;
  }
  // The guard learns of them once the answer, which is a good one, has left.
  const auto end = std::chrono::steady_clock::now() + kPatience;
  int status = 200;
  while (status == 200 && std::chrono::steady_clock::now() < end) status = Get(gateway, kAda).status;
  EXPECT_NE(status, 200) << "refused, or not even let in";
}

TEST(CompositionPolicies, ACapOfConsumersCountsACompositionOnce) {
  ComposeBackend backend;
  Gateway gateway(Composing(backend, Page(),
                            kConsumers + "policies: [{methods: [\"*\"], concurrency: [{per: consumer, max: 1}]}]\n"));
  EXPECT_EQ(Get(gateway, kAda).Header("x-partial"), "");
}

TEST(CompositionMetrics, CountEachPart) {
  ComposeBackend backend;
  Gateway gateway(Composing(backend, Page(), "admin: {address: \"127.0.0.1:0\"}\n"));
  EXPECT_EQ(Get(gateway, "").status, 200);
  AwaitFigure(gateway, R"(dragoman_requests_total{rpc="compositions/page",code="200",reason=""} 1)");
  const std::string page = AskAdmin(gateway, "GET", "/metrics").body;
  EXPECT_THAT(page, HasSubstr(R"(dragoman_composition_calls_total{composition="page",call="user",grpc_code="OK"} 1)"));
  EXPECT_THAT(page, HasSubstr(R"(dragoman_composition_call_duration_seconds_count{composition="page",call="ads"} 1)"));
}

}  // namespace
}  // namespace dragoman::integration
