#include "routing/router.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "google/api/annotations.pb.h"
#include "transcoding/message_plan.h"
#include "transcoding/schema.h"

namespace dragoman::routing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Two services of a shop, one of them without annotations, and the health service.
constexpr std::string_view kShop = R"(
  file {
    name: "shop/v1/catalog.proto" package: "shop.v1" syntax: "proto3" dependency: "google/api/annotations.proto"
    message_type {
      name: "Item"
      field { name: "id" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
      field { name: "part" number: 2 type: TYPE_MESSAGE type_name: ".shop.v1.Item" label: LABEL_OPTIONAL }
      field { name: "tags" number: 3 type: TYPE_STRING label: LABEL_REPEATED }
    }
    service {
      name: "Catalog"
      method {
        name: "GetItem" input_type: ".shop.v1.Item" output_type: ".shop.v1.Item"
        options { [google.api.http] {
          get: "/v1/items/{id}"
          additional_bindings { get: "/v1/{id=parts/*}" response_body: "part" }
          additional_bindings { custom { kind: "*" path: "/v1/items/{id}:any" } body: "*" }
        } }
      }
      method {
        name: "PutItem" input_type: ".shop.v1.Item" output_type: ".shop.v1.Item"
        options { [google.api.http] { put: "/v1/items/{id}" body: "part" } }
      }
      method { name: "Reindex" input_type: ".shop.v1.Item" output_type: ".shop.v1.Item" }
      method {
        name: "Watch" input_type: ".shop.v1.Item" output_type: ".shop.v1.Item" server_streaming: true
        options { [google.api.http] { get: "/v1/watch" } }
      }
      method { name: "Upload" input_type: ".shop.v1.Item" output_type: ".shop.v1.Item" client_streaming: true }
      method {
        name: "Chat" input_type: ".shop.v1.Item" output_type: ".shop.v1.Item"
        client_streaming: true server_streaming: true
      }
    }
  }
  file {
    name: "shop/v1/sub/plain.proto" package: "shop.v1.sub" syntax: "proto3" dependency: "shop/v1/catalog.proto"
    service {
      name: "Plain"
      method { name: "One" input_type: ".shop.v1.Item" output_type: ".shop.v1.Item" }
      method { name: "Two" input_type: ".shop.v1.Item" output_type: ".shop.v1.Item" }
    }
  }
  file {
    name: "health.proto" package: "grpc.health.v1" syntax: "proto3" dependency: "shop/v1/catalog.proto"
    service {
      name: "Health"
      method { name: "Check" input_type: ".shop.v1.Item" output_type: ".shop.v1.Item" }
    }
  })";

// A schema and its plans, from a FileDescriptorSet as text.
struct Protos {
  explicit Protos(std::string_view text) : schema(Load(text)), plans(schema) {}

  static transcoding::Schema Load(std::string_view text) {
    google::protobuf::FileDescriptorSet set;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(std::string(text), &set));
    transcoding::SchemaBuilder builder;
    builder.Add("shop.pb", set.SerializeAsString());
    auto built = std::move(builder).Build();
    EXPECT_TRUE(built.has_value()) << built.error()[0].what;
    return std::move(built).value();
  }

  transcoding::Schema schema;
  transcoding::PlanSet plans;
};

const Protos& Shop() {
  static const Protos* shop = new Protos(kShop);
  return *shop;
}

config::Position Line(int line) { return {.file = "dragoman.yaml", .line = line, .column = 5}; }

config::Service Service(std::string name, config::Expose expose = config::Expose::kDefault,
                        std::string backend = "shop") {
  return {.name = std::move(name), .backend = std::move(backend), .expose = expose, .at = {}};
}

// A rule for a method: `get: "/path"`.
config::HttpRule Rule(std::string selector, std::string http_method, std::string path, std::string body = "") {
  return {.selector = std::move(selector),
          .http_method = std::move(http_method),
          .path = std::move(path),
          .body = std::move(body),
          .response_body = {},
          .additional_bindings = {},
          .at = {}};
}

