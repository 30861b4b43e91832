#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "config/load.h"
#include "config_text.h"

namespace dragoman::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// The first composition of a configuration that has nothing wrong.
Composition Loaded(std::string_view compositions) {
  auto config = LoadText("d.yaml", With(compositions));
  if (!config) {
    ADD_FAILURE() << config.error().front().where + ": " + config.error().front().what;
    return {};
  }
  return config->compositions.empty() ? Composition() : config->compositions.front();
}

constexpr std::string_view kHome = R"(compositions:
  - name: home
    get: "/v1/home/{user_id}"
    parameters: {limit: {type: int32, default: 5}, tags: {type: [string]}, q: {type: string, required: true}}
    timeout: 800ms
    calls:
      user:    {method: shop.v1.Users/GetUser, request: {id: "{path.user_id}"}}
      orders:  {method: shop.v1.Orders/ListOrders, request: {user_id: "{user.id}", page_size: "{query.limit}"}}
      items:   {for_each: "{orders.orders[].lines[]}", method: shop.v1.Catalog/GetItem, request: {id: "{each.item_id}"},
                distinct: true, concurrency: 8}          # or batch
      parcels: {for_each: "{orders.orders[]}", when: "{each.state == SHIPPED}", method: shop.v1.Shipping/Track, request: {order_id: "{each.id}"}}
      ads:     {method: ads.v1.Ads/Pick, optional: true, timeout: 100ms, default: {ads: []}}
    response:
      user: {name: "{user.display_name}", since: "{user.created_at}"}
      orders: "{orders.orders[] + {items: items, parcel: parcels}}"
      ads: "{ads.ads}"
)";

TEST(Compositions, AreRead) {
  const Composition home = Loaded(kHome);
  EXPECT_EQ(home.name, "home");
  EXPECT_EQ(home.http_method, "GET");
  EXPECT_EQ(home.path, "/v1/home/{user_id}");
  EXPECT_FALSE(home.writes());
  EXPECT_EQ(home.timeout, Milliseconds(800));
  ASSERT_EQ(home.parameters.size(), 3u);
  EXPECT_EQ(home.parameters[0].otherwise, "5");
  EXPECT_EQ(home.parameters[1].type, "string");
  EXPECT_TRUE(home.parameters[1].repeated);
  EXPECT_TRUE(home.parameters[2].required);
  ASSERT_EQ(home.calls.size(), 5u);
  EXPECT_EQ(home.calls[0].name, "user");
  EXPECT_EQ(home.calls[0].method, "shop.v1.Users/GetUser");
  EXPECT_EQ(home.calls[0].request.entries.front().value.text, "{path.user_id}");
  EXPECT_EQ(home.calls[0].failure, CompositionCall::Failure::kRequired);
  EXPECT_EQ(home.calls[2].for_each->text, "{orders.orders[].lines[]}");
  EXPECT_TRUE(home.calls[2].distinct);
  EXPECT_EQ(home.calls[2].max_items, 1000u);
  EXPECT_EQ(home.calls[3].when->text, "{each.state == SHIPPED}");
  EXPECT_EQ(home.calls[4].failure, CompositionCall::Failure::kDefault);
  EXPECT_EQ(home.calls[4].timeout, Milliseconds(100));
  ASSERT_TRUE(home.response);
  EXPECT_EQ(home.response->entries.size(), 3u);
  EXPECT_TRUE(home.enforce_parts);
  EXPECT_FALSE(home.fields);
  EXPECT_EQ(home.errors_key, "_errors");
}

TEST(Compositions, ThatWriteHaveABodyAndSteps) {
  const Composition checkout = Loaded(
      "compositions: [{name: checkout, post: /x, body: {fields: {user_id: string, lines: [{item_id: string, n: [int32]}], to: a.B}},\n"
      " calls: {pay: {method: a.B/C}, ship: {method: a.B/D, after: [pay]}}, merge: [pay, \"{ship - {x}}\"], fields: true,\n"
      " enforce_parts: false, errors_key: missing}]");
  EXPECT_TRUE(checkout.writes());
  ASSERT_TRUE(checkout.body);
  ASSERT_EQ(checkout.body->fields.size(), 3u);
  const DeclaredField& lines = checkout.body->fields[1];
  EXPECT_TRUE(lines.repeated);
  EXPECT_EQ(lines.type, "");
  ASSERT_EQ(lines.fields.size(), 2u);
  EXPECT_EQ(lines.fields[1].type, "int32");
  EXPECT_TRUE(lines.fields[1].repeated);
  EXPECT_EQ(checkout.body->fields[2].type, "a.B");
  EXPECT_THAT(checkout.calls[1].after, ElementsAre("pay"));
  ASSERT_EQ(checkout.merge.size(), 2u);
  EXPECT_EQ(checkout.merge[0].text, "{pay}");
  EXPECT_EQ(checkout.merge[1].text, "{ship - {x}}");
  EXPECT_TRUE(checkout.fields);
  EXPECT_FALSE(checkout.enforce_parts);
  EXPECT_EQ(checkout.errors_key, "missing");
  EXPECT_EQ(Loaded("compositions: [{name: a, put: /x, body: a.B, calls: {c: {method: a.B/C}}, merge: [c]}]").body->message,
            "a.B");
}

