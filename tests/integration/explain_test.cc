#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "credentials.h"
#include "shop_fixture.h"

// `dragoman explain`, offline and against a running gateway: what it says of a request is what becomes of that.
namespace dragoman::integration {
namespace {

using testing::HasSubstr;

constexpr std::string_view kKey = "dgm_0-0123456789abcdefghijklmnopqrstuvwxyz";

std::string Quoted(std::string_view text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') json += '\\';
    if (c == '\n') {
      json += "\\n";
    } else {
      json += c;
    }
  }
  return json + "\"";
}

struct Asked {
  std::string http_method;
  std::string target;
  Headers headers = {};
  std::string body = {};
};

std::string QuestionOf(const Asked& asked) {
  std::string json = "{\"http_method\": " + Quoted(asked.http_method) + ", \"target\": " + Quoted(asked.target) + ", \"headers\": [";
  for (size_t i = 0; i < asked.headers.size(); ++i) {
    json += (i == 0 ? "[" : ", [") + Quoted(asked.headers[i].first) + ", " + Quoted(asked.headers[i].second) + "]";
  }
  return json + "], \"body\": " + Quoted(asked.body) + "}";
}

std::string Policies() {
  return "authentication: {api_keys: {}}\nconsumers:\n" + ConsumerLine("mobile", kKey, "scopes: [orders.read]") +
         "policies:\n"
         "  - {methods: [\"*\"], authenticate: public}\n"
         "  - {methods: [\"shop.v1.Orders/*\"], authenticate: {any: [api_key]}, authorize: {scopes: [orders.read]}}\n"
         "  - {methods: [\"shop.v1.Users/*\"], authenticate: {any: [api_key]}, authorize: {scopes: [users.read]}}\n"
         "  - {methods: [\"shop.v1.Diagnostics/*\"], headers: {request: {set: {x-tenant: acme}}}}\n"
         "forward_headers: [x-app]\n"
         "guard: {user_agents: {deny: [\"*sqlmap*\"]}, patterns: {score: 100000}}\n"
         "cors: {origins: [\"https://app.example\"]}\n"
         "limits: {max_body_bytes: 64KiB, max_request_line_bytes: 1KiB}\n";
}

TEST(Explain, SaysOfARefusalWhatTheGatewayAnswers) {
  Shop shop;
  TempDir folder;
  const Gateway gateway({.endpoints = {shop.address()}, .more = Policies() + "admin: {address: \"unix:" + folder.path("admin.sock") + "\"}\n"});
  const Asked cases[] = {
      {"GET", "/v1/itmes/grinder"},
      {"GET", "/nothing/at/all"},
      {"PUT", "/v1/items/grinder", {}, "{}"},
      {"HEAD", "/v1/orders/7:cancel"},
      {"GET", "/v1/items/%zz"},
      {"GET", "/v1/items/%ff"},
      {"GET", "/v1/items/grinder?nme=7"},
      {"GET", "/v1/items/grinder?id=other"},
      {"GET", "/v1/items/grinder", {}, "{\"id\": \"other\"}"},
      {"GET", "/v1/items?page_size=many"},
      {"GET", "/v1/items?categories=CATEGORY_TEE"},
      {"PATCH", "/v1/items/grinder", {}, "{\n  \"title\": \"Tea\",\n  \"price\": {\"units\": true}\n}"},
      {"PATCH", "/v1/items/grinder", {}, "{\"title\": \"Tea\",}"},
      {"PATCH", "/v1/items/grinder", {}, "{\"titel\": \"Tea\"}"},
      {"PATCH", "/v1/items/grinder", {{"content-type", "text/xml"}}, "<a/>"},
      {"PATCH", "/v1/items/grinder", {{"content-encoding", "zstd"}}, "abc"},
      {"GET", "/v1/items/" + std::string(2000, 'a')},
      {"GET", "/v1/items/grinder", {{"user-agent", "sqlmap/1.7"}}},
      {"GET", "/v1/items/grinder", {{"grpc-timeout", "soon"}}},
      {"GET", "/v1/items/grinder", {{"x-server-timeout", "-1"}}},
      {"GET", "/v1/items/grinder", {{"baggage", "caf\xC3\xA9"}}},
      {"GET", "/v1/items/grinder", {{"expect", "the unexpected"}}},
      {"GET", "/v1/orders/7"},
      {"GET", "/v1/orders/7", {{"x-api-key", "wrong"}}},
      {"GET", "/v1/orders/7", {{"x-api-key", std::string(kKey)}, {"x-api-key", std::string(kKey)}}},
      {"GET", "/v1/users/7", {{"x-api-key", std::string(kKey)}}},
      {"OPTIONS", "/v1/items/grinder", {{"origin", "https://evil.example"}, {"access-control-request-method", "PATCH"}}},
      {"POST", "/shop.v1.Diagnostics/Echo", {}, "[1]"},
      {"POST", "/shop.v1.Diagnostics/Echo", {}, "{\"text\": 7}"},
      {"POST", "/shop.v1.Diagnostics/Echo", {{"content-type", "application/x-www-form-urlencoded"}, {"cookie", "a=b"}}, "{}"},
      {"GET", "/v1/items/grinder", {{"origin", "https://app.example"}}, "x"},
  };
  for (const Asked& asked : cases) {
    const HttpResponse answer = Fetch(gateway.address(), asked.http_method, asked.target, asked.headers, asked.body);
    const HttpResponse told = Fetch(gateway.admin(), "POST", "/explain", {{"host", "localhost"}}, QuestionOf(asked));
    const std::string what = asked.http_method + " " + asked.target.substr(0, 80) + "\n" + told.body;
    ASSERT_EQ(told.status, 200) << what;
    EXPECT_EQ(JsonAt(told.body, "answer.kind"), "refused") << what;
    EXPECT_EQ(JsonAt(told.body, "answer.status"), std::to_string(answer.status)) << what << answer.body;
    if (asked.http_method != "HEAD") {
      EXPECT_EQ(JsonAt(told.body, "answer.body"), answer.body) << what;
    }
    EXPECT_EQ(JsonAt(told.body, "answer.headers.0.value"), answer.Header("content-type")) << what;
    for (const auto& [name, value] : answer.headers) {
      if (name != "allow" && name != "www-authenticate" && !name.starts_with("access-control-")) continue;
      EXPECT_THAT(told.body, HasSubstr(Quoted(name))) << what;
      EXPECT_THAT(told.body, HasSubstr(Quoted(value))) << what;
    }
  }
}

TEST(Explain, SaysOfACallWhatTheBackendHears) {
  Shop shop;
  TempDir folder;
  const Gateway gateway({.endpoints = {shop.address()}, .more = Policies() + "admin: {address: \"unix:" + folder.path("admin.sock") + "\"}\n"});
  const Asked asked{"POST",
                    "/shop.v1.Diagnostics/Echo",
                    {{"X-App", "mobile"}, {"x-other", "1"}, {"accept-language", "de"}, {"authorization", "Bearer mine"}, {"grpc-timeout", "3S"}, {"x-request-id", "7"}},
                    "{\"text\": \"hello\"}"};
  const HttpResponse answer = Fetch(gateway.address(), asked.http_method, asked.target, asked.headers, asked.body);
  ASSERT_EQ(answer.status, 200) << answer.body;
  Asked from_there = asked;
  from_there.headers.emplace_back("host", "gateway.test");  // as the client says
  const HttpResponse told = Fetch(gateway.admin(), "POST", "/explain", {{"host", "localhost"}}, QuestionOf(from_there));
  ASSERT_EQ(told.status, 200) << told.body;
  EXPECT_EQ(JsonAt(told.body, "answer.kind"), "call") << told.body;
  EXPECT_EQ(JsonAt(told.body, "rpc.name"), "shop.v1.Diagnostics/Echo");
  EXPECT_EQ(JsonAt(told.body, "messages.0.json.text"), JsonAt(answer.body, "text"));
  EXPECT_EQ(JsonAt(told.body, "messages.0.wire_bytes"), "7");
  EXPECT_EQ(JsonAt(told.body, "deadline.value"), "3s");
  EXPECT_EQ(JsonAt(told.body, "deadline.from"), "header grpc-timeout");
  // Each header that is said to travel has arrived, and no other one.
  for (int i = 0;; ++i) {
    const std::string at = "headers." + std::to_string(i);
    const std::string name = JsonAt(told.body, at + ".name");
    if (name.empty()) break;
    const std::string fate = JsonAt(told.body, at + ".fate");
    const std::string value = JsonAt(told.body, at + ".value");
    const bool travels = fate == "sent" || fate == "added";
    const std::string heard = JsonAt(answer.body, "metadata." + name);
    if (!travels) {
      EXPECT_EQ(heard, "") << name;
    } else if (value != "(hidden)") {
      EXPECT_EQ(heard, value) << name;
    } else {
      EXPECT_NE(heard, "") << name;
    }
  }
  EXPECT_NE(JsonAt(answer.body, "metadata.x-tenant"), "");
  EXPECT_EQ(told.body.find("Bearer mine"), std::string::npos);
  EXPECT_EQ(Stat(gateway, "Diagnostics/Echo", "started"), 1) << "an explanation calls nobody";
}

TEST(Explain, TellsTheSameOfflineAndByTheAdminInterface) {
  Shop shop;
  TempDir folder;
  const std::string more = Policies() + "admin: {address: \"unix:" + folder.path("admin.sock") + "\"}\n";
  const Gateway gateway({.endpoints = {shop.address()}, .more = more});
  const std::string file = gateway.config();
  folder.Write("body.json", "{\"title\": \"Tea\"}");
  const std::vector<std::string> request = {"-X", "PATCH", "-H", "host: shop.example", "-H", "accept-language: de", "-d", "@" + folder.path("body.json"), "/v1/items/grinder"};
  const auto run = [&](std::vector<std::string> command) {
    command.insert(command.begin(), {DragomanProgram(), "explain"});
    command.insert(command.end(), request.begin(), request.end());
    return RunToEnd(command);
  };
  const Outcome offline = run({"--config", file});
  EXPECT_EQ(offline.exit_code, 0) << offline.err;
  for (const char* part : {"won   PATCH", "shop.v1.Catalog/UpdateItem", "update_mask", "\"title\": \"Tea\"", "10s, by backends.shop.timeout"}) {
    EXPECT_THAT(offline.out, HasSubstr(part));
  }
  EXPECT_EQ(offline.out.find('\x1b'), std::string::npos);
  const Outcome running = run({"--admin", gateway.admin()});
  EXPECT_EQ(running.exit_code, 0) << running.err;
  EXPECT_EQ(running.out, offline.out);
  const Outcome json = run({"--admin", gateway.admin(), "--json"});
  EXPECT_EQ(json.out, run({"--config", file, "--json"}).out);
  EXPECT_EQ(JsonAt(json.out, "rpc.backend"), "shop");
}

// The question wraps the body, and is larger than the body may be.
TEST(Explain, TellsOfABodyThatIsJustSmallEnough) {
  Shop shop;
  TempDir folder;
  const Gateway gateway({.endpoints = {shop.address()}, .more = Policies() + "admin: {address: \"unix:" + folder.path("admin.sock") + "\"}\n"});
  std::string body = "{\"title\": \"";
  for (size_t i = 0; i < 32'000; ++i) body += "\\n";
  body += "\"}";
  ASSERT_LT(body.size(), 64u << 10);
  const Outcome told = RunToEnd({DragomanProgram(), "explain", "--admin", gateway.admin(), "--json", "-X", "PATCH", "-d", "@" + folder.Write("body.json", body), "/v1/items/grinder"});
  EXPECT_EQ(told.exit_code, 0) << told.err;
  EXPECT_EQ(JsonAt(told.out, "answer.kind"), "call") << told.out.substr(0, 2000);
  body.insert(body.size() - 2, std::string(2'000, ' '));
  const Outcome refused = RunToEnd({DragomanProgram(), "explain", "--admin", gateway.admin(), "--json", "-X", "PATCH", "-d", "@" + folder.Write("body.json", body), "/v1/items/grinder"});
  EXPECT_EQ(refused.exit_code, 0) << refused.err;
  EXPECT_EQ(JsonAt(refused.out, "answer.reason"), "BODY_TOO_LARGE");
  EXPECT_EQ(JsonAt(refused.out, "answer.bound.from"), "limits.max_body_bytes");
  EXPECT_EQ(JsonAt(refused.out, "answer.bound.value"), "64KiB");
}

TEST(Explain, TellsOnlyWhoMayAsk) {
  Shop shop;
  TempDir folder;
  const std::string question = QuestionOf({"GET", "/v1/items/grinder"});
  const auto ask = [&](const Gateway& gateway, Headers headers, std::string_view body, std::string_view http_method = "POST") {
    headers.emplace_back("host", "localhost");
    return Fetch(gateway.admin(), http_method, "/explain", headers, body);
  };
  const Gateway guarded({.endpoints = {shop.address()},
                         .more = "admin: {address: \"127.0.0.1:0\", token: {file: \"" + folder.Write("token", "secret-of-operators\n") + "\"}}\n"});
  const Headers good = {{"authorization", "Bearer secret-of-operators"}};
  EXPECT_EQ(ask(guarded, good, question).status, 200);
  EXPECT_EQ(ask(guarded, {}, question).status, 401);
  EXPECT_EQ(ask(guarded, {{"authorization", "Bearer wrong"}}, question).status, 401);
  EXPECT_EQ(ask(guarded, {good[0], {"origin", "http://localhost"}}, question).status, 403);
  EXPECT_EQ(Fetch(guarded.admin(), "POST", "/explain", {good[0], {"host", "evil.example"}}, question).status, 403);
  EXPECT_EQ(ask(guarded, good, "", "GET").status, 405);
  const HttpResponse broken = ask(guarded, good, "{\n \"target\": }");
  EXPECT_EQ(broken.status, 400);
  EXPECT_EQ(broken.body, "the question: line 2, column 12: Invalid value.\n");
  EXPECT_EQ(ask(guarded, good, "{\"target\": \"/a\\r\\nb\"}").status, 400);
  EXPECT_EQ(ask(guarded, good, std::string(200'000, '[')).status, 400);
  EXPECT_EQ(ask(guarded, good, std::string(9u << 20, ' ')).status, 413);
  EXPECT_EQ(AskAdmin(guarded, "GET", "/livez").status, 200);

  ::setenv("EXPLAIN_TEST_TOKEN", "secret-of-operators", 1);
  const Outcome told = RunToEnd({DragomanProgram(), "explain", "--admin", guarded.admin(), "--token-env", "EXPLAIN_TEST_TOKEN", "/v1/items/grinder"});
  EXPECT_EQ(told.exit_code, 0) << told.err;
  EXPECT_THAT(told.out, HasSubstr("shop.v1.Catalog/GetItem"));
  const Outcome no = RunToEnd({DragomanProgram(), "explain", "--admin", guarded.admin(), "/v1/items/grinder"});
  EXPECT_EQ(no.exit_code, 1);
  EXPECT_EQ(no.err, "dragoman explain: " + guarded.admin() + " answers 401: show the token: authorization: Bearer …\n");

  const Gateway open({.endpoints = {shop.address()}, .more = "admin: {address: \"127.0.0.1:0\"}\n"});
  const HttpResponse refused = ask(open, {}, question);
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.body, "explanations need admin.token, or an admin.address that is a unix socket\n");
}

}  // namespace
}  // namespace dragoman::integration
