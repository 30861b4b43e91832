#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>

#include "shop_fixture.h"

// Hostile bytes against the real binary: the JSON that comes back, what reaches the backend, what the access log says.
// The whole table of what is refused stands in tests/http/raw_*_test.cc.
namespace dragoman::integration {
namespace {

// A call that the backend counts, behind everything that is refused.
const std::string kSmuggled =
    "POST /shop.v1.Diagnostics/Echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
    "GET /v1/orders/1002 HTTP/1.1\r\nHost: x\r\n\r\n";
const std::string kPost = "POST /shop.v1.Diagnostics/Echo HTTP/1.1\r\nHost: x\r\n";
const std::string kGet = "GET /v1/orders/1001 HTTP/1.1\r\nHost: x\r\n";
const std::string kChunked = kPost + "Transfer-Encoding: chunked\r\n\r\n";

struct Case {
  const char* name;
  std::string bytes;
  int status;
  int code;
  const char* reason;
  const char* message;
};

std::string StatusBody(const Case& c) {
  return R"({"code": )" + std::to_string(c.code) + R"(, "message": ")" + c.message +
         R"(", "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": ")" + c.reason +
         R"(", "domain": "dragoman"}]})";
}

const Case kCases[] = {
    {"length and chunks", kPost + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, 3,
     "INVALID_REQUEST", "there are both a Content-Length and a Transfer-Encoding"},
    {"chunks and length", kPost + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400, 3,
     "INVALID_REQUEST", "there are both a Content-Length and a Transfer-Encoding"},
    {"two lengths", kPost + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 400, 3, "INVALID_REQUEST",
     "there are several Content-Length headers"},
    {"signed length", kPost + "Content-Length: +2\r\n\r\n{}", 400, 3, "INVALID_REQUEST",
     "header \\\"content-length\\\" is not a number of bytes"},
    {"an obfuscated coding", kPost + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400, 3, "INVALID_REQUEST",
     "header \\\"transfer-encoding\\\" must be chunked"},
    {"another coding", kPost + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501, 3, "INVALID_REQUEST",
     "header \\\"transfer-encoding\\\" must be chunked"},
    {"a folded header", kGet + "X: 1\r\n 2\r\n\r\n", 400, 3, "INVALID_REQUEST",
     "a header line begins with white space"},
    {"a bare CR", kGet + "X: 1\rY: 2\r\n\r\n", 400, 3, "INVALID_REQUEST",
     "header \\\"x\\\" has a control character in its value"},
    {"a bare LF", kGet + "X: 1\nY: 2\r\n\r\n", 400, 3, "INVALID_REQUEST",
     "a line of the request head does not end in CR LF"},
    {"space before the colon", kGet + "Content-Length : 5\r\n\r\n", 400, 3, "INVALID_REQUEST",
     "a header name has a character that is not allowed, or no colon behind it"},
    {"two Hosts", kGet + "Host: y\r\n\r\n", 400, 3, "INVALID_REQUEST", "there are several Host headers"},
    {"no Host", "GET /v1/orders/1001 HTTP/1.1\r\n\r\n", 400, 3, "INVALID_REQUEST", "header \\\"host\\\" is missing"},
    {"a bad chunk size", kChunked + "0x2\r\n{}\r\n0\r\n\r\n", 400, 3, "INVALID_REQUEST",
     "the chunked body is malformed: a chunk does not begin with its size"},
    {"a bad end of a chunk", kChunked + "2\r\n{}\n0\r\n\r\n", 400, 3, "INVALID_REQUEST",
     "the chunked body is malformed: a chunk's data is not followed by CR LF"},
    {"a length as a trailer", kChunked + "2\r\n{}\r\n0\r\nContent-Length: 5\r\n\r\n", 400, 3, "INVALID_REQUEST",
     "the chunked body is malformed: \\\"content-length\\\" is no trailer"},
    {"trailers over the bound", kChunked + "2\r\n{}\r\n0\r\nX: " + std::string(9000, 'x') + "\r\n\r\n", 431, 8,
     "HEADERS_TOO_LARGE", "the trailers are longer than 8192 bytes"},
    {"a body over the bound", kPost + "Content-Length: 4294967297\r\n\r\n", 413, 8, "BODY_TOO_LARGE",
     "the body is larger than 4194304 bytes"},
    {"an unknown expectation", kPost + "Expect: more\r\nContent-Length: 2\r\n\r\n{}", 417, 3, "INVALID_REQUEST",
     "header \\\"expect\\\" must be 100-continue"},
    {"nearly the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n", 505, 3, "INVALID_REQUEST",
     "the HTTP version must be 1.0 or 1.1"},
    {"CONNECT", "CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n", 405, 12, "METHOD_NOT_ALLOWED",
     "HTTP method CONNECT is not served"},
    {"TLS", std::string("\x16\x03\x01\x00\x05\x01\x00", 7) + "\r\n", 400, 3, "INVALID_REQUEST",
     "the request line does not begin with an HTTP method"},
};

