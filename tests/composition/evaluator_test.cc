#include "composition/evaluator.h"

#include <cmath>

#include "composition/compare.h"
#include "composition/expression.h"
#include "shop.h"
#include "transcoding/wire.h"

namespace dragoman::composition {
namespace {

using transcoding::AppendLengthDelimited;
using transcoding::AppendVarint;
using transcoding::MakeTag;
using transcoding::WireType;

class EvaluatorTest : public Shop {
 protected:
  EvaluatorTest() {
    bindings_ = Bind();
    Set("user", Message("User", R"({"id":"u1","displayName":"Ada","age":36,"tags":["a","b"],"labels":{"x":"1","y":"2"},
      "balance":2.5,"big":"18446744073709551615","small":"-7","active":true,"email":"a@b","numbers":[1,-2,3],
      "addresses":{"7":{"city":"Bern"}},"flags":{"true":"5"},"state":"SHIPPED","ratio":0.5,"zig":"-9","fixed":"9"})"));
    Set("orders", Message("Orders", R"({"orders":[
      {"id":"o1","state":"SHIPPED","total":"10","lines":[{"itemId":"i1","quantity":2,"notes":["n1","n2"]},
       {"itemId":"i2"}],
       "shipTo":{"city":"Bern"},"states":["OPEN","SHIPPED"]},
      {"id":"o2","lines":[{"itemId":"i3"}]},
      {"id":"o3"}]})"));
    Set("items", List({List({Message("Item", R"({"id":"i1","name":"One"})"), Value()}),
                       List({Message("Item", R"({"id":"i3","name":"Three","reviews":[{"stars":5}]})")}), List({})}));
    Set("parcels", List({Message("Parcel", R"({"carrier":"Post"})"), Value(), Value()}));
    Set("path", "user_id", Value::Text("u1"));
  }

  void Set(const std::string& name, Value value) { bindings_.variables[scope_.Get(name).number] = value; }
  void Set(const std::string& root, const std::string& name, Value value) {
    bindings_.variables[scope_.Get(root, name).number] = value;
  }

  // The value, the error's text, or the problem of the load; " missing" behind it where a reply was missed.
  std::string Evaluated(std::string_view text) {
    const std::unique_ptr<Term> term = Compile(text);
    if (term == nullptr) return Problem();
    bindings_.missing = false;
    const Result<Value> value = Evaluate(*term, bindings_);
    if (!value) return std::string(FactsOf(value.error().reason()).name) + ": " + std::string(value.error().message());
    return Shown(*value) + (bindings_.missing ? " missing" : "");
  }

