#include <gtest/gtest.h>
#include <signal.h>

#include <map>
#include <thread>

#include "shop_fixture.h"

// Backends that are down, slow, several, or go away.
namespace dragoman::integration {
namespace {

constexpr const char* kEcho = "/shop.v1.Diagnostics/Echo";
constexpr const char* kForward = "forward_headers: [x-shop-delay, x-shop-fail]";

TEST(Backends, OneThatIsDownIs503AtOnce) {
  DeadPort dead;
  Gateway gateway({.endpoints = {dead.address()}, .timeout = "15s"});
  for (int i = 0; i < 3; ++i) {
    auto begin = std::chrono::steady_clock::now();
    HttpResponse response = Fetch(gateway.address(), "GET", "/v1/orders/1001");
    EXPECT_EQ(response.status, 503) << response.body;
    EXPECT_EQ(JsonLacks(R"({"code": 14, "details": [{"reason": "BACKEND_UNAVAILABLE", "domain": "dragoman"}]})",
                        response.body),
              "");
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
  }
}

TEST(Backends, OneThatComesBackIsUsedAgain) {
  auto shop = std::make_unique<Shop>();
  std::string address = shop->address();
  Gateway gateway({.endpoints = {address}});
  EXPECT_EQ(Fetch(gateway.address(), "GET", "/v1/orders/1001").status, 200);
  shop.reset();
  EXPECT_EQ(Fetch(gateway.address(), "GET", "/v1/orders/1001").status, 503);
  Shop again(address);
  auto end = std::chrono::steady_clock::now() + kPatience;
  int status = 0;
  while (status != 200 && std::chrono::steady_clock::now() < end)
    status = Fetch(gateway.address(), "GET", "/v1/orders/1001").status;
  EXPECT_EQ(status, 200);
}

TEST(Backends, OneThatHangsIs504AtTheDeadline) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}, .timeout = "300ms", .more = kForward});
  auto begin = std::chrono::steady_clock::now();
  HttpResponse response = Fetch(gateway.address(), "GET", "/v1/orders/1001", {{"X-Shop-Delay", "30000ms"}});
  auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_EQ(response.status, 504) << response.body;
  // The deadline travels with the call, so the backend may act on it first; the answer is the same. (The message
  // tells how long the call itself had.)
  EXPECT_EQ(JsonLacks(R"({"code": 4, "message": "…",
                          "details": [{"reason": "DEADLINE_EXCEEDED", "domain": "dragoman"}]})",
                      response.body),
            "");
  EXPECT_GE(took, std::chrono::milliseconds(290));
  EXPECT_LT(took, std::chrono::seconds(5));
  WaitForStat(gateway, "Orders/GetOrder", "cancelled", 1);
  EXPECT_EQ(Fetch(gateway.address(), "GET", "/v1/orders/1001").status, 200);
}

TEST(Backends, AClientThatGoesAwayCancelsItsCall) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}, .timeout = "60s", .more = kForward});
  HttpClient client(gateway.address());
  client.Begin("GET", "/v1/orders/1001", {{"X-Shop-Delay", "60000ms"}});
  WaitForStat(gateway, "Orders/GetOrder", "started", 1);
  EXPECT_EQ(Stat(gateway, "Orders/GetOrder", "ended"), 0);
  client.Close();
  WaitForStat(gateway, "Orders/GetOrder", "cancelled", 1);
}

TEST(Backends, FailuresOfTheBackendAreNotTriedAgain) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}, .more = kForward});
  EXPECT_EQ(Fetch(gateway.address(), "GET", "/v1/orders/1001", {{"X-Shop-Fail", "14"}}).status, 503);
  EXPECT_EQ(Stat(gateway, "Orders/GetOrder", "started"), 1);
}

TEST(Backends, EndpointsTakeTurnsAndADeadOneIsSkipped) {
  Shop one("127.0.0.1:0", "one");
  Shop two("127.0.0.1:0", "two");
  DeadPort dead;
  Gateway gateway({.endpoints = {one.address(), dead.address(), two.address()}, .more = "workers: 1"});
  std::map<std::string, int> answers;
  HttpClient client(gateway.address());
  for (int i = 0; i < 40; ++i) {
    HttpResponse response = client.Send("POST", kEcho);
    ASSERT_EQ(response.status, 200) << response.body;
    ++answers[JsonAt(response.body, "backend")];
  }
  EXPECT_EQ(answers.size(), 2u);
  EXPECT_GE(answers["one"], 10);
  EXPECT_GE(answers["two"], 10);
}

TEST(Backends, ManyCallsShareAConnection) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}, .more = std::string("workers: 2\n") + kForward});
  constexpr int kClients = 8;
  constexpr int kEach = 25;
  std::vector<std::thread> clients;
  std::vector<int> good(kClients);
  for (int c = 0; c < kClients; ++c) {
    clients.emplace_back([&, c] {
      HttpClient client(gateway.address());
      for (int i = 0; i < kEach; ++i) {
        std::string text = std::to_string(c) + "." + std::to_string(i);
        HttpResponse response =
            client.Send("POST", kEcho, {{"X-Shop-Delay", "5ms"}}, R"({"text": ")" + text + R"("})");
        good[c] += response.status == 200 && JsonAt(response.body, "text") == text;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  for (int c = 0; c < kClients; ++c) EXPECT_EQ(good[c], kEach);
  EXPECT_EQ(Stat(gateway, "Diagnostics/Echo", "ended"), kClients * kEach);
}

TEST(Backends, ABackendThatDiesFailsItsCallsOnly) {
  auto shop = std::make_unique<Shop>();
  Gateway gateway({.endpoints = {shop->address()}, .more = kForward});
  HttpClient client(gateway.address());
  client.Begin("GET", "/v1/orders/1001", {{"X-Shop-Delay", "60000ms"}});
  WaitForStat(gateway, "Orders/GetOrder", "started", 1);
  shop->process().Signal(SIGKILL);
  HttpResponse response = client.Read();
  EXPECT_EQ(response.status, 503) << response.body;
  EXPECT_EQ(JsonLacks(R"({"code": 14})", response.body), "");
}

}  // namespace
}  // namespace dragoman::integration
