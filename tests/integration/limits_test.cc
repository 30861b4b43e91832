#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "credentials.h"
#include "shop_fixture.h"

// How much each client may, through the real program.
namespace dragoman::integration {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

constexpr const char* kAda = "dgm_ada-0123456789abcdefghijklmnopqrstuvwxyz";
constexpr const char* kBob = "dgm_bob-0123456789abcdefghijklmnopqrstuvwxyz";

const std::string kConsumers = "authentication: {api_keys: {}}\nconsumers:\n" + ConsumerLine("ada", kAda) +
                               ConsumerLine("bob", kBob, "tier: gold");

HttpResponse Get(const std::string& address, std::string_view target, std::string_view key, Headers headers = {}) {
  headers.emplace_back("x-api-key", key);
  return Fetch(address, "GET", target, headers);
}

TEST(RateLimits, TellHowMuchIsLeftAndRefuseWithReasonRuleAndWhenToTryAgain) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()},
                         .more = kConsumers +
                                 "access_log: {format: text, path: stdout}\n"
                                 "rate_limits: {per-client: {limits: [{rate: 3/h}, {quota: 5/24h}], tiers: {gold: [{quota: 4/h}]}}}\n"
                                 "policies: [{methods: ['shop.v1.Catalog/*'], rate_limits: [per-client]}]\n"});
  const HttpResponse first = Get(gateway.address(), "/v1/items/grinder", kAda);
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.Header("ratelimit-policy"), "\"per-client-1h\";q=3;w=3600, \"per-client-24h\";q=5;w=86400");
  EXPECT_THAT(first.Header("ratelimit"), MatchesRegex("\"per-client-1h\";r=2;t=1[0-9]+, \"per-client-24h\";r=4;t=86[0-9]+"));
  EXPECT_EQ(Get(gateway.address(), "/v1/items/no-such-thing", kAda).status, 404) << "a call is a call";
  EXPECT_EQ(Get(gateway.address(), "/v1/items/grinder", kAda).status, 200);
  const HttpResponse no = Get(gateway.address(), "/v1/items/grinder", kAda);
  EXPECT_EQ(no.status, 429);
  EXPECT_EQ(JsonLacks(R"({"code": 8, "details": [{"reason": "RATE_LIMITED", "domain": "dragoman", "metadata": {"rule": "per-client-1h"}}]})", no.body), "");
  EXPECT_THAT(no.Header("retry-after"), MatchesRegex("1[0-9]{3}"));
  EXPECT_THAT(no.Header("ratelimit"), HasSubstr("\"per-client-24h\";r=2;"));

  const HttpResponse gold = Get(gateway.address(), "/v1/items/grinder", kBob);
  EXPECT_EQ(gold.Header("ratelimit-policy"), "\"per-client\";q=4;w=3600");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Get(gateway.address(), "/v1/items/grinder", kBob).status, 200);
  const HttpResponse quota = Get(gateway.address(), "/v1/items/grinder", kBob);
  EXPECT_EQ(quota.status, 429);
  EXPECT_EQ(JsonLacks(R"({"details": [{"reason": "QUOTA_EXCEEDED", "metadata": {"rule": "per-client"}}]})", quota.body), "");
  EXPECT_EQ(Get(gateway.address(), "/v1/users/ada", kBob).status, 200) << "no limit holds there";
  EXPECT_TRUE(gateway.process().WaitForOutput("reason=RATE_LIMITED rule=per-client-1h"));
  EXPECT_TRUE(gateway.process().WaitForOutput("reason=QUOTA_EXCEEDED rule=per-client"));
}

