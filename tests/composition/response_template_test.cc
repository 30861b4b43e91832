#include "composition/response_template.h"

#include <gmock/gmock.h>
#include <rapidjson/document.h>

#include <random>

#include "config/yaml.h"
#include "shop.h"

namespace dragoman::composition {
namespace {

using transcoding::JsonWriteOptions;

class ResponseTemplateTest : public Shop {
 protected:
  ResponseTemplateTest() {
    Set("user", Message("User", R"({"id":"u1","displayName":"Ada","age":36,"tags":["a","b"],"labels":{"x":"1"},
      "createdAt":"2026-01-01T00:00:00Z","balance":2.5,"big":"18446744073709551615","small":"-7","active":true,
      "address":{"city":"Bern","street":"Gasse"},"photo":"+w==","ratio":0.1,"numbers":[1,-2],
      "addresses":{"7":{"city":"Bern","street":"Gasse"}},"state":"SHIPPED"})"));
    Set("orders", Message("Orders", R"({"orders":[
      {"id":"o1","state":"SHIPPED","total":"10","lines":[{"itemId":"i1","quantity":2},{"itemId":"i2"}],
       "shipTo":{"city":"Bern"},"states":["OPEN","SHIPPED"]},
      {"id":"o2","lines":[{"itemId":"i3"}]},
      {"id":"o3"}]})"));
    Set("items", List({List({Message("Item", R"({"id":"i1","name":"One"})"), Value()}),
                       List({Message("Item", R"({"id":"i3","name":"Three"})")}), List({})}));
    Set("parcels", List({Message("Parcel", R"({"carrier":"Post"})"), Value(), Value()}));
    Set("path", "user_id", Value::Text("u1"));
  }

  void Set(const std::string& name, Value value) { SetNumber(scope_.Get(name).number, value); }
  void Set(const std::string& root, const std::string& name, Value value) {
    SetNumber(scope_.Get(root, name).number, value);
  }
  void SetNumber(size_t number, Value value) {
    if (variables_.size() <= number) variables_.resize(number + 1);
    variables_[number] = value;
  }

  // `response`, and what stands in `merge`, of the YAML text.
  std::optional<ResponseTemplate> CompileYaml(std::string_view yaml, const std::vector<std::string>& merge = {}) {
    problems_.clear();
    config::Composition composition;
    for (const std::string& text : merge) composition.merge.push_back(Quoted(text));
    if (!yaml.empty()) {
      const auto node = config::ParseYaml(yaml);
      if (!node) {
        ADD_FAILURE() << yaml << ": " << node.error().what;
        return std::nullopt;
      }
      composition.response = *node;
    }
    return ResponseTemplate::Compile(composition, scope_, options_, {.file = "d.yaml", .problems = problems_});
  }

  // The answer, with braces; what is wrong with the template, or with what it was to write.
  std::string Answered(std::string_view yaml, const std::vector<std::string>& merge = {},
                       std::optional<std::string> fields = std::nullopt) {
    const std::optional<ResponseTemplate> compiled = CompileYaml(yaml, merge);
    if (!compiled) return AllProblems();
    return Rendered(*compiled, fields);
  }
  std::string Rendered(const ResponseTemplate& compiled, const std::optional<std::string>& fields = std::nullopt) {
    ResponseTemplate::SelectionPtr selection;
    if (fields) {
      Result<ResponseTemplate::SelectionPtr> selected = compiled.Select(*fields);
      if (!selected) return Outcome(selected.error());
      selection = *std::move(selected);
      uses_ = compiled.uses(selection.get());
    }
    Bindings bindings = Bind();
    std::copy(variables_.begin(), variables_.end(), bindings.variables.begin());
    Buffer out("{");
    const Status status = compiled.Render(bindings, selection.get(), codec_, options_, out, max_bytes_);
    EXPECT_TRUE(bindings.indices.empty());
    missing_ = bindings.missing;
    if (!status.ok()) {
      EXPECT_EQ(out.view(), "{");
      return Outcome(status);
    }
    out.Append('}');
    rapidjson::Document document;
    document.Parse(out.data(), out.size());
    EXPECT_FALSE(document.HasParseError()) << out.view();
    return std::string(out.view());
  }
  static std::string Outcome(const Status& status) {
    return std::string(FactsOf(status.reason()).name) + ": " + std::string(status.message());
  }
  std::string AllProblems() const {
    std::string text;
    for (const auto& problem : problems_) {
      text += (text.empty() ? "" : " | ") + problem.where + ": " + problem.what;
    }
    return text;
  }

