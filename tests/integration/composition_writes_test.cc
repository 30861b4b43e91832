#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "composition_fixture.h"

// Compositions that write: ordered steps, of which it is told what was done.
namespace dragoman::integration {
namespace {

using testing::HasSubstr;

constexpr const char* kCheckout = R"(
  - name: checkout
    post: "/v1/checkout"
    body: {fields: {user_id: string, lines: [{item_id: string, quantity: int32}], order: string, charge: string, ship: string, mail: string}}
    timeout: 5s
    calls:
      order:
        method: compose.v1.Orders/CreateOrder
        request: {user_id: "{body.user_id}", act: "{body.order}"}
      charge: {method: compose.v1.Payments/Charge, request: {order_id: "{order.id}", amount: 5, act: "{body.charge}"}}
      ship: {method: compose.v1.Parcels/Ship, request: {order_id: "{order.id}", act: "{body.ship}"}, after: [charge]}
      stock:
        for_each: "{body.lines[]}"
        method: compose.v1.Items/GetItem
        request: {id: "{each.item_id}"}
        after: [charge]
      mail: {method: compose.v1.Ads/Pick, request: {user_id: "{order.id}", act: "{body.mail}"}, after: [ship], optional: true}
    response: {order: "{order.id}", payment: "{charge.id}", carrier: "{ship.carrier}", items: "{stock[] => each.title}"}
)";

class CompositionWritesTest : public testing::Test {
 protected:
  HttpResponse Post(const std::string& body, Headers headers = {}) {
    headers.emplace_back("content-type", "application/json");
    return Fetch(gateway_.address(), "POST", "/v1/checkout", headers, body);
  }
  // The idempotency keys that came with the calls of a method, in order.
  std::vector<std::string> KeysOf(const std::string& method) {
    const std::string calls = CallsOf(gateway_);
    std::vector<std::string> keys;
    for (int i = 0;; ++i) {
      const std::string received = "received." + std::to_string(i);
      const std::string name = JsonAt(calls, received + ".method");
      if (name.empty()) return keys;
      if (name == method) keys.push_back(JsonAt(calls, received + ".metadata.idempotency-key"));
    }
  }

  ComposeBackend backend_;
  Gateway gateway_{Composing(backend_, kCheckout, "access_log: {format: json, path: stdout}\n")};
};

TEST_F(CompositionWritesTest, StepsRunInTheirOrder) {
  const HttpResponse response =
      Post(R"({"user_id": "ada", "lines": [{"item_id": "a", "quantity": 1}, {"item_id": "b"}]})");
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(
      JsonDifference(R"({"order": "…", "payment": "…", "carrier": "…", "items": ["Item a", "Item b"]})", response.body),
      "")
      << response.body;
  const std::string calls = CallsOf(gateway_);
  EXPECT_EQ(JsonAt(calls, "received.0.method"), "Orders/CreateOrder");
  EXPECT_EQ(JsonAt(calls, "received.1.method"), "Payments/Charge");
  gateway_.process().WaitForOutput(R"("calls":"order=done charge=done ship=done stock=done mail=done")");
}

TEST_F(CompositionWritesTest, AStepThatFailsStopsThoseThatHaveNotBegun) {
  const HttpResponse response = Post(R"({"user_id": "ada", "charge": "fail=9 reason=CARD_DECLINED"})");
  EXPECT_EQ(response.status, 400) << response.body;
  EXPECT_EQ(JsonDifference(R"({"code": 9, "message": "failed as asked for", "details": [
      {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "PART_FAILED", "domain": "dragoman",
       "metadata": {"part": "charge", "done": "order", "failed": "charge", "not_tried": "ship, stock, mail"}},
      {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "CARD_DECLINED", "domain": "compose.test"}]})",
                           response.body),
            "")
      << response.body;
  EXPECT_EQ(CallCount(gateway_, "Parcels/Ship"), 0);
  EXPECT_EQ(CallCount(gateway_, "Payments/Charge"), 1) << "a write is never tried again";
  gateway_.process().WaitForOutput(R"("calls":"order=done charge=failed ship=untried stock=untried mail=untried")");
}

