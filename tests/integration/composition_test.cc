#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "composition_fixture.h"

// Several calls, one answer: the real gateway before the backend that does what each request tells it to.
namespace dragoman::integration {
namespace {

// A home screen with every kind of part. What the calls do is said by query parameters.
constexpr const char* kHome = R"(
  - name: home
    get: "/v1/home/{user_id}"
    timeout: 5s
    fields: true
    parameters:
      shape: {type: string, default: "2,1"}
      items: {type: string, default: ""}
      lines: {type: string, default: ""}
      user: {type: string, default: ""}
      ads: {type: string, default: ""}
      parcels: {type: string, default: ""}
      limit: {type: int32, default: 0}
    calls:
      user: {method: compose.v1.Users/GetUser, request: {id: "{path.user_id}", act: "{query.user}"}}
      orders:
        method: compose.v1.Orders/ListOrders
        request:
          user_id: "{user.id}"
          page_size: "{query.limit}"
          shape: "{query.shape}"
          item_ids: "{query.items}"
          line_acts: "{query.lines}"
          order_acts: "{query.parcels}"
      items:
        for_each: "{orders.orders[].lines[]}"
        method: compose.v1.Items/GetItem
        request: {id: "{each.item_id}", act: "{each.act}"}
        distinct: true
        concurrency: 4
        optional: true
      parcels:
        for_each: "{orders.orders[]}"
        when: "{each.state == SHIPPED}"
        method: compose.v1.Parcels/Track
        request: {order_id: "{each.id}", act: "{each.act}"}
        default: {carrier: "nobody knows"}
      ads:
        method: compose.v1.Ads/Pick
        request: {user_id: "{path.user_id}", act: "{query.ads}"}
        optional: true
        timeout: 1500ms
    response:
      user: {name: "{user.display_name}", since: "{user.created_at}", nick: "{user.nickname}", title: "Dr. {user.display_name} {{{user.level}}}"}
      orders: "{orders.orders[] - {lines, act} + {items: items, parcel: parcels, count: size(each.lines)}}"
      ads: "{ads.ads[].id}"
      adCount: "{size(ads.ads) ?? 0}"
)";

class CompositionTest : public testing::Test {
 protected:
  HttpResponse Get(const std::string& target, const Headers& headers = {}) {
    return Fetch(gateway_.address(), "GET", target, headers);
  }

  ComposeBackend backend_;
  Gateway gateway_{Composing(backend_, kHome)};
};

TEST_F(CompositionTest, MergesWhatTheCallsHaveSaid) {
  const HttpResponse response = Get("/v1/home/ada?shape=2,1&items=a%7Cb");
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(JsonDifference(R"({
      "user": {"name": "User ada", "since": "2025-11-02T12:00:00Z", "title": "Dr. User ada {3}"},
      "orders": [
        {"id": "o0", "userId": "ada", "state": "PLACED", "total": "200", "count": 2,
         "items": [{"id": "a", "title": "Item a", "price": "…", "tags": ["new"], "reviews": "…", "stock": "…", "rating": "…", "padding": ""},
                   {"id": "b", "title": "Item b", "price": "…", "tags": ["new"], "reviews": "…", "stock": "…", "rating": "…", "padding": ""}]},
        {"id": "o1", "userId": "ada", "state": "SHIPPED", "total": "100", "count": 1,
         "items": [{"id": "a", "title": "Item a", "price": "…", "tags": ["new"], "reviews": "…", "stock": "…", "rating": "…", "padding": ""}],
         "parcel": {"orderId": "o1", "carrier": "…", "places": "…", "act": ""}}],
      "ads": ["…", "…"], "adCount": 2})",
                           response.body),
            "")
      << response.body;
  EXPECT_EQ(response.Header("x-partial"), "");
  EXPECT_EQ(CallCount(gateway_, "Items/GetItem"), 2) << "a is asked for once";
  EXPECT_EQ(CallCount(gateway_, "Parcels/Track"), 1) << "the first order is not shipped";
}

