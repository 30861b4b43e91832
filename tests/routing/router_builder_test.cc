#include "routing/router.h"

#include <gmock/gmock.h>

#include <string>
#include <string_view>
#include <vector>

#include "router_fixture.h"

namespace dragoman::routing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

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

std::vector<std::string> TextsOf(const Problems& problems) {
  std::vector<std::string> texts;
  for (const Problem& problem : problems) texts.push_back(problem.where + ": " + problem.what);
  return texts;
}

// What shop serves, while `other` has not said what it does.
tl::expected<Router, Problems> BuildWithoutOther(const config::Config& config) {
  return BuildRouter(config, Shop().schema, Shop().plans, {"other"});
}

// A backend that has not said yet what it serves keeps nobody else away.
TEST(BuildRouter, PutsOffWhatNamesDescriptorsThatAreToCome) {
  config::Config config =
      Configuration({Service("shop.v1.sub.Plain"), Service("users.v1.*", config::Expose::kDefault, "other")},
                    {Rule("users.v1.Users.Get", "get", "/v1/users/{id}")});
  config.policies = {{.methods = {{"users.v1.*", Line(30)}, {"users.v1.Users/*", Line(31)}, {"users.*", Line(32)}}}};
  config.compositions = {{.name = "home", .http_method = "GET", .path = "/v1/home", .at = Line(40)},
                         {.name = "one", .http_method = "GET", .path = "/v1/one"}};
  config.compositions[0].calls = {{.name = "one", .method = "shop.v1.sub.Plain/One"},
                                  {.name = "user", .method = "users.v1.Users/Get"}};
  config.compositions[1].calls = {{.name = "one", .method = "shop.v1.sub.Plain/One"}};
  EXPECT_THAT(ProblemsOf(config), ::testing::SizeIs(5));
  const auto router = BuildWithoutOther(config);
  ASSERT_TRUE(router) << router.error()[0].what;
  EXPECT_THAT(RoutesOf(*router), ::testing::UnorderedElementsAre("POST /shop.v1.sub.Plain/One shop.v1.sub.Plain/One",
                                                                 "POST /shop.v1.sub.Plain/Two shop.v1.sub.Plain/Two",
                                                                 "GET /v1/one compositions/one"));
  EXPECT_EQ(router->rpcs().back().composition, 1u);
  EXPECT_THAT(TextsOf(router->put_off()),
              ElementsAre("dragoman.yaml:11:5: services: the descriptors have no service \"users.v1.*\"",
                          "dragoman.yaml:30:5: policies: \"users.v1.*\" selects no method that is served",
                          "dragoman.yaml:31:5: policies: \"users.v1.Users/*\" selects no method that is served",
                          "dragoman.yaml:32:5: policies: \"users.*\" selects no method that is served",
                          "dragoman.yaml:20:5: http_rules: the descriptors have no method \"users.v1.Users.Get\"",
                          "dragoman.yaml:40:5: composition \"home\": the descriptors have no method "
                          "\"users.v1.Users/Get\""));
}

// A package may be split: what names the missing one's service in full is told apart.
TEST(BuildRouter, PutsOffAServiceOfAKnownPackageThatIsGivenToTheMissing) {
  config::Config config =
      Configuration({Service("shop.v1.*"), Service("shop.v1.Orders", config::Expose::kDefault, "other")});
  config.policies = {{.methods = {{"shop.v1.Orders/Get", Line(30)}}}};
  EXPECT_TRUE(BuildWithoutOther(config));
}

