#include "composition/checker.h"

#include "shop.h"

namespace dragoman::composition {
namespace {

class CheckerTest : public Shop {
 protected:
  // The type and, where there are some, its axes; or the problem.
  std::string Checked(std::string_view text, const Type* expected = nullptr, bool objects = true) {
    const std::unique_ptr<Term> term = Compile(text, expected, objects);
    if (term == nullptr) return Problem();
    std::string shown = term->type.ToString();
    for (const Axis& axis : term->type.axes) shown += " / " + axis;
    return shown;
  }
  static Type Of(Kind kind, size_t lists = 0) {
    Type type;
    type.kind = kind;
    type.axes.resize(lists);
    return type;
  }
};

struct Case {
  std::string_view text;
  std::string_view checked;
};

TEST_F(CheckerTest, KnowsTheTypeOfEveryExpression) {
  constexpr Case kCases[] = {
      {"text", "a string"},
      {"{user}", "a shop.v1.User"},
      {"{user.id}", "a string"},
      {"{user.created_at}", "a google.protobuf.Timestamp"},
      {"{user.photo}", "bytes"},
      {"{user.labels}", "a map of string to string"},
      {"{user.addresses[1]}", "a shop.v1.Address"},
      {"{user.addresses[1].lines}", "a list of string / user.addresses[\"1\"].lines"},
      {"{user.state}", "a shop.v1.State"},
      {"{user.big}", "a uint64"},
      {"{query.tags}", "a list of string / query.tags"},
      {"{headers['x-tenant']}", "a string"},
      {"{orders.orders}", "a list of shop.v1.Order / orders.orders"},
      {"{orders.orders[].lines[].notes}",
       "a list of lists of lists of string / orders.orders / orders.orders.lines / orders.orders.lines.notes"},
      {"{orders.orders[].ship_to.lines}", "a list of lists of string / orders.orders / orders.orders.ship_to.lines"},
      {"{orders.orders[0].lines}", "a list of shop.v1.Line / orders.orders[0].lines"},
      {"{orders.orders[].lines[0].notes}", "a list of lists of string / orders.orders / orders.orders.lines[0].notes"},
      {"{items}", "a list of lists of shop.v1.Item / orders.orders / orders.orders.lines"},
      {"{items[0]}", "a list of shop.v1.Item / orders.orders[0].lines"},
      {"{items[0][1]}", "a shop.v1.Item"},
      {"{items[][].reviews}",
       "a list of lists of lists of shop.v1.Review / orders.orders / orders.orders.lines / items.reviews"},
      {"{items[][].reviews[].stars}",
       "a list of lists of lists of int32 / orders.orders / orders.orders.lines / items.reviews"},
      {"{orders.orders[] => items}", "a list of lists of shop.v1.Item / orders.orders / orders.orders.lines"},
      {"{orders.orders[] => (each.lines[] => items)}",
       "a list of lists of shop.v1.Item / orders.orders / orders.orders.lines"},
      {"{orders.orders[].lines[] => items}", "a list of lists of shop.v1.Item / orders.orders / orders.orders.lines"},
      {"{orders.orders[].lines[] => parcels}",
       "a list of lists of shop.v1.Parcel / orders.orders / orders.orders.lines"},
      {"{orders.orders[] + {items: items}}", "a list of object / orders.orders"},
      {"{orders.orders[] - {lines} + {items: items}}", "a list of object / orders.orders"},
      {"{(orders.orders[] => each.lines)[].item_id}",
       "a list of lists of string / orders.orders / orders.orders.lines"},
      {"{user - {photo}}", "an object"},
      {"{user - {photo} + {orders: orders.orders}}", "an object"},
      {"{ {a: 1, b: [2]} }", "an object"},
      {"{flatten(items)}", "a list of shop.v1.Item / flatten(orders.orders, orders.orders.lines)"},
      {"{first(orders.orders)}", "a shop.v1.Order"},
      {"{last(items)}", "a list of shop.v1.Item / last(orders.orders).lines"},
      {"{1}", "an int32"},
      {"{3000000000}", "an int64"},
      {"{18446744073709551615}", "a uint64"},
      {"{1.5}", "a double"},
      {"{null}", "null"},
      {"{user.score ?? 5}", "an int32"},
      {"{user.age ?? user.small}", "an int64"},
      {"{user.big ?? 5}", "a uint64"},
      {"{user.ratio ?? user.age}", "a double"},
      {"{user.active ? user.age : 2.5}", "a double"},
      {"{user.active ? OPEN : user.state}", "a shop.v1.State"},
      {"{user.active ? user.id : null}", "a string"},
      {"{ads.ads ?? user.tags}", "a list of string / ads.ads or user.tags"},
      {"{ads.ads ?? []}", "a list of string / ads.ads"},
      {"{[user.age, user.small, 1]}", "a list of int64 / the list at 1:2"},
      {"{ads ?? {ads: []}}", "an object"},
      {"{user.state in [OPEN, SHIPPED]}", "a bool"},
      {"{OPEN in [user.state]}", "a bool"},
      {"{user.age in []}", "a bool"},
      {"{user.age < user.big and user.big < user.balance}", "a bool"},
      {"{size(user.labels)}", "an int32"},
      {"{string(user.state)}", "a string"},
      {"{uint32(user.id)}", "a uint32"},
  };
  for (const Case& each : kCases) EXPECT_EQ(Checked(each.text), each.checked) << each.text;
}

TEST_F(CheckerTest, SaysWhatDoesNotFitAndWhere) {
  constexpr Case kCases[] = {
      {"{usr.id}", "d.yaml:1:3: unknown name \"usr\"; did you mean \"user\"?"},
      {"id {user.nam}", "d.yaml:1:6: shop.v1.User has no field \"nam\""},
      {"{user.display_nme}", "d.yaml:1:3: shop.v1.User has no field \"display_nme\"; did you mean \"display_name\"?"},
      {"{path.usr}", "d.yaml:1:3: path has no usr"},
      {"{headers['x']}", "d.yaml:1:3: headers has no x"},
      {"{path}", "d.yaml:1:3: path is no value; write path.NAME"},
      {"{size}", "d.yaml:1:3: size is a function; write size(…)"},
      {"{each.id}", "d.yaml:1:3: unknown name \"each\""},
      {"{user.id.x}", "d.yaml:1:3: user.id is a string and has no fields"},
      {"{user.labels.x}", "d.yaml:1:3: user.labels is a map of string to string; write user.labels[\"x\"]"},
      {"{user.labels[1]}", "d.yaml:1:3: expected a key that is a string, got 1"},
      {"{user.addresses['x']}", "d.yaml:1:3: expected a key that is an int32, got \"x\""},
      {"{user.flags['yes']}", "d.yaml:1:3: expected a key that is a bool, got \"yes\""},
      {"{user['id']}", "d.yaml:1:3: user is a shop.v1.User and has no keys"},
      {"{orders.orders.id}",
       "d.yaml:1:3: orders.orders is a list of shop.v1.Order; write orders.orders[] to go through it"},
      {"{items[].name}", "d.yaml:1:3: items[] is a list of lists of shop.v1.Item; write items[][] to go through it"},
      {"{items.name}", "d.yaml:1:3: items is a list of lists of shop.v1.Item; write items[][] to go through it"},
      {"{user[].id}", "d.yaml:1:3: user is a shop.v1.User, not a list"},
      {"{user.id[0]}", "d.yaml:1:3: user.id is a string, not a list"},
      {"{orders.orders[][]}", "d.yaml:1:3: orders.orders[] is a shop.v1.Order, not a list"},
      {"{user.tags[99999999999]}", "d.yaml:1:3: expected an index below 2^32, got 99999999999"},
      {"{18446744073709551616}", "d.yaml:1:3: 18446744073709551616 is out of the range of integers"},
      {"{1e999}", "d.yaml:1:3: 1e999 is out of the range of numbers"},
      // comparisons
      {"{user.id == 5}", "d.yaml:1:3: cannot compare a string with an int32"},
      {"{user.state == SHIPED}", "d.yaml:1:17: shop.v1.State has no value \"SHIPED\"; did you mean \"SHIPPED\"?"},
      {"{user.state == 'SHIPPED'}", "d.yaml:1:3: cannot compare a shop.v1.State with a string"},
      {"{user.state < SHIPPED}", "d.yaml:1:3: cannot order a shop.v1.State and a shop.v1.State"},
      {"{user.active < true}", "d.yaml:1:3: cannot order a bool and a bool"},
      {"{user.photo == user.photo}", "d.yaml:1:3: cannot compare bytes with bytes"},
      {"{user == user}", "d.yaml:1:3: cannot compare a shop.v1.User with a shop.v1.User"},
      {"{user.id == null}", "d.yaml:1:3: null equals nothing; has(x) tells whether x is there"},
      {"{user.tags == 'a'}", "d.yaml:1:3: user.tags is a list of string; write user.tags[] to go through it"},
      {"{user.tags[] == 'a'}", "d.yaml:1:3: user.tags[] is a list of string, where a single value is needed"},
      {"{OPEN == SHIPPED}", "d.yaml:1:3: unknown name \"OPEN\""},
      {"{user.id in 'abc'}", "d.yaml:1:14: expected a list, got a string"},
      {"{user.id in [1]}", "d.yaml:1:3: cannot compare a string with an int32"},
      {"{user.age and true}", "d.yaml:1:3: expected a bool, got an int32"},
      {"{not user.id}", "d.yaml:1:7: expected a bool, got a string"},
      {"{user.age ? 1 : 2}", "d.yaml:1:3: expected a bool before the '?', got an int32"},
      {"{user.active ? 1 : 'x'}", "d.yaml:1:3: one value is an int32, the other a string"},
      {"{user.big ?? user.small}", "d.yaml:1:3: one value is a uint64, the other an int64"},
      {"{user.tags ?? 'x'}", "d.yaml:1:3: one value is a list of string, the other a string"},
      {"{[1, 'x']}", "d.yaml:1:7: one value is an int32, the other a string"},
      // texts
      {"id {user}", "d.yaml:1:6: user is a shop.v1.User, which cannot stand in a text"},
      {"id {user.tags}", "d.yaml:1:6: user.tags is a list of string, which cannot stand in a text"},
      {"id {user.photo}", "d.yaml:1:6: user.photo is bytes, which cannot stand in a text"},
      // functions
      {"{sze(user.tags)}", "d.yaml:1:3: unknown function \"sze\"; did you mean \"size\"?"},
      {"{size()}", "d.yaml:1:3: size: expected 1 argument, got 0"},
      {"{join(user.tags)}", "d.yaml:1:3: join: expected 2 arguments, got 1"},
      {"{size(user.age)}", "d.yaml:1:8: size: expected a list, a map or a string, got an int32"},
      {"{flatten(user.tags)}", "d.yaml:1:11: flatten: expected a list of lists, got a list of string"},
      {"{first(user.id)}", "d.yaml:1:9: first: expected a list, got a string"},
      {"{join(user.numbers, ',')}", "d.yaml:1:8: join: expected a list of string, got a list of int32"},
      {"{join(user.tags, 1)}", "d.yaml:1:19: join: expected a string, got an int32"},
      {"{lower(user.age)}", "d.yaml:1:9: lower: expected a string, got an int32"},
      {"{contains(user.tags, 'a')}", "d.yaml:1:12: contains: expected a string, got a list of string"},
      {"{string(user)}", "d.yaml:1:10: string: expected a string, a bool, a number or an enum, got a shop.v1.User"},
      {"{int32(true)}", "d.yaml:1:9: int32: expected a string, a number or an enum, got a bool"},
      {"{double(user.state)}", "d.yaml:1:10: double: expected a string or a number, got a shop.v1.State"},
      {"{bool(1)}", "d.yaml:1:8: bool: expected a string or a bool, got an int32"},
      {"{int32(user.tags)}", "d.yaml:1:9: user.tags is a list of string; write user.tags[] to go through it"},
      {"{has({})}", "d.yaml:1:7: has: expected a value that may be absent, got an object"},
      // axes
      {"{user.tags[] => items}",
       "d.yaml:1:18: items has an element for each of orders.orders, orders.orders.lines, but here user.tags is gone "
       "through"},
      {"{orders.orders[].states[] => items}",
       "d.yaml:1:31: items has an element for each of orders.orders, orders.orders.lines, but here orders.orders, "
       "orders.orders.states are gone through"},
      {"{orders.orders[0].lines[] => items}",
       "d.yaml:1:31: items has an element for each of orders.orders, orders.orders.lines, but here "
       "orders.orders[0].lines is "
       "gone through"},
      {"{flatten(items)[] => items}",
       "d.yaml:1:23: items has an element for each of orders.orders, orders.orders.lines, but here "
       "flatten(orders.orders, "
       "orders.orders.lines) is gone through"},
      {"{user => 1}", "d.yaml:1:3: '=>' goes through a list, got a shop.v1.User"},
      {"{user.tags => 1}", "d.yaml:1:3: user.tags is a list of string; write user.tags[] to go through it"},
      // objects
      {"{ {a: 1, a: 2} }", "d.yaml:1:11: the member \"a\" stands twice"},
      {"{user + {id: 1}}", "d.yaml:1:10: \"id\" is a member of user and of {id: 1}"},
      {"{user + {displayName: 1}}", "d.yaml:1:10: \"displayName\" is a member of user and of {displayName: 1}"},
      {"{orders.orders[] + {state: 1}}", "d.yaml:1:21: \"state\" is a member of orders.orders[] and of {state: 1}"},
      {"{user + parcels[0] + {carrier: 1}}", "d.yaml:1:23: \"carrier\" is a member of parcels[0] and of {carrier: 1}"},
      {"{user.id + user.id}",
       "d.yaml:1:3: expected an object or a message, got a string; strings are joined in a text: \"{a}{b}\""},
      {"{user.age + 1}", "d.yaml:1:3: expected an object or a message, got an int32"},
      {"{user.created_at + {a: 1}}", "d.yaml:1:3: expected an object or a message, got a google.protobuf.Timestamp"},
      {"{user + orders.orders}",
       "d.yaml:1:10: orders.orders is a list of shop.v1.Order; write orders.orders[] to go through it"},
      {"{user - {nme}}", "d.yaml:1:11: shop.v1.User has no field \"nme\""},
      {"{user - {id, id}}", "d.yaml:1:15: the field \"id\" stands twice"},
      {"{ {a: 1} - {a} }", "d.yaml:1:4: '-' leaves out fields of a message, got an object"},
      {"{user.id - {a}}", "d.yaml:1:3: '-' leaves out fields of a message, got a string"},
      {"{(user + {x: 1}).x}", "d.yaml:1:3: (user + {x: 1}) is an object and has no fields"},
  };
  for (const Case& each : kCases) EXPECT_EQ(Checked(each.text), each.checked) << each.text;
}

TEST_F(CheckerTest, FitsWhatIsExpected) {
  const struct {
    std::string_view text;
    Type expected;
    std::string_view checked;
  } kCases[] = {
      {"{user.age}", Of(Kind::kInt64), "an int64"},
      {"{user.age}", Of(Kind::kDouble), "a double"},
      {"{user.ratio}", Of(Kind::kDouble), "a double"},
      {"{user.numbers}", Of(Kind::kInt64, 1), "a list of int64 / user.numbers"},
      {"{5}", Of(Kind::kUint64), "a uint64"},
      {"{5}", Of(Kind::kDouble), "a double"},
      {"{[1, 2]}", Of(Kind::kDouble, 1), "a list of double / the list at 1:2"},
      {"{[]}", Of(Kind::kDouble, 1), "a list of null / the list at 1:2"},
      {"{null}", Of(Kind::kDouble), "null"},
      {"text", Of(Kind::kString), "a string"},
      {"{user.age}", Of(Kind::kString), "d.yaml:1:3: expected a string, got an int32"},
      {"{user.small}", Of(Kind::kInt32), "d.yaml:1:3: expected an int32, got an int64"},
      {"{user.small}", Of(Kind::kDouble), "d.yaml:1:3: expected a double, got an int64"},
      {"{user.tags}", Of(Kind::kString), "d.yaml:1:3: expected a string, got a list of string"},
      {"{user.id}", Of(Kind::kString, 1), "d.yaml:1:3: expected a list of string, got a string"},
      {"{5000000000}", Of(Kind::kInt32), "d.yaml:1:3: expected an int32, got an int64"},
      {"{-1}", Of(Kind::kUint32), "d.yaml:1:3: expected a uint32, got an int32"},
      {"{user}", Of(Kind::kString), "d.yaml:1:3: expected a string, got a shop.v1.User"},
      {"5", Of(Kind::kInt32), "d.yaml:1:1: expected an int32, got a string; an expression stands in braces"},
      {"{user.age} ", Of(Kind::kInt32),
       "d.yaml:1:1: expected an int32, got a string; a text that is more than one expression is a string"},
  };
  for (const auto& each : kCases) EXPECT_EQ(Checked(each.text, &each.expected), each.checked) << each.text;
}

TEST_F(CheckerTest, KeepsObjectsToAnswers) {
  const auto refused = [this](std::string_view text) { return Checked(text, nullptr, false); };
  EXPECT_EQ(refused("{ {a: 1} }"), "d.yaml:1:4: objects are of answers only");
  EXPECT_EQ(refused("{user + orders}"), "d.yaml:1:3: objects are of answers only");
  EXPECT_EQ(refused("{user - {id}}"), "d.yaml:1:3: objects are of answers only");
  EXPECT_EQ(refused("{orders.orders[] => {a: 1}}"), "d.yaml:1:22: objects are of answers only");
  EXPECT_EQ(refused("{user.id + 'x'}"),
            "d.yaml:1:3: expected an object or a message, got a string; strings are joined in a text: \"{a}{b}\"");
  EXPECT_EQ(refused("{orders.orders[] => each.id}"), "a list of string / orders.orders");
}

TEST_F(CheckerTest, KnowsWhereAForEachStands) {
  scope_.AddMessage("each", Plan("Line"), "orders.orders.lines");
  scope_.AddMessage("order", Plan("Order"), "orders.orders");
  scope_.AddLevel("orders", "order");
  scope_.Within({"orders.orders", "orders.orders.lines"});
  constexpr Case kCases[] = {
      {"{each.item_id}", "a string"},
      {"{each.orders.id}", "a string"},
      {"{order.id}", "a string"},
      {"{items}", "a shop.v1.Item"},
      {"{parcels.carrier}", "a string"},
      {"{items.reviews}", "a list of shop.v1.Review / items.reviews"},
      {"{each.notes[] => parcels.carrier}", "a list of string / orders.orders.lines.notes"},
      {"{each.nots}", "d.yaml:1:3: shop.v1.Line has no field \"nots\"; did you mean \"notes\"?"},
      {"{each.notes[] => each.orders}", "d.yaml:1:19: each is a string and has no fields"},
  };
  for (const Case& each : kCases) EXPECT_EQ(Checked(each.text), each.checked) << each.text;
  scope_.Within({"orders.orders"});
  EXPECT_EQ(Checked("{items}"), "a list of shop.v1.Item / orders.orders.lines");
  scope_.Within({"user.tags"});
  EXPECT_EQ(Checked("{parcels}"),
            "d.yaml:1:3: parcels has an element for each of orders.orders, but here user.tags is gone through");
}

TEST_F(CheckerTest, SaysWhereOnTheLine) {
  config::Node plain = Quoted("x {usr}");
  plain.plain = true;
  plain.line = 7;
  plain.column = 11;
  config::Node long_one = Quoted("x\n{usr}");
  Report report{.file = "d.yaml", .problems = problems_};
  EXPECT_EQ(CompileTerm(plain, scope_, {}, report), nullptr);
  EXPECT_EQ(CompileTerm(long_one, scope_, {}, report), nullptr);
  config::Node list;
  list.kind = config::Node::Kind::kList;
  EXPECT_EQ(CompileTerm(list, scope_, {}, report), nullptr);
  ASSERT_EQ(problems_.size(), 3u);
  EXPECT_EQ(problems_[0].where, "d.yaml:7:14");
  EXPECT_EQ(problems_[1].where, "d.yaml:1:1");
  EXPECT_EQ(problems_[1].what, "character 4 of the text: unknown name \"usr\"; did you mean \"user\"?");
  EXPECT_EQ(problems_[2].what, "expected a text");
}

TEST_F(CheckerTest, KnowsWhichCallsAreUsedAndNeeded) {
  constexpr CallSet kUser = SetOf(0), kOrders = SetOf(1), kItems = SetOf(2), kAds = SetOf(4);
  const struct {
    std::string_view text;
    CallSet uses, needs;
  } kCases[] = {
      {"text", 0, 0},
      {"{path.user_id}", 0, 0},
      {"{user.id}", kUser, kUser},
      {"{user.id} {ads.ads[0]}", kUser | kAds, kUser | kAds},
      {"{ads.ads ?? []}", kAds, 0},
      {"{ads.ads ?? user.tags}", kAds | kUser, kUser},
      {"{has(ads)}", kAds, 0},
      {"{has(ads) and size(ads.ads) > 1}", kAds, 0},
      {"{user.active ? ads.ads : orders.orders[].id}", kUser | kAds | kOrders, kUser},
      {"{orders.orders[] + {items: items ?? []}}", kOrders | kItems, kOrders},
  };
  for (const auto& each : kCases) {
    const std::unique_ptr<Term> term = Compile(each.text);
    ASSERT_NE(term, nullptr) << each.text << ": " << Problem();
    EXPECT_EQ(UsesOf(*term), each.uses) << each.text;
    EXPECT_EQ(NeedsOf(*term), each.needs) << each.text;
  }
}

TEST_F(CheckerTest, NamesTheMembersOfAnObject) {
  const auto members = [this](std::string_view text, bool proto_names = false) {
    const std::unique_ptr<Term> term = Compile(text);
    std::string shown;
    for (const std::string& name : MembersOf(*term, proto_names)) shown += (shown.empty() ? "" : " ") + name;
    return shown;
  };
  EXPECT_EQ(members("{orders.orders[0].lines[0]}"), "itemId quantity notes");
  EXPECT_EQ(members("{orders.orders[0].lines[0]}", true), "item_id quantity notes");
  EXPECT_EQ(members("{orders.orders[0].lines[0] - {quantity} + {a: 1} + parcels[0]}"), "itemId notes a carrier");
  EXPECT_EQ(members("{user.active ? {a: 1, b: 2} : {b: 3, c: 4}}"), "a b c");
  EXPECT_EQ(members("{parcels[0] ?? {carrier: 'x', other: 1}}"), "carrier other");
  EXPECT_EQ(members("{user.id}"), "");
}

}  // namespace
}  // namespace dragoman::composition
