#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <sstream>

#include "shop_fixture.h"

// Start, readiness, logs, drain.
namespace dragoman::integration {
namespace {

using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

constexpr const char* kForward = "forward_headers: [x-shop-delay]";

TEST(Lifecycle, StartSaysWhatIsServed) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()},
                   .services = R"([{name: "shop.v1.*", backend: shop},
                                   {name: shop.v1.Diagnostics, backend: shop, expose: annotated}])"});
  gateway.process().WaitForOutput("routes");
  gateway.process().WaitForOutput("curl ");
  gateway.process().WaitForOutput("shop.v1.Diagnostics/Echo");  // why it has no route
}

TEST(Lifecycle, TermDrains) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}, .timeout = "60s", .more = kForward});
  HttpClient idle(gateway.address());
  EXPECT_EQ(idle.Send("GET", "/v1/orders/1001").status, 200);
  HttpClient busy(gateway.address());
  busy.Begin("GET", "/v1/orders/1002", {{"X-Shop-Delay", "1000ms"}});
  WaitForStat(gateway, "Orders/GetOrder", "started", 2);
  gateway.process().Signal(SIGTERM);
  HttpResponse response = busy.Read();
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(JsonAt(response.body, "id"), "1002");
  EXPECT_TRUE(busy.ClosedByPeer());
  EXPECT_TRUE(idle.ClosedByPeer());
  EXPECT_EQ(gateway.process().Wait(), 0);
  EXPECT_FALSE(HttpClient(gateway.address()).connected());
}

TEST(Lifecycle, TheGraceEndsTheDrain) {
  Shop shop;
  Gateway gateway(
      {.endpoints = {shop.address()}, .timeout = "60s", .more = std::string(kForward) + "\ndrain: {grace: 200ms}"});
  HttpClient busy(gateway.address());
  busy.Begin("GET", "/v1/orders/1001", {{"X-Shop-Delay", "60000ms"}});
  WaitForStat(gateway, "Orders/GetOrder", "started", 1);
  gateway.process().Signal(SIGTERM);
  EXPECT_EQ(gateway.process().Wait(), 0);
  HttpResponse response = busy.Read();
  EXPECT_EQ(response.status, 503) << response.body;
  EXPECT_EQ(JsonAt(response.body, "message"), "the gateway is shutting down");
  EXPECT_EQ(JsonAt(response.body, "details.0.reason"), "DRAINING");
}

TEST(Lifecycle, ASecondSignalEndsTheGrace) {
  Shop shop;
  Gateway gateway(
      {.endpoints = {shop.address()}, .timeout = "60s", .more = std::string(kForward) + "\ndrain: {grace: 1h}"});
  HttpClient busy(gateway.address());
  busy.Begin("GET", "/v1/orders/1001", {{"X-Shop-Delay", "60000ms"}});
  WaitForStat(gateway, "Orders/GetOrder", "started", 1);
  gateway.process().Signal(SIGTERM);
  ASSERT_TRUE(gateway.process().WaitForOutput("draining"));
  gateway.process().Signal(SIGTERM);
  EXPECT_EQ(busy.Read().status, 503);
  EXPECT_EQ(gateway.process().Wait(), 0);
}

TEST(Lifecycle, IntEndsItToo) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}});
  gateway.process().Signal(SIGINT);
  EXPECT_EQ(gateway.process().Wait(), 0);
}

TEST(Lifecycle, AdminTellsWhetherItLivesAndIsReady) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()},
                   .timeout = "60s",
                   .more = std::string("admin: {address: \"127.0.0.1:0\"}\n") + kForward});
  ASSERT_NE(gateway.admin(), "");
  auto ask = [&](const char* path, const Headers& more = {}) {
    Headers headers = {{"Host", gateway.admin()}};
    headers.insert(headers.end(), more.begin(), more.end());
    return Fetch(gateway.admin(), "GET", path, headers).status;
  };
  EXPECT_EQ(ask("/livez"), 200);
  EXPECT_EQ(ask("/readyz"), 200);
  EXPECT_EQ(ask("/v1/orders/1001"), 404);
  EXPECT_EQ(ask("/livez", {{"Origin", "http://evil.example"}}), 403);
  EXPECT_EQ(Fetch(gateway.admin(), "GET", "/livez", {{"Host", "evil.example"}}).status, 403);
  EXPECT_EQ(Fetch(gateway.address(), "GET", "/livez").status, 404);

  HttpClient busy(gateway.address());
  busy.Begin("GET", "/v1/orders/1001", {{"X-Shop-Delay", "1500ms"}});
  WaitForStat(gateway, "Orders/GetOrder", "started", 1);
  gateway.process().Signal(SIGTERM);
  auto end = std::chrono::steady_clock::now() + kPatience;
  int ready = 200;
  while (ready == 200 && std::chrono::steady_clock::now() < end) ready = ask("/readyz");
  EXPECT_EQ(ready, 503);
  EXPECT_EQ(ask("/livez"), 200);
  EXPECT_EQ(busy.Read().status, 200);
  EXPECT_EQ(gateway.process().Wait(), 0);
}

TEST(Lifecycle, TheAccessLogHasALineARequest) {
  Shop shop;
  TempDir folder;
  std::string log = folder.path("access.log");
  Gateway gateway({.endpoints = {shop.address()}, .more = "access_log: {format: json, path: \"" + log + "\"}"});
  Fetch(gateway.address(), "GET", "/v1/orders/1001?customer=x", {{"X-Request-Id", "bad"}});
  Fetch(gateway.address(), "GET", "/v1/orders/1001", {{"X-Request-Id", "good"}});
  Fetch(gateway.address(), "GET", "/nowhere", {{"X-Request-Id", "lost"}});
  gateway.process().Signal(SIGTERM);
  EXPECT_EQ(gateway.process().Wait(), 0);
  std::ifstream in(log);
  std::vector<std::string> told;  // each worker writes its own lines: their order among workers is no promise
  for (std::string line; std::getline(in, line);) {
    told.push_back(JsonAt(line, "request_id") + " " + JsonAt(line, "status") + " " + JsonAt(line, "rpc"));
  }
  EXPECT_THAT(told, UnorderedElementsAre(StartsWith("bad 400"), "good 200 shop.v1.Orders/GetOrder", StartsWith("lost 404")));
}

TEST(Lifecycle, AnAddressInUseIsAnError) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}});
  TempDir folder;
  GatewayOptions options{.listeners = "[{address: \"" + gateway.address() + "\"}]", .endpoints = {shop.address()}};
  Outcome second = RunToEnd({DragomanProgram(), "serve", "--config", folder.Write("dragoman.yaml", ConfigText(options))});
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_NE(second.err.find(gateway.address()), std::string::npos) << second.err;
  EXPECT_NE(second.err.find("in use"), std::string::npos) << second.err;
}

}  // namespace
}  // namespace dragoman::integration