TEST(BuildRouter, PutsOffCompositionsOfTypesThatAreToCome) {
  config::Config config =
      Configuration({Service("shop.v1.sub.Plain"), Service("users.v1.*", config::Expose::kDefault, "other")});
  const auto composition = [](const char* name) {
    return config::Composition{.name = name,
                               .http_method = "POST",
                               .path = std::string("/v1/") + name,
                               .calls = {{.name = "one", .method = "shop.v1.sub.Plain/One"}}};
  };
  const config::DeclaredField scalar{.name = "a", .type = "int32"};
  const config::DeclaredField known{.name = "b", .type = "shop.v1.Item"};
  const config::DeclaredField unknown{.name = "c", .type = "users.v1.User"};
  config.compositions = {composition("parameter"), composition("message"), composition("field"), composition("nested"),
                         composition("known")};
  config.compositions[0].parameters = {{.name = "p", .type = "users.v1.Kind"}};
  config.compositions[1].body = {.message = "users.v1.User"};
  config.compositions[2].body = {.fields = {scalar, unknown}};
  config.compositions[3].body = {.fields = {{.name = "d", .fields = {known, {.name = "e", .fields = {unknown}}}}}};
  config.compositions[4].parameters = {{.name = "p"}};
  config.compositions[4].body = {.fields = {scalar, {.name = "d", .fields = {known}}}};
  const auto router = BuildWithoutOther(config);
  ASSERT_TRUE(router) << router.error()[0].what;
  std::vector<std::string> served;
  for (const Rpc& rpc : router->rpcs()) {
    if (rpc.composition) served.push_back(rpc.name);
  }
  EXPECT_THAT(served, ElementsAre("compositions/known"));
  EXPECT_EQ(router->put_off().size(), 5u);
}

// Else a policy that is misspelt would guard nothing, for as long as somebody else is down.
TEST(BuildRouter, StillReportsWhatMayBeMeantForWhatIsServed) {
  const std::vector<config::Service> services = {Service("shop.v1.*"),
                                                 Service("users.v1.*", config::Expose::kDefault, "other")};
  for (const char* selector : {"shop.v1.Catalog/GetItm", "shop.v1.Catalgo/*", "shop.v1.Catalgo/GetItem", "shpo.v1.*",
                               "shop.v2.*", "shpo.v1.Catalog/GetItem"}) {
    config::Config config = Configuration(services);
    config.policies = {{.methods = {{selector, Line(30)}}}};
    const auto router = BuildWithoutOther(config);
    ASSERT_FALSE(router) << selector;
    EXPECT_THAT(TextsOf(router.error()), ElementsAre(::testing::StartsWith("dragoman.yaml:30:5: policies: ")))
        << selector;
    // Nor where the missing one has the names of all.
    for (const char* wide : {"*", "s*", "shop.*"}) {
      config.services[1].name = wide;
      EXPECT_FALSE(BuildWithoutOther(config)) << selector << " " << wide;
    }
  }
  for (const char* selector : {"shop.v1.Catalog.GetItm", "shop.v1.Catalgo.GetItem", "shpo.v1.Catalog.GetItem"}) {
    const auto router = BuildWithoutOther(Configuration(services, {Rule(selector, "get", "/v1/x")}));
    ASSERT_FALSE(router) << selector;
    EXPECT_THAT(TextsOf(router.error()), ElementsAre(::testing::StartsWith("dragoman.yaml:20:5: http_rules: ")))
        << selector;
  }
  const auto router = BuildWithoutOther(Configuration({services[0], services[1], Service("shop.v1.Catalgo")}));
  ASSERT_FALSE(router);
  EXPECT_THAT(TextsOf(router.error()), ElementsAre("dragoman.yaml:12:5: services: the descriptors have no service "
                                                   "\"shop.v1.Catalgo\"; did you mean \"shop.v1.Catalog\"?"));
}

// Nothing is served by it.
TEST(BuildRouter, PutsOffEverythingWhereNothingIsKnown) {
  const transcoding::Schema nothing = transcoding::SchemaBuilder().Build().value();
  const transcoding::PlanSet plans(nothing);
  config::Config config = Configuration({Service("shop.v1.*")}, {Rule("shop.v1.Catalog.GetItem", "get", "/v1/x")});
  config.policies = {{.methods = {{"bank.v1.*", Line(30)}}}};
  const auto router = BuildRouter(config, nothing, plans, {"other"});
  ASSERT_TRUE(router) << router.error()[0].what;
  EXPECT_THAT(RoutesOf(*router), IsEmpty());
}

