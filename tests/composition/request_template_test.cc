#include "composition/request_template.h"

#include "config/yaml.h"
#include "shop.h"

namespace dragoman::composition {
namespace {

class RequestTemplateTest : public Shop {
 protected:
  RequestTemplateTest() {
    bindings_ = Bind();
    bindings_.variables[scope_.Get("user").number] = Message("User", R"({"id":"u1","displayName":"Ada","age":36,
      "tags":["a","b"],"labels":{"x":"1"},"balance":2.5,"small":"-7","address":{"city":"Bern"},"numbers":[1,-2],
      "state":"SHIPPED","createdAt":"2026-01-02T03:04:05Z","active":true,"zig":"-9","fixed":"9",
      "big":"18446744073709551615"})");
    bindings_.variables[scope_.Get("orders").number] =
        Message("Orders", R"({"orders":[{"id":"o1","shipTo":{"city":"Basel"}},{"id":"o2"}]})");
    bindings_.variables[scope_.Get("path", "user_id").number] = Value::Text("u1");
  }

  static config::Node Yaml(std::string_view text) {
    auto node = config::ParseYaml(text);
    EXPECT_TRUE(node) << text;
    return node ? *node : config::Node();
  }

  // The message as JSON; or each problem of the load, or the error of the encoding.
  std::string Encoded(std::string_view yaml, const std::string& message = "User") {
    problems_.clear();
    const Report report{.file = "d.yaml", .problems = problems_};
    const auto written = RequestTemplate::Compile(Yaml(yaml), Plan(message), scope_, "request", report);
    if (!written) {
      std::string text;
      for (const dragoman::Problem& problem : problems_) {
        text += (text.empty() ? "" : "\n") + problem.where + ": " + problem.what;
      }
      return text;
    }
    bindings_.missing = false;
    Buffer out("before");
    const Status status = written->Encode(bindings_, out);
    if (!status.ok()) {
      EXPECT_EQ(out.view(), "before");
      return std::string(FactsOf(status.reason()).name) + ": " + std::string(status.message());
    }
    return Shown(Value::Message(Plan(message), out.view().substr(6))) + (bindings_.missing ? " missing" : "");
  }

  Bindings bindings_;
};

struct Case {
  std::string_view yaml;
  std::string_view encoded;
};

TEST_F(RequestTemplateTest, WritesMessages) {
  constexpr Case kCases[] = {
      {"{}", "{}"},
      {"{id: \"{path.user_id}\"}", R"({"id":"u1"})"},
      {"{id: 7, displayName: x, age: 5, active: true, state: OPEN, balance: 1.5, photo: AAE=}",
       R"({"id":"7","displayName":"x","age":5,"balance":1.5,"active":true,"photo":"AAE=","state":"OPEN"})"},
      {"{id: \"user {user.id}\", display_name: \"{{x}}\"}", R"({"id":"user u1","displayName":"{x}"})"},
      {"{created_at: \"2026-01-01T00:00:00Z\"}", R"({"createdAt":"2026-01-01T00:00:00Z"})"},
      {"{created_at: \"{user.created_at}\"}", R"({"createdAt":"2026-01-02T03:04:05Z"})"},
      {"{score: \"{user.score}\", age: \"{user.age}\"}", R"({"age":36})"},
      {"{score: \"{user.score ?? 0}\"}", R"({"score":0})"},
      {"{score: null, id: x}", R"({"id":"x"})"},
      {"{age: \"{-3}\", zig: \"{user.small}\", fixed: \"{user.fixed}\", big: \"{user.big}\", small: \"{user.age}\"}",
       R"({"age":-3,"big":"18446744073709551615","small":"36","zig":"-7","fixed":"9"})"},
      {"{balance: \"{user.age}\", ratio: \"{user.balance}\", weights: \"{user.numbers}\"}",
       R"({"balance":36,"ratio":2.5,"weights":[1,-2]})"},
      {"{state: \"{user.state}\"}", R"({"state":"SHIPPED"})"},
      {"{state: \"{user.active ? OPEN : SHIPPED}\"}", R"({"state":"OPEN"})"},
      {"{active: \"{user.age > 3}\"}", R"({"active":true})"},
      {"{address: \"{user.address}\"}", R"({"address":{"city":"Bern"}})"},
      {"{address: {city: \"{user.address.city}\", lines: [a, \"{user.id}\"]}}",
       R"({"address":{"city":"Bern","lines":["a","u1"]}})"},
      {"{address: {city: \"{ads.ads[0]}\"}}", R"({"address":{}} missing)"},
      {"{tags: [a, b, \"{user.id}\"]}", R"({"tags":["a","b","u1"]})"},
      {"{tags: \"{user.tags}\"}", R"({"tags":["a","b"]})"},
      {"{tags: \"{orders.orders[].id}\"}", R"({"tags":["o1","o2"]})"},
      {"{tags: \"{orders.orders[].ship_to.city}\"}", R"({"tags":["Basel"]})"},
      {"{tags: []}", "{}"},
      {"{numbers: [1, \"{user.age}\"]}", R"({"numbers":[1,36]})"},
      {"{labels: {a: x, b: \"{user.id}\", c: \"{user.address.street}\", d: \"{ads.ads[0]}\"}}",
       R"({"labels":{"a":"x","b":"u1","c":""}} missing)"},
      {"{labels: \"{user.labels}\", notes: \"{user.labels}\"}", R"({"labels":{"x":"1"},"notes":{"x":"1"}})"},
      {"{addresses: {7: {city: \"{user.id}\"}, 8: \"{user.address}\"}}",
       R"({"addresses":{"7":{"city":"u1"},"8":{"city":"Bern"}}})"},
      {"{flags: {true: 5}}", R"({"flags":{"true":"5"}})"},
  };
  for (const Case& each : kCases) EXPECT_EQ(Encoded(each.yaml), each.encoded) << each.yaml;
}

TEST_F(RequestTemplateTest, WritesLongNestedMessages) {
  const std::string text(300, 'x');
  EXPECT_EQ(Encoded("{orders: [{id: a, ship_to: {city: " + text + "}, lines: [{item_id: " + text + "}]}, {id: b}]}",
                    "Orders"),
            R"({"orders":[{"id":"a","lines":[{"itemId":")" + text + R"("}],"shipTo":{"city":")" + text +
                R"("}},{"id":"b"}]})");
}