// The entries stand on the lines 10, 11, …, the rules on 20, 21, ….
config::Config Configuration(std::vector<config::Service> services, std::vector<config::HttpRule> rules = {}) {
  config::Config config;
  config.backends = {{.name = "shop", .endpoints = {}, .at = {}}, {.name = "other", .endpoints = {}, .at = {}}};
  config.services = std::move(services);
  config.http_rules = std::move(rules);
  for (size_t i = 0; i < config.services.size(); ++i) config.services[i].at = Line(10 + static_cast<int>(i));
  for (size_t i = 0; i < config.http_rules.size(); ++i) config.http_rules[i].at = Line(20 + static_cast<int>(i));
  return config;
}

Router Build(const config::Config& config, const Protos& protos = Shop()) {
  auto router = BuildRouter(config, protos.schema, protos.plans);
  if (!router) {
    ADD_FAILURE() << router.error()[0].where << ": " << router.error()[0].what;
    std::abort();
  }
  return std::move(router).value();
}

// "dragoman.yaml:10:5: what is wrong", of each problem.
std::vector<std::string> ProblemsOf(const config::Config& config, const Protos& protos = Shop()) {
  const auto router = BuildRouter(config, protos.schema, protos.plans);
  std::vector<std::string> texts;
  if (router) return texts;
  for (const Problem& problem : router.error()) texts.push_back(problem.where + ": " + problem.what);
  return texts;
}

// "GET /v1/items/{id} shop.v1.Catalog/GetItem", of each route.
std::vector<std::string> RoutesOf(const Router& router) {
  std::vector<std::string> texts;
  for (const Route& route : router.routes()) texts.push_back(route.http_method + " " + route.path + " " + route.rpc);
  return texts;
}

std::vector<std::string> UnroutedOf(const Router& router) {
  std::vector<std::string> texts;
  for (const Unrouted& unrouted : router.unrouted()) texts.push_back(unrouted.rpc + ": " + unrouted.why);
  return texts;
}

// --- Building --------------------------------------------------------------------------------------------------------

TEST(BuildRouter, JoinsAnnotationsInMatchingOrder) {
  const Router router = Build(Configuration({Service("shop.v1.Catalog")}));
  EXPECT_THAT(
      RoutesOf(router),
      ElementsAre("* /v1/items/{id}:any shop.v1.Catalog/GetItem", "GET /v1/items/{id} shop.v1.Catalog/GetItem",
                  "PUT /v1/items/{id} shop.v1.Catalog/PutItem", "GET /v1/{id=parts/*} shop.v1.Catalog/GetItem",
                          "GET /v1/watch shop.v1.Catalog/Watch"));
  const Route& put = router.routes()[2];
  EXPECT_EQ(put.method->full_name(), "shop.v1.Catalog.PutItem");
  EXPECT_EQ(put.grpc_path, "/shop.v1.Catalog/PutItem");
  EXPECT_EQ(put.backend, 0u);
  EXPECT_EQ(put.body, "part");
  EXPECT_EQ(put.origin, "annotation of shop.v1.Catalog.PutItem");
  EXPECT_TRUE(put.request.accepts_body());
  EXPECT_EQ(router.routes()[3].response_body, "part");
  EXPECT_FALSE(router.routes()[3].request.accepts_body());
}

TEST(BuildRouter, ListsEveryMethodWithoutARouteAndWhy) {
  EXPECT_THAT(UnroutedOf(Build(Configuration({Service("shop.v1.Catalog")}))),
              ElementsAre("shop.v1.Catalog/Reindex: no google.api.http annotation and no entry in http_rules",
                          "shop.v1.Catalog/Upload: no google.api.http annotation and no entry in http_rules",
                          "shop.v1.Catalog/Chat: no google.api.http annotation and no entry in http_rules"));
}

TEST(BuildRouter, SaysWhatStreams) {
  const Router router = Build(Configuration({Service("shop.v1.Catalog", config::Expose::kAll)}));
  std::vector<std::string> streaming;
  for (const Route& route : router.routes()) {
    EXPECT_EQ(route.streaming.any(), !route.streaming.text().empty());
    if (route.streaming.any()) streaming.push_back(route.path + " " + std::string(route.streaming.text()));
  }
  EXPECT_THAT(streaming, ::testing::UnorderedElementsAre("/v1/watch replies", "/shop.v1.Catalog/Watch replies",
                                                         "/shop.v1.Catalog/Upload requests", "/shop.v1.Catalog/Chat both"));
  for (const Rpc& rpc : router.rpcs()) {
    EXPECT_EQ(rpc.streaming.requests, rpc.method->client_streaming()) << rpc.name;
    EXPECT_EQ(rpc.streaming.replies, rpc.method->server_streaming()) << rpc.name;
  }
}