  JsonWriteOptions options_{.emit_defaults = false};
  std::vector<Value> variables_;
  CallSet uses_ = 0;
  bool missing_ = false;
  size_t max_bytes_ = kMaxAnswerBytes;
};

struct Case {
  std::string_view response;
  std::string_view answer;
};

TEST_F(ResponseTemplateTest, PlacesRenamesAndNests) {
  constexpr Case kCases[] = {
      {R"({})", R"({})"},
      {R"({user: {name: "{user.display_name}", since: "{user.created_at}"}})",
       R"({"user":{"name":"Ada","since":"2026-01-01T00:00:00Z"}})"},
      {R"({text: "Hello {user.display_name}", plain: Hello, "qu\"ote": 1})",
       R"({"text":"Hello Ada","plain":"Hello","qu\"ote":1})"},
      {R"({a: 1, b: -2.5e3, c: true, d: null, e: ~, f: "1", g: 01, h: 1., i: .5, j: "null", k: 1e5, l: yes})",
       R"({"a":1,"b":-2.5e3,"c":true,"d":null,"e":null,"f":"1","g":"01","h":"1.","i":".5","j":"null","k":1e5,"l":"yes"})"},
      {R"({braces: "{{x}}", deep: {a: {b: {c: "{user.age}"}}}, list: [1, "{user.id}", {x: "{user.age}"}, []]})",
       R"({"braces":"{x}","deep":{"a":{"b":{"c":36}}},"list":[1,"u1",{"x":36},[]]})"},
      {R"({big: "{user.big}", small: "{user.small}", balance: "{user.balance}", ratio: "{user.ratio}", photo: "{user.photo}",
           state: "{user.state}", active: "{user.active}", is: "{user.age > 30}", tags: "{user.tags}", numbers: "{user.numbers}"})",
       R"({"big":"18446744073709551615","small":"-7","balance":2.5,"ratio":0.1,"photo":"+w==","state":"SHIPPED","active":true,)"
       R"("is":true,"tags":["a","b"],"numbers":[1,-2]})"},
      {R"({labels: "{user.labels}", addresses: "{user.addresses}", one: "{user.addresses[7].city}"})",
       R"({"labels":{"x":"1"},"addresses":{"7":{"street":"Gasse","city":"Bern"}},"one":"Bern"})"},
      {R"({address: "{user.address}", orders: "{orders.orders[].id}", first: "{orders.orders[0].lines}", flat: "{flatten(orders.orders[].lines[].item_id)}"})",
       R"({"address":{"street":"Gasse","city":"Bern"},"orders":["o1","o2","o3"],)"
       R"("first":[{"itemId":"i1","quantity":2},{"itemId":"i2"}],"flat":["i1","i2","i3"]})"},
      {R"("{user.address}")", R"({"street":"Gasse","city":"Bern"})"},
      {R"("{{a: user.id}}")", R"(d.yaml:1:1: response: expected a message or an object, got "{a: user.id}")"},
      {R"({a: "", b: "{''}"})", R"({"a":"","b":""})"},
      {R"("{ {a: user.id, b: {c: 1}} }")", R"({"a":"u1","b":{"c":1}})"},
  };
  for (const Case& c : kCases) EXPECT_EQ(Answered(c.response), c.answer) << c.response;
}

