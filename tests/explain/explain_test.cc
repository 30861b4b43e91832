#include "explain/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "auth/api_keys.h"
#include "test_ca.h"
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

// Text of several lines, in YAML.
std::string Quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '\n') {
      quoted += "\\n";
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
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
  EXPECT_THAT(readme, HasSubstr("```\n" + WithoutFolder(RenderText(Told(*generation, Goldens()[1].question))) + "```\n"));
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
  const std::string json = WithoutFolder(RenderJson(Told(*generation, Goldens()[1].question)));
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
      {{"GET", "https://user:secret@shop.example/a", {}, "", "127.0.0.1"}, "the URL holds a user or a password, which clients send as a header: authorization: Basic …"},
      {{"GET", "https:///a", {}, "", "127.0.0.1"}, "the URL names no host: \"https:///a\""},
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
      {{"GET", "ftp://shop.example/v1", {}, "", "127.0.0.1"}, 400, "http", "*"},
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

// As it was given, escaped, and where it breaks.
TEST(Explain, ShowsAHeadThatIsMalformed) {
  const auto generation = BuildShop(Keys());
  ASSERT_NE(generation, nullptr);
  struct Case {
    Question question;
    std::string_view request;  // lines of the text
    std::string_view note;
  };
  const Case cases[] = {
      {{"GET", "/v1/items/a b", {}, "", "127.0.0.1"}, "GET /v1/items/a b\n",
       "malformed at byte 12 of the target, behind \"/v1/items/a\": a blank must be percent-encoded, as %20"},
      {{"GET", "/v1/items/7#top", {}, "", "127.0.0.1"}, "GET /v1/items/7#top\n",
       "malformed at byte 12 of the target, behind \"/v1/items/7\": '#' must be percent-encoded, as %23"},
      {{"GET", "/v1/items/\x1b[2J\xff\xc2\x9b", {}, "", "127.0.0.1"}, "GET /v1/items/\\x1B[2J\\xFF\\xC2\\x9B\n",
       "malformed at byte 11 of the target, behind \"/v1/items/\": byte 0x1B must be percent-encoded, as %1B"},
      {{"GET", "/v1/items/7?key=key-of-mobile&%6bey=key-of-mobile&key=%zz-key-of-mobile&a=b c", {}, "", "127.0.0.1"},
       "GET /v1/items/7?key=(hidden)&%6bey=(hidden)&key=(hidden)&a=b c\n",
       "malformed at byte 76 of the target, behind \"/v1/items/7?key=(hidden)&%6bey=(hidden)&key=(hidden)&a=b\": a blank must be percent-encoded, as %20"},
      {{"GE(T", "/v1/items/7", {}, "", "127.0.0.1"}, "GE(T /v1/items/7\n", "the HTTP method has '(' at byte 3, which no method has"},
      {{"GET", "/v1/items/7", {{"bad name", "1"}}, "", "127.0.0.1"}, "GET /v1/items/7\n", "the name of header \"bad name\" has a blank at byte 4, which no name has"},
      {{"GET", "shop.example/v1", {}, "", "127.0.0.1"}, "GET shop.example/v1\n", ""},
  };
  for (const Case& c : cases) {
    const Explanation told = Told(*generation, c.question);
    EXPECT_EQ(told.answer.status, 400u) << c.request;
    EXPECT_EQ(told.request.note, c.note);
    const std::string text = RenderText(told);
    EXPECT_THAT(text, testing::StartsWith("request\n  " + std::string(c.request)));
    EXPECT_THAT(text, HasSubstr(c.note));
    EXPECT_THAT(text + RenderJson(told), Not(HasSubstr("key-of-mobile")));
  }
  const std::string text = RenderText(Told(*generation, {"GET", "/v1/items/" + std::string(9000, 'a'), {}, "", "127.0.0.1"}));
  EXPECT_THAT(text, HasSubstr("aaa… and 8498 bytes more\n"));
  EXPECT_THAT(text, HasSubstr("  the bound is 8KiB, the default of limits.max_request_line_bytes\n"));
}

TEST(Explain, MeetsTheListenerOfTheUrl) {
  const PemPair shop = TestCa().Issue({.dns = {"shop.example"}});
  const std::string tls = ", tls: {certificates: [{certificate: " + Quoted(shop.certificate) + ", private_key: " + Quoted(shop.private_key) + "}]}}";
  const auto both = BuildShop("listeners: [{address: \"127.0.0.1:8080\"}, {address: \"127.0.0.1:8443\"" + tls + ", {address: \"127.0.0.1:9443\"" + tls + "]\n");
  const auto plain = BuildShop();
  ASSERT_NE(both, nullptr);
  ASSERT_NE(plain, nullptr);
  struct Case {
    const Generation& generation;
    std::string_view url;
    std::string_view target;
    std::string_view to;
    std::string_view note;
  };
  const std::string none = "no listener speaks https; taken as it comes through what ends it, to listener 127.0.0.1:8080";
  const Case cases[] = {
      {*both, "/v1/items/7", "/v1/items/7", "http 127.0.0.1:8080", ""},
      {*both, "http://shop.example/v1/items/7#top", "/v1/items/7", "http shop.example", ""},
      {*both, "https://shop.example/v1/items/7?full=true", "/v1/items/7?full=true", "https shop.example", ""},
      {*both, "HTTPS://shop.example:443/", "/", "https shop.example", ""},
      {*both, "https://shop.example:9443?a", "/?a", "https shop.example:9443", ""},
      {*both, "wss://[::1]/v1#x", "/v1", "https [::1]", ""},
      {*plain, "https://shop.example/v1/items/7", "/v1/items/7", "http shop.example", none},
      {*plain, "http://shop.example#top", "/", "http shop.example", ""},
  };
  for (const Case& c : cases) {
    const Explanation told = Told(c.generation, {"GET", std::string(c.url), {}, "", "127.0.0.1"});
    EXPECT_EQ(told.request.target, c.target) << c.url;
    EXPECT_EQ(told.request.scheme + " " + told.request.host, c.to) << c.url;
    EXPECT_EQ(told.request.note, c.note) << c.url;
    EXPECT_NE(told.answer.stage, "http") << c.url;
  }
  // What proxies are believed to say counts for more.
  const auto trusting = BuildShop("trusted_proxies: [127.0.0.1]\n");
  ASSERT_NE(trusting, nullptr);
  const Explanation told = Told(*trusting, {"GET", "https://shop.example/v1/items/7", {{"x-forwarded-for", "192.0.2.7"}, {"x-forwarded-proto", "https"}}, "", "127.0.0.1"});
  EXPECT_EQ(told.request.scheme, "https");
}

TEST(Explain, SaysWhereABoundComesFrom) {
  const auto generation = BuildShop("limits: {max_body_bytes: 1KiB}\npolicies: [{methods: [shop.v1.Users/*], timeout: 2s}]\n");
  ASSERT_NE(generation, nullptr);
  const std::string body = WithoutFolder(RenderText(Told(*generation, {"PATCH", "/v1/items/7", {}, std::string(2000, ' '), "127.0.0.1"})));
  EXPECT_THAT(body, HasSubstr("  the bound is 1KiB, limits.max_body_bytes (dragoman.yaml)\n"));
  EXPECT_THAT(body, HasSubstr("deadline\n  5s, by backends.shop.timeout (dragoman.yaml:2:"));
  const std::string head = RenderText(Told(*generation, {"GET", "/v1/items/7", {{"x", std::string(40'000, 'a')}}, "", "127.0.0.1"}));
  EXPECT_THAT(head, HasSubstr("  the bound is 32KiB, the default of limits.max_header_bytes\n"));
  const std::string user = WithoutFolder(RenderText(Told(*generation, {"GET", "/v1/users/7", {}, "", "127.0.0.1"})));
  EXPECT_THAT(user, HasSubstr("deadline\n  2s, by its policy's timeout (dragoman.yaml:5:"));
  const auto without = BuildShop("compositions: [{name: home, get: /v1/home, calls: {user: {method: shop.v1.Users/GetUser, request: {id: a}}}, response: {name: \"{user.display_name}\"}}]\n");
  ASSERT_NE(without, nullptr);
  EXPECT_THAT(RenderText(Told(*without, {"GET", "/v1/home", {}, "", "127.0.0.1"})), HasSubstr("deadline\n  15s, by the default of compositions.home.timeout\n"));
}

TEST(Explain, MakesNoCallsOfARequestThatIsRefused) {
  const std::string home =
      "compositions:\n"
      "  - name: home\n"
      "    get: \"/v1/home/{user_id}\"\n"
      "    calls:\n"
      "      user: {method: shop.v1.Users/GetUser, request: {id: \"{path.user_id}\"}}\n"
      "    response: {name: \"{user.display_name}\"}\n"
      "policies: [{methods: [compositions/home], authorize: {scopes: [home]}}]\n";
  const auto generation = BuildShop(Keys() + home);
  ASSERT_NE(generation, nullptr);
  const Explanation refused = Told(*generation, {"GET", "/v1/home/7", {}, "", "127.0.0.1"});
  EXPECT_EQ(refused.answer.stage, "authenticate");
  ASSERT_TRUE(refused.composition.has_value());
  EXPECT_EQ(refused.composition->note, "none of them is made, since authenticate refuses the request; they are what it would come to otherwise");
  EXPECT_THAT(RenderText(refused), HasSubstr("calls\n  none of them is made, since authenticate"));
  const Explanation forbidden = Told(*generation, {"GET", "/v1/home/7", {{"x-api-key", "key-of-mobile"}}, "", "127.0.0.1"});
  EXPECT_THAT(forbidden.composition->note, testing::StartsWith("none of them is made, since authorize"));
  const auto read = ReadExplanation(RenderJson(forbidden));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->composition->note, forbidden.composition->note);
}

TEST(Explain, TellsWhatEachCallOfACompositionGets) {
  const auto generation = BuildShop(
      "compositions:\n"
      "  - name: home\n"
      "    get: \"/v1/home/{user_id}\"\n"
      "    calls:\n"
      "      user: {method: shop.v1.Users/GetUser, request: {id: \"{path.user_id}\"}}\n"
      "      item: {method: shop.v1.Catalog/GetItem, timeout: 3s, request: {id: \"{path.user_id}\"}}\n"
      "    response: {name: \"{user.display_name}\", item: \"{item.title}\"}\n"
      "policies: [{methods: [shop.v1.Users/*], timeout: 2s, headers: {request: {set: {x-part: \"yes\"}, remove: [x-team]}}}]\n"
      "forward_headers: [x-team, x-all]\n");
  ASSERT_NE(generation, nullptr);
  const Explanation told = Told(*generation, {"GET", "/v1/home/7", {{"x-team", "blue"}, {"x-all", "1"}}, "", "127.0.0.1"});
  const auto lines = [](const std::vector<Explanation::ForwardedHeader>& headers) {
    std::vector<std::string> all;
    for (const Explanation::ForwardedHeader& header : headers) all.push_back(header.fate + " " + header.name);
    return all;
  };
  EXPECT_THAT(lines(told.headers), testing::ElementsAre("sent x-all", "added x-request-id", "added x-forwarded-for", "added x-forwarded-proto", "added x-forwarded-host"));
  ASSERT_EQ(told.composition->parts.size(), 2u);
  EXPECT_THAT(lines(told.composition->parts[0].headers), testing::ElementsAre("removed x-team", "added x-part"));
  EXPECT_THAT(lines(told.composition->parts[1].headers), testing::ElementsAre("sent x-team"));
  const std::string text = RenderText(told);
  EXPECT_THAT(text, HasSubstr("    callers public\n    deadline 2s, by its policy's timeout\n    removed x-team: blue, headers.request of its policy\n"));
  EXPECT_THAT(text, HasSubstr("    deadline 3s, by its own timeout\n    sent x-team: blue\n"));
  const auto read = ReadExplanation(RenderJson(told));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->composition->parts[0].headers, told.composition->parts[0].headers);
}

// Those that agree with the path the longest, and of them what differs least.
TEST(Explain, NamesTheNearestRulesFirst) {
  const auto generation = BuildShop();
  ASSERT_NE(generation, nullptr);
  const auto nearest = [&](const std::string& http_method, const std::string& target) {
    std::vector<std::string> rules;
    for (const Explanation::Rule& rule : Told(*generation, {http_method, target, {}, "", "127.0.0.1"}).rules) rules.push_back(rule.http_method + " " + rule.path);
    return rules;
  };
  EXPECT_EQ(nearest("GET", "/v1/itmes/7"),
            (std::vector<std::string>{"GET /v1/items/{id}", "GET /v1/items/{id}:watch", "DELETE /v1/items/{id}", "PATCH /v1/items/{item.id}", "PUT /v1/items/{id}/image", "POST /v1/items:import"}));
  const std::vector<std::string> longer = nearest("PUT", "/v1/items/7/imag");
  ASSERT_FALSE(longer.empty());
  EXPECT_EQ(longer.front(), "PUT /v1/items/{id}/image");
  const std::vector<std::string> won = nearest("PATCH", "/v1/items/7");
  ASSERT_GT(won.size(), 2u);
  EXPECT_EQ(won.front(), "PATCH /v1/items/{item.id}");
  EXPECT_EQ(won[1], "DELETE /v1/items/{id}");
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
  // A body that JSON would make six times as long is no more than a third longer.
  const Question controls{"POST", "/a", {}, std::string(100'000, '\1'), "::1"};
  const std::string wrapped = RenderJson(controls);
  EXPECT_LT(wrapped.size(), 134'000u);
  EXPECT_EQ(ReadQuestion(wrapped)->body, controls.body);
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