TEST_F(CompositionTest, CallsThatNeedNothingOfEachOtherRunAtTheSameTime) {
  const HttpResponse response = Get("/v1/home/ada?user=delay%3D200&shape=1");
  EXPECT_EQ(response.status, 200) << response.body;
  // The orders wait for the user, the ads for nobody.
  const std::string calls = CallsOf(gateway_);
  EXPECT_THAT((std::vector{JsonAt(calls, "received.0.method"), JsonAt(calls, "received.1.method")}),
              testing::UnorderedElementsAre("Users/GetUser", "Ads/Pick"))
      << calls;
  EXPECT_EQ(JsonAt(calls, "received.2.method"), "Orders/ListOrders") << calls;
}

TEST_F(CompositionTest, AnAnswerWithoutAnOptionalPartSaysSo) {
  const HttpResponse response = Get("/v1/home/ada?ads=fail%3D14&shape=0");
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.Header("x-partial"), "ads");
  EXPECT_EQ(
      JsonDifference(
          R"({"user": "…", "orders": [{"id": "o0", "userId": "ada", "state": "PLACED", "total": "0", "items": [], "count": 0}],
                              "adCount": 0,
                              "_errors": [{"part": "ads", "code": 14, "reason": "UNAVAILABLE", "message": "failed as asked for"}]})",
          response.body),
      "")
      << response.body;
}

TEST_F(CompositionTest, APartThatHangsCostsItsTimeoutAndIsCancelled) {
  const HttpResponse response = Get("/v1/home/ada?ads=hang&shape=0");
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(JsonAt(response.body, "_errors.0.reason"), "DEADLINE_EXCEEDED") << response.body;
  WaitForCallCount(gateway_, "Ads/Pick", "cancelled", 1);
}

TEST_F(CompositionTest, ItemsFailOneByOneAndStayWhereTheyAre) {
  const HttpResponse response =
      Get("/v1/home/ada?shape=3,0,2&items=a%7Cb%7Cc%7Cd%7Ce&lines=%7Cfail%3D5%7C%7Cgarbage%7C");
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.Header("x-partial"), "items");
  EXPECT_EQ(JsonAt(response.body, "orders.0.items.0.id"), "a") << response.body;
  EXPECT_THAT(response.body, testing::HasSubstr(R"(},null,{"id":"c")"));
  EXPECT_EQ(JsonAt(response.body, "orders.2.items.1.id"), "e") << response.body;
  EXPECT_EQ(
      JsonDifference(
          R"([{"part": "items", "index": [0, 1], "code": 5, "reason": "NOT_FOUND", "message": "failed as asked for"},
                               {"part": "items", "index": [2, 0], "code": 13, "reason": "BACKEND_PROTOCOL_ERROR", "message": "…"}])",
          response.body.substr(response.body.find("\"_errors\":") + 10,
                               response.body.size() - response.body.find("\"_errors\":") - 11)),
      "")
      << response.body;
}

TEST_F(CompositionTest, ADefaultStandsInAndIsListed) {
  const HttpResponse response = Get("/v1/home/ada?shape=0,0&parcels=%7Cfail%3D13");
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(JsonAt(response.body, "orders.1.parcel.carrier"), "nobody knows") << response.body;
  EXPECT_EQ(JsonAt(response.body, "_errors.0.part"), "parcels") << response.body;
}

TEST_F(CompositionTest, ARequiredPartsErrorIsTheAnswersAndTheRestIsGivenUp) {
  const HttpResponse response = Get("/v1/home/ada?user=delay%3D20%20fail%3D5%20reason%3DNO_SUCH_USER&ads=hang");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(JsonDifference(R"({"code": 5, "message": "failed as asked for", "details": [
      {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "PART_FAILED", "domain": "dragoman", "metadata": {"part": "user"}},
      {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "NO_SUCH_USER", "domain": "compose.test"}]})",
                           response.body),
            "")
      << response.body;
  WaitForCallCount(gateway_, "Ads/Pick", "cancelled", 1);
  EXPECT_EQ(CallCount(gateway_, "Orders/ListOrders"), 0);
}

