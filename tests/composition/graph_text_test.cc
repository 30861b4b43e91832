#include "composition/graph_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan_fixture.h"

namespace dragoman::composition {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

TEST(DrawGraph, ShowsCallsWithTheirTypes) {
  const Planned home{std::string(kHome)};
  ASSERT_THAT(home.problems, IsEmpty());
  const std::string text = DrawGraph(home.plans[0], *home.router, GraphForm::kText);
  EXPECT_THAT(text, testing::StartsWith(R"(compositions/home: GET /v1/home/{user_id}, within 800ms

calls:
  user     shop.v1.Users/GetUser       shop.v1.GetUser → shop.v1.User
  orders   shop.v1.Orders1/ListOrders  shop.v1.ListOrders → shop.v1.Orders  after user; within 300ms
  items    shop.v1.Catalog/GetItem     shop.v1.GetItem → shop.v1.Item       after orders; for each of {orders.orders[].lines[]}, distinct, 4 at once
  prices   shop.v1.Catalog/GetItems    shop.v1.GetItems → shop.v1.Items     after orders; for each of {orders.orders[].lines[]}, 50 together, 8 at once; optional
  parcels  shop.v1.Shipping/Track      shop.v1.Track → shop.v1.Parcel       after orders; for each of {orders.orders[]}, 8 at once; when {each.state == SHIPPED}
  ads      shop.v1.Ads1/Pick           shop.v1.Pick → shop.v1.Ads           has a default; within 100ms
answer:
  user )"));
  EXPECT_THAT(text, HasSubstr("\ncritical path: user → orders (300ms) → items: 300ms of 800ms, and what user, items takes\n"));
}

TEST(DrawGraph, DrawsAFlowchart) {
  const Planned home(
      "  - {name: h, get: /x, calls: {end: {method: shop.v1.Users/GetUser, optional: true}, a: {for_each: \"{o.orders[]}\",\n"
      "     method: shop.v1.Shipping/Track, when: \"{each.id > 'b'}\"}, o: {method: shop.v1.Orders1/ListOrders}},\n"
      "     response: {u: \"{end.id}\", a: \"{a}\"}}\n");
  ASSERT_THAT(home.problems, IsEmpty());
  const std::string text = DrawGraph(home.plans[0], *home.router, GraphForm::kMermaid);
  EXPECT_THAT(text, testing::StartsWith("flowchart LR\n  request([\"GET /x\"])\n"));
  EXPECT_THAT(text, HasSubstr("  call0[\"end<br/>shop.v1.Users/GetUser<br/>shop.v1.GetUser → shop.v1.User<br/>optional\"]\n"));
  EXPECT_THAT(text, HasSubstr("  call1[[\"a<br/>shop.v1.Shipping/Track<br/>shop.v1.Track → shop.v1.Parcel<br/>"
                              "for each of {o.orders[]}, 8 at once<br/>when {each.id #gt; 'b'}\"]]\n"));
  EXPECT_THAT(text, HasSubstr("  request --> call0\n  call0 -.-> answer\n"));
  EXPECT_THAT(text, HasSubstr("  call1 --> answer\n"));
  EXPECT_THAT(text, HasSubstr("  call2 --> call1\n"));
  EXPECT_THAT(text, HasSubstr("  class call2,call1 critical\n"));
}

TEST(DrawCriticalPath, SaysWhereThereAreNoTimeOuts) {
  const Planned home("  - {name: h, get: /x, calls: {a: {method: shop.v1.Users/GetUser}}, merge: [a]}\n");
  ASSERT_THAT(home.problems, IsEmpty());
  EXPECT_EQ(DrawCriticalPath(home.plans[0]), "a: no time-outs of their own within 15s");
}

}  // namespace
}  // namespace dragoman::composition
