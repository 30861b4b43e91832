#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "shop_fixture.h"
#include "test_ca.h"

// What the gateway answers by itself where `openapi` is configured: the document, the page, its files.
namespace dragoman::integration {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class Docs : public testing::Test {
 protected:
  Shop shop_;
  Gateway gateway_{{.endpoints = {shop_.address()}, .more = "openapi: {title: Shop}\nadmin: {address: \"127.0.0.1:0\"}\naccess_log: {format: json, path: stdout}\n"
                                                            "cors: {origins: [\"https://app.example\"]}"}};
  HttpResponse Get(std::string_view target, const Headers& headers = {}) { return Fetch(gateway_.address(), "GET", target, headers); }
};

TEST_F(Docs, ServeTheDocument) {
  const HttpResponse document = Get("/openapi.json?x=1");
  EXPECT_EQ(document.status, 200);
  EXPECT_EQ(document.Header("content-type"), "application/json; charset=utf-8");
  EXPECT_EQ(document.Header("content-encoding"), "");
  EXPECT_EQ(document.Header("x-content-type-options"), "nosniff");
  EXPECT_EQ(document.Header("cache-control"), "no-cache, no-transform");
  EXPECT_EQ(document.Header("vary"), "Accept-Encoding");
  EXPECT_NE(document.Header("x-request-id"), "");
  EXPECT_EQ(JsonAt(document.body, "openapi"), "3.1.0");
  EXPECT_EQ(JsonAt(document.body, "info.title"), "Shop");
  EXPECT_THAT(document.body, HasSubstr("\"/v1/items/{id}\""));
}

TEST_F(Docs, ServeThePageWithAStrictPolicy) {
  const HttpResponse page = Get("/docs");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.Header("content-type"), "text/html; charset=utf-8");
  EXPECT_THAT(page.Header("content-security-policy"), StartsWith("default-src 'none'; script-src 'self'; "));
  EXPECT_EQ(page.Header("referrer-policy"), "no-referrer");
  EXPECT_THAT(page.body, HasSubstr("<title>Shop</title>"));
  EXPECT_EQ(Get("/docs/page.css").Header("content-type"), "text/css; charset=utf-8");
  const HttpResponse slashed = Get("/docs/");
  EXPECT_EQ(slashed.status, 307);
  EXPECT_EQ(slashed.Header("location"), "../docs");
  EXPECT_EQ(Get("/docs/nothing").status, 404);
}

TEST_F(Docs, CompressAsTheClientLikes) {
  for (const char* target : {"/openapi.json", "/docs", "/docs/page.css"}) {
    SCOPED_TRACE(target);
    const HttpResponse plain = Get(target);
    for (const char* accepted : {"gzip", "br, gzip;q=0.5", "*"}) {
      const HttpResponse coded = Get(target, {{"accept-encoding", accepted}});
      EXPECT_EQ(coded.Header("content-encoding"), "gzip") << accepted;
      EXPECT_LT(coded.body.size(), plain.body.size());
      EXPECT_NE(coded.Header("etag"), plain.Header("etag"));
    }
    for (const char* accepted : {"br", "gzip;q=0", "identity, gzip;q=0.5"}) {
      const HttpResponse same = Get(target, {{"accept-encoding", accepted}});
      EXPECT_EQ(same.Header("content-encoding"), "") << accepted;
      EXPECT_EQ(same.body, plain.body);
    }
  }
}

TEST_F(Docs, AreNotSentAgain) {
  for (const char* target : {"/openapi.json", "/docs", "/docs/page.css"}) {
    SCOPED_TRACE(target);
    for (const char* accepted : {"gzip", "identity"}) {
      const std::string etag = Get(target, {{"accept-encoding", accepted}}).Header("etag");
      EXPECT_THAT(etag, testing::MatchesRegex("\"[0-9a-f]+(-gzip)?\""));
      for (const std::string& known : {etag, "W/" + etag, "\"other\", " + etag, std::string("*")}) {
        const HttpResponse response = Get(target, {{"accept-encoding", accepted}, {"if-none-match", known}});
        EXPECT_EQ(response.status, 304) << known;
        EXPECT_EQ(response.Header("etag"), etag);
        EXPECT_THAT(response.body, IsEmpty());
      }
      EXPECT_EQ(Get(target, {{"accept-encoding", accepted}, {"if-none-match", "\"other\""}}).status, 200);
    }
  }
}

