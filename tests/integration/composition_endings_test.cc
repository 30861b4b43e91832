#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <random>
#include <thread>

#include "composition_fixture.h"

// How compositions end that do not come to their end by themselves: drains, caps, clients that leave.
namespace dragoman::integration {
namespace {

using testing::AnyOf;
using testing::Eq;
using testing::HasSubstr;

constexpr const char* kPages = R"(
  - name: page
    get: "/v1/page"
    timeout: 60s
    parameters: {shape: {type: string}, user: {type: string}, lines: {type: string}}
    calls:
      user: {method: compose.v1.Users/GetUser, request: {id: ada, act: "{query.user}"}}
      orders: {method: compose.v1.Orders/ListOrders, request: {shape: "{query.shape}", line_acts: "{query.lines}"}}
      items:
        for_each: "{orders.orders[].lines[]}"
        method: compose.v1.Items/GetItem
        request: {id: "{each.item_id}", act: "{each.act}"}
        concurrency: 8
        optional: true
    response: {user: "{user.id}", items: "{items[][] => each.title}"}
  - name: steps
    post: "/v1/steps"
    timeout: 60s
    body: {fields: {lines: [string], ship: string, mail: string}}
    calls:
      order: {method: compose.v1.Orders/CreateOrder, request: {user_id: ada}}
      ship: {method: compose.v1.Parcels/Ship, request: {order_id: "{order.id}", act: "{body.ship}"}}
      stock:
        for_each: "{body.lines[]}"
        method: compose.v1.Items/GetItem
        request: {id: i, act: "{each}"}
        concurrency: 2
        after: [order]
    response: {order: "{order.id}"}
)";

GatewayOptions Pages(const ComposeBackend& backend, const std::string& concurrency, const std::string& more = {}) {
  GatewayOptions options = Composing(backend, kPages, more);
  options.concurrency = concurrency;
  options.timeout = "60s";
  return options;
}

HttpResponse PostSteps(const Gateway& gateway, const std::string& body) {
  return Fetch(gateway.address(), "POST", "/v1/steps", {{"content-type", "application/json"}}, body);
}

std::string MetadataAt(const HttpResponse& response, const std::string& name) {
  return JsonAt(response.body, "details.0.metadata." + name);
}

TEST(CompositionCaps, ItemsOfAForEachWaitInABackendsQueue) {
  ComposeBackend backend;
  Gateway gateway(Pages(backend, "{max: 2, queue: 100, queue_timeout: 30s}"));
  const HttpResponse response =
      Fetch(gateway.address(), "GET", "/v1/page?shape=20&lines=delay%3D5%7Cdelay%3D5%7Cdelay%3D5%7Cdelay%3D5");
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.Header("x-partial"), "") << response.body;
  EXPECT_LE(CallCount(gateway, "Items/GetItem", "mostAtOnce"), 2);
  EXPECT_EQ(CallCount(gateway, "Items/GetItem"), 20);
}

TEST(CompositionCaps, OfTheCompositionItselfHold) {
  ComposeBackend backend;
  Gateway gateway(Pages(backend, "", "policies: [{methods: [\"compositions/page\"], concurrency: [{max: 1}]}]\n"));
  HttpClient slow(gateway.address());
  slow.Begin("GET", "/v1/page?shape=0&user=hang");
  WaitForCallCount(gateway, "Users/GetUser", "started", 1);
  const HttpResponse refused = Fetch(gateway.address(), "GET", "/v1/page?shape=0");
  EXPECT_EQ(refused.status, 503) << refused.body;
  EXPECT_EQ(JsonAt(refused.body, "details.0.reason"), "OVERLOADED") << refused.body;
  EXPECT_EQ(CallCount(gateway, "Users/GetUser"), 1);
  slow.Close();
  WaitForCallCount(gateway, "Users/GetUser", "cancelled", 1);
  EXPECT_EQ(Fetch(gateway.address(), "GET", "/v1/page?shape=0").status, 200) << "the place is free again";
}

