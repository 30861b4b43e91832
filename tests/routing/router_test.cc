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