TEST_F(ResponseTemplateTest, JoinsAndLeavesOut) {
  constexpr Case kCases[] = {
      {R"({a: "{user.address + {zip: 1}}"})", R"({"a":{"street":"Gasse","city":"Bern","zip":1}})"},
      {R"({a: "{ {zip: 1} + user.address}"})", R"({"a":{"zip":1,"street":"Gasse","city":"Bern"}})"},
      {R"({a: "{user.address - {street}}"})", R"({"a":{"city":"Bern"}})"},
      {R"({a: "{user.address - {street} + {zip: user.age}}"})", R"({"a":{"city":"Bern","zip":36}})"},
      // Members that turn out empty, at either end and in the middle.
      {R"({a: "{ads + user.address + {n: user.score} + {z: 1}}", b: "{ads}"})",
       R"({"a":{"street":"Gasse","city":"Bern","z":1}})"},
      {R"({a: "{ {n: user.score} + {m: user.score} }", b: "{user.score}", c: 1})", R"({"a":{},"c":1})"},
      {R"({a: "{has(user.score) ? {score: user.score} : {none: true}}"})", R"({"a":{"none":true}})"},
      {R"({a: "{has(user.score) ? {score: user.score} : null}", b: 2})", R"({"b":2})"},
      {R"({a: "{ads ?? {ads: 'none'}}"})", R"({"a":{"ads":"none"}})"},
      {R"({a: "{user.address ?? {ads: 'none'}}"})", R"({"a":{"street":"Gasse","city":"Bern"}})"},
      {R"({a: "{[{x: 1}, {y: 2}]}"})", R"({"a":[{"x":1},{"y":2}]})"},
  };
  for (const Case& c : kCases) EXPECT_EQ(Answered(c.response), c.answer) << c.response;
}

TEST_F(ResponseTemplateTest, AttachesResultsWhereTheyBelong) {
  constexpr Case kCases[] = {
      {R"({orders: "{orders.orders[] - {lines, ship_to, states, total, state} + {items: items, parcel: parcels}}"})",
       R"({"orders":[{"id":"o1","items":[{"id":"i1","name":"One"},null],"parcel":{"carrier":"Post"}},)"
       R"({"id":"o2","items":[{"id":"i3","name":"Three"}]},{"id":"o3","items":[]}]})"},
      {R"({orders: "{orders.orders[] => {id: each.id, lines: each.lines[] + {item: items}}}"})",
       R"({"orders":[{"id":"o1","lines":[{"itemId":"i1","quantity":2,"item":{"id":"i1","name":"One"}},{"itemId":"i2"}]},)"
       R"({"id":"o2","lines":[{"itemId":"i3","item":{"id":"i3","name":"Three"}}]},{"id":"o3","lines":[]}]})"},
      {R"({lines: "{orders.orders[].lines[] => {q: each.quantity, n: items.name}}"})",
       R"({"lines":[[{"q":2,"n":"One"},{"q":0}],[{"q":0,"n":"Three"}],[]]})"},
      {R"({items: "{items}", names: "{items[][].name}"})",
       R"({"items":[[{"id":"i1","name":"One"},null],[{"id":"i3","name":"Three"}],[]],"names":[["One",null],["Three"],[]]})"},
      // Of an element that is absent no object is made, but another value may stand for it.
      {R"({p: "{parcels[] + {x: 1}}", q: "{parcels[] => {c: each.carrier}}", r: "{parcels[] => each.carrier ?? 'none'}"})",
       R"({"p":[{"carrier":"Post","x":1},null,null],"q":[{"c":"Post"},null,null],"r":["Post","none","none"]})"},
      // Lists of objects go through more than once.
      {R"({o: "{(orders.orders[] => {id: each.id}) + {p: parcels} + {n: size(items)}}"})",
       R"({"o":[{"id":"o1","p":{"carrier":"Post"},"n":2},{"id":"o2","n":1},{"id":"o3","n":0}]})"},
      {R"({o: "{orders.orders[].lines[] - {quantity} + {n: items.name}}"})",
       R"({"o":[[{"itemId":"i1","n":"One"},{"itemId":"i2"}],[{"itemId":"i3","n":"Three"}],[]]})"},
      {R"({o: "{(orders.orders[] => (each.lines[] => {id: each.item_id})) + {n: items.name}}"})",
       R"({"o":[[{"id":"i1","n":"One"},{"id":"i2"}],[{"id":"i3","n":"Three"}],[]]})"},
      {R"({p: "{parcels[] => (each ?? {none: true})}"})", R"({"p":[{"carrier":"Post"},{"none":true},{"none":true}]})"},
  };
  for (const Case& c : kCases) EXPECT_EQ(Answered(c.response), c.answer) << c.response;
}