  Bindings bindings_;
};

struct Case {
  std::string_view text;
  std::string_view value;
};

TEST_F(EvaluatorTest, EvaluatesExpressions) {
  constexpr Case kCases[] = {
      // fields
      {"{user.id}", "'u1'"},
      {"{user.displayName}", "'Ada'"},
      {"{user.display_name}", "'Ada'"},
      {"{user.score}", "-"},
      {"{user.created_at}", "-"},
      {"{user.created_at.seconds}", "-"},
      {"{user.photo}", "''"},
      {"{user.big}", "18446744073709551615"},
      {"{user.small}", "-7"},
      {"{user.zig}", "-9"},
      {"{user.fixed}", "9"},
      {"{user.ratio}", "0.5"},
      {"{user.email}", "'a@b'"},
      {"{user.address}", "-"},
      {"{user.state}", "2"},
      {"{user.numbers}", "[1, -2, 3]"},
      {"{user.weights}", "[]"},
      {"{path.user_id}", "'u1'"},
      {"{query.limit}", "-"},
      // lists
      {"{orders.orders[].id}", "['o1', 'o2', 'o3']"},
      {"{orders.orders[].lines[].item_id}", "[['i1', 'i2'], ['i3'], []]"},
      {"{orders.orders[].lines[].notes}", "[[['n1', 'n2'], []], [[]], []]"},
      {"{orders.orders[].ship_to.city}", "['Bern', -, -]"},
      {"{orders.orders[0].id}", "'o1'"},
      {"{orders.orders[3].id}", "-"},
      {"{orders.orders[].lines[0].item_id}", "['i1', 'i3', -]"},
      {"{orders.orders[0].lines[1].item_id}", "'i2'"},
      {"{items[][].name}", "[['One', -], ['Three'], []]"},
      {"{items[0]}", R"([{"id":"i1","name":"One"}, -])"},
      {"{flatten(orders.orders[].lines[].item_id)}", "['i1', 'i2', 'i3']"},
      {"{flatten(orders.orders[].lines[].notes)}", "['n1', 'n2']"},
      {"{first(user.tags)}", "'a'"},
      {"{last(user.tags)}", "'b'"},
      {"{first(query.tags)}", "-"},
      {"{[1, 2.5]}", "[1., 2.5]"},
      {"{[]}", "[]"},
      // each
      {"{orders.orders[] => size(each.lines)}", "[2, 1, 0]"},
      {"{orders.orders[].lines[] => each.quantity > 1}", "[[true, false], [false], []]"},
      {"{orders.orders[] => parcels.carrier ?? 'none'}", "['Post', 'none', 'none']"},
      {"{orders.orders[] => items[].name}", "[['One', -], ['Three'], []]"},
      {"{orders.orders[] => (each.lines[] => items.name ?? each.item_id)}", "[['One', 'i2'], ['Three'], []]"},
      {"{orders.orders[].lines[] => parcels.carrier ?? each.item_id}", "[['Post', 'Post'], ['i3'], []]"},
      {"{orders.orders[] => has(parcels)}", "[true, false, false]"},
      {"{orders.orders[] => has(parcels) and parcels.carrier == 'Post'}", "[true, false, false]"},
      {"{(orders.orders[] => each.lines)[].item_id}", "[['i1', 'i2'], ['i3'], []]"},
      {"{parcels[] => each.carrier ?? 'x'}", "['Post', 'x', 'x']"},
      // maps
      {"{user.labels[\"x\"]}", "'1'"},
      {"{user.labels['z']}", "-"},
      {"{user.addresses[7].city}", "'Bern'"},
      {"{user.addresses[8].city}", "-"},
      {"{user.flags['true']}", "5"},
      {"{size(user.labels)}", "2"},
      // comparisons and logic
      {"{user.age == 36}", "true"},
      {"{user.age != 36}", "false"},
      {"{user.big > user.small}", "true"},
      {"{user.small < user.big}", "true"},
      {"{user.big == -1}", "false"},
      {"{user.balance >= 2.5}", "true"},
      {"{user.big > user.balance}", "true"},
      {"{user.score == 0}", "false"},
      {"{user.score != 0}", "false"},
      {"{user.score < 0 or user.score >= 0}", "false"},
      {"{not user.score == 0}", "true"},
      {"{user.state == SHIPPED}", "true"},
      {"{SHIPPED == user.state}", "true"},
      {"{user.state in [OPEN, SHIPPED]}", "true"},
      {"{SHIPPED in orders.orders[0].states}", "true"},
      {"{'b' in user.tags and 'c' in user.tags}", "false"},
      {"{2 in user.numbers or -2 in user.numbers}", "true"},
      {"{user.id < 'u2'}", "true"},
      {"{user.active == true}", "true"},
      {"{user.active ? 'on' : 'off'}", "'on'"},
      {"{user.age > 40 ? 1 : user.age > 30 ? 2 : 3}", "2"},
      {"{user.score ?? 5}", "5"},
      {"{query.limit ?? user.score ?? 7}", "7"},
      {"{user.score ?? null}", "-"},
      {"{user.age ?? 2.5}", "36."},
      // functions
      {"{size(user.tags)}", "2"},
      {"{size('tä')}", "2"},
      {"{size(query.tags)}", "-"},
      {"{has(user.score)}", "false"},
      {"{has(user.age)}", "true"},
      {"{join(user.tags, '+')}", "'a+b'"},
      {"{join(['', 'x', ''], ',')}", "',x,'"},
      {"{join(orders.orders[].ship_to.city, ',')}", "'Bern'"},
      {"{lower('AbÄ')}", "'abÄ'"},
      {"{upper(user.id)}", "'U1'"},
      {"{starts_with(user.id, 'u')}", "true"},
      {"{ends_with(user.id, 'u')}", "false"},
      {"{contains(user.email, '@')}", "true"},
      {"{contains(user.email, '!')}", "false"},
      {"{contains('', '') and contains('x', '')}", "true"},
      {"{string(user.state)}", "'SHIPPED'"},
      {"{string(user.balance)}", "'2.5'"},
      {"{string(user.big)}", "'18446744073709551615'"},
      {"{int64('-12')}", "-12"},
      {"{uint64('18446744073709551615')}", "18446744073709551615"},
      {"{int32(2.0)}", "2"},
      {"{int32(user.state)}", "2"},
      {"{double('1e3')}", "1000."},
      {"{bool('true')}", "true"},
      {"{int32('x')}", "INVALID_FIELD: expected an int32, got \"x\""},
      {"{int32(2.5)}", "INVALID_FIELD: expected an int32, got 2.5"},
      {"{int32(user.big)}", "INVALID_FIELD: expected an int32, got 18446744073709551615"},
      {"{uint32(user.small)}", "INVALID_FIELD: expected a uint32, got -7"},
      {"{uint64(user.small)}", "INVALID_FIELD: expected a uint64, got -7"},
      {"{int64(1e30)}", "INVALID_FIELD: expected an int64, got 1e+30"},
      {"{bool('yes')}", "INVALID_FIELD: expected a bool, got \"yes\""},
      {"{double('')}", "INVALID_FIELD: expected a double, got \"\""},
      // texts
      {"", "''"},
      {"{{user}}", "'{user}'"},
      {"{user.id}{user.age}", "'u136'"},
      {"user {user.id}: {user.state}, {user.active}, {user.score}.", "'user u1: SHIPPED, true, .'"},
      // what is missing
      {"{ads.ads}", "- missing"},
      {"{ads.ads ?? []}", "[]"},
      {"{ads.ads ?? ads.ads}", "- missing"},
      {"{has(ads)}", "false"},
      {"{has(ads) and size(ads.ads) > 1}", "false"},
      {"{has(ads) ? size(ads.ads) : 0}", "0"},
      {"{user.active ? 1 : size(ads.ads)}", "1"},
      {"{size(ads.ads) > 1}", "false missing"},
      {"ads: {join(ads.ads, ',')}", "'ads: ' missing"},
      {"{items[][].id}", "[['i1', -], ['i3'], []]"},
  };
  for (const Case& each : kCases) EXPECT_EQ(Evaluated(each.text), each.value) << each.text;
}

TEST_F(EvaluatorTest, TakesTheElementWhereTheForEachStands) {
  scope_.Within({"orders.orders", "orders.orders.lines"});
  bindings_.indices = {1, 0};
  EXPECT_EQ(Evaluated("{items.name}"), "'Three'");
  EXPECT_EQ(Evaluated("{parcels.carrier}"), "- missing");
  EXPECT_EQ(Evaluated("{orders.orders[].id}"), "['o1', 'o2', 'o3']");
  bindings_.indices = {0, 1};
  EXPECT_EQ(Evaluated("{items.name}"), "- missing");
  EXPECT_EQ(Evaluated("{parcels.carrier}"), "'Post'");
  bindings_.indices = {9, 9};
  EXPECT_EQ(Evaluated("{items.name ?? 'none'}"), "'none'");
  scope_.Within({"orders.orders"});
  bindings_.indices = {0};
  EXPECT_EQ(Evaluated("{items[].name}"), "['One', -]");
}

TEST_F(EvaluatorTest, ReadsTheWireAsProtobufDoes) {
  const auto field = [](int32_t number, std::string_view bytes) {
    Buffer out;
    AppendVarint(out, MakeTag(number, WireType::kLength));
    AppendLengthDelimited(out, bytes);
    return std::string(out.view());
  };
  const auto varint = [](int32_t number, uint64_t value) {
    Buffer out;
    AppendVarint(out, MakeTag(number, WireType::kVarint));
    AppendVarint(out, value);
    return std::string(out.view());
  };
  const struct {
    std::string_view name;
    std::string wire;
    std::string_view text;
    std::string_view value;
  } kCases[] = {
      {"the last scalar holds", field(1, "a") + field(1, "b"), "{user.id}", "'b'"},
      {"another wire type is another field", varint(1, 5), "{user.id}", "''"},
      {"pieces are one", field(13, field(1, "s")) + field(1, "x") + field(13, field(2, "c")), "{user.address}",
       R"({"street":"s","city":"c"})"},
      {"pieces are one, through a field", field(13, field(1, "s")) + field(13, field(2, "c")), "{user.address.street}",
       "'s'"},
      {"the last of a oneof holds", field(12, "e") + field(13, ""), "{user.email}", "-"},
      {"a member comes back empty", field(13, field(1, "s")) + field(12, "e") + field(13, field(2, "c")),
       "{user.address}", R"({"city":"c"})"},
      {"an empty member is there", field(13, ""), "{has(user.address)}", "true"},
      {"packed and unpacked", varint(17, 1) + field(17, std::string("\x02\x03", 2)) + varint(17, 4), "{user.numbers}",
       "[1, 2, 3, 4]"},
      {"a negative int32", varint(3, static_cast<uint64_t>(-5)), "{user.age}", "-5"},
      {"an open enum keeps its number", varint(19, 99), "{user.state}", "99"},
      {"an unnamed number has itself as its text", varint(19, 99), "{string(user.state)}", "'99'"},
      {"the last of equal keys holds",
       field(7, field(1, "k") + field(2, "1")) + field(7, field(1, "k") + field(2, "2")), "{user.labels['k']}", "'2'"},
      {"equal keys count once", field(7, field(1, "k")) + field(7, field(1, "k")) + field(7, ""), "{size(user.labels)}",
       "2"},
      {"a key without a value", field(7, field(1, "k")), "{user.labels['k']}", "''"},
      {"a message without bytes", field(18, varint(1, 3)), "{has(user.addresses[3])}", "true"},
      {"cut off",
       "\x0A\x05"
       "ab",
       "{user.id}", "BACKEND_PROTOCOL_ERROR: malformed bytes of shop.v1.User"},
      {"cut off behind the field", field(1, "a") + "\x0A", "{user.id}",
       "BACKEND_PROTOCOL_ERROR: malformed bytes of shop.v1.User"},
      {"a packed run cut off", field(17, "\x80"), "{user.numbers}",
       "BACKEND_PROTOCOL_ERROR: malformed bytes of shop.v1.User"},
      {"a map cut off", field(7, "\x0A"), "{user.labels['k']}",
       "BACKEND_PROTOCOL_ERROR: malformed bytes of shop.v1.User.LabelsEntry"},
      {"no UTF-8 in a text", field(1, "\xFF"), "id {user.id}",
       "BACKEND_PROTOCOL_ERROR: a string of a reply is no UTF-8"},
  };
  for (const auto& each : kCases) {
    Set("user", Value::Message(Plan("User"), each.wire));
    EXPECT_EQ(Evaluated(each.text), each.value) << each.name;
  }
}

TEST_F(EvaluatorTest, BoundsTheValuesOfARequest) {
  std::string packed(kMaxValues + 1, '\1');
  Buffer wire;
  AppendVarint(wire, MakeTag(17, WireType::kLength));
  AppendLengthDelimited(wire, packed);
  Set("user", Value::Message(Plan("User"), wire.view()));
  EXPECT_EQ(Evaluated("{user.numbers}"), "RESPONSE_TOO_LARGE: expressions would go through more than 262144 values");
  EXPECT_EQ(Evaluated("{user.id}"), "''");

  // A list within itself: 3000 times 3000.
  std::string orders;
  for (int i = 0; i < 3000; ++i) orders += std::string("\x0A\x00", 2);
  Set("orders", Value::Message(Plan("Orders"), orders));
  bindings_.values_left = kMaxValues;
  EXPECT_EQ(Evaluated("{size(orders.orders[] => orders.orders)}"),
            "RESPONSE_TOO_LARGE: expressions would go through more than 262144 values");
  // A long message, again and again.
  bindings_.values_left = kMaxValues;
  EXPECT_EQ(Evaluated("{size(orders.orders[] => user.id == user.id)}"),
            "RESPONSE_TOO_LARGE: expressions would go through more than 262144 values");
}

TEST(CompareTest, ComparesNumbersByWhatTheyAreWorth) {
  const auto integer = [](int64_t number) {
    Value value;
    value.form = Value::Form::kScalar;
    value.kind = Kind::kInt64;
    value.integer = number;
    return value;
  };
  const auto natural = [](uint64_t number) {
    Value value;
    value.form = Value::Form::kScalar;
    value.kind = Kind::kUint64;
    value.natural = number;
    return value;
  };
  const auto real = [](double number) {
    Value value;
    value.form = Value::Form::kScalar;
    value.kind = Kind::kDouble;
    value.real = number;
    return value;
  };
  EXPECT_TRUE(Compare(integer(-1), natural(UINT64_MAX)) < 0);
  EXPECT_TRUE(Compare(natural(UINT64_MAX), integer(-1)) > 0);
  EXPECT_TRUE(Compare(integer(9007199254740993), real(9007199254740992)) > 0);
  EXPECT_TRUE(Compare(natural(UINT64_MAX), real(18446744073709551616.0)) < 0);
  EXPECT_TRUE(Compare(real(-0.0), integer(0)) == 0);
  EXPECT_TRUE(Compare(real(std::nan("")), real(std::nan(""))) == std::partial_ordering::unordered);
  EXPECT_TRUE(Compare(Value(), Value()) == std::partial_ordering::unordered);
  EXPECT_TRUE(Compare(Value::Text("5"), integer(5)) == std::partial_ordering::unordered);
}

}  // namespace
}  // namespace dragoman::composition