TEST(BuildRouter, ExposesAllMethodsOfAServiceWithoutAnnotations) {
  const Router router = Build(Configuration({Service("shop.v1.sub.Plain")}));
  EXPECT_THAT(RoutesOf(router), ElementsAre("POST /shop.v1.sub.Plain/One shop.v1.sub.Plain/One",
                                            "POST /shop.v1.sub.Plain/Two shop.v1.sub.Plain/Two"));
  EXPECT_EQ(router.routes()[0].body, "*");
  EXPECT_EQ(router.routes()[0].origin, "expose: all");
  EXPECT_THAT(router.unrouted(), IsEmpty());
}

TEST(BuildRouter, ExposeSaysWhatIsExposed) {
  EXPECT_THAT(RoutesOf(Build(Configuration({Service("shop.v1.sub.Plain", config::Expose::kAnnotated)}))), IsEmpty());
  const Router all = Build(Configuration({Service("shop.v1.Catalog", config::Expose::kAll)}));
  EXPECT_THAT(
      RoutesOf(all),
      ElementsAre("* /v1/items/{id}:any shop.v1.Catalog/GetItem", "POST /shop.v1.Catalog/Chat shop.v1.Catalog/Chat",
                  "POST /shop.v1.Catalog/GetItem shop.v1.Catalog/GetItem",
                  "POST /shop.v1.Catalog/PutItem shop.v1.Catalog/PutItem",
                  "POST /shop.v1.Catalog/Reindex shop.v1.Catalog/Reindex",
                  "POST /shop.v1.Catalog/Upload shop.v1.Catalog/Upload",
                  "POST /shop.v1.Catalog/Watch shop.v1.Catalog/Watch", "GET /v1/items/{id} shop.v1.Catalog/GetItem",
                  "PUT /v1/items/{id} shop.v1.Catalog/PutItem", "GET /v1/{id=parts/*} shop.v1.Catalog/GetItem",
                  "GET /v1/watch shop.v1.Catalog/Watch"));
}

TEST(BuildRouter, AnEntryOfHttpRulesCountsAsAnnotation) {
  const Router router =
      Build(Configuration({Service("shop.v1.sub.Plain")}, {Rule("shop.v1.sub.Plain.One", "GET", "/one")}));
  EXPECT_THAT(RoutesOf(router), ElementsAre("GET /one shop.v1.sub.Plain/One"));
  EXPECT_THAT(UnroutedOf(router),
              ElementsAre("shop.v1.sub.Plain/Two: no google.api.http annotation and no entry in http_rules"));
}

TEST(BuildRouter, HttpRulesReplaceAllAnnotationsOfTheirMethod) {
  config::HttpRule rule = Rule("shop.v1.Catalog.GetItem", "GET", "/a/{id}");
  rule.additional_bindings = {Rule("shop.v1.Catalog.GetItem", "LOCK", "/c/{id}")};
  rule.additional_bindings[0].at = Line(99);
  const Router router =
      Build(Configuration({Service("shop.v1.Catalog")}, {rule, Rule("shop.v1.Catalog.GetItem", "POST", "/b", "*")}));
  EXPECT_THAT(RoutesOf(router),
              ElementsAre("GET /a/{id} shop.v1.Catalog/GetItem", "POST /b shop.v1.Catalog/GetItem",
                          "LOCK /c/{id} shop.v1.Catalog/GetItem", "PUT /v1/items/{id} shop.v1.Catalog/PutItem",
                          "GET /v1/watch shop.v1.Catalog/Watch"));
  EXPECT_EQ(router.routes()[0].origin, "dragoman.yaml:20:5");
  EXPECT_EQ(router.routes()[1].origin, "dragoman.yaml:21:5");
  EXPECT_EQ(router.routes()[2].origin, "dragoman.yaml:99:5");
}

