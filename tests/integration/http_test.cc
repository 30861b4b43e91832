#include <gtest/gtest.h>

#include "shop_fixture.h"

// HTTP/1.1 as clients speak it: connections, bodies, bounds, headers.
namespace dragoman::integration {
namespace {

constexpr const char* kEcho = "/shop.v1.Diagnostics/Echo";

TEST(Http, HeadAnswersLikeGetWithoutABody) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}});
  HttpClient client(gateway.address());
  HttpResponse get = client.Send("GET", "/v1/items/grinder");
  HttpResponse head = client.Send("HEAD", "/v1/items/grinder");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(head.Header("content-length"), get.Header("content-length"));
  EXPECT_EQ(head.Header("content-type"), "application/json");
  EXPECT_EQ(client.Send("HEAD", "/v1/items/teapot").status, 404);
  EXPECT_EQ(client.Send("HEAD", "/v1/items/grinder/attributes").status, 405);
  EXPECT_EQ(client.Send("GET", "/v1/items/grinder").status, 200);  // the connection is in step
}

TEST(Http, OptionsAnswersAllow) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}});
  HttpResponse options = Fetch(gateway.address(), "OPTIONS", "/v1/orders");
  EXPECT_EQ(options.status, 204) << options.body;
  EXPECT_EQ(options.Header("allow"), "GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(Fetch(gateway.address(), "OPTIONS", "/nowhere").status, 404);
  options = Fetch(gateway.address(), "OPTIONS", "*");  // the server as a whole
  EXPECT_EQ(options.status, 204);
  EXPECT_TRUE(options.Header("allow").starts_with("GET, HEAD, POST, PUT, PATCH, DELETE")) << options.Header("allow");
  EXPECT_EQ(options.body, "");
}

TEST(Http, AConnectionIsKeptAndClosedAsAsked) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}});
  HttpClient client(gateway.address());
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(client.Send("GET", "/v1/orders/1001").status, 200);
  }
  EXPECT_EQ(client.Send("GET", "/v1/orders/1001", {{"Connection", "close"}}).status, 200);
  EXPECT_TRUE(client.ClosedByPeer());
  HttpClient old(gateway.address());
  old.Write("GET /v1/orders/1001 HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.Read().status, 200);
  EXPECT_TRUE(old.ClosedByPeer());
}

TEST(Http, PipelinedRequestsAreAnsweredInOrder) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}, .more = "forward_headers: [x-shop-delay]"});
  HttpClient client(gateway.address());
  std::string burst;
  for (int i = 0; i < 20; ++i) {
    std::string body = R"({"text": ")" + std::to_string(i) + R"("})";
    // The first one is the slowest.
    std::string delay = i == 0 ? "X-Shop-Delay: 100ms\r\n" : "";
    burst += "POST " + std::string(kEcho) + " HTTP/1.1\r\nHost: x\r\n" + delay +
             "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  client.Write(burst);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(JsonAt(client.Read().body, "text"), std::to_string(i));
}

TEST(Http, ChunkedBodiesAreRead) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}});
  HttpClient client(gateway.address());
  client.Write("POST /shop.v1.Diagnostics/Echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (const char* piece : {"{\"te", "xt\":", " \"in pieces\"", "}"}) {
    char size[8];
    std::snprintf(size, sizeof size, "%zx\r\n", std::string(piece).size());
    client.Write(size + std::string(piece) + "\r\n");
  }
  client.Write("0\r\n\r\n");
  EXPECT_EQ(JsonAt(client.Read().body, "text"), "in pieces");
  EXPECT_EQ(client.Send("GET", "/v1/orders/1001").status, 200);
}

TEST(Http, ABodyIsInvitedWith100Continue) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}});
  HttpClient client(gateway.address());
  client.Write(
      "POST /shop.v1.Diagnostics/Echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 13\r\n\r\n");
  EXPECT_EQ(client.Read().status, 100);
  client.Write(R"({"text": "x"})");
  EXPECT_EQ(client.Read().status, 200);
  // What is refused by its head alone is not invited.
  HttpClient refused(gateway.address());
  refused.Write("POST /nowhere HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 13\r\n\r\n");
  EXPECT_EQ(refused.Read().status, 404);
  // Nor is what is too large.
  HttpClient large(gateway.address());
  large.Write(
      "POST /shop.v1.Diagnostics/Echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5000000\r\n\r\n");
  EXPECT_EQ(large.Read().status, 413);
}