TEST(RateLimits, AreExactHoweverManyAskAtOnce) {
  Shop shop;
  const Gateway gateway({.endpoints = {shop.address()},
                         .more = kConsumers +
                                 "workers: 2\n"
                                 "rate_limits: {all: {limits: [{rate: 60/h}, {quota: 50/24h}]}}\n"
                                 "policies: [{methods: ['*'], rate_limits: [all]}]\n"});
  std::atomic<int> served{0};
  std::atomic<int> refused{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&] {
      HttpClient client(gateway.address());
      for (int n = 0; n < 25; ++n) {
        const int status = client.Send("GET", "/v1/items/grinder", {{"x-api-key", kAda}}).status;
        if (status == 200) ++served;
        if (status == 429) ++refused;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(served, 50);
  EXPECT_EQ(refused, 150);
}

TEST(RateLimits, CountWhatACallCostsByItsRpcAndByItsMessage) {
  Shop shop;
  const Gateway gateway(
      {.endpoints = {shop.address()},
       .more = kConsumers +
               "rate_limits: {units: {limits: [{quota: 100/h}]}}\n"
               "policies:\n"
               "- {methods: [shop.v1.Users/GetUser], rate_limits: [{limit: units, cost: 30}]}\n"
               "- {methods: [shop.v1.Catalog/ListItems], rate_limits: [{limit: units, cost: {field: page_size, otherwise: 10, max: 50}}]}\n"});
  const auto left = [](const HttpResponse& response) { return response.Header("ratelimit").substr(0, 13); };
  EXPECT_EQ(left(Get(gateway.address(), "/v1/users/ada", kAda)), "\"units\";r=70;");
  EXPECT_EQ(left(Get(gateway.address(), "/v1/items?pageSize=2", kAda)), "\"units\";r=68;");
  EXPECT_EQ(left(Get(gateway.address(), "/v1/items", kAda)), "\"units\";r=58;");
  EXPECT_EQ(left(Get(gateway.address(), "/v1/items?pageSize=1000000", kAda)).substr(0, 11), "\"units\";r=8");
  const HttpResponse no = Get(gateway.address(), "/v1/items?pageSize=9", kAda);
  EXPECT_EQ(no.status, 429);
  EXPECT_EQ(left(no).substr(0, 11), "\"units\";r=8") << "what is refused costs nothing";
  EXPECT_EQ(Get(gateway.address(), "/v1/items?pageSize=8", kAda).status, 200);
}

TEST(RateLimits, CountByWhatTheirKeySays) {
  Shop shop;
  const Gateway gateway({.endpoints = {shop.address()},
                         .more =
                             "rate_limits:\n"
                             "  by-address: {key: [address], limits: [{quota: 2/h}]}\n"
                             "  by-region: {key: [rpc, {header: x-region}, {literal: v1}], limits: [{quota: 1/h}]}\n"
                             "policies:\n"
                             "- {methods: [shop.v1.Catalog/GetItem], rate_limits: [by-address]}\n"
                             "- {methods: [shop.v1.Users/GetUser, shop.v1.Users/ListUsers], rate_limits: [by-region]}\n"});
  const auto from = [&](const std::string& address) { return HttpClient(gateway.address(), address).Send("GET", "/v1/items/grinder").status; };
  EXPECT_EQ(from("127.0.0.2"), 200);
  EXPECT_EQ(from("127.0.0.2"), 200);
  EXPECT_EQ(from("127.0.0.2"), 429);
  EXPECT_EQ(from("127.0.0.3"), 200);
  const auto in = [&](std::string_view target, Headers headers) { return Fetch(gateway.address(), "GET", target, headers).status; };
  EXPECT_EQ(in("/v1/users/ada", {{"x-region", "eu"}}), 200);
  EXPECT_EQ(in("/v1/users/ada", {{"x-region", "eu"}}), 429);
  EXPECT_EQ(in("/v1/users/ada", {{"x-region", "us"}}), 200);
  EXPECT_EQ(in("/v1/users/ada", {}), 200);
  EXPECT_EQ(in("/v1/users/ada", {}), 429);
  EXPECT_EQ(in("/v1/users", {{"x-region", "eu"}}), 200) << "another RPC";
}

}  // namespace
}  // namespace dragoman::integration