TEST_F(ResponseTemplateTest, MergesWholeReplies) {
  EXPECT_EQ(Answered("", {"{user.address - {lines}}", "{orders.orders[2]}"}),
            R"({"street":"Gasse","city":"Bern","id":"o3"})");
  EXPECT_EQ(Answered(R"({n: 1, e: "{ads}"})", {"{ads}", "{user.address - {city}}"}), R"({"street":"Gasse","n":1})");
  EXPECT_EQ(Answered("", {"{ads}"}), "{}");
  EXPECT_EQ(Answered(R"({id: 1, x: 2})", {"{user}", "{orders.orders[0]}"}),
            R"(d.yaml:1:1: the answer has "id" twice: of merge[0] (d.yaml:1:1) and of merge[1] (d.yaml:1:1) | )"
            R"(d.yaml:1:1: the answer has "state" twice: of merge[0] (d.yaml:1:1) and of merge[1] (d.yaml:1:1) | )"
            R"(d.yaml:1:1: the answer has "id" twice: of merge[0] (d.yaml:1:1) and of response (d.yaml:1:1))");
  EXPECT_EQ(Answered(R"({_errors: 1})"),
            R"(d.yaml:1:1: the answer has "_errors" twice: of what tells which parts are missing (errors_key) and of )"
            R"(response (d.yaml:1:1))");
  // Names collide as they are spelled.
  EXPECT_EQ(Answered(R"({display_name: 1})", {"{user - {labels, addresses, photo}}"}).substr(0, 29),
            R"({"id":"u1","displayName":"Ada)");
  options_.preserve_proto_names = true;
  EXPECT_EQ(Answered(R"({display_name: 1})", {"{user}"}),
            R"(d.yaml:1:1: the answer has "display_name" twice: of merge[0] (d.yaml:1:1) and of response (d.yaml:1:1))");
  EXPECT_EQ(Answered(R"({line: "{orders.orders[0].lines[1]}"})"), R"({"line":{"item_id":"i2"}})");
}

TEST_F(ResponseTemplateTest, RefusesTemplatesThatCannotBe) {
  const struct {
    std::string response;
    std::string problem;
  } cases[] = {
      {"[1]", "d.yaml:1:1: response: expected a message or an object, got a [1]"},
      {"5", "d.yaml:1:1: response: expected a message or an object, got 5"},
      {R"("{user.age}")", "d.yaml:1:1: response: expected a message or an object, got an int32"},
      {R"("{orders.orders}")", "d.yaml:1:1: response: expected a message or an object, got a list of shop.v1.Order"},
      {R"("{orders.orders[] + {a: 1}}")",
       "d.yaml:1:1: response: expected a message or an object, got a list of shop.v1.Order + {a: 1}"},
      {R"("{user.created_at}")",
       "d.yaml:1:1: response: expected a message or an object, got a google.protobuf.Timestamp"},
      {R"("{user.labels}")", "d.yaml:1:1: response: expected a message or an object, got a map of string to string"},
      {"{a: 1, b: 2, a: 3}", R"(d.yaml:1:14: the member "a" stands twice: also in line 1)"},
      {"{name: {user.display_name}}", R"(d.yaml:1:9: an expression stands in quotes: "{user.display_name}")"},
      {R"({a: "{user.agee}", b: "{usr.id}"})", R"(d.yaml:1:7: shop.v1.User has no field "agee"; did you mean "age"? | )"
                                              R"(d.yaml:1:25: unknown name "usr"; did you mean "user"?)"},
      {R"({a: "{first(orders.orders[] => {x: 1})}"})",
       "d.yaml:1:5: an object that an expression has made cannot be taken apart again: it only goes into the answer"},
  };
  for (const auto& c : cases) EXPECT_EQ(Answered(c.response), c.problem) << c.response;
}

