#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "composition_fixture.h"

// Backends that hang, die and send rubbish, and merges under random delays and failures.
namespace dragoman::integration {
namespace {

using testing::HasSubstr;

constexpr const char* kParts = R"(
  - name: parts
    get: "/v1/parts"
    timeout: 5s
    parameters: {shape: {type: string}, items: {type: string}, lines: {type: string}, orders: {type: string}, ads: {type: string}}
    calls:
      orders: {method: compose.v1.Orders/ListOrders, request: {shape: "{query.shape}", item_ids: "{query.items}", line_acts: "{query.lines}", act: "{query.orders}"}}
      items:
        for_each: "{orders.orders[].lines[]}"
        method: compose.v1.Items/GetItem
        request: {id: "{each.item_id}", act: "{each.act}"}
        optional: true
        max_items: 100
      ads: {method: compose.v1.Ads/Pick, request: {act: "{query.ads}"}, optional: true}
    response: {orders: "{orders.orders[] => {id: each.id, items: items[] => each.id}}", ads: "{ads.ads[].id}", padding: "{ads.padding}"}
  - name: tree
    get: "/v1/tree"
    parameters: {depth: {type: int32}}
    calls:
      tree: {method: compose.v1.Items/GetTree, request: {depth: "{query.depth}"}}
      ads: {method: compose.v1.Ads/Pick}
    response: {tree: "{tree}", ads: "{ads.ads[].id}"}
)";

class CompositionFaultsTest : public testing::Test {
 protected:
  HttpResponse Get(const std::string& target) { return Fetch(gateway_.address(), "GET", target); }

  ComposeBackend backend_;
  Gateway gateway_{Composing(backend_, kParts, "limits: {max_response_bytes: 1MiB}\n")};
};

TEST_F(CompositionFaultsTest, GarbageOfAnOptionalPartIsLeftOut) {
  const HttpResponse response = Get("/v1/parts?shape=1&items=a&ads=garbage");
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(JsonDifference(R"({"orders": [{"id": "o0", "items": ["a"]}],
                               "_errors": [{"part": "ads", "code": 13, "reason": "BACKEND_PROTOCOL_ERROR", "message": "…"}]})",
                           response.body),
            "")
      << response.body;
  EXPECT_EQ(response.Header("x-partial"), "ads");
}

TEST_F(CompositionFaultsTest, GarbageOfARequiredPartIsA502) {
  const HttpResponse response = Get("/v1/parts?orders=garbage");
  EXPECT_EQ(response.status, 502) << response.body;
  EXPECT_EQ(JsonAt(response.body, "details.0.reason"), "BACKEND_PROTOCOL_ERROR");
}

TEST_F(CompositionFaultsTest, EmptyPartsAreNoFailure) {
  EXPECT_EQ(Get("/v1/parts?orders=empty&ads=empty").body, R"({"orders":[],"ads":[],"padding":""})");
}

TEST_F(CompositionFaultsTest, HugePartsAreRefused) {
  const HttpResponse one = Get("/v1/parts?shape=0&ads=bytes%3D2000000");
  EXPECT_EQ(one.status, 200) << one.body.substr(0, 200);
  EXPECT_EQ(JsonAt(one.body, "_errors.0.reason"), "RESPONSE_TOO_LARGE");
  // Each of them fits, all together do not.
  std::string lines = "shape=30&lines=bytes%3D60000";
  const HttpResponse many = Get("/v1/parts?" + lines);
  EXPECT_EQ(many.status, 200) << many.body.substr(0, 200);
  EXPECT_EQ(JsonAt(many.body, "_errors.0.reason"), "RESPONSE_TOO_LARGE") << many.body.substr(0, 200);
}

TEST_F(CompositionFaultsTest, MoreItemsThanTheBoundAreTheBackendsError) {
  const HttpResponse response = Get("/v1/parts?shape=60,41");
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(JsonAt(response.body, "_errors.0.reason"), "RESPONSE_TOO_LARGE");
  EXPECT_EQ(JsonAt(response.body, "_errors.0.message"),
            "items: more than 100 items (max_items) in what the backends sent");
  EXPECT_EQ(CallCount(gateway_, "Items/GetItem"), 0);
}