TEST_F(RequestTemplateTest, SaysWhatDoesNotFit) {
  constexpr Case kCases[] = {
      {"[a]", "d.yaml:1:1: request: expected the fields of shop.v1.User, got a list"},
      {"text", "d.yaml:1:1: request: expected the fields of shop.v1.User, got a text"},
      {"{idd: x}", "d.yaml:1:2: request: shop.v1.User has no field \"idd\"; did you mean \"id\"?"},
      {"{id: x, id: y}", "d.yaml:1:9: request: the field \"id\" stands twice"},
      {"{display_name: x, displayName: y}", "d.yaml:1:19: request: the field \"displayName\" stands twice"},
      {"{email: x, address: {}}",
       "d.yaml:1:12: request: \"email\" and \"address\" are members of the oneof \"contact\"; one can be set"},
      {"{id: \"{user.age}\"}", "d.yaml:1:8: request.id: expected a string, got an int32"},
      {"{small: \"{user.id}\"}", "d.yaml:1:11: request.small: expected an int64, got a string"},
      {"{age: \"{user.small}\"}", "d.yaml:1:9: request.age: expected an int32, got an int64"},
      {"{age: x}", "d.yaml:1:7: request.age: expected an int32, got \"x\""},
      {"{age: \"a{user.age}\"}",
       "d.yaml:1:7: request.age: expected an int32, got a string; a text that is more than one expression is a string"},
      {"{age: [1]}", "d.yaml:1:7: request.age: expected an int32, got a list"},
      {"{age: {a: 1}}", "d.yaml:1:7: request.age: expected an int32, got a mapping"},
      {"{age: \"{user.numbers}\"}", "d.yaml:1:9: request.age: expected an int32, got a list of int32"},
      {"{state: SHIPED}",
       "d.yaml:1:9: request.state: expected one of shop.v1.State (UNKNOWN, OPEN, SHIPPED), got \"SHIPED\""},
      {"{state: \"{SHIPED}\"}",
       "d.yaml:1:11: request.state: shop.v1.State has no value \"SHIPED\"; did you mean \"SHIPPED\"?"},
      {"{state: \"{user.id}\"}", "d.yaml:1:11: request.state: expected a shop.v1.State, got a string"},
      {"{address: x}",
       "d.yaml:1:11: request.address: expected a shop.v1.Address, got a string; an expression stands in braces"},
      {"{address: \"{user}\"}", "d.yaml:1:13: request.address: expected a shop.v1.Address, got a shop.v1.User"},
      {"{address: {cty: x}}",
       "d.yaml:1:12: request.address: shop.v1.Address has no field \"cty\"; did you mean \"city\"?"},
      {"{address: {city: \"{user.score ?? null}\"}}",
       "d.yaml:1:20: request.address.city: expected a string, got an int32"},
      {"{address: {lines: [{a: b}]}}", "d.yaml:1:20: request.address.lines[0]: expected a string, got a mapping"},
      {"{tags: x}",
       "d.yaml:1:8: request.tags: expected a list of string, got a string; an expression stands in braces"},
      {"{tags: \"{user.id}\"}", "d.yaml:1:10: request.tags: expected a list of string, got a string"},
      {"{tags: {a: b}}", "d.yaml:1:8: request.tags: expected a list of string, got a mapping"},
      {"{tags: [~]}", "d.yaml:1:9: request.tags[0]: expected a string, got null"},
      {"{tags: [\"{user.tags}\"]}", "d.yaml:1:11: request.tags[0]: expected a string, got a list of string"},
      {"{labels: [a]}", "d.yaml:1:10: request.labels: expected a map of string to string, got a list"},
      {"{labels: \"{user.flags}\"}",
       "d.yaml:1:12: request.labels: expected a map of string to string, got a map of bool to int64"},
      {"{labels: {a: [b]}}", "d.yaml:1:14: request.labels[\"a\"]: expected a string, got a list"},
      {"{addresses: {x: {}}}", "d.yaml:1:14: request.addresses: key: expected an int32, got \"x\""},
      {"{addresses: {1: {}, 01: {}}}", "d.yaml:1:21: request.addresses: the key \"01\" stands twice"},
      {"{id: \"{usr.id}\", tags: \"{user.nme}\"}",
       "d.yaml:1:8: request.id: unknown name \"usr\"; did you mean \"user\"?\n"
       "d.yaml:1:26: request.tags: shop.v1.User has no field \"nme\""},
      {"{id: \"{ {a: 1} }\"}", "d.yaml:1:9: request.id: objects are of answers only"},
  };
  for (const Case& each : kCases) EXPECT_EQ(Encoded(each.yaml), each.encoded) << each.yaml;
}