TEST(BuildRouter, AnExactNameBeatsTheLongestPrefix) {
  const auto backends = [](std::vector<config::Service> services) {
    std::vector<std::string> texts;
    const Router router = Build(Configuration(std::move(services)));
    for (const Route& route : router.routes()) {
      const std::string text = route.method->service()->name() + "=" + std::to_string(route.backend);
      if (texts.empty() || texts.back() != text) texts.push_back(text);
    }
    return texts;
  };
  EXPECT_THAT(backends({Service("*"), Service("shop.v1.sub.*", {}, "other")}),
              ElementsAre("Catalog=0", "Plain=1", "Catalog=0"));
  EXPECT_THAT(backends({Service("shop.v1.sub.*", {}, "other"), Service("shop.*"), Service("shop.v1.sub.Plain")}),
              ElementsAre("Catalog=0", "Plain=0", "Catalog=0"));
  EXPECT_THAT(backends({Service("shop.v1.*")}), ElementsAre("Catalog=0", "Plain=0", "Catalog=0"));
}

TEST(BuildRouter, WildcardsNeverCoverHealthAndReflection) {
  EXPECT_THAT(RoutesOf(Build(Configuration({Service("grpc.health.v1.Health")}))),
              ElementsAre("POST /grpc.health.v1.Health/Check grpc.health.v1.Health/Check"));
  const Router router = Build(Configuration({Service("*")}));
  for (const Route& route : router.routes()) EXPECT_EQ(route.rpc.substr(0, 5), "shop.");
  for (const Unrouted& unrouted : router.unrouted()) EXPECT_EQ(unrouted.rpc.substr(0, 5), "shop.");
  EXPECT_THAT(ProblemsOf(Configuration({Service("grpc.health.*")})),
              ElementsAre("dragoman.yaml:10:5: services: \"grpc.health.*\" fits only services that must be named in "
                          "full, such as grpc.health.v1.Health"));
}

TEST(BuildRouter, ReportsEveryProblemOfServices) {
  EXPECT_THAT(
      ProblemsOf(
          Configuration({Service("shop.v1.*"), Service("shop.v1.*"), Service("shop.v1.Catlog"), Service("shop.v2.*"),
                         Service("nothing.like.it"), Service("shop.v1.Catalog", {}, "shp")})),
      ElementsAre("dragoman.yaml:11:5: services: \"shop.v1.*\" stands here for the second time; the first is at "
                  "dragoman.yaml:10:5",
                  "dragoman.yaml:12:5: services: the descriptors have no service \"shop.v1.Catlog\"; did you mean "
                  "\"shop.v1.Catalog\"?",
                  "dragoman.yaml:13:5: services: the descriptors have no service \"shop.v2.*\"; did you mean "
                  "\"shop.v1.*\"?",
                  "dragoman.yaml:14:5: services: the descriptors have no service \"nothing.like.it\"",
                  "dragoman.yaml:15:5: services: there is no backend \"shp\""));
}

TEST(BuildRouter, ReportsSelectorsThatSelectNothing) {
  EXPECT_THAT(
      ProblemsOf(Configuration({Service("shop.v1.Catalog")},
                               {Rule("shop.v1.Catalog.GetItm", "GET", "/a"), Rule("no.such", "GET", "/b"),
                                Rule("shop.v1.sub.Plain.One", "GET", "/c")})),
      ElementsAre("dragoman.yaml:20:5: http_rules: the descriptors have no method \"shop.v1.Catalog.GetItm\"; did "
                  "you mean \"shop.v1.Catalog.GetItem\"?",
                  "dragoman.yaml:21:5: http_rules: the descriptors have no method \"no.such\"",
                  "dragoman.yaml:22:5: http_rules: shop.v1.sub.Plain.One is not served: no entry of services "
                  "covers shop.v1.sub.Plain"));
}

