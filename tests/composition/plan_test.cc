#include "composition/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan_fixture.h"

namespace dragoman::composition {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

CallSet Sets(std::initializer_list<size_t> calls) {
  CallSet set = 0;
  for (const size_t call : calls) set |= SetOf(call);
  return set;
}

TEST(BuildPlans, InfersTheGraphFromWhatCallsUse) {
  const Planned home{std::string(kHome)};
  ASSERT_THAT(home.problems, IsEmpty());
  const Plan& plan = home.plans.front();
  EXPECT_EQ(plan.name, "compositions/home");
  EXPECT_EQ(plan.timeout, std::chrono::milliseconds(800));
  ASSERT_EQ(plan.calls.size(), 6u);
  const std::pair<CallSet, CallSet> used[] = {{0, 0},          {Sets({0}), Sets({0})}, {Sets({1}), Sets({1})},
                                              {Sets({1}), Sets({1})}, {Sets({1}), Sets({1})}, {0, 0}};
  for (size_t i = 0; i < plan.calls.size(); ++i) {
    EXPECT_EQ(plan.calls[i].inputs, used[i].first) << plan.calls[i].name;
    EXPECT_EQ(plan.calls[i].needs, used[i].second) << plan.calls[i].name;
    EXPECT_EQ(plan.calls[i].variable, i);
  }
  EXPECT_EQ(home.router->rpcs()[plan.calls[2].rpc].name, "shop.v1.Catalog/GetItem");
  EXPECT_EQ(plan.calls[2].reply->full_name(), "shop.v1.Item");
  EXPECT_EQ(plan.calls[5].otherwise, "\x0a\x04none");
  EXPECT_EQ(plan.calls[5].failure, PlannedCall::Failure::kDefault);
  EXPECT_TRUE(plan.calls[4].when);
  EXPECT_EQ(plan.response.uses(nullptr), Sets({0, 1, 2, 3, 4, 5}));
  EXPECT_THAT(plan.critical_path.calls, ElementsAre(0, 1, 2));
  EXPECT_EQ(plan.critical_path.timeouts, std::chrono::milliseconds(300));
}

TEST(BuildPlans, KnowsWhichElementsACallStandsAt) {
  const Planned home{std::string(kHome)};
  ASSERT_THAT(home.problems, IsEmpty());
  const ForEach& items = *home.plans.front().calls[2].for_each;
  EXPECT_EQ(items.levels, 2u);
  EXPECT_TRUE(items.distinct);
  EXPECT_EQ(items.concurrency, 4u);
  EXPECT_FALSE(items.of_body);
  ASSERT_EQ(items.elements.size(), 2u);
  EXPECT_EQ(items.elements[0].list->type.ToString(), "a list of shop.v1.Order");
  EXPECT_EQ(items.elements[0].depth, 1u);
  EXPECT_EQ(items.elements[1].list, &items.list.root());
  EXPECT_EQ(items.elements[1].depth, 2u);
  const PlannedCall& prices = home.plans.front().calls[3];
  ASSERT_TRUE(prices.batch);
  EXPECT_EQ(prices.batch->asked->name, "ids");
  EXPECT_EQ(prices.batch->replies->name, "items");
  EXPECT_EQ(prices.batch->match->name, "id");
  EXPECT_EQ(prices.batch->size, 50u);
  EXPECT_EQ(prices.for_each->elements.size(), 1u);
}

// Calls over lists, and in what way they may name what they go through.
constexpr std::string_view kOrders =
    "orders: {method: shop.v1.Orders1/ListOrders}, items: {for_each: \"{orders.orders[].lines[]}\", method: shop.v1.Catalog/GetItem}";

std::vector<std::string> ProblemsOf(std::string_view calls, std::string_view more = "merge: [a]", std::string_view http = "get: /x") {
  return Planned("  - {name: h, " + std::string(http) + ", calls: {" + std::string(calls) + "},\n" + std::string(more) + "}\n")
      .problems;
}

TEST(BuildPlans, LevelsHaveTheNamesThatTheyAreGiven) {
  const std::string_view good[] = {
      "{for_each: \"{orders.orders[].lines[]}\", method: shop.v1.Catalog/GetItem, request: {id: \"{each.item_id}\", order_id: \"{each.orders.id}\", quantity: \"{each.lines.quantity}\"}}",
      "{for_each: \"{orders.orders[].lines[]}\", as: [order, line], method: shop.v1.Catalog/GetItem, request: {id: \"{line.item_id}\", order_id: \"{order.id}\", quantity: \"{each.quantity}\"}}",
      // Over the results of another one: its levels, and its results.
      "{for_each: \"{items[][].reviews[]}\", method: shop.v1.Catalog/GetItem, request: {id: \"{each.text}\", order_id: \"{each.orders.id} {each.items.name}\", quantity: \"{each.lines.quantity}\"}}",
      "{for_each: \"{items[][]}\", method: shop.v1.Catalog/GetItem, request: {id: \"{each.name}\", quantity: \"{each.lines.quantity}\"}}",
      "{for_each: \"{items[][].reviews[]}\", as: [order, item, review], method: shop.v1.Catalog/GetItem, request: {id: \"{review.id}\", order_id: \"{order.id} {item.name}\"}}",
      // The results of one in another one over the same lists.
      "{for_each: \"{orders.orders[].lines[]}\", method: shop.v1.Catalog/GetItem, request: {id: \"{items.name}\"}}",
      "{for_each: \"{orders.orders[]}\", method: shop.v1.Catalog/GetItem, request: {id: \"{join(items[].name, ' ')}\"}}",
  };
  for (const std::string_view call : good) {
    EXPECT_THAT(ProblemsOf(std::string(kOrders) + ", a: " + std::string(call), "response: {a: \"{a}\", items: \"{items}\"}"), IsEmpty()) << call;
  }
}

TEST(BuildPlans, SaysWhatIsWrong) {
  struct Case {
    std::string calls;
    std::string problem;
    std::string more = "merge: [a]";
    std::string http = "get: /x";
  };
  const std::string orders(kOrders);
  const std::string both = "response: {a: \"{a}\", items: \"{items}\"}";
  const Case cases[] = {
      {"a: {method: shop.v1.Users/GetUsr}", "6:44: unknown method \"shop.v1.Users/GetUsr\"; did you mean \"shop.v1.Users/GetUser\"?"},
      {"a: {method: shop.v1.Orders1/Watch}", "6:44: shop.v1.Orders1/Watch is a stream; a composition calls unary methods"},
      {"a: {method: shop.v1.Hidden/Get}", "6:44: shop.v1.Hidden/Get is not served; add shop.v1.Hidden to services"},
      // A problem of one call is told once.
      {"a: {method: shop.v1.Users/GetUsr}, b: {method: shop.v1.Users/GetUser, request: {id: \"{a.id}\"}}",
       "6:44: unknown method \"shop.v1.Users/GetUsr\"; did you mean \"shop.v1.Users/GetUser\"?", "merge: [b]"},
      {"a: {method: shop.v1.Users/GetUser, request: {id: \"{b.id}\"}}, b: {method: shop.v1.Users/GetUser, request: {id: \"{a.id}\"}}",
       "6:32: calls wait for each other: a → b → a"},
      {"a: {method: shop.v1.Users/GetUser, request: {id: \"{a.id}\"}}", "6:32: calls wait for each other: a → a"},
      {"a: {for_each: \"{b[].reviews[]}\", method: shop.v1.Catalog/GetItem}, b: {for_each: \"{a[].reviews[]}\", method: shop.v1.Catalog/GetItem}",
       "6:32: calls wait for each other: a → b → a"},
      {"a: {method: shop.v1.Users/GetUser, after: [b]}, b: {method: shop.v1.Users/GetUser, after: [a]}",
       "6:32: calls wait for each other: a → b → a"},
      {"a: {method: shop.v1.Users/GetUser}, b: {method: shop.v1.Users/GetUser}",
       "6:68: call \"b\" is not used by the answer or any other call"},
      {"a: {method: shop.v1.Users/GetUser, request: {id: \"{b.id}\"}}, b: {method: shop.v1.Users/GetUser, optional: true}",
       "6:32: call \"a\" is required, but needs \"b\", which is optional; write ?? where it uses it, give \"b\" a default, or make \"a\" optional"},
      {"a: {method: shop.v1.Users/GetUser, timeout: 10s}, b: {method: shop.v1.Users/GetUser, request: {id: \"{a.id}\"}},"
       " c: {method: shop.v1.Users/GetUser, request: {id: \"{b.id}\"}, timeout: 6s}",
       "6:5: the time-outs of a (10s) → b → c (6s) add up to 16s, more than the 15s of the composition", "response: {c: \"{c}\"}"},
      {"a: {for_each: \"{b.display_name}\", method: shop.v1.Catalog/GetItem}, b: {method: shop.v1.Users/GetUser}",
       "6:46: for_each: expected a list that is gone through, such as {orders.orders[]}, got a string", "response: {a: \"{a}\"}"},
      {"a: {for_each: \"{b.orders}\", method: shop.v1.Catalog/GetItem}, b: {method: shop.v1.Orders1/ListOrders}",
       "6:46: for_each: expected a list that is gone through, such as {orders.orders[]}, got a list of shop.v1.Order; write [] behind it",
       "response: {a: \"{a}\"}"},
      {"a: {for_each: \"{b.orders[]}\", as: [x, y], method: shop.v1.Catalog/GetItem}, b: {method: shop.v1.Orders1/ListOrders}",
       "6:46: for_each: as: expected a name for each of 1 level, got 2", "response: {a: \"{a}\"}"},
      {"a: {for_each: \"{b.children[]}\", method: shop.v1.Catalog/GetItem}, b: {method: shop.v1.Catalog/GetTree}",
       "6:46: for_each: a level is called \"children\", which is a field of shop.v1.Node too; name the levels with `as`",
       "response: {a: \"{a}\"}"},
      {"a: {for_each: \"{b.children[].children[]}\", as: [c, d], when: \"{each.id}\", method: shop.v1.Catalog/GetItem}, b: {method: shop.v1.Catalog/GetTree}",
       "6:95: expected a bool, got a string", "response: {a: \"{a}\"}"},
      {orders + ", a: {for_each: \"{orders.orders[]}\", batch: {method: shop.v1.Catalog/GetItems, replies: count}, request: {ids: \"{each.id}\"}}",
       "6:210: replies: expected a list of messages, got an int32", both},
      {orders + ", a: {for_each: \"{orders.orders[]}\", batch: {method: shop.v1.Catalog/GetItems, replies: item}, request: {ids: \"{each.id}\"}}",
       "6:210: replies: shop.v1.Items has no field \"item\"; did you mean \"items\"?", both},
      {orders + ", a: {for_each: \"{orders.orders[]}\", batch: {method: shop.v1.Catalog/GetItems, replies: items}, request: {currency: EUR}}",
       "6:210: batch: no repeated field of the request is made of `each`; expected one that asks for the items, such as ids: \"{each.id}\"", both},
      {orders + ", a: {for_each: \"{orders.orders[]}\", batch: {method: shop.v1.Catalog/GetItems, replies: items}, request: {ids: \"{each.id}\", also: \"{each.id}\"}}",
       "6:281: batch: \"ids\" and \"also\" are both made of the items; expected one field that asks for them", both},
      {orders + ", a: {for_each: \"{orders.orders[]}\", batch: {method: shop.v1.Catalog/GetItems, replies: items, match: reviews}, request: {ids: \"{each.id}\"}}",
       "6:210: match: the items are a string, but \"reviews\" is a list of shop.v1.Review", both},
      {orders + ", a: {for_each: \"{orders.orders[]}\", batch: {method: shop.v1.Catalog/GetItems, replies: items}, request: {ids: \"{each.state}\"}}",
       "6:270: expected a string, got a shop.v1.State", both},
      {"a: {method: shop.v1.Users/GetUser, default: {nme: x}}", "6:77: calls.a.default: shop.v1.User has no field \"nme\"", "response: {a: \"{a}\"}"},
      {"a: {method: shop.v1.Users/GetUser, request: {id: \"{path.id}\"}}", "6:83: calls.a.request.id: path has no \"id\""},
      {"a: {method: shop.v1.Users/GetUser, request: {id: \"{usr.id}\"}}", "6:83: calls.a.request.id: unknown name \"usr\""},
  };
  for (const Case& one : cases) {
    EXPECT_THAT(ProblemsOf(one.calls, one.more, one.http), ElementsAre(one.problem)) << one.calls;
  }
}

TEST(BuildPlans, LeavesWritesThatNothingUses) {
  EXPECT_THAT(ProblemsOf("a: {method: shop.v1.Users/GetUser}, b: {method: shop.v1.Users/GetUser, after: [a]}", "merge: [a]", "post: /x"),
              IsEmpty());
}

TEST(BuildPlans, KnowsListsOfTheClientsOwn) {
  const Planned checkout(
      "  - {name: c, post: /x, body: shop.v1.Checkout, calls: {a: {for_each: \"{body.lines[]}\", method: shop.v1.Catalog/GetItem,"
      " request: {id: \"{each.item_id}\"}}}, response: {items: \"{a}\"}}\n");
  ASSERT_THAT(checkout.problems, IsEmpty());
  EXPECT_TRUE(checkout.plans[0].calls[0].for_each->of_body);
}

TEST(BuildPlans, LetsARequiredCallDoWithoutAnOptionalOne) {
  EXPECT_THAT(ProblemsOf("a: {method: shop.v1.Users/GetUser, request: {id: \"{b.id ?? 'x'}\"}}, b: {method: shop.v1.Users/GetUser, optional: true}"),
              IsEmpty());
  EXPECT_THAT(ProblemsOf("a: {method: shop.v1.Users/GetUser, request: {id: \"{b.id}\"}}, b: {method: shop.v1.Users/GetUser, default: {}}"),
              IsEmpty());
}

}  // namespace
}  // namespace dragoman::composition