TEST_F(CompositionWritesTest, WhatIsUnderWayComesToItsEnd) {
  // ship fails at once while stock takes its time; both have begun when charge had ended.
  const HttpResponse response = Post(R"({"user_id": "ada", "ship": "delay=50 fail=14", "lines": [{"item_id": "a"}]})");
  EXPECT_EQ(response.status, 503) << response.body;
  EXPECT_THAT(response.body, HasSubstr(R"("done":"order, charge, stock","failed":"ship","not_tried":"mail")"));
  EXPECT_EQ(CallCount(gateway_, "Items/GetItem", "cancelled"), 0);
}

TEST_F(CompositionWritesTest, AnOptionalStepMayFail) {
  const HttpResponse response = Post(R"({"user_id": "ada", "mail": "fail=14"})");
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.Header("x-partial"), "mail");
  EXPECT_EQ(JsonAt(response.body, "_errors.0.part"), "mail") << response.body;
}

TEST_F(CompositionWritesTest, EachStepGetsAKeyOfItsOwnWhichIsTheSameTheNextTime) {
  const std::string body = R"({"user_id": "ada", "lines": [{"item_id": "a"}, {"item_id": "b"}, {"item_id": "a"}]})";
  EXPECT_EQ(Post(body, {{"idempotency-key", "k-1"}}).status, 200);
  EXPECT_THAT(KeysOf("Orders/CreateOrder"), testing::ElementsAre("k-1.checkout.order"));
  EXPECT_THAT(KeysOf("Payments/Charge"), testing::ElementsAre("k-1.checkout.charge"));
  std::vector<std::string> items = KeysOf("Items/GetItem");
  ASSERT_EQ(items.size(), 3u);
  std::sort(items.begin(), items.end());
  EXPECT_EQ(std::unique(items.begin(), items.end()), items.end()) << "two equal lines are two reservations";
  EXPECT_THAT(items, testing::Each(testing::StartsWith("k-1.checkout.stock.")));

  // The lines in another order: each keeps its key.
  EXPECT_EQ(Post(R"({"user_id": "ada", "lines": [{"item_id": "b"}, {"item_id": "a"}, {"item_id": "a"}]})",
                 {{"idempotency-key", "k-1"}})
                .status,
            200);
  std::vector<std::string> again = KeysOf("Items/GetItem");
  ASSERT_EQ(again.size(), 6u);
  again.erase(again.begin(), again.begin() + 3);
  EXPECT_THAT(again, testing::UnorderedElementsAreArray(items));
}

TEST_F(CompositionWritesTest, TheBodyIsTyped) {
  const HttpResponse wrong = Post(R"({"user_id": 7})");
  EXPECT_EQ(wrong.status, 400);
  EXPECT_THAT(JsonAt(wrong.body, "message"), HasSubstr("user_id"));
  const HttpResponse unknown = Post(R"({"usr_id": "ada"})");
  EXPECT_THAT(JsonAt(unknown.body, "message"), HasSubstr("did you mean \"user_id\"?"));
  EXPECT_EQ(Fetch(gateway_.address(), "POST", "/v1/checkout", {{"content-type", "text/plain"}}, "{}").status, 415);
  EXPECT_EQ(CallCount(gateway_, "Orders/CreateOrder"), 0);
}

TEST_F(CompositionWritesTest, MoreItemsThanTheBoundAreTheClientsError) {
  std::string body = R"({"user_id": "ada", "lines": [)";
  for (int i = 0; i < 10'000; ++i) body += (i > 0 ? ",{}" : "{}");
  const HttpResponse response = Post(body + "]}");
  EXPECT_EQ(response.status, 400) << response.body;
  EXPECT_EQ(JsonAt(response.body, "message"), "stock: more than 1000 items (max_items) in the request");
}

}  // namespace
}  // namespace dragoman::integration