TEST(Http, LimitsHaveTheirStatuses) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()},
                   .more = "limits: {max_request_line_bytes: 512, max_header_bytes: 2KiB, max_body_bytes: 4KiB, "
                           "max_response_bytes: 64KiB}"});
  struct Case {
    const char* name;
    std::string request;
    int status;
    const char* reason;
  };
  const std::string kHead = "POST /shop.v1.Diagnostics/Echo HTTP/1.1\r\nHost: x\r\n";
  const Case kCases[] = {
      {"request line", "GET /v1/items/" + std::string(600, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", 414, "URI_TOO_LONG"},
      {"headers", "GET /v1/items/grinder HTTP/1.1\r\nHost: x\r\nX-Long: " + std::string(3000, 'a') + "\r\n\r\n", 431,
       "HEADERS_TOO_LARGE"},
      {"declared body", kHead + "Content-Length: 5000\r\n\r\n" + std::string(5000, ' '), 413, "BODY_TOO_LARGE"},
      {"chunked body", kHead + "Transfer-Encoding: chunked\r\n\r\n1388\r\n" + std::string(5000, ' ') + "\r\n0\r\n\r\n",
       413, "BODY_TOO_LARGE"},
      {"response", kHead + "Content-Length: 22\r\n\r\n{\"replyBytes\": 70000 }", 502, "RESPONSE_TOO_LARGE"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    HttpClient client(gateway.address());
    client.Write(c.request);
    HttpResponse response = client.Read();
    EXPECT_EQ(response.status, c.status) << response.body;
    EXPECT_NE(response.body.find(R"("reason":")" + std::string(c.reason) + "\""), std::string::npos) << response.body;
  }
  EXPECT_EQ(Fetch(gateway.address(), "GET", "/v1/orders/1001").status, 200);
}

TEST(Http, SlowClientsAreTimedOut) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()},
                   .more = "limits: {header_timeout: 200ms, body_timeout: 200ms, idle_timeout: 300ms}"});
  HttpClient head(gateway.address());
  head.Write("GET /v1/orders/1001 HTTP/1.1\r\nHost:");
  HttpResponse response = head.Read();
  EXPECT_EQ(response.status, 408) << response.body;
  EXPECT_TRUE(head.ClosedByPeer());
  HttpClient body(gateway.address());
  body.Write("POST /shop.v1.Diagnostics/Echo HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n{");
  response = body.Read();
  EXPECT_EQ(response.status, 408) << response.body;
  EXPECT_NE(response.body.find(R"("reason":"REQUEST_TIMEOUT")"), std::string::npos) << response.body;
  HttpClient idle(gateway.address());
  EXPECT_EQ(idle.Send("GET", "/v1/orders/1001").status, 200);
  EXPECT_TRUE(idle.ClosedByPeer());
}

TEST(Http, TheRequestIdIsTakenOrMadeAndSentOn) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}});
  HttpResponse given = Fetch(gateway.address(), "POST", kEcho, {{"X-Request-Id", "abc-123"}});
  EXPECT_EQ(given.Header("x-request-id"), "abc-123");
  EXPECT_EQ(JsonAt(given.body, "metadata.x-request-id"), "abc-123");
  HttpResponse made = Fetch(gateway.address(), "POST", kEcho);
  EXPECT_GE(made.Header("x-request-id").size(), 16u);
  EXPECT_EQ(JsonAt(made.body, "metadata.x-request-id"), made.Header("x-request-id"));
  EXPECT_NE(Fetch(gateway.address(), "POST", kEcho).Header("x-request-id"), made.Header("x-request-id"));
  EXPECT_EQ(Fetch(gateway.address(), "GET", "/nowhere", {{"X-Request-Id", "r-1"}}).Header("x-request-id"), "r-1");
}