TEST_F(Docs, AnswerHeadAndOptionsAndRefuseTheRest) {
  const HttpResponse head = Fetch(gateway_.address(), "HEAD", "/openapi.json");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.Header("content-length"), std::to_string(Get("/openapi.json").body.size()));
  EXPECT_THAT(head.body, IsEmpty());
  const HttpResponse options = Fetch(gateway_.address(), "OPTIONS", "/docs");
  EXPECT_EQ(options.status, 204);
  EXPECT_EQ(options.Header("allow"), "GET, HEAD, OPTIONS");
  const HttpResponse posted = Fetch(gateway_.address(), "POST", "/openapi.json", {}, "{}");
  EXPECT_EQ(posted.status, 405);
  EXPECT_EQ(posted.Header("allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(JsonAt(posted.body, "message"), "POST is not allowed for \"/openapi.json\"; allowed: GET, HEAD, OPTIONS");
  EXPECT_EQ(JsonAt(posted.body, "details.0.reason"), "METHOD_NOT_ALLOWED");
}

TEST_F(Docs, AreReadByThePagesThatMayCall) {
  EXPECT_EQ(Get("/openapi.json", {{"origin", "https://app.example"}}).Header("access-control-allow-origin"), "https://app.example");
  EXPECT_EQ(Get("/openapi.json", {{"origin", "https://other.example"}}).Header("access-control-allow-origin"), "");
  const HttpResponse preflight = Fetch(gateway_.address(), "OPTIONS", "/openapi.json",
                                       {{"origin", "https://app.example"}, {"access-control-request-method", "GET"}, {"access-control-request-headers", "x-request-id"}});
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(preflight.Header("access-control-allow-origin"), "https://app.example");
  EXPECT_EQ(preflight.Header("access-control-allow-methods"), "GET, HEAD");
}

TEST_F(Docs, AreCountedAndLogged) {
  Get("/docs");
  EXPECT_TRUE(gateway_.process().WaitForOutput("\"path\":\"/docs\",\"status\":200"));
  EXPECT_THAT(AskAdmin(gateway_, "GET", "/metrics").body, HasSubstr("dragoman_requests_total{rpc=\"\",code=\"200\",reason=\"\"} 1\n"));
  EXPECT_THAT(gateway_.process().out(), HasSubstr("\ndocs: http://" + gateway_.address() + "/docs\n"));
}

TEST(DocsConfigured, AreElsewhereOrNotAtAll) {
  Shop shop;
  Gateway moved({.endpoints = {shop.address()}, .more = "openapi: {path: /api/spec.json, docs: /api/help}\ncompression: {}"});
  EXPECT_THAT(Fetch(moved.address(), "GET", "/api/help").body, HasSubstr("href=\"spec.json\""));
  EXPECT_EQ(Fetch(moved.address(), "GET", "/api/help/page.css").status, 200);
  EXPECT_EQ(Fetch(moved.address(), "GET", "/docs").status, 404);
  EXPECT_EQ(Fetch(moved.address(), "GET", "/api/spec.json", {{"accept-encoding", "br"}}).Header("content-encoding"), "");
  Gateway without({.endpoints = {shop.address()}, .more = "openapi: {docs: off}"});
  EXPECT_EQ(Fetch(without.address(), "GET", "/openapi.json").status, 200);
  EXPECT_EQ(Fetch(without.address(), "GET", "/docs").status, 404);
  EXPECT_EQ(Fetch(without.address(), "GET", "/docs/page.css").status, 404);
  Gateway off({.endpoints = {shop.address()}});
  EXPECT_EQ(Fetch(off.address(), "GET", "/openapi.json").status, 404);
}

TEST(DocsConfigured, AreNotHiddenByARule) {
  TempDir folder;
  const std::string config = folder.Write(
      "dragoman.yaml",
      ConfigText({.endpoints = {"127.0.0.1:1"}, .more = "openapi: {}\nhttp_rules: [{selector: shop.v1.Catalog.GetItem, get: \"/{id=**}\"}]"}));
  const Outcome outcome = RunToEnd({DragomanProgram(), "check", "--config", config});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("GET /openapi.json leads to shop.v1.Catalog/GetItem, by \"GET /{id=**}\" ("));
  EXPECT_THAT(outcome.err, HasSubstr("so that the document would never be seen; choose another `path`, or let the rule take fewer paths"));
}

