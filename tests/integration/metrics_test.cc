#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "shop_fixture.h"

namespace dragoman::integration {
namespace {

using testing::HasSubstr;

TEST(MetricsPage, CountsRequestsByRpcCodeAndReasonAndWhatLimitsAndGuardDecided) {
  Shop shop;
  const Gateway gateway({.endpoints = {shop.address()},
                         .concurrency = "{max: 50}",
                         .more = "admin: {address: \"127.0.0.1:0\"}\nguard: {}\nworkers: 2\n"
                                 "rate_limits: {by-address: {key: [address], limits: [{quota: 2/h}]}}\n"
                                 "policies: [{methods: [shop.v1.Users/GetUser], rate_limits: [by-address]}]\n"});
  HttpClient client(gateway.address());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.Send("GET", "/v1/items/grinder").status, 200);
  for (const int status : {200, 200, 429}) EXPECT_EQ(client.Send("GET", "/v1/users/ada").status, status);
  EXPECT_EQ(client.Send("GET", "/nowhere").status, 404);
  // A request is counted when it is over, which its client may know first: here the last one.
  HttpResponse metrics;
  const auto end = std::chrono::steady_clock::now() + kPatience;
  do {
    metrics = AskAdmin(gateway, "GET", "/metrics");
  } while ((metrics.body.find("reason=\"ROUTE_NOT_FOUND\"} 1\n") == std::string::npos ||
            metrics.body.find("dragoman_requests_in_flight 0\n") == std::string::npos) &&
           std::chrono::steady_clock::now() < end);
  EXPECT_EQ(metrics.status, 200);
  EXPECT_EQ(metrics.Header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  for (const char* line :
       {"dragoman_requests_total{rpc=\"shop.v1.Catalog/GetItem\",code=\"200\",reason=\"\"} 3\n",
        "dragoman_requests_total{rpc=\"shop.v1.Users/GetUser\",code=\"429\",reason=\"QUOTA_EXCEEDED\"} 1\n",
        "dragoman_requests_total{rpc=\"\",code=\"404\",reason=\"ROUTE_NOT_FOUND\"} 1\n",
        "dragoman_request_duration_seconds_count{rpc=\"shop.v1.Catalog/GetItem\"} 3\n",
        "dragoman_upstream_duration_seconds_count{rpc=\"shop.v1.Catalog/GetItem\"} 3\n",
        "dragoman_requests_in_flight 0\n", "dragoman_limit_refused_total{limit=\"by-address\",tier=\"\"} 1\n",
        "dragoman_upstream_connections{backend=\"shop\",state=\"ready\"} ", "dragoman_connections 1\n"}) {
    EXPECT_THAT(metrics.body, HasSubstr(line));
  }
}

}  // namespace
}  // namespace dragoman::integration