TEST(BuildRouter, ReportsEveryProblemOfRules) {
  const std::string one = "shop.v1.sub.Plain.One";
  config::HttpRule nested = Rule(one, "GET", "/n");
  nested.additional_bindings = {Rule(one, "GET", "/n2")};
  nested.additional_bindings[0].at = Line(99);
  nested.additional_bindings[0].additional_bindings = {Rule(one, "GET", "/n3")};
  config::HttpRule response_body = Rule(one, "GET", "/r");
  response_body.response_body = "prt";
  EXPECT_THAT(
      ProblemsOf(Configuration(
          {Service("shop.v1.sub.Plain")},
          {Rule(one, "GET", "/v1/{id"), Rule(one, "GE T", "/a"), Rule(one, "", ""), Rule(one, "GET", "/{idd}"),
           Rule(one, "GET", "/{tags}"), Rule(one, "POST", "/b", "prt"), response_body, nested})),
      ElementsAre("dragoman.yaml:22:5: the rule has no path; expected one of get, put, post, delete, patch, custom",
                  "dragoman.yaml:99:5: additional_bindings must not have additional_bindings of their own",
                  "dragoman.yaml:20:5: shop.v1.sub.Plain.One: path template \"/v1/{id\", column 8: expected '.', '=' "
                  "or '}', got the end",
                  "dragoman.yaml:21:5: shop.v1.sub.Plain.One: custom kind: expected an HTTP method or *, got \"GE T\"",
                  ::testing::StartsWith("dragoman.yaml:23:5: shop.v1.sub.Plain.One: GET /{idd}: "),
                  ::testing::StartsWith("dragoman.yaml:24:5: shop.v1.sub.Plain.One: GET /{tags}: "),
                  ::testing::StartsWith("dragoman.yaml:25:5: shop.v1.sub.Plain.One: POST /b: body: "),
                  ::testing::StartsWith("dragoman.yaml:26:5: shop.v1.sub.Plain.One: GET /r: response_body: ")));
}

TEST(BuildRouter, ReportsEveryProblemOfAnnotations) {
  const Protos protos(R"(
    file {
      name: "a.proto" package: "a" syntax: "proto3" dependency: "google/api/annotations.proto"
      message_type { name: "M" field { name: "id" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL } }
      service {
        name: "S"
        method { name: "Empty" input_type: ".a.M" output_type: ".a.M" options { [google.api.http] { body: "*" } } }
        method {
          name: "Nested" input_type: ".a.M" output_type: ".a.M"
          options { [google.api.http] {
            get: "/n" additional_bindings { get: "/n2" additional_bindings { get: "/n3" } }
          } }
        }
        method { name: "Syntax" input_type: ".a.M" output_type: ".a.M" options { [google.api.http] { get: "/a/" } } }
      }
    })");
  EXPECT_THAT(
      ProblemsOf(Configuration({Service("a.S")}), protos),
      ElementsAre("annotation of a.S.Empty (a.proto): the rule has no path; expected one of get, put, post, "
                  "delete, patch, custom",
                  "annotation of a.S.Nested (a.proto): additional_bindings must not have additional_bindings "
                  "of their own",
                  "annotation of a.S.Syntax (a.proto): path template \"/a/\", column 4: expected a segment, got "
                  "the end"));
}

TEST(BuildRouter, NamesBothRulesOfAClash) {
  EXPECT_THAT(
      ProblemsOf(Configuration({Service("shop.v1.*")}, {Rule("shop.v1.Catalog.Reindex", "PUT", "/v1/{id=items/*}"),
                                                        Rule("shop.v1.sub.Plain.One", "GET", "/x/{id}"),
                                                        Rule("shop.v1.sub.Plain.Two", "GET", "/x/*")})),
      ElementsAre("dragoman.yaml:20:5: shop.v1.Catalog.Reindex: PUT /v1/{id=items/*} matches the same requests as PUT "
                  "/v1/items/{id} of annotation of shop.v1.Catalog.PutItem (shop/v1/catalog.proto)",
                  "dragoman.yaml:22:5: shop.v1.sub.Plain.Two: GET /x/* matches the same requests as GET /x/{id} of "
                  "shop.v1.sub.Plain.One (dragoman.yaml:21:5)"));
}

TEST(BuildRouter, NamesAllRulesOfAClashOnce) {
  EXPECT_THAT(ProblemsOf(Configuration({Service("shop.v1.sub.Plain")}, {Rule("shop.v1.sub.Plain.One", "GET", "/x/{id}"),
                                                                       Rule("shop.v1.sub.Plain.Two", "GET", "/x/*"),
                                                                       Rule("shop.v1.sub.Plain.Two", "GET", "/x/{id}")})),
              ElementsAre("dragoman.yaml:20:5: shop.v1.sub.Plain.One: GET /x/{id} matches the same requests as 2 other "
                          "rules:\n"
                          "    GET /x/* of shop.v1.sub.Plain.Two (dragoman.yaml:21:5)\n"
                          "    GET /x/{id} of shop.v1.sub.Plain.Two (dragoman.yaml:22:5)"));
}