TEST_F(CompositionFaultsTest, DeepRepliesAreRefusedAsElsewhere) {
  EXPECT_EQ(Get("/v1/tree?depth=20").status, 200);
  const HttpResponse deep = Get("/v1/tree?depth=300");
  EXPECT_EQ(deep.status, 500) << deep.body.substr(0, 200);
  EXPECT_EQ(JsonAt(deep.body, "details.0.reason"), "REPLY_NOT_RENDERABLE");
}

TEST_F(CompositionFaultsTest, ABackendThatDiesMidwayIsAnErrorAndNoCrash) {
  const HttpResponse response = Get("/v1/parts?shape=3&lines=delay%3D50%7Cdie%7Chang");
  // Everything that was under way is lost with the connection; what has been answered stays.
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(JsonAt(response.body, "orders.0.id"), "o0");
  EXPECT_THAT(response.body, HasSubstr("\"part\":\"items\""));
  EXPECT_EQ(backend_.process().Wait(), 1);
  const HttpResponse after = Get("/v1/parts?shape=1");
  EXPECT_EQ(after.status, 503) << after.body;
}

TEST_F(CompositionFaultsTest, AClientThatGoesAwayTakesItsCallsAlong) {
  {
    HttpClient client(gateway_.address());
    client.Begin("GET", "/v1/parts?shape=2&lines=hang&ads=hang");
    WaitForCallCount(gateway_, "Items/GetItem", "started", 2);
    WaitForCallCount(gateway_, "Ads/Pick", "started", 1);
  }
  WaitForCallCount(gateway_, "Items/GetItem", "cancelled", 2);
  WaitForCallCount(gateway_, "Ads/Pick", "cancelled", 1);
}

TEST_F(CompositionFaultsTest, NeverAWrongMerge) {
  // Each client asks for lists of random shapes, whose items come late or fail at random, and checks each place.
  constexpr int kClients = 8;
  constexpr int kRuns = 250;
  const unsigned seed = std::random_device()();
  std::atomic<int> wrong{0};
  std::atomic<int> failed_items{0};
  const auto run = [&](int number) {
    std::mt19937 random(seed + static_cast<unsigned>(number));
    const auto below = [&](unsigned n) { return random() % n; };
    HttpClient client(gateway_.address());
    for (int i = 0; i < kRuns && wrong == 0; ++i) {
      std::string shape, ids, acts, expected;
      const unsigned orders = 1 + below(4);
      for (unsigned o = 0; o < orders; ++o) {
        const unsigned lines = below(5);
        shape += (o > 0 ? "," : "") + std::to_string(lines);
        expected += (o > 0 ? "," : "") + std::string(R"({"id":"o)") + std::to_string(o) + R"(","items":[)";
        for (unsigned l = 0; l < lines; ++l) {
          const std::string id = "c" + std::to_string(number) + "-" + std::to_string(i) + "-" + std::to_string(o) +
                                 "-" + std::to_string(l);
          const bool fails = below(5) == 0;
          failed_items += fails ? 1 : 0;
          ids += (ids.empty() ? "" : "%7C") + id;
          acts += "delay%3D" + std::to_string(below(4)) + (fails ? "%20fail%3D14" : "") + "%7C";
          expected += (l > 0 ? "," : "") + (fails ? std::string("null") : "\"" + id + "\"");
        }
        expected += "]}";
      }
      const HttpResponse response = client.Send("GET", "/v1/parts?shape=" + shape + "&items=" + ids + "&lines=" + acts +
                                                           "&ads=delay%3D" + std::to_string(below(4)));
      if (response.status != 200 || !response.body.starts_with("{\"orders\":[" + expected + "],\"ads\":[")) {
        ++wrong;
        ADD_FAILURE() << "seed " << seed << ", shape " << shape << ", acts " << acts << "\nexpected " << expected
                      << "\ngot " << response.body;
      }
    }
  };
  std::vector<std::thread> clients;
  for (int i = 0; i < kClients; ++i) clients.emplace_back(run, i);
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(failed_items, 0);
}

}  // namespace
}  // namespace dragoman::integration