TEST(DocsConfigured, AreThereWithoutAFile) {
  Shop shop;
  Process quick({DragomanProgram(), "serve", "--backend", shop.address(), "--descriptors", SHOP_DESCRIPTORS, "--listen", "127.0.0.1:0"});
  const std::string address = quick.WaitForLine("listening on http://");
  EXPECT_EQ(quick.WaitForLine("docs: "), "http://" + address + "/docs");
  EXPECT_EQ(Fetch(address, "GET", "/docs").status, 200);
  EXPECT_EQ(JsonAt(Fetch(address, "GET", "/openapi.json").body, "openapi"), "3.1.0");
  quick.Signal(15);
  EXPECT_EQ(quick.Wait(), 0);
}

TEST(DocsConfigured, AreLeftOutWhereTheDocumentIsTooLarge) {
  // Each binding has the message written out, comments and all, since its path has one of the fields.
  std::string proto = "syntax = \"proto3\"; package shop.v1; import \"google/api/annotations.proto\"; message M {\n";
  const std::string comment = "// " + std::string(16'000, 'c') + "\n";
  for (int i = 1; i <= 64; ++i) proto += comment + "string f" + std::to_string(i) + " = " + std::to_string(i) + ";\n";
  proto += "} service S { rpc Put(M) returns (M) { option (google.api.http) = {put: \"/a\" body: \"*\"";
  for (int i = 0; i < 200; ++i) proto += " additional_bindings {put: \"/{f1}/b" + std::to_string(i) + "\" body: \"*\"}";
  TempDir folder;
  folder.Write("large.proto", proto + "}; } }");
  Gateway gateway({.descriptors = "[{proto: {roots: [" + folder.path() + "]}}]", .endpoints = {"127.0.0.1:1"}, .more = "openapi: {}"});
  EXPECT_TRUE(gateway.process().WaitForOutput("openapi_left_out path=/openapi.json reason=\"larger than 128 MiB, which the first "));
  EXPECT_EQ(Fetch(gateway.address(), "GET", "/openapi.json").status, 404);
  EXPECT_EQ(Fetch(gateway.address(), "GET", "/docs").status, 404);
  const std::string log = gateway.process().err();
  EXPECT_EQ(log.find("openapi_left_out"), log.rfind("openapi_left_out")) << log;
}

TEST(DocsConfigured, AreServedByTlsAndHttp2) {
  const TestCa ca;
  const PemPair pair = ca.Issue({.dns = {"localhost"}});
  TempDir folder;
  const std::string tls = "{certificates: [{certificate: {file: \"" + folder.Write("s.crt", pair.certificate) + "\"}, private_key: {file: \"" +
                          folder.Write("s.key", pair.private_key) + "\"}}]}";
  Shop shop;
  Gateway gateway({.listeners = "[{address: \"127.0.0.1:0\", tls: " + tls + "}]", .endpoints = {shop.address()}, .more = "openapi: {}"});
  const std::string port = gateway.address().substr(gateway.address().rfind(':'));
  const auto curl = [&](const std::string& flag, const std::string& path) {
    return RunToEnd({"curl", "-sS", "--compressed", flag, "--max-time", "20", "-w", " %{http_version} %{http_code}", "--cacert", folder.Write("ca.crt", ca.pem()),
                     "--resolve", "localhost" + port + ":127.0.0.1", "https://localhost" + port + path})
        .out;
  };
  EXPECT_THAT(curl("--http2", "/openapi.json"), testing::AllOf(StartsWith("{\"openapi\":\"3.1"), EndsWith("} 2 200")));
  EXPECT_THAT(curl("--http1.1", "/docs"), testing::AllOf(StartsWith("<!doctype html>"), EndsWith(" 1.1 200")));
  EXPECT_THAT(curl("--http2", "/docs/page.css"), testing::AllOf(HasSubstr(".gate"), EndsWith(" 2 200")));
  EXPECT_THAT(gateway.process().out(), HasSubstr("\ndocs: https://127.0.0.1" + port + "/docs\n"));
}

}  // namespace
}  // namespace dragoman::integration
