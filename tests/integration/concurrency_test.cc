#include <gtest/gtest.h>

#include "shop_fixture.h"

// How many calls at once, through the real program.
namespace dragoman::integration {
namespace {

TEST(ConcurrencyCaps, RefuseWhatIsTooMuchAndServeWhatWaits) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()},
                   .concurrency = "{max: 1}",
                   .more = "forward_headers: [x-shop-delay]\naccess_log: {format: text, path: stdout}\nworkers: 2\nadmin: {address: \"127.0.0.1:0\"}\n"});
  HttpClient slow(gateway.address());
  slow.Begin("GET", "/v1/items/grinder", {{"x-shop-delay", "3s"}});
  const auto under_way = [&] {
    const HttpResponse metrics = AskAdmin(gateway, "GET", "/metrics");
    return metrics.body.find("dragoman_calls_under_way{cap=\"backend shop\"} 1\n") != std::string::npos;
  };
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!under_way() && std::chrono::steady_clock::now() < end) {
  }
  HttpClient other(gateway.address());
  const HttpResponse refused = other.Send("GET", "/v1/items/grinder");
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(JsonLacks(R"({"code": 14, "details": [{"reason": "OVERLOADED", "metadata": {"rule": "backend shop"}}]})", refused.body), "");
  EXPECT_NE(refused.Header("retry-after"), "");
  EXPECT_TRUE(gateway.process().WaitForOutput("reason=OVERLOADED rule=\"backend shop\""));
  EXPECT_EQ(slow.Read().status, 200);
  EXPECT_EQ(other.Send("GET", "/v1/items/grinder").status, 200) << "the place is free again";

  Gateway patient({.endpoints = {shop.address()},
                   .concurrency = "{max: 1, queue: 5, queue_timeout: 20s}",
                   .more = "forward_headers: [x-shop-delay]\n"});
  HttpClient first(patient.address());
  first.Begin("GET", "/v1/items/grinder", {{"x-shop-delay", "200ms"}});
  HttpClient second(patient.address());
  second.Begin("GET", "/v1/items/grinder");
  EXPECT_EQ(second.Read().status, 200);
  EXPECT_EQ(first.Read().status, 200);
}

}  // namespace
}  // namespace dragoman::integration