TEST_F(ResponseTemplateTest, TellsWhatCannotBeWritten) {
  Set("user", Value::Message(Plan("User"), std::string_view("\x12\x01\xff", 3)));  // display_name: no UTF-8
  EXPECT_EQ(Answered(R"({x: 1, user: {name: "{user.display_name}"}})"),
            "REPLY_NOT_RENDERABLE: user.name: the string is not valid UTF-8");
  EXPECT_EQ(Answered(R"({x: 1, list: [1, "{user}"]})"),
            "REPLY_NOT_RENDERABLE: list[1]: the reply has no JSON: displayName: the string is not valid UTF-8");
  EXPECT_EQ(Answered(R"({x: 1, user: "{user - {display_name}}"})"), R"({"x":1,"user":{}})");
  Set("orders", Value::Message(Plan("Orders"), std::string_view("\x0a\x09", 2)));
  EXPECT_EQ(Answered(R"({o: "{orders.orders}"})"),
            "BACKEND_PROTOCOL_ERROR: o: the reply is no such message: orders: malformed bytes");
  EXPECT_EQ(Answered(R"({n: "{int32(user.id)}"})").substr(0, 17), "INVALID_FIELD: n:");
}

TEST_F(ResponseTemplateTest, IsBounded) {
  // A whole reply in each of the elements of another.
  const std::optional<ResponseTemplate> compiled =
      CompileYaml(R"({tags: "{user.tags[] => {t: each, all: orders}}"})");
  ASSERT_TRUE(compiled) << AllProblems();
  const std::string whole = Rendered(*compiled);
  max_bytes_ = whole.size() - 2;
  EXPECT_EQ(Rendered(*compiled), whole);
  for (--max_bytes_; max_bytes_ > 0; --max_bytes_) {
    EXPECT_THAT(Rendered(*compiled), testing::AllOf(testing::StartsWith("RESPONSE_TOO_LARGE: "),
                                                    testing::EndsWith("the answer is larger than the gateway lets through")));
  }
}

TEST_F(ResponseTemplateTest, KnowsWhatIsMissing) {
  EXPECT_EQ(Answered(R"({u: "{user.id}"})"), R"({"u":"u1"})");
  EXPECT_FALSE(missing_);
  EXPECT_EQ(Answered(R"({a: "{ads.ads}"})"), "{}");
  EXPECT_TRUE(missing_);
  EXPECT_EQ(Answered(R"({a: "{ads ?? {none: 1}}"})", {"{ads ?? {nothing: 1}}"}), R"({"nothing":1,"a":{"none":1}})");
  EXPECT_FALSE(missing_);
}

TEST_F(ResponseTemplateTest, WritesWhatIsSelected) {
  constexpr std::string_view kResponse = R"({
    user: {name: "{user.display_name}", address: "{user.address}", where: "{user.addresses}"},
    orders: "{orders.orders[] - {total} + {items: items, parcel: parcels}}",
    raw: "{orders.orders}", list: [{x: "{user.age}"}, {y: 2}], ads: "{ads}",
    either: "{has(parcels[0]) ? {a: parcels[0], b: 1} : {c: user.age}}"})";
  constexpr CallSet kUser = SetOf(0);
  constexpr CallSet kOrders = SetOf(1);
  constexpr CallSet kItems = SetOf(2);
  constexpr CallSet kParcels = SetOf(3);
  constexpr CallSet kAds = SetOf(4);
  const struct {
    std::string fields;
    std::string_view answer;
    CallSet uses;
  } cases[] = {
      {"user.name", R"({"user":{"name":"Ada"}})", kUser},
      {"user.address.city", R"({"user":{"address":{"city":"Bern"}}})", kUser},
      {"user.where.street,user.name", R"({"user":{"name":"Ada","where":{"7":{"street":"Gasse"}}}})", kUser},
      {"orders.id", R"({"orders":[{"id":"o1"},{"id":"o2"},{"id":"o3"}]})", kOrders},
      {"orders.items.name,orders.id",
       R"({"orders":[{"id":"o1","items":[{"name":"One"},null]},{"id":"o2","items":[{"name":"Three"}]},{"id":"o3","items":[]}]})",
       kOrders | kItems},
      {"orders.lines.itemId",
       R"({"orders":[{"lines":[{"itemId":"i1"},{"itemId":"i2"}]},{"lines":[{"itemId":"i3"}]},{}]})", kOrders},
      {"orders.parcel", R"({"orders":[{"parcel":{"carrier":"Post"}},{},{}]})", kOrders | kParcels},
      {"raw.ship_to.city", R"({"raw":[{"shipTo":{"city":"Bern"}},{},{}]})", kOrders},
      {"list.y", R"({"list":[{},{"y":2}]})", 0},
      {"ads", "{}", kAds},
      {"ads.ads", "{}", kAds},
      {"either.b", R"({"either":{"b":1}})", kParcels},
      {"either.c", R"({"either":{}})", kParcels | kUser},
      {"user.name,user", R"({"user":{"name":"Ada","address":{"street":"Gasse","city":"Bern"},"where":{"7":{"street":"Gasse","city":"Bern"}}}})", kUser},
      {"user,user.name", R"({"user":{"name":"Ada","address":{"street":"Gasse","city":"Bern"},"where":{"7":{"street":"Gasse","city":"Bern"}}}})", kUser},
      {"_errors", "{}", 0},
      {"_errors,user.name", R"({"user":{"name":"Ada"}})", kUser},
  };
  const std::optional<ResponseTemplate> compiled = CompileYaml(kResponse);
  ASSERT_TRUE(compiled) << AllProblems();
  for (const auto& c : cases) {
    EXPECT_EQ(Rendered(*compiled, c.fields), c.answer) << c.fields;
    EXPECT_EQ(uses_, c.uses) << c.fields;
  }
  EXPECT_EQ(compiled->uses(nullptr), kUser | kOrders | kItems | kParcels | kAds);
}