TEST(BuildRouter, ARuleMaySpellOutWhatExposeAllAdds) {
  const Router router = Build(Configuration({Service("shop.v1.sub.Plain", config::Expose::kAll)},
                                            {Rule("shop.v1.sub.Plain.One", "POST", "/shop.v1.sub.Plain/One", "part")}));
  EXPECT_THAT(RoutesOf(router), ElementsAre("POST /shop.v1.sub.Plain/One shop.v1.sub.Plain/One",
                                            "POST /shop.v1.sub.Plain/Two shop.v1.sub.Plain/Two"));
  EXPECT_EQ(router.routes()[0].body, "part");
}

// --- Requests --------------------------------------------------------------------------------------------------------

class RouterTest : public ::testing::Test {
 protected:
  // "PUT /v1/items/{id} [7]", or "none".
  std::string Find(std::string_view http_method, std::string_view target) {
    const bool found = router_.Find(http_method, target, match_);
    EXPECT_EQ(found, match_.route != nullptr);
    if (!found) return match_.captures.empty() ? "none" : "none, but captures";
    std::string text = match_.route->http_method + " " + match_.route->path;
    for (const std::string_view capture : match_.captures) text += " [" + std::string(capture) + "]";
    return text;
  }

  Router router_ = Build(Configuration({Service("shop.v1.Catalog")}));
  Match match_;  // reused from request to request
};

TEST_F(RouterTest, FindsTheRouteOfATarget) {
  EXPECT_EQ(Find("GET", "/v1/items/7"), "GET /v1/items/{id} [7]");
  EXPECT_EQ(Find("GET", "/v1/items/a%2Fb/?view=full&x=/v1/parts"), "GET /v1/items/{id} [a%2Fb]");
  EXPECT_EQ(Find("HEAD", "/v1/items/7?"), "GET /v1/items/{id} [7]");
  EXPECT_EQ(Find("PUT", "/v1/items/7"), "PUT /v1/items/{id} [7]");
  EXPECT_EQ(Find("GET", "/v1/parts/9"), "GET /v1/{id=parts/*} [parts/9]");
  EXPECT_EQ(Find("BREW", "/v1/items/7:any"), "* /v1/items/{id}:any [7]");
  EXPECT_EQ(Find("GET", "/v1/items/7:other"), "GET /v1/items/{id} [7:other]");
}

TEST_F(RouterTest, FindsNothingWhereNoneFits) {
  for (const std::string_view target : {"/", "", "*", "/v1/items", "/v1/items/", "v1/items/7", "?", "#",
                                        "/v1/items/7#x", "/v1/items/7?a=b#x", "http://host/v1/items/7", "/v1/watches"}) {
    EXPECT_EQ(Find("GET", target), "none") << target;
  }
  EXPECT_EQ(Find("POST", "/v1/items/7"), "none");
  EXPECT_EQ(Find("", "/v1/items/7"), "none");
  EXPECT_EQ(Find("get", "/v1/items/7"), "none");
}

TEST_F(RouterTest, FindsForAWebSocketWhateverTheHttpMethod) {
  const std::string item = "shop.v1.Catalog.GetItem";
  const std::string put = "shop.v1.Catalog.PutItem";
  const std::string upload = "shop.v1.Catalog.Upload";
  const std::string chat = "shop.v1.Catalog.Chat";
  const std::string watch = "shop.v1.Catalog.Watch";
  config::Config config = Configuration(
      {Service("shop.v1.Catalog")},
      {Rule(item, "GET", "/a/{id}"), Rule(chat, "POST", "/a/{id}", "*"), Rule(put, "DELETE", "/b"), Rule(put, "PUT", "/b", "*"),
       Rule(chat, "POST", "/c", "*"), Rule(upload, "PUT", "/c", "*"), Rule(watch, "GET", "/f"), Rule(upload, "PUT", "/f", "*"), Rule(put, "LOCK", "/d"), Rule(item, "*", "/e")});
  config.compositions.push_back({.name = "home", .http_method = "GET", .path = "/home"});
  const Router router = Build(config);
  struct Case {
    const char* name;
    const char* target;
    const char* found;
  };
  const Case kCases[] = {
      {"one that streams, before GET", "/a/7", "POST /a/{id} [7]"},
      {"one that streams requests, before one that streams replies", "/f", "PUT /f"},
      {"the first of the usual ones", "/b", "PUT /b"},
      {"the first of those that stream", "/c?x=1", "POST /c"},
      {"a custom one", "/d", "LOCK /d"},
      {"one for any", "/e", "* /e"},
      {"no composition", "/home", "none"},
      {"nothing", "/nowhere", "none"},
  };
  for (const Case& each : kCases) {
    Match match;
    std::string text = router.FindForWebSocket(each.target, match) ? match.route->http_method + " " + match.route->path : "none";
    for (const std::string_view capture : match.captures) text += " [" + std::string(capture) + "]";
    EXPECT_EQ(text, each.found) << each.name;
  }
}