TEST(Http, OnlyTheNamedHeadersBecomeMetadata) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}, .more = "forward_headers: [X-Tenant]"});
  HttpResponse response = Fetch(gateway.address(), "POST", kEcho,
                                {{"X-Tenant", "blue"},
                                 {"X-Other", "red"},
                                 {"Accept-Language", "it"},
                                 {"Idempotency-Key", "k1"},
                                 {"Authorization", "Bearer t"},
                                 {"User-Agent", "curl/8"},
                                 {"Cookie", "a=b"},
                                 {"Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
                                 {"Grpc-Status", "5"},
                                 {"Connection", "x-tenant-2"}});
  EXPECT_EQ(response.status, 200) << response.body;
  auto metadata = [&](const std::string& name) { return JsonAt(response.body, "metadata." + name); };
  EXPECT_EQ(metadata("x-tenant"), "blue");
  EXPECT_EQ(metadata("x-other"), "");
  EXPECT_EQ(metadata("accept-language"), "it");
  EXPECT_EQ(metadata("idempotency-key"), "k1");
  EXPECT_EQ(metadata("authorization"), "Bearer t");
  EXPECT_EQ(metadata("x-forwarded-user-agent"), "curl/8");
  EXPECT_EQ(metadata("cookie"), "");
  EXPECT_EQ(metadata("grpc-status"), "");
  EXPECT_NE(metadata("traceparent"), "");
  EXPECT_EQ(metadata("x-forwarded-for"), "127.0.0.1");
}

TEST(Http, MetadataBecomesHeadersButTheReservedNames) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}});
  HttpResponse response = Fetch(
      gateway.address(), "POST", kEcho, {},
      R"({"replyMetadata": {"x-first": "1", "access-control-allow-origin": "*", "server": "shop", "x-data-bin": "abc"},
                                    "replyTrailers": {"x-last": "2"}})");
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.Header("x-first"), "1");
  EXPECT_EQ(response.Header("x-last"), "2");
  EXPECT_EQ(response.Header("access-control-allow-origin"), "");
  EXPECT_NE(response.Header("server"), "shop");
  EXPECT_EQ(response.Header("x-data-bin"), "");
  EXPECT_EQ(response.Header("grpc-status"), "");
  EXPECT_NE(response.Header("date"), "");
}

TEST(Http, TheDeadlineTravelsAsWhatRemains) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}, .timeout = "8s"});
  auto deadline = [&](const Headers& headers) {
    return std::atol(JsonAt(Fetch(gateway.address(), "POST", kEcho, headers).body, "deadlineMs").c_str());
  };
  EXPECT_GT(deadline({}), 6000);
  EXPECT_LE(deadline({}), 8000);
  EXPECT_LE(deadline({{"grpc-timeout", "5000m"}}), 5000);
  EXPECT_LE(deadline({{"X-Server-Timeout", "4"}}), 4000);
  EXPECT_GT(deadline({{"X-Server-Timeout", "400"}}), 6000);  // never longer than the backend's
}

TEST(Http, UnixSocketsAndSeveralListeners) {
  TempDir folder;
  Shop shop("unix:" + folder.path("shop.sock"), "by-path");
  Gateway gateway({.listeners = "[{address: \"127.0.0.1:0\"}, {address: \"unix:" + folder.path("gateway.sock") + "\"}]",
                   .endpoints = {shop.address()}});
  EXPECT_EQ(JsonAt(Fetch(gateway.address(0), "POST", kEcho).body, "backend"), "by-path");
  EXPECT_EQ(gateway.address(1), "unix:" + folder.path("gateway.sock"));
  EXPECT_EQ(JsonAt(Fetch(gateway.address(1), "POST", kEcho).body, "backend"), "by-path");
}

TEST(Http, LargeBodiesGoBothWays) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}});
  HttpClient client(gateway.address());
  std::string text(3 << 20, 'y');
  HttpResponse response = client.Send("POST", kEcho, {}, R"({"replyBytes": 3000000, "text": ")" + text + R"("})");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(JsonAt(response.body, "text"), text);
  EXPECT_EQ(JsonAt(response.body, "padding").size(), 3'000'000u);
}

}  // namespace
}  // namespace dragoman::integration