TEST(Compositions, AskForItemsTogether) {
  const Composition prices = Loaded(
      "compositions: [{name: p, get: /x, calls: {o: {method: a.B/C}, p: {for_each: \"{o.l[]}\", as: [line], max_items: 5,\n"
      " batch: {method: a.B/D, replies: items, match: id, size: 7}, request: {ids: \"{line}\"}}}, merge: [o]}]");
  ASSERT_EQ(prices.calls.size(), 2u);
  const CompositionCall& call = prices.calls[1];
  ASSERT_TRUE(call.batch);
  EXPECT_EQ(call.method, "");
  EXPECT_EQ(call.batch->method, "a.B/D");
  EXPECT_EQ(call.batch->replies, "items");
  EXPECT_EQ(call.batch->match, "id");
  EXPECT_EQ(call.batch->size, 7u);
  EXPECT_THAT(call.level_names, ElementsAre("line"));
  EXPECT_EQ(call.max_items, 5u);
}

TEST(Compositions, ThatAreWrongAreSaidSo) {
  struct Case {
    std::string_view text;  // one composition
    std::string_view problem;
  };
  const Case cases[] = {
      {"{get: /x, calls: {a: {method: a.B/C}}, merge: [a]}", "3:16: missing key \"name\""},
      {"{name: Home, get: /x, calls: {a: {method: a.B/C}}, merge: [a]}",
       "3:23: expected a name of a-z, digits, \"-\" and \"_\", at most 64 bytes, got \"Home\""},
      {"{name: h, calls: {a: {method: a.B/C}}, merge: [a]}", "3:16: expected one of get, post, put, patch or delete"},
      {"{name: h, get: /x, post: /y, calls: {a: {method: a.B/C}}, merge: [a]}",
       "3:41: \"post\" beside \"get\"; expected one of get, post, put, patch or delete"},
      {"{name: h, get: /x, calls: {a: {method: a.B/C}}}",
       "3:16: expected merge, response or both: what the answer is made of"},
      {"{name: h, get: /x, calls: {}, merge: [a]}", "3:42: expected at least one entry"},
      {"{name: h, get: /x, merge: [a]}", "3:16: missing key \"calls\""},
      {"{name: h, get: /x, body: a.B, calls: {a: {method: a.B/C}}, merge: [a]}",
       "3:41: a GET has no body; use parameters, or post"},
      {"{name: h, post: /x, body: [a], calls: {a: {method: a.B/C}}, merge: [a]}",
       "3:42: expected a message such as shop.v1.CheckoutRequest, or {fields: {…}}, got a list"},
      {"{name: h, post: /x, body: {fields: {a: [int32, int64]}}, calls: {a: {method: a.B/C}}, merge: [a]}",
       "3:55: expected a type such as int32, [string] or shop.v1.Category, got a list"},
      {"{name: h, post: /x, body: {fields: {}}, calls: {a: {method: a.B/C}}, merge: [a]}",
       "3:51: expected a mapping of at least one field, got a mapping"},
      {"{name: h, post: /x, body: {fields: {a: int32, a: int32}}, calls: {a: {method: a.B/C}}, merge: [a]}",
       "3:62: key \"a\" stands twice; first in line 3"},
      {"{name: h, get: /x, parameters: {q: {}}, calls: {a: {method: a.B/C}}, merge: [a]}", "3:51: missing key \"type\""},
      {"{name: h, get: /x, parameters: {q: {type: int32, requird: true}}, calls: {a: {method: a.B/C}}, merge: [a]}",
       "3:65: unknown key \"requird\"; did you mean \"required\"?"},
      {"{name: h, get: /x, parameters: {q: {type: int32, required: true, default: 1}}, calls: {a: {method: a.B/C}}, merge: [a]}",
       "3:90: \"default\" beside \"required\", which a client must give anyway"},
      {"{name: h, get: /x, parameters: {q: {type: [int32], default: 1}}, calls: {a: {method: a.B/C}}, merge: [a]}",
       "3:76: a list has no default; it is empty where a client gives none"},
      {"{name: h, get: /x, parameters: {a-b: {type: int32}}, calls: {a: {method: a.B/C}}, merge: [a]}",
       "3:48: expected a name of letters, digits and \"_\" that does not begin with a digit, at most 64 bytes, got \"a-b\""},
      {"{name: h, get: /x, calls: {a: {}}, merge: [a]}", "3:46: expected one of method or batch"},
      {"{name: h, get: /x, calls: {a: {method: a.B.C}}, merge: [a]}",
       "3:55: expected a method such as shop.v1.Catalog/GetItem, got \"a.B.C\""},
      {"{name: h, get: /x, calls: {path: {method: a.B/C}}, merge: [a]}",
       "3:43: \"path\" is what expressions call a part of the request"},
      {"{name: h, get: /x, calls: {each: {method: a.B/C}}, merge: [a]}", "3:43: \"each\" is a word of the expressions"},
      {"{name: h, get: /x, calls: {not: {method: a.B/C}}, merge: [a]}", "3:43: \"not\" is a word of the expressions"},
      {"{name: h, get: /x, calls: {a: {method: a.B/C}, a: {method: a.B/C}}, merge: [a]}",
       "3:63: key \"a\" stands twice; first in line 3"},
      {"{name: h, get: /x, calls: {a: {method: a.B/C, distinct: true}}, merge: [a]}",
       "3:72: \"distinct\" belongs to a for_each, which is not there"},
      {"{name: h, get: /x, calls: {a: {batch: {method: a.B/C, replies: r}}}, merge: [a]}",
       "3:54: \"batch\" belongs to a for_each, which is not there"},
      {"{name: h, get: /x, calls: {a: {for_each: \"{b[]}\", method: a.B/C, batch: {method: a.B/C, replies: r}}}, merge: [a]}",
       "3:88: \"batch\" beside \"method\"; expected one of method or batch"},
      {"{name: h, get: /x, calls: {a: {for_each: \"{b[]}\", batch: {method: a.B/C}}}, merge: [a]}",
       "3:73: missing key \"replies\""},
      {"{name: h, get: /x, calls: {a: {for_each: \"{b[]}\", as: [x, x], method: a.B/C}}, merge: [a]}",
       "3:74: \"x\" stands twice"},
      {"{name: h, get: /x, calls: {a: {for_each: \"{b[]}\", as: [b], method: a.B/C}, b: {method: a.B/C}}, merge: [a]}",
       "3:43: as: \"b\" is the name of a call; choose another"},
      {"{name: h, get: /x, calls: {a: {for_each: [b], method: a.B/C}}, merge: [a]}",
       "3:57: expected text, got a list"},
      {"{name: h, get: /x, calls: {a: {method: a.B/C, request: \"{b}\"}}, merge: [a]}",
       "3:71: expected a mapping, got \"{b}\""},
      {"{name: h, get: /x, calls: {a: {method: a.B/C, default: 5}}, merge: [a]}", "3:71: expected a mapping, got 5"},
      {"{name: h, get: /x, calls: {a: {method: a.B/C, timeout: 5}}, merge: [a]}",
       "3:71: expected a duration such as 250ms, 5s, 1m or 1h, got 5; it needs a unit"},
      {"{name: h, get: /x, calls: {user: {method: a.B/C}, b: {method: a.B/C, after: [usr]}}, merge: [user]}",
       "3:93: unknown call \"usr\"; did you mean \"user\"?"},
      {"{name: h, get: /x, calls: {a: {method: a.B/C}}, response: [a]}", "3:74: expected a mapping, or one expression, got a list"},
      {"{name: h, get: /x, calls: {a: {method: a.B/C}}, merge: [a]}, {name: h, get: /y, calls: {a: {method: a.B/C}}, merge: [a]}",
       "3:84: composition \"h\" stands twice; first at d.yaml:3:16"},
  };
  for (const Case& one : cases) {
    EXPECT_THAT(ProblemsOf(With("compositions: [" + std::string(one.text) + "]")),
                ElementsAre("d.yaml:" + std::string(one.problem)))
        << one.text;
  }
}

TEST(Compositions, AreSelectedByPolicies) {
  EXPECT_THAT(ProblemsOf(With("policies: [{methods: [compositions/my-home_2, \"compositions/*\"], timeout: 1s}]")), IsEmpty());
}

}  // namespace
}  // namespace dragoman::config