TEST_F(CompositionTest, OnlyWhatIsAskedForIsCalled) {
  const HttpResponse response = Get("/v1/home/ada?fields=user.name");
  EXPECT_EQ(response.body, R"({"user":{"name":"User ada"}})");
  EXPECT_EQ(CallCount(gateway_, "Users/GetUser"), 1);
  EXPECT_EQ(CallCount(gateway_, "Orders/ListOrders"), 0);
  EXPECT_EQ(CallCount(gateway_, "Ads/Pick"), 0);

  const HttpResponse orders = Get("/v1/home/ada?fields=orders.id,orders.items.title&shape=1&items=a");
  EXPECT_EQ(orders.body, R"({"orders":[{"id":"o0","items":[{"title":"Item a"}]}]})");
  EXPECT_EQ(CallCount(gateway_, "Parcels/Track"), 0);
  EXPECT_EQ(CallCount(gateway_, "Ads/Pick"), 0);

  const HttpResponse wrong = Get("/v1/home/ada?fields=usr");
  EXPECT_EQ(wrong.status, 400);
  EXPECT_THAT(JsonAt(wrong.body, "message"), testing::HasSubstr("did you mean \"user\"?"));
}

TEST_F(CompositionTest, ParametersAreTyped) {
  const HttpResponse wrong = Get("/v1/home/ada?limit=many");
  EXPECT_EQ(wrong.status, 400) << wrong.body;
  EXPECT_THAT(JsonAt(wrong.body, "message"), testing::HasSubstr("limit"));
  const HttpResponse unknown = Get("/v1/home/ada?limt=1");
  EXPECT_EQ(unknown.status, 400) << unknown.body;
  EXPECT_THAT(JsonAt(unknown.body, "message"), testing::HasSubstr("did you mean \"limit\"?"));
  EXPECT_EQ(JsonAt(Get("/v1/home/ada?limit=1&shape=0,0,0").body, "orders.1.id"), "");
}

TEST_F(CompositionTest, HeadIsAnsweredAsGetIs) {
  const HttpResponse response = Fetch(gateway_.address(), "HEAD", "/v1/home/ada?shape=0");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "");
  EXPECT_EQ(Fetch(gateway_.address(), "POST", "/v1/home/ada").status, 405);
}

// Batches ask for many items in one call.
constexpr const char* kBatches = R"(
  - name: matched
    get: "/v1/matched"
    parameters: {shape: {type: string}, items: {type: string}, act: {type: string}}
    calls:
      orders: {method: compose.v1.Orders/ListOrders, request: {shape: "{query.shape}", item_ids: "{query.items}"}}
      items:
        for_each: "{orders.orders[].lines[]}"
        batch: {method: compose.v1.Items/BatchGetItems, replies: items, match: id, size: 3}
        request: {ids: "{each.item_id}", act: "{query.act}"}
        optional: true
    response: {items: "{items[][] => each.id}"}
  - name: in_order
    get: "/v1/in-order"
    parameters: {shape: {type: string}, items: {type: string}, act: {type: string}}
    calls:
      orders: {method: compose.v1.Orders/ListOrders, request: {shape: "{query.shape}", item_ids: "{query.items}"}}
      items:
        for_each: "{orders.orders[].lines[]}"
        batch: {method: compose.v1.Items/BatchGetItems, replies: items, size: 3}
        request: {ids: "{each.item_id}", act: "{query.act}"}
    response: {items: "{items[][] => each.id}"}
)";