TEST_F(RouterTest, SaysWhichMethodsAPathAllows) {
  EXPECT_EQ(router_.Allow("/v1/items/7?x=y"), "GET, HEAD, PUT, OPTIONS");
  EXPECT_EQ(router_.Allow("/v1/parts/7"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(router_.Allow("/v1/items/7:any"), "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
  EXPECT_EQ(router_.Allow("/nowhere"), "");
}

TEST_F(RouterTest, AllowNamesCustomKindsLast) {
  const std::string one = "shop.v1.sub.Plain.One";
  const Router router = Build(Configuration(
      {Service("shop.v1.sub.*")}, {Rule(one, "UNLOCK", "/a"), Rule(one, "POST", "/a"), Rule(one, "LOCK", "/a"),
                                   Rule(one, "OPTIONS", "/a"), Rule(one, "HEAD", "/b")}));
  EXPECT_EQ(router.Allow("/a"), "POST, LOCK, UNLOCK, OPTIONS");
  EXPECT_EQ(router.Allow("/b"), "HEAD, OPTIONS");
  EXPECT_EQ(router.Allow("*"), "HEAD, POST, LOCK, UNLOCK, OPTIONS");  // of the server as a whole
}

TEST_F(RouterTest, SaysWhyNothingFits) {
  struct Case {
    std::string_view http_method, target, message;
  };
  const Case cases[] = {
      {"GET", "/nowhere/at/all?x=1", "no route for GET \"/nowhere/at/all\""},
      {"GET", "/v1/itms/7", "no route for GET \"/v1/itms/7\"; did you mean GET /v1/items/{id}?"},
      {"GET", "/v1/items/7/x", "no route for GET \"/v1/items/7/x\"; did you mean GET /v1/items/{id}?"},
      {"GET", "/v1/itms/7:any", "no route for GET \"/v1/itms/7:any\"; did you mean /v1/items/{id}:any?"},
      {"GET", "*", "no route: expected a path that begins with '/', got \"*\""},
      {"GET", "", "no route: expected a path that begins with '/', got \"\""},
      {"GET", "/v1/items/7#x", "no route: the path holds a '#'; in a value it is written %23"},
      {"GET", "/\x01\xFF", "no route for GET \"/\\u0001\xEF\xBF\xBD\""},
  };
  for (const Case& c : cases) {
    const Status status = router_.WhyNot(c.http_method, c.target);
    EXPECT_EQ(status.reason(), Reason::kRouteNotFound) << c.target;
    EXPECT_EQ(status.message(), c.message);
    EXPECT_THAT(status.headers(), IsEmpty());
  }
}

TEST_F(RouterTest, RefusesAnotherHttpMethodWithAllow) {
  const Status status = router_.WhyNot("DELETE", "/v1/items/7?x=1");
  EXPECT_EQ(status.reason(), Reason::kMethodNotAllowed);
  EXPECT_EQ(status.http_status(), 405);
  EXPECT_EQ(status.message(), "DELETE is not allowed for \"/v1/items/7\"; allowed: GET, HEAD, PUT, OPTIONS");
  EXPECT_THAT(status.headers(), ElementsAre(std::pair<std::string, std::string>("allow", "GET, HEAD, PUT, OPTIONS")));
}

}  // namespace
}  // namespace dragoman::routing
