#include "explain/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "auth/api_keys.h"
#include "tests/explain/fixture.h"

namespace dragoman::explain {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kKeys =
    // SHA-256 of "key-of-mobile".
    "authentication: {api_keys: {in: [{header: x-api-key}, {query: key}]}}\n"
    "consumers: {mobile: {tier: gold, scopes: [orders.read], keys: [{sha256: KEY}]}}\n";

// The fixture's keys as the configuration has them.
std::string Keys() {
  std::string text(kKeys);
  text.replace(text.find("KEY"), 3, RenderHex(auth::Sha256Of("key-of-mobile")));
  return text;
}

struct Golden {
  std::string_view name;
  std::string more;
  Question question;
};

std::vector<Golden> Goldens() {
  const std::string policies =
      "policies:\n"
      "  - {methods: [shop.v1.Orders/*], authorize: {scopes: [orders.read], fields: {user_id: consumer.name}}, rate_limits: [per-client]}\n"
      "  - methods: [shop.v1.Users/*]\n"
      "    authorize: {scopes: [users.read]}\n"
      "    headers: {request: {set: {x-tenant: acme}, remove: [accept-language]}, response: {set: {cache-control: no-store}, security: true}}\n";
  const std::string limits = "rate_limits: {per-client: {limits: [{rate: 10/s, burst: 20}], tiers: {gold: [{rate: 100/s}]}}}\n";
  return {
      {"get.txt", "", {"GET", "/v1/items/grinder?full=true", {}, "", "127.0.0.1"}},
      {"patch.txt", "forward_headers: [x-app]\nquery: {ignore: [\"utm_*\"]}\n",
       {"PATCH",
        "/v1/items/grinder?validate_only=true&utm_source=mail",
        {{"Accept-Language", "de"}, {"X-App", "mobile"}, {"X-Other", "1"}, {"grpc-timeout", "2S"}, {"user-agent", "curl/7.88.1"}},
        R"({"title": "Tea", "price": {"units": "9007199254740993"}, "tags": ["a", "b"]})",
        "192.0.2.7"}},
      {"unknown.txt", "", {"GET", "/v1/itmes/grinder", {}, "", "127.0.0.1"}},
      {"wrong_method.txt", "", {"PUT", "/v1/items/grinder", {}, "{}", "127.0.0.1"}},
      {"escape.txt", "", {"GET", "/v1/items/%zz", {}, "", "127.0.0.1"}},
      {"broken_json.txt", "", {"PATCH", "/v1/items/grinder", {}, "{\n  \"title\": \"Tea\",\n  \"price\": {\"units\": 1,}\n}", "127.0.0.1"}},
      {"watch.txt", "", {"GET", "/v1/items/grinder:watch", {}, "", "127.0.0.1"}},
      {"import.txt", "", {"POST", "/v1/items:import", {}, "{\"id\":\"a\"}\n{\"id\":\"b\"}\n{\"id\":\"c\"}\n{\"id\":\"d\"}\n{\"id\":\"e\"}\n", "127.0.0.1"}},
      {"orders.txt", Keys() + limits + policies, {"GET", "/v1/users/mobile/orders", {{"x-api-key", "key-of-mobile"}}, "", "127.0.0.1"}},
      {"orders_of_others.txt", Keys() + limits + policies, {"GET", "/v1/users/web/orders?key=key-of-mobile", {}, "", "127.0.0.1"}},
      {"no_credential.txt", Keys() + limits + policies, {"GET", "/v1/users/mobile/orders", {}, "", "127.0.0.1"}},
      {"forbidden.txt", Keys() + limits + policies, {"GET", "/v1/users/7", {{"x-api-key", "key-of-mobile"}, {"accept-language", "de"}}, "", "127.0.0.1"}},
      {"introspection.txt",
       "authentication: {introspection: {url: \"https://issuer.example/introspect\", client_id: gateway, client_secret: not-shown}}\n"
       "policies: [{methods: [\"*\"], authorize: {scopes: [read]}}]\n",
       {"GET", "/v1/items/7", {{"authorization", "Bearer opaque-token"}}, "", "127.0.0.1"}},
      {"page.txt", "cors: {origins: [\"https://app.example\"], credentials: true}\n",
       {"GET", "/v1/items/7", {{"origin", "https://evil.example"}}, "", "127.0.0.1"}},
      {"preflight.txt", "cors: {origins: [\"https://app.example\"]}\n",
       {"OPTIONS", "/v1/items/7", {{"origin", "https://app.example"}, {"access-control-request-method", "PATCH"}}, "", "127.0.0.1"}},
      {"guard.txt", "guard: {deny: [192.0.2.0/24], user_agents: {deny: [\"*sqlmap*\"]}}\n",
       {"GET", "/v1/items/7", {{"user-agent", "sqlmap/1"}}, "", "127.0.0.1"}},
      {"home.txt",
       "compositions:\n"
       "  - name: home\n"
       "    get: \"/v1/home/{user_id}\"\n"
       "    timeout: 800ms\n"
       "    calls:\n"
       "      user: {method: shop.v1.Users/GetUser, request: {id: \"{path.user_id}\"}}\n"
       "      orders: {method: shop.v1.Orders/ListOrders, request: {user_id: \"{user.id}\"}}\n"
       "    response: {name: \"{user.display_name}\", orders: \"{orders.orders}\"}\n",
       {"GET", "/v1/home/7", {}, "", "127.0.0.1"}},
  };
}

// Without the folder of the configuration, which is another one each time.
std::string WithoutFolder(std::string text) {
  constexpr std::string_view kFolder = "/tmp/dragoman-explain-";
  for (size_t at = text.find(kFolder); at != std::string::npos; at = text.find(kFolder)) text.erase(at, text.find('/', at + kFolder.size()) + 1 - at);
  return text;
}

TEST(Explain, TellsWhatAPersonWantsToRead) {
  for (const Golden& golden : Goldens()) {
    const auto generation = BuildShop(golden.more);
    ASSERT_NE(generation, nullptr) << golden.name;
    const std::string text = WithoutFolder(RenderText(Told(*generation, golden.question)));
    EXPECT_EQ(text, GoldenOf(golden.name, text)) << golden.name;
  }
}

TEST(Explain, IsShownInTheReadme) {
  std::ifstream in(DRAGOMAN_SOURCE_DIR "/src/explain/README.md");
  const std::string readme(std::istreambuf_iterator<char>(in), {});
  const auto generation = BuildShop(Goldens()[1].more);
  ASSERT_NE(generation, nullptr);
  EXPECT_THAT(readme, HasSubstr("```\n" + RenderText(Told(*generation, Goldens()[1].question)) + "```\n"));
}

TEST(Explain, SaysTheSameInJson) {
  for (const Golden& golden : Goldens()) {
    const auto generation = BuildShop(golden.more);
    ASSERT_NE(generation, nullptr) << golden.name;
    const Explanation told = Told(*generation, golden.question);
    const auto read = ReadExplanation(RenderJson(told));
    ASSERT_TRUE(read.has_value()) << golden.name << ": " << read.error();
    EXPECT_EQ(RenderText(*read), RenderText(told)) << golden.name;
    EXPECT_EQ(RenderJson(*read), RenderJson(told)) << golden.name;
    const auto question = ReadQuestion(RenderJson(golden.question));
    ASSERT_TRUE(question.has_value()) << golden.name << ": " << question.error();
    EXPECT_EQ(RenderJson(*question), RenderJson(golden.question)) << golden.name;
  }
  const auto generation = BuildShop(Goldens()[1].more);
  const std::string json = RenderJson(Told(*generation, Goldens()[1].question));
  EXPECT_EQ(json, GoldenOf("patch.json", json));
}

TEST(Explain, ShowsNoCredential) {
  for (const Golden& golden : Goldens()) {
    const auto generation = BuildShop(golden.more);
    ASSERT_NE(generation, nullptr) << golden.name;
    const Explanation told = Told(*generation, golden.question);
    for (const std::string& text : {RenderText(told), RenderJson(told)}) {
      for (const char* secret : {"key-of-mobile", "opaque-token", "not-shown"}) EXPECT_THAT(text, Not(HasSubstr(secret))) << golden.name;
    }
  }
}

TEST(Explain, ChangesNothing) {
  const auto generation = BuildShop(
      "rate_limits: {once: {key: [{literal: all}], limits: [{quota: 1/h}]}}\n"
      "policies: [{methods: [\"*\"], rate_limits: [once]}]\nguard: {deny: [192.0.2.0/24]}\n");
  ASSERT_NE(generation, nullptr);
  for (int i = 0; i < 5; ++i) {
    const Explanation told = Told(*generation, {"GET", "/v1/items/7", {}, "", "127.0.0.1"});
    EXPECT_EQ(told.answer.kind, "call");
    ASSERT_EQ(told.limits.size(), 1u);
    EXPECT_EQ(told.limits[0].key, "everybody together");
    EXPECT_EQ(Told(*generation, {"GET", "/v1/items/7", {}, "", "192.0.2.9"}).answer.reason, "ADDRESS_DENIED");
  }
}

TEST(Explain, KnowsWhatTheGatewayServesByItself) {
  const auto generation = BuildShop("openapi: {}\n");
  ASSERT_NE(generation, nullptr);
  EXPECT_EQ(Told(*generation, {"GET", "/openapi.json", {}, "", "127.0.0.1"}).answer.message, "the gateway's own OpenAPI document");
  EXPECT_EQ(Told(*generation, {"GET", "/docs?x", {}, "", "127.0.0.1"}).answer.message, "the gateway's own page that shows the API");
  const auto status = [&](const std::string& http_method, const std::string& target) {
    return Told(*generation, {http_method, target, {}, "", "127.0.0.1"}).answer.status;
  };
  EXPECT_EQ(status("GET", "/docs/page.css"), 200u);
  EXPECT_EQ(status("GET", "/docs/"), 307u);
  EXPECT_EQ(status("OPTIONS", "/docs"), 204u);
  EXPECT_EQ(status("PUT", "/docs"), 405u);
  EXPECT_EQ(status("DELETE", "/openapi.json"), 405u);
  EXPECT_EQ(status("GET", "/docs/page.html"), 404u);
  EXPECT_EQ(status("GET", "/openapi.yaml"), 404u);
}

TEST(Explain, RefusesWhatNoRequestCanBe) {
  const auto generation = BuildShop();
  ASSERT_NE(generation, nullptr);
  struct Case {
    Question question;
    std::string_view error;
  };
  const Case cases[] = {
      {{"GET", "/a\r\nx: 1", {}, "", "127.0.0.1"}, "the path holds a line break"},
      {{"GET", "", {}, "", "127.0.0.1"}, "the path is empty"},
      {{"GET /", "/a", {}, "", "127.0.0.1"}, "expected an HTTP method, got \"GET /\""},
      {{"", "/a", {}, "", "127.0.0.1"}, "expected an HTTP method, got \"\""},
      {{"GET", "/a", {{"x", "1\nhost: b"}}, "", "127.0.0.1"}, "header \"x\" holds a line break"},
      {{"GET", "/a", {}, "", "somewhere"}, "the client: expected an address such as 192.0.2.7, got \"somewhere\""},
  };
  for (const Case& c : cases) {
    const auto told = Explain(*generation, c.question);
    ASSERT_FALSE(told.has_value()) << c.error;
    EXPECT_EQ(told.error(), c.error);
  }
}

// What HTTP itself, the bounds and hostile input come to.
TEST(Explain, AnswersHostileInputAsTheGatewayDoes) {
  const auto generation = BuildShop("limits: {max_body_bytes: 1KiB, max_request_line_bytes: 256B, max_header_bytes: 1KiB, max_json_depth: 8}\n");
  ASSERT_NE(generation, nullptr);
  const std::string deep(20, '[');
  struct Case {
    Question question;
    uint64_t status;
    std::string_view stage;
    std::string_view message;
  };
  const Case cases[] = {
      {{"GET", "/v1/items/" + std::string(300, 'a'), {}, "", "127.0.0.1"}, 414, "http", "the request line is longer than 256 bytes"},
      {{"GET", "/v1/items/7", {{"x", std::string(2000, 'a')}}, "", "127.0.0.1"}, 431, "http", "the headers are longer than 1024 bytes"},
      {{"GET", "/v1/items/7", {{"bad name", "1"}}, "", "127.0.0.1"}, 400, "http", "*"},
      {{"GET", "/v1/a b", {}, "", "127.0.0.1"}, 400, "http", "*"},
      {{"CONNECT", "/v1/items/7", {}, "", "127.0.0.1"}, 405, "http", "HTTP method CONNECT is not served"},
      {{"GET", "ftp://shop.example/v1", {}, "", "127.0.0.1"}, 404, "route", "*"},
      {{"GET", "shop.example/v1/items", {}, "", "127.0.0.1"}, 400, "http", "the request target is neither a path nor an http URL"},
      {{"PATCH", "/v1/items/7", {}, std::string(2000, ' '), "127.0.0.1"}, 413, "message", "the body is larger than 1024 bytes"},
      {{"PATCH", "/v1/items/7", {}, "{\"tags\": " + deep + "}", "127.0.0.1"}, 400, "message", "*"},
      {{"PATCH", "/v1/items/7", {{"content-type", "text/xml"}}, "<a/>", "127.0.0.1"}, 415, "message", "*"},
      {{"PATCH", "/v1/items/7", {{"content-encoding", "gzip"}}, "no gzip", "127.0.0.1"}, 400, "message", "the body is not the gzip that its content-encoding says"},
      {{"GET", "/v1/items/7", {}, "{\"id\": 1}", "127.0.0.1"}, 400, "message", "*"},
      {{"GET", "/v1/items/7?version=abc", {}, "", "127.0.0.1"}, 400, "message", "*"},
      {{"GET", "/v1/items/7?ful=1", {}, "", "127.0.0.1"}, 400, "message", R"(query parameter "ful": shop.v1.GetItemRequest has no field "ful"; did you mean "full"?)"},
      {{"GET", "/v1/items/7", {{"grpc-timeout", "soon"}}, "", "127.0.0.1"}, 400, "deadline", "*"},
      {{"GET", "/v1/items/7", {{"baggage", "caf\xC3\xA9"}}, "", "127.0.0.1"}, 400, "headers", "*"},
      {{"POST", "/v1/items:import", {}, "{\"id\":\"a\"}\n{\"id\":1}\n", "127.0.0.1"}, 400, "message", "*"},
  };
  for (const Case& c : cases) {
    const Explanation told = Told(*generation, c.question);
    EXPECT_EQ(told.answer.kind, "refused") << c.question.target;
    EXPECT_EQ(told.answer.status, c.status) << c.question.target << ": " << told.answer.message;
    EXPECT_EQ(told.answer.stage, c.stage) << c.question.target << ": " << told.answer.message;
    if (c.message != "*") {
      EXPECT_EQ(told.answer.message, c.message);
    }
    EXPECT_THAT(told.answer.body, HasSubstr("\"reason\":\"" + told.answer.reason + "\"")) << c.question.target;
  }
}

TEST(Explain, ReadsQuestionsThatAreNone) {
  struct Case {
    std::string_view json;
    std::string_view error;
  };
  const Case cases[] = {
      {"", "line 1, column 1: The document is empty."},
      {"{\n  \"target\": /v1}", "line 2, column 13: Invalid value."},
      {"[]", "the whole: expected an object"},
      {"{\"target\": 7}", "target: expected a text"},
      {"{\"headers\": {}}", "headers: expected a list"},
      {"{\"headers\": [[\"a\"]]}", "headers: expected pairs of a name and a value"},
      {"{\"headers\": [[\"a\", 1]]}", "headers: expected a text"},
      {"{\"body_base64\": \"?\"}", "body_base64: expected base64"},
      {"{\"taget\": \"/\"}", "there is no member \"taget\""},
  };
  for (const Case& c : cases) {
    const auto question = ReadQuestion(c.json);
    ASSERT_FALSE(question.has_value()) << c.json;
    EXPECT_EQ(question.error(), c.error);
  }
  std::string nested(100'000, '[');
  EXPECT_FALSE(ReadQuestion(nested).has_value());
  const auto bytes = ReadQuestion(RenderJson(Question{"POST", "/a", {}, std::string("\xFF\x00z", 3), "::1"}));
  ASSERT_TRUE(bytes.has_value()) << bytes.error();
  EXPECT_EQ(bytes->body, std::string("\xFF\x00z", 3));
  EXPECT_EQ(ReadQuestion("{\"target\": \"/a\", \"body\": \"{}\"}")->http_method, "POST");
}

TEST(Explain, MovesNoCursor) {
  const auto generation = BuildShop();
  ASSERT_NE(generation, nullptr);
  const Explanation told = Told(*generation, {"GET", "/v1/items/%1B%5B2J%0A", {{"x-a", "\x1b[31m\x7f"}}, "", "127.0.0.1"});
  EXPECT_THAT(RenderText(told), Not(HasSubstr("\x1b")));
  EXPECT_THAT(RenderText(told, Color::kTerminal), HasSubstr("\x1b[1mrequest\x1b[0m\n"));
}

}  // namespace
}  // namespace dragoman::explain