TEST(CompositionBatch, AsksInChunksAndPutsEachItemWhereItBelongs) {
  ComposeBackend backend;
  Gateway gateway(Composing(backend, kBatches));
  const std::string nine = "?shape=4,0,5&items=a%7Cb%7Cc%7Cd%7Ca%7Ce%7Cf%7Cg%7Cb";
  const std::string expected = R"({"items":[["a","b","c","d"],[],["a","e","f","g","b"]]})";
  EXPECT_EQ(Fetch(gateway.address(), "GET", "/v1/matched" + nine).body, expected);
  EXPECT_EQ(CallCount(gateway, "Items/BatchGetItems"), 3) << "seven different items by three";
  EXPECT_EQ(Fetch(gateway.address(), "GET", "/v1/matched" + nine + "&act=reverse").body, expected);
  EXPECT_EQ(Fetch(gateway.address(), "GET", "/v1/in-order" + nine).body, expected);

  const HttpResponse missing = Fetch(gateway.address(), "GET", "/v1/matched?shape=2&items=missing-a%7Cb");
  EXPECT_EQ(
      JsonDifference(
          R"({"items": [[null, "b"]], "_errors": [{"part": "items", "index": [0, 0], "code": 5, "reason": "NOT_FOUND", "message": "the batch's reply has no such element"}]})",
          missing.body),
      "")
      << missing.body;
  const HttpResponse short_reply =
      Fetch(gateway.address(), "GET", "/v1/in-order?shape=3&items=a%7Cb%7Cc&act=drop%3D0");
  EXPECT_EQ(short_reply.status, 502) << short_reply.body;
  EXPECT_EQ(JsonAt(short_reply.body, "message"), "items: asked for 3 items, got 2") << short_reply.body;
}

// A for_each through another one's results, whose levels it shares.
constexpr const char* kNested = R"(
  - name: reviews
    get: "/v1/reviews"
    parameters: {shape: {type: string}, items: {type: string}}
    calls:
      orders: {method: compose.v1.Orders/ListOrders, request: {shape: "{query.shape}", item_ids: "{query.items}"}}
      items: {for_each: "{orders.orders[].lines[]}", method: compose.v1.Items/GetItem, request: {id: "{each.item_id}"}}
      authors:
        for_each: "{items[][].reviews[]}"
        method: compose.v1.Users/GetUser
        request: {id: "{each.author_id} of {each.items.id} in {each.orders.id}"}
    response:
      orders: "{orders.orders[] => {id: each.id, lines: each.lines[] => {item: items.title, reviews: items.reviews[] => {id: each.id, by: authors.id}}}}"
)";

TEST(CompositionNesting, AForEachGoesThroughAnotherOnesResults) {
  ComposeBackend backend;
  Gateway gateway(Composing(backend, kNested));
  const HttpResponse response = Fetch(gateway.address(), "GET", "/v1/reviews?shape=1,2&items=a%7Cb%7Cc");
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(JsonDifference(R"({"orders": [
          {"id": "o0", "lines": [{"item": "Item a", "reviews": [{"id": "a/0", "by": "author-a-0 of a in o0"}, {"id": "a/1", "by": "author-a-1 of a in o0"}]}]},
          {"id": "o1", "lines": [{"item": "Item b", "reviews": [{"id": "b/0", "by": "author-b-0 of b in o1"}, {"id": "b/1", "by": "author-b-1 of b in o1"}]},
                                 {"item": "Item c", "reviews": [{"id": "c/0", "by": "author-c-0 of c in o1"}, {"id": "c/1", "by": "author-c-1 of c in o1"}]}]}]})",
                           response.body),
            "")
      << response.body;
}

TEST(CompositionMerge, WholeRepliesStandSideBySide) {
  ComposeBackend backend;
  Gateway gateway(Composing(backend, R"(
  - name: both
    get: "/v1/both"
    calls:
      user: {method: compose.v1.Users/GetUser, request: {id: ada}}
      ads: {method: compose.v1.Ads/Pick}
    merge: ["{user - {padding, labels, address}}", "{ads - {padding}}"]
    response: {kind: both, n: 2}
)"));
  const HttpResponse response = Fetch(gateway.address(), "GET", "/v1/both");
  EXPECT_EQ(
      JsonDifference(R"({"id": "ada", "displayName": "User ada", "level": "3", "createdAt": "2025-11-02T12:00:00Z",
                               "ads": "…", "kind": "both", "n": 2})",
                     response.body),
      "")
      << response.body;
}

}  // namespace
}  // namespace dragoman::integration
