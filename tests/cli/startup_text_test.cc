#include "cli/startup_text.h"

#include <gtest/gtest.h>

#include <string>

#include "cli/example_request.h"
#include "tests/cli/fixture.h"

namespace dragoman::cli {
namespace {

// A rule for ListBooks and the curl line that it gets.
std::string CurlOf(const Folder& folder, std::string_view rule, std::string_view address = "127.0.0.1:8080") {
  const auto generation =
      folder.Build("http_rules: [{selector: library.v1.Library.ListBooks, " + std::string(rule) + "}]\n");
  if (!generation) return {};
  for (const routing::Route& route : generation->router.routes()) {
    if (route.rpc == "library.v1.Library/ListBooks") return CurlLine(route, address);
  }
  return "no route";
}

TEST(CurlLine, FillsInWhatTheRouteNeeds) {
  struct Case {
    std::string_view rule;
    std::string_view line;
  };
  const Case cases[] = {
      {"get: /", "curl -s 'http://127.0.0.1:8080/'"},
      {"get: /v1/books", "curl -s 'http://127.0.0.1:8080/v1/books'"},
      {"get: \"/v1/{shelf}\"", "curl -s 'http://127.0.0.1:8080/v1/1'"},
      {"get: \"/v1/{name}\"", "curl -s 'http://127.0.0.1:8080/v1/name'"},
      {"get: \"/v1/{sequel.name}\"", "curl -s 'http://127.0.0.1:8080/v1/name'"},
      {"get: \"/v1/{kind}/{lent}\"", "curl -s 'http://127.0.0.1:8080/v1/POEM/true'"},
      {"get: \"/v1/{printed}\"", "curl -s 'http://127.0.0.1:8080/v1/2026-01-01T00:00:00Z'"},
      {"get: \"/v1/{raw}\"", "curl -s 'http://127.0.0.1:8080/v1/AA'"},
      {"get: \"/v1/{name=shelves/*/**}:read\"", "curl -s 'http://127.0.0.1:8080/v1/shelves/name/name:read'"},
      {"get: \"/v1/*/it%27s%20%C3%A9\"", "curl -s 'http://127.0.0.1:8080/v1/x/it%27s%20%C3%A9'"},
      {"post: /v1/books, body: \"*\"", "curl -s -d '{}' 'http://127.0.0.1:8080/v1/books'"},
      {"post: /v1/books, body: sequel", "curl -s -d '{}' 'http://127.0.0.1:8080/v1/books'"},
      {"post: /v1/books, body: tags", "curl -s -d '[]' 'http://127.0.0.1:8080/v1/books'"},
      {"post: /v1/books, body: shelf", "curl -s -d '1' 'http://127.0.0.1:8080/v1/books'"},
      {"post: /v1/books, body: name", "curl -s -d '\"name\"' 'http://127.0.0.1:8080/v1/books'"},
      {"post: /v1/books", "curl -s -X POST 'http://127.0.0.1:8080/v1/books'"},
      {"put: /v1/books, body: \"*\"", "curl -s -X PUT -d '{}' 'http://127.0.0.1:8080/v1/books'"},
      {"delete: /v1/books", "curl -s -X DELETE 'http://127.0.0.1:8080/v1/books'"},
      {"custom: {kind: PURGE, path: /v1/books}", "curl -s -X PURGE 'http://127.0.0.1:8080/v1/books'"},
      {"custom: {kind: HEAD, path: /v1/books}", "curl -s -I 'http://127.0.0.1:8080/v1/books'"},
      {"custom: {kind: \"*\", path: /v1/books}", "curl -s 'http://127.0.0.1:8080/v1/books'"},
      {"custom: {kind: \"*\", path: /v1/books}, body: \"*\"", "curl -s -d '{}' 'http://127.0.0.1:8080/v1/books'"},
  };
  const Folder folder;
  for (const Case& c : cases) EXPECT_EQ(CurlOf(folder, c.rule), c.line) << c.rule;
}

TEST(CurlLine, ReachesWhereverTheServerListens) {
  struct Case {
    std::string_view address;
    std::string_view line;
  };
  const Case cases[] = {
      {"0.0.0.0:80", "curl -s 'http://127.0.0.1:80/a'"},
      {"[::]:80", "curl -s 'http://[::1]:80/a'"},
      {"[fe80::1]:80", "curl -s 'http://[fe80::1]:80/a'"},
      {"unix:/run/it's.sock", "curl -s --unix-socket '/run/it'\\''s.sock' 'http://localhost/a'"},
  };
  const Folder folder;
  for (const Case& c : cases) EXPECT_EQ(CurlOf(folder, "get: /a", c.address), c.line);
}

TEST(StartupText, SaysWhereWhatAndHow) {
  const Folder folder;
  const auto generation =
      folder.Build("http_rules: [{selector: library.v1.Library.PutBook, put: /v1/books, body: \"*\"}]\n");
  ASSERT_TRUE(generation);
  EXPECT_EQ(
      StartupText(*generation, {{"127.0.0.1:8080", false}, {"unix:/run/d.sock", false}, {"127.0.0.1:9901", true}}),
      "listening on http://127.0.0.1:8080\n"
      "listening on unix:/run/d.sock\n"
      "admin on http://127.0.0.1:9901\n"
      "2 routes for 2 methods\n"
      "try: curl -s 'http://127.0.0.1:8080/v1/shelves/1/books/name'\n"
      "2 methods have no route:\n"
      "  library.v1.Library/ListBooks: no google.api.http annotation and no entry in http_rules\n"
      "  library.v1.Library/Watch: no google.api.http annotation and no entry in http_rules\n");
}

TEST(StartupText, SaysWhereTheApiShowsItself) {
  struct Case {
    std::string_view openapi;
    std::string_view line;
  };
  const Case cases[] = {
      {"openapi: {}\n", "\ndocs: https://127.0.0.1:8443/docs\n"},
      {"openapi: {docs: /shop}\n", "\ndocs: https://127.0.0.1:8443/shop\n"},
      {"openapi: {docs: off, path: /shop.json}\n", "\ndescription: https://127.0.0.1:8443/shop.json\n"},
  };
  const Folder folder;
  for (const Case& c : cases) {
    const auto generation = folder.Build(c.openapi);
    ASSERT_TRUE(generation);
    const std::string text = StartupText(*generation, {{"unix:/run/d.sock", false}, {"127.0.0.1:8443", false, true}});
    EXPECT_NE(text.find(c.line), std::string::npos) << text;
    EXPECT_EQ(StartupText(*generation, {{"unix:/run/d.sock", false}}).find("/docs"), std::string::npos);
    const std::string without = StartupText(*generation, {{"127.0.0.1:8443", false, true}}, gateway::OwnPages::kLeftOut);
    EXPECT_NE(without.find("\ndocs: left out, since the OpenAPI document would be too large; the log says by how much\n"), std::string::npos) << without;
    EXPECT_EQ(without.find("8443/"), without.find("8443/v1/")) << without;
  }
}

TEST(StartupText, SaysWhereItIsHttps) {
  const Folder folder;
  const auto generation = folder.Build("");
  ASSERT_TRUE(generation);
  const std::string text = StartupText(
      *generation, {{"127.0.0.1:8443", false, true}, {"unix:/run/d.sock", false, true}, {"127.0.0.1:8080", false}});
  EXPECT_EQ(text.substr(0, text.find("1 route")),
            "listening on https://127.0.0.1:8443\n"
            "listening on unix:/run/d.sock (TLS)\n"
            "listening on http://127.0.0.1:8080\n");
  EXPECT_NE(text.find("\ntry: curl -sk 'https://127.0.0.1:8443/v1/shelves/1/books/name'\n"), std::string::npos) << text;
}

TEST(StartupText, PrefersTheGetWithTheFewestVariables) {
  const Folder folder;
  const auto generation = folder.Build(
      "http_rules: [{selector: library.v1.Library.PutBook, put: /v1/books, body: \"*\"},\n"
      "             {selector: library.v1.Library.ListBooks, get: /v1/books}]\n");
  ASSERT_TRUE(generation);
  const std::string text = StartupText(*generation, {{"127.0.0.1:8080", false}});
  EXPECT_NE(
      text.find("\n3 routes for 3 methods\ntry: curl -s 'http://127.0.0.1:8080/v1/books'\n1 method has no route:\n"),
      std::string::npos)
      << text;
}

}  // namespace
}  // namespace dragoman::cli