TEST(CompositionCaps, ACapOfConsumersHoldsForCompositionsAndCallsTogether) {
  ComposeBackend backend;
  Gateway gateway(Pages(backend, "",
                        "policies: [{methods: [\"compositions/page\", \"compose.v1.Users/*\", \"compose.v1.Orders/*\"],"
                        " concurrency: [{per: consumer, max: 1}]}]\n"));
  HttpClient slow(gateway.address());
  slow.Begin("GET", "/v1/page?shape=0&user=hang");
  WaitForCallCount(gateway, "Users/GetUser", "started", 1);
  EXPECT_EQ(Fetch(gateway.address(), "POST", "/compose.v1.Users/GetUser").status, 503);
  EXPECT_EQ(Fetch(gateway.address(), "GET", "/v1/page?shape=0").status, 503);
}

TEST(CompositionCaps, WhoeverLeavesLeavesTheQueuesToo) {
  ComposeBackend backend;
  Gateway gateway(Pages(backend, "{max: 2, queue: 8, queue_timeout: 60s}", "admin: {address: \"127.0.0.1:0\"}\n"));
  {
    HttpClient client(gateway.address());
    client.Begin("GET", "/v1/page?shape=5&lines=hang");
    AwaitFigure(gateway, "dragoman_calls_under_way{cap=\"backend compose\"} 2");
    AwaitFigure(gateway, "dragoman_calls_waiting{cap=\"backend compose\"} 3");
  }
  AwaitFigure(gateway, "dragoman_calls_waiting{cap=\"backend compose\"} 0");
  AwaitFigure(gateway, "dragoman_calls_under_way{cap=\"backend compose\"} 0");
}

TEST(CompositionCaps, AStepThatWaitsInAQueueHasNotBegun) {
  ComposeBackend backend;
  Gateway gateway(Pages(backend, "{max: 1, queue: 8, queue_timeout: 60s}"));
  // order has ended; ship has the one place, stock waits for it.
  const HttpResponse response = PostSteps(gateway, R"({"ship": "delay=50 fail=9", "lines": ["", ""]})");
  EXPECT_EQ(response.status, 400) << response.body;
  EXPECT_EQ(MetadataAt(response, "failed"), "ship") << response.body;
  EXPECT_EQ(MetadataAt(response, "not_tried"), "stock") << response.body;
  EXPECT_EQ(CallCount(gateway, "Items/GetItem"), 0);
}

TEST(CompositionEndings, ItemsUnderWayComeToTheirEndAndAreTold) {
  ComposeBackend backend;
  Gateway gateway(Pages(backend, ""));
  const HttpResponse done = PostSteps(gateway, R"({"ship": "fail=9", "lines": ["delay=50", "delay=50"]})");
  EXPECT_EQ(MetadataAt(done, "done"), "order, stock") << done.body;
  EXPECT_EQ(CallCount(gateway, "Items/GetItem", "cancelled"), 0);
  // Two at once; the third is not begun when ship has failed.
  const HttpResponse half = PostSteps(gateway, R"({"ship": "fail=9", "lines": ["delay=50", "delay=50", ""]})");
  EXPECT_EQ(MetadataAt(half, "done"), "order") << half.body;
  EXPECT_EQ(MetadataAt(half, "abandoned"), "stock") << half.body;
  EXPECT_EQ(CallCount(gateway, "Items/GetItem"), 4);
}

TEST(CompositionEndings, ADrainLetsThemComeToTheirEnd) {
  ComposeBackend backend;
  Gateway gateway(Pages(backend, "{max: 2, queue: 8, queue_timeout: 60s}"));
  HttpClient busy(gateway.address());
  busy.Begin("GET", "/v1/page?shape=6&lines=delay%3D100%7Cdelay%3D100%7Cdelay%3D100");
  WaitForCallCount(gateway, "Users/GetUser", "ended", 1);
  gateway.process().Signal(SIGTERM);
  const HttpResponse response = busy.Read();
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.Header("x-partial"), "") << response.body;
  EXPECT_EQ(gateway.process().Wait(), 0);
}