TEST_F(RequestTemplateTest, RefusesWhatHasNoRoom) {
  EXPECT_EQ(Encoded("{age: \"{int32(user.id)}\"}"), "INVALID_FIELD: request.age: expected an int32, got \"u1\"");
  EXPECT_EQ(Encoded("{address: {lines: [x]}, ratio: \"{1e300}\"}"),
            "INVALID_FIELD: request.ratio: a number that no float has room for");
  bindings_.variables[scope_.Get("path", "user_id").number] = Value::Text("\xFF");
  EXPECT_EQ(Encoded("{id: \"{path.user_id}\"}"), "INVALID_FIELD: request.id: a string is no UTF-8");
  bindings_.variables[scope_.Get("user").number] = Value::Message(Plan("User"), "\x0A");
  EXPECT_EQ(Encoded("{address: {city: \"{user.id}\"}}"),
            "BACKEND_PROTOCOL_ERROR: request.address.city: malformed bytes of shop.v1.User");
}

TEST_F(RequestTemplateTest, KnowsTheCallsThatItUses) {
  const Report report{.file = "d.yaml", .problems = problems_};
  const auto written = RequestTemplate::Compile(
      Yaml("{id: \"{user.id}\", address: {city: \"{ads.ads[0] ?? 'x'}\"}, tags: [\"{path.user_id}\"]}"), Plan("User"),
      scope_, "request", report);
  ASSERT_TRUE(written);
  EXPECT_EQ(written->uses(), SetOf(0) | SetOf(4));
  EXPECT_EQ(written->needs(), SetOf(0));
}

TEST_F(RequestTemplateTest, BoundsTheNesting) {
  const auto nested = [this](int levels) {
    config::Node node;
    node.kind = config::Node::Kind::kMapping;
    for (int i = 1; i < levels; ++i) {
      config::Node outer;
      outer.kind = config::Node::Kind::kMapping;
      outer.entries.push_back({.key = "child", .value = std::move(node)});
      node = std::move(outer);
    }
    const Report report{.file = "d.yaml", .problems = problems_};
    return RequestTemplate::Compile(node, Plan("Tree"), scope_, "r", report).has_value();
  };
  EXPECT_TRUE(nested(32));
  EXPECT_FALSE(nested(33));
  EXPECT_TRUE(Problem().ends_with(".child: nested more than 32 levels deep")) << Problem();
}

TEST_F(RequestTemplateTest, CompilesConstants) {
  const Report report{.file = "d.yaml", .problems = problems_};
  const auto compiled = [&](std::string_view yaml) {
    problems_.clear();
    const std::optional<std::string> wire = CompileConstant(Yaml(yaml), Plan("Ads"), "calls.ads.default", report);
    return wire ? Shown(Value::Message(Plan("Ads"), *wire)) : Problem();
  };
  EXPECT_EQ(compiled("{ads: []}"), "{}");
  EXPECT_EQ(compiled("{ads: [a, \"{upper('b')}\"]}"), R"({"ads":["a","B"]})");
  EXPECT_EQ(compiled("~"), "{}");
  EXPECT_EQ(compiled("{ads: [\"{user.id}\"]}"), "d.yaml:1:10: calls.ads.default.ads[0]: unknown name \"user\"");
  EXPECT_EQ(compiled("{ad: []}"),
            "d.yaml:1:2: calls.ads.default: shop.v1.Ads has no field \"ad\"; did you mean \"ads\"?");
}

}  // namespace
}  // namespace dragoman::composition