TEST(BuildRouter, StillReportsWhatNoDescriptorsCanMakeRight) {
  config::Config config =
      Configuration({Service("shop.v1.sub.Plain"), Service("users.v1.*", config::Expose::kDefault, "other")},
                    {Rule("shop.v1.Catalog.GetItem", "get", "/v1/x")});
  config.policies = {{.methods = {{"compositions/nowhere", Line(30)}}}};
  const auto router = BuildWithoutOther(config);
  ASSERT_FALSE(router);
  ASSERT_EQ(router.error().size(), 2u);
  EXPECT_THAT(router.error()[0].what, ::testing::HasSubstr("selects no composition"));
  EXPECT_THAT(router.error()[1].what, ::testing::HasSubstr("is not served"));
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

TEST(BuildRouter, RefusesMethodsThatAreServedToNobody) {
  const std::string one = "shop.v1.sub.Plain.One";
  EXPECT_THAT(ProblemsOf(Configuration({Service("shop.v1.sub.Plain")}, {Rule(one, "TRACE", "/a"), Rule(one, "CONNECT", "/b"), Rule(one, "QUERY", "/c")})),
              ElementsAre("dragoman.yaml:20:5: shop.v1.sub.Plain.One: custom kind: TRACE is served to nobody; expected another HTTP method, or *",
                          "dragoman.yaml:21:5: shop.v1.sub.Plain.One: custom kind: CONNECT is served to nobody; expected another HTTP method, or *"));
}

TEST(BuildRouter, TellsWhereAnAnnotationStands) {
  const Protos protos(R"(
    file {
      name: "a.proto" package: "a" syntax: "proto3" dependency: "google/api/annotations.proto"
      message_type { name: "M" field { name: "id" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL } }
      service {
        name: "S"
        method { name: "One" input_type: ".a.M" output_type: ".a.M" options { [google.api.http] { get: "/a/" } } }
        method { name: "Two" input_type: ".a.M" output_type: ".a.M" options { [google.api.http] { body: "*" } } }
        method { name: "Three" input_type: ".a.M" output_type: ".a.M" options { [google.api.http] { get: "/b" } } }
        method { name: "Four" input_type: ".a.M" output_type: ".a.M" options { [google.api.http] { get: "/b" } } }
      }
      source_code_info {
        location { path: [6, 0, 2, 0, 4, 72295728] span: [9, 4, 60] }
        location { path: [6, 0, 2, 1, 4, 72295728] span: [12, 4, 60] }
        location { path: [6, 0, 2, 2, 4, 72295728] span: [15, 4, 60] }
        location { path: [6, 0, 2, 3] span: [17, 2, 60] }
      }
    })");
  EXPECT_THAT(ProblemsOf(Configuration({Service("a.S")}), protos),
              ElementsAre("a.proto:10:5: a.S.One: path template \"/a/\", column 4: expected a segment, got the end",
                          "a.proto:13:5: a.S.Two: the rule has no path; expected one of get, put, post, delete, patch, custom",
                          "a.proto:18:3: a.S.Four: GET /b matches the same requests as GET /b of a.S.Three (a.proto:16:5)"));
}

TEST(BuildSoundRouter, HasTheRulesThatThereIsNothingWrongWith) {
  const config::Config config = Configuration({Service("shop.v1.*")}, {Rule("shop.v1.Catalog.Reindex", "PUT", "/v1/{id=items/*}"), Rule("shop.v1.sub.Plain.One", "GET", "/x/{id}"),
                                                                      Rule("shop.v1.sub.Plain.Two", "GET", "/x/*"), Rule("shop.v1.sub.Plain.Two", "GET", "/y/"),
                                                                      Rule("shop.v1.sub.Plain.Two", "GET", "/x/{nme}"), Rule("shop.v1.sub.Plain.Two", "GET", "/x/{part.id}")});
  const Protos protos(kShop);
  ASSERT_FALSE(BuildRouter(config, protos.schema, protos.plans));
  const Router router = BuildSoundRouter(config, protos.schema, protos.plans);
  std::vector<std::string> of_rules;
  for (const std::string& route : RoutesOf(router)) {
    if (route.find("/x/") != std::string::npos || route.find("PUT") == 0) of_rules.push_back(route);
  }
  EXPECT_THAT(of_rules, ElementsAre("PUT /v1/items/{id} shop.v1.Catalog/PutItem", "GET /x/{id} shop.v1.sub.Plain/One"));
  Match match;
  ASSERT_TRUE(router.Find("GET", "/x/1", match));
  EXPECT_EQ(match.route->rpc, "shop.v1.sub.Plain/One");
  EXPECT_FALSE(router.Find("GET", "/y", match));
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

}  // namespace
}  // namespace dragoman::routing