TEST(CompositionEndings, TheGraceEndsThem) {
  ComposeBackend backend;
  Gateway gateway(Pages(backend, "{max: 4, queue: 8, queue_timeout: 60s}",
                        "drain: {grace: 200ms}\nadmin: {address: \"127.0.0.1:0\"}\n"));
  HttpClient reads(gateway.address());
  reads.Begin("GET", "/v1/page?shape=1&user=hang&lines=hang");
  HttpClient writes(gateway.address());
  writes.Begin("POST", "/v1/steps", {{"content-type", "application/json"}},
               R"({"ship": "hang", "lines": ["hang", "hang"]})");
  AwaitFigure(gateway, "dragoman_calls_under_way{cap=\"backend compose\"} 4");
  AwaitFigure(gateway, "dragoman_calls_waiting{cap=\"backend compose\"} 1");
  gateway.process().Signal(SIGTERM);
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(gateway.process().Wait(), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - began, kPatience / 2);
  EXPECT_THAT(reads.Read().status, AnyOf(Eq(0), Eq(503)));
}

TEST(CompositionEndings, ClientsThatLeaveAtAnyMomentLeaveNothingBehind) {
  ComposeBackend backend;
  Gateway gateway(
      Pages(backend, "{max: 12, queue: 64, queue_timeout: 60s}", "admin: {address: \"127.0.0.1:0\"}\nworkers: 2\n"));
  const unsigned seed = std::random_device()();
  std::vector<std::thread> clients;
  for (unsigned number = 0; number < 6; ++number) {
    clients.emplace_back([&, number] {
      std::mt19937 random(seed + number);
      for (int i = 0; i < 60; ++i) {
        HttpClient client(gateway.address());
        if (random() % 3 == 0) {
          client.Begin("POST", "/v1/steps", {{"content-type", "application/json"}},
                       R"({"ship": "delay=3 fail=14", "lines": ["delay=2", "delay=4", "delay=1"]})");
        } else {
          client.Begin("GET",
                       "/v1/page?shape=3,2&user=delay%3D4&lines=delay%3D3%7Cfail%3D14%7Cdelay%3D7%7C%7Cdelay%3D2");
        }
        const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(random() % 12'000);
        while (std::chrono::steady_clock::now() < until) std::this_thread::yield();
      }
    });
  }
  for (std::thread& client : clients) client.join();
  SCOPED_TRACE("seed " + std::to_string(seed));
  AwaitFigure(gateway, "dragoman_calls_waiting{cap=\"backend compose\"} 0");
  AwaitFigure(gateway, "dragoman_calls_under_way{cap=\"backend compose\"} 0");
  EXPECT_EQ(Fetch(gateway.address(), "GET", "/v1/page?shape=1").status, 200);
}

TEST(CompositionEndings, TheClientsOwnTimeoutHolds) {
  ComposeBackend backend;
  Gateway gateway(Pages(backend, ""));
  for (const auto& header : {std::pair("x-server-timeout", "1.5"), std::pair("grpc-timeout", "1500m")}) {
    const HttpResponse required = Fetch(gateway.address(), "GET", "/v1/page?shape=0&user=hang", {header});
    EXPECT_EQ(required.status, 504) << required.body;
    EXPECT_EQ(MetadataAt(required, "part"), "user") << required.body;
    const HttpResponse optional = Fetch(gateway.address(), "GET", "/v1/page?shape=2&lines=hang%7Cdelay%3D0", {header});
    EXPECT_EQ(optional.status, 200) << optional.body;
    EXPECT_THAT(optional.body, HasSubstr(R"("items":[[null,"Item )"));
  }
}

TEST(CompositionEndings, ATimeoutOfAForEachIsThatOfAllItsCalls) {
  ComposeBackend backend;
  Gateway gateway(Composing(backend, R"(
  - name: page
    get: "/v1/page"
    timeout: 60s
    calls:
      orders: {method: compose.v1.Orders/ListOrders, request: {shape: "200", line_acts: "delay=50"}}
      items:
        for_each: "{orders.orders[].lines[]}"
        method: compose.v1.Items/GetItem
        request: {id: i, act: "{each.act}"}
        concurrency: 1
        timeout: 300ms
        optional: true
    response: {items: "{items[][] => each.id}"}
)"));
  const HttpResponse response = Fetch(gateway.address(), "GET", "/v1/page");
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(JsonAt(response.body, "items.0.199"), "null") << response.body;
  EXPECT_EQ(JsonAt(response.body, "_errors.15.reason"), "DEADLINE_EXCEEDED") << response.body;
  EXPECT_LT(CallCount(gateway, "Items/GetItem"), 8) << "who has no time left is not asked";
}

TEST(CompositionEndings, WhatABackendSaysThatDoesNotFitIsNoFaultOfTheClients) {
  ComposeBackend backend;
  Gateway gateway(Composing(backend, R"(
  - name: asked
    get: "/v1/asked/{id}"
    calls:
      user: {method: compose.v1.Users/GetUser, request: {id: "{path.id}"}}
      orders: {method: compose.v1.Orders/ListOrders, request: {page_size: "{int32(user.id)}"}}
    response: {orders: "{size(orders.orders)}"}
  - name: answered
    get: "/v1/answered/{id}"
    calls:
      user: {method: compose.v1.Users/GetUser, request: {id: "{path.id}"}}
    response: {id: "{int32(user.id)}"}
  - name: client
    get: "/v1/client/{id}"
    calls:
      orders: {method: compose.v1.Orders/ListOrders, request: {page_size: "{int32(path.id)}"}}
    response: {orders: "{size(orders.orders)}"}
)"));
  const HttpResponse asked = Fetch(gateway.address(), "GET", "/v1/asked/ada");
  EXPECT_EQ(asked.status, 502) << asked.body;
  EXPECT_EQ(JsonAt(asked.body, "message"), "calls.orders.request.page_size: expected an int32, got \"ada\"")
      << asked.body;
  const HttpResponse answered = Fetch(gateway.address(), "GET", "/v1/answered/ada");
  EXPECT_EQ(answered.status, 500) << answered.body;
  EXPECT_EQ(JsonAt(answered.body, "details.0.reason"), "REPLY_NOT_RENDERABLE") << answered.body;
  EXPECT_EQ(Fetch(gateway.address(), "GET", "/v1/client/ada").status, 400);
}

TEST(CompositionEndings, AnItemThatCannotBeAskedFailsByItself) {
  ComposeBackend backend;
  Gateway gateway(Composing(backend, R"(
  - name: page
    get: "/v1/page"
    parameters: {items: {type: string}}
    calls:
      orders: {method: compose.v1.Orders/ListOrders, request: {shape: "3", item_ids: "{query.items}"}}
      owners:
        for_each: "{orders.orders[].lines[]}"
        method: compose.v1.Orders/ListOrders
        request: {page_size: "{int32(each.item_id)}", shape: "1,1,1"}
        distinct: true
        optional: true
      pages:
        for_each: "{orders.orders[].lines[]}"
        when: "{int32(each.item_id) > 1}"
        method: compose.v1.Orders/ListOrders
        request: {page_size: "{int32(each.item_id)}", shape: "1,1,1"}
        optional: true
    response: {owners: "{owners[][] => size(each.orders)}", pages: "{pages[][] => size(each.orders)}"}
)"));
  const HttpResponse response = Fetch(gateway.address(), "GET", "/v1/page?items=1%7Cx%7C2");
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_THAT(response.body, HasSubstr(R"({"owners":[[1,null,2]],"pages":[[null,null,2]])"));
  EXPECT_EQ(JsonAt(response.body, "_errors.0.index.1"), "1") << response.body;
  EXPECT_EQ(JsonAt(response.body, "_errors.1.index.1"), "1") << response.body;
}

}  // namespace
}  // namespace dragoman::integration