TEST_F(ResponseTemplateTest, SelectsInWhatIsMerged) {
  const std::optional<ResponseTemplate> compiled =
      CompileYaml(R"({extra: {a: 1}})", {"{user - {photo}}", "{parcels[0]}"});
  ASSERT_TRUE(compiled) << AllProblems();
  EXPECT_EQ(Rendered(*compiled, "displayName,carrier"), R"({"displayName":"Ada","carrier":"Post"})");
  EXPECT_EQ(Rendered(*compiled, "display_name,extra.a"), R"({"displayName":"Ada","extra":{"a":1}})");
  EXPECT_EQ(uses_, SetOf(0));
  EXPECT_EQ(Rendered(*compiled, "photo"), R"(INVALID_REQUEST: fields: the answer has no "photo")");
}

TEST_F(ResponseTemplateTest, RefusesSelectionsOfWhatThereIsNot) {
  const std::optional<ResponseTemplate> compiled =
      CompileYaml(R"({user: {name: "{user.display_name}", since: "{user.created_at}"}, orders: "{orders.orders[] + {items: items}}"})");
  ASSERT_TRUE(compiled) << AllProblems();
  std::string many = "user";
  for (size_t i = 1; i < 64; ++i) many += ",user";
  std::string deep = "user";
  for (size_t i = 0; i < 16; ++i) deep += ".a";
  const struct {
    std::string fields;
    std::string_view refusal;
  } cases[] = {
      {"usre", R"(fields: the answer has no "usre"; did you mean "user"?)"},
      {"zzz", R"(fields: the answer has no "zzz")"},
      {"user.nmae", R"(fields: user has no "nmae"; did you mean "name"?)"},
      {"user.name.x", "fields: user.name has no members"},
      {"user.since.seconds", "fields: user.since has no members"},
      {"orders.lnes", R"(fields: orders has no "lnes"; did you mean "lines"?)"},
      {"orders.lines.itemid.x", R"(fields: orders: shop.v1.Line has no field "itemid"; did you mean "item_id"?)"},
      {"orders.id.x", R"(fields: orders: field "id" of shop.v1.Order has no fields)"},
      {"orders.items.nme", R"(fields: orders.items has no "nme"; did you mean "name"?)"},
      {"", R"(fields: the answer has no "")"},
      {"user,,orders", R"(fields: the answer has no "")"},
      {"user.", R"(fields: user has no "")"},
      {"user, orders", R"(fields: the answer has no " orders"; did you mean "orders"?)"},
      {many + ",user", "fields: more than 64 paths"},
      {deep, "fields: more than 16 names in one path"},
  };
  for (const auto& c : cases) EXPECT_EQ(Rendered(*compiled, c.fields), "INVALID_REQUEST: " + std::string(c.refusal)) << c.fields;
  EXPECT_EQ(Rendered(*compiled, many).substr(0, 8), R"({"user":)");
}