TEST(HostileHttp, IsRefusedInJsonAndNothingBehindItReachesTheBackend) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}});
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    HttpClient client(gateway.address());
    client.Write(c.bytes + kSmuggled);
    HttpResponse response = client.Read();
    EXPECT_EQ(response.status, c.status);
    EXPECT_EQ(JsonDifference(StatusBody(c), response.body), "");
    EXPECT_EQ(response.Header("content-type"), "application/json");
    EXPECT_EQ(response.Header("connection"), "close");
    EXPECT_GE(response.Header("x-request-id").size(), 16u);
    EXPECT_TRUE(client.ClosedByPeer());
  }
  EXPECT_EQ(Stat(gateway, "Diagnostics/Echo", "started"), 0);
  EXPECT_EQ(Stat(gateway, "Orders/GetOrder", "started"), 0);
}

TEST(HostileHttp, EndsAPipelineWhoseGoodRequestsAreServed) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}});
  HttpClient client(gateway.address());
  client.Write(kGet + "\r\n" + kPost + "Content-Length: 2\r\n\r\n{}" + kGet + "Host: y\r\n\r\n" + kSmuggled);
  EXPECT_EQ(JsonAt(client.Read().body, "id"), "1001");
  EXPECT_EQ(client.Read().status, 200);
  EXPECT_EQ(client.Read().status, 400);
  EXPECT_TRUE(client.ClosedByPeer());
  EXPECT_EQ(Stat(gateway, "Orders/GetOrder", "started"), 1);
  EXPECT_EQ(Stat(gateway, "Diagnostics/Echo", "started"), 1);
}

TEST(HostileHttp, IsWordedInTheConfiguredFormat) {
  struct Format {
    const char* name;
    const char* content_type;
    const char* body;
  };
  const Format kFormats[] = {
      {"aip193", "application/json", R"({"error": {"code": 400, "status": "INVALID_ARGUMENT",
           "message": "there are several Host headers", "details": [{"reason": "INVALID_REQUEST", "domain": "dragoman"}]}})"},
      {"problem", "application/problem+json", R"({"status": 400, "detail": "there are several Host headers"})"},
  };
  Shop shop;
  for (const Format& format : kFormats) {
    Gateway gateway({.endpoints = {shop.address()}, .more = "errors: {format: " + std::string(format.name) + "}"});
    HttpClient client(gateway.address());
    client.Write(kGet + "Host: y\r\n\r\n" + kSmuggled);
    HttpResponse response = client.Read();
    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(JsonLacks(format.body, response.body), "");
    EXPECT_NE(response.body.find("INVALID_REQUEST"), std::string::npos) << response.body;
    EXPECT_EQ(response.Header("content-type"), format.content_type);
    EXPECT_TRUE(client.ClosedByPeer());
  }
}

TEST(HostileHttp, HeadersNamedByConnectionStayHere) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}, .more = "forward_headers: [x-tenant, x-kept]"});
  HttpResponse response = Fetch(gateway.address(), "POST", "/shop.v1.Diagnostics/Echo",
                                {{"X-Tenant", "blue"}, {"X-Kept", "yes"}, {"Connection", "keep-alive, X-Tenant"}});
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(JsonAt(response.body, "metadata.x-tenant"), "");
  EXPECT_EQ(JsonAt(response.body, "metadata.x-kept"), "yes");
}

TEST(HostileHttp, LeavesTheAccessLogALineOfJsonEach) {
  Shop shop;
  TempDir folder;
  const std::string log = folder.path("access.log");
  Gateway gateway(
      {.endpoints = {shop.address()}, .more = "workers: 1\naccess_log: {format: json, path: \"" + log + "\"}"});
  size_t sent = 0;
  const auto send = [&](const std::string& bytes) {
    HttpClient client(gateway.address());
    client.Write(bytes);
    EXPECT_NE(client.Read().status, 0);
    ++sent;
  };
  for (const Case& c : kCases) send(c.bytes + kSmuggled);
  const size_t refused = sent;
  send("GET /v1/orders/\"\xff\\\xc3\xa9{} HTTP/1.1\r\nHost: x\r\n\r\n");
  send("!#$%&'*+-.^_`|~ /v1/orders/1001 HTTP/1.1\r\nHost: x\r\nX-Request-Id: \"\xff\r\n\r\n");
  gateway.process().Signal(SIGTERM);
  EXPECT_EQ(gateway.process().Wait(), 0);
  std::ifstream in(log);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  ASSERT_EQ(lines.size(), sent);
  for (size_t i = 0; i < lines.size(); ++i) {
    EXPECT_EQ(JsonLacks("{}", lines[i]), "") << lines[i];
    for (char c : lines[i]) EXPECT_TRUE(c >= 0x20 && c < 0x7f) << lines[i];
    if (i >= refused) continue;
    EXPECT_EQ(JsonAt(lines[i], "status"), std::to_string(kCases[i].status)) << lines[i];
    EXPECT_EQ(JsonAt(lines[i], "reason"), kCases[i].reason) << lines[i];
    // What is wrong with a body is noticed by who reads it.
    const std::string message = kCases[i].message;
    const bool of_body = message.find("body") != std::string::npos || message.find("trailers") != std::string::npos;
    EXPECT_EQ(JsonAt(lines[i], "rpc").empty(), !of_body) << lines[i];
  }
}

}  // namespace
}  // namespace dragoman::integration