TEST_F(ResponseTemplateTest, DescribesItself) {
  const std::optional<ResponseTemplate> compiled = CompileYaml(
      R"({user: {name: "{user.display_name}", n: 1}, orders: "{orders.orders[] - {lines} + {items: items}}",
          lines: "{orders.orders[].lines[] => {q: each.quantity}}", either: "{has(ads) ? {a: 1} : {b: [1, 2]}}"})",
      {"{orders - {orders}}"});
  ASSERT_TRUE(compiled) << AllProblems();
  std::string text;
  for (const auto& [name, type] : compiled->Describe()) text += name + ": " + type + "\n";
  EXPECT_EQ(text,
            "next: string\n"
            "user: {name: string, n: 1}\n"
            "orders: list of shop.v1.Order - {lines} + {items: list of shop.v1.Item}\n"
            "lines: list of lists of {q: int32}\n"
            "either: {a: 1} or {b: list of int32}\n");
}

TEST_F(ResponseTemplateTest, EveryResultIsAtItsIndex) {
  constexpr uint32_t kSeed = 20261129;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937 random(kSeed);
  const auto below = [&](uint32_t bound) { return static_cast<uint32_t>(random() % bound); };
  const std::optional<ResponseTemplate> compiled = CompileYaml(
      R"({orders: "{orders.orders[] => {id: each.id, parcel: parcels, all: items, lines: each.lines[] + {item: items}}}"})");
  ASSERT_TRUE(compiled) << AllProblems();
  for (int i = 0; i < 500 && !HasFailure(); ++i) {
    std::string orders;
    std::vector<Value> parcels;
    std::vector<Value> items;
    for (uint32_t order = 0, count = below(5); order < count; ++order) {
      const std::string id = std::to_string(order);
      std::string lines;
      std::vector<Value> of_order;
      for (uint32_t line = 0, lines_count = below(5); line < lines_count; ++line) {
        const std::string name = id + "/" + std::to_string(line);
        lines += (line == 0 ? "" : ",") + (R"({"itemId":")" + name + "\"}");
        of_order.push_back(below(3) == 0 ? Value() : Message("Item", R"({"name":")" + name + "\"}"));
      }
      orders += (order == 0 ? "" : ",") + (R"({"id":")" + id + R"(","lines":[)" + lines + "]}");
      parcels.push_back(below(3) == 0 ? Value() : Message("Parcel", R"({"carrier":")" + id + "\"}"));
      items.push_back(List(of_order));
    }
    Set("orders", Message("Orders", R"({"orders":[)" + orders + "]}"));
    Set("parcels", List(parcels));
    Set("items", List(items));
    const std::string answer = Rendered(*compiled);
    rapidjson::Document document;
    document.Parse(answer.data(), answer.size());
    const auto& list = document["orders"];
    ASSERT_EQ(list.Size(), parcels.size());
    for (rapidjson::SizeType order = 0; order < list.Size(); ++order) {
      const auto& shown = list[order];
      const std::string id = std::to_string(order);
      EXPECT_EQ(shown["id"].GetString(), id);
      ASSERT_EQ(shown.HasMember("parcel"), !parcels[order].absent()) << answer;
      if (shown.HasMember("parcel")) {
        EXPECT_EQ(shown["parcel"]["carrier"].GetString(), id);
      }
      const auto of_order = items[order].items;
      ASSERT_EQ(shown["lines"].Size(), of_order.size());
      ASSERT_EQ(shown["all"].Size(), of_order.size());
      for (rapidjson::SizeType line = 0; line < of_order.size(); ++line) {
        const std::string name = id + "/" + std::to_string(line);
        EXPECT_EQ(shown["lines"][line]["itemId"].GetString(), name);
        ASSERT_EQ(shown["lines"][line].HasMember("item"), !of_order[line].absent()) << answer;
        ASSERT_EQ(shown["all"][line].IsNull(), of_order[line].absent()) << answer;
        if (of_order[line].absent()) continue;
        EXPECT_EQ(shown["lines"][line]["item"]["name"].GetString(), name);
        EXPECT_EQ(shown["all"][line]["name"].GetString(), name);
      }
    }
  }
}

}  // namespace
}  // namespace dragoman::composition
