#include "http/request_parser.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

// What it refuses stands in raw_head_test.cc and raw_framing_test.cc.
namespace dragoman::http {
namespace {

// A head that went through the scanner, and what the parser made of it.
struct Parsed {
  explicit Parsed(std::string text) : bytes(std::move(text)), parser(headers, target) {
    HeadScanner scanner({});
    if (scanner.Scan(bytes.data(), bytes.size()) == HeadScanner::Outcome::kHead) {
      status = parser.ParseHead(std::string_view(bytes).substr(scanner.head_begin(), scanner.head_size()), head);
    } else {
      status = scanner.TakeRefusal();
    }
  }

  std::string bytes;
  std::vector<Header> headers;
  std::string target;
  RequestParser parser;
  RequestHead head;
  Status status;
};

TEST(RequestParser, GivesTheHeadAsViews) {
  Parsed parsed("POST /a?b HTTP/1.1\r\nHost: shop:80\r\nContent-Type:  text/plain \r\nContent-Length: 12\r\n\r\n");
  ASSERT_TRUE(parsed.status.ok()) << parsed.status.message();
  EXPECT_EQ(parsed.head.http_method, "POST");
  EXPECT_EQ(parsed.head.target, "/a?b");
  EXPECT_EQ(parsed.head.authority, "shop:80");
  EXPECT_EQ(parsed.head.version, 11);
  ASSERT_EQ(parsed.head.headers.size(), 3u);
  EXPECT_EQ(parsed.head.Find("content-type"), "text/plain");
  EXPECT_EQ(parsed.parser.body_kind(), RequestParser::BodyKind::kSized);
  EXPECT_EQ(parsed.parser.content_length(), 12u);
  const char* value = parsed.head.Find("host").data();
  EXPECT_TRUE(value > parsed.bytes.data() && value < parsed.bytes.data() + parsed.bytes.size());
}

TEST(RequestParser, LeavesOutWhatConnectionNames) {
  Parsed parsed("GET /a HTTP/1.1\r\nHost: shop\r\nX-Internal: 1\r\nConnection: keep-alive, X-INTERNAL\r\nX-Kept: 2\r\nConnection: x-other, host\r\n"
                "x-internal: 3\r\nX-Other: 4\r\n\r\n");
  ASSERT_TRUE(parsed.status.ok()) << parsed.status.message();
  EXPECT_EQ(parsed.head.Find("x-internal"), "");
  EXPECT_EQ(parsed.head.Find("x-other"), "");
  EXPECT_EQ(parsed.head.Find("x-kept"), "2");
  EXPECT_EQ(parsed.head.authority, "shop");
  EXPECT_EQ(parsed.head.headers.size(), 3u);  // and two of Connection itself
  EXPECT_TRUE(parsed.parser.wants_keep_alive());
}

TEST(RequestParser, KeepsWhatSaysWhoTheClientIsThoughConnectionNamesIt) {
  Parsed parsed("GET /a HTTP/1.1\r\nHost: shop\r\nConnection: Forwarded, X-Forwarded-For, x-forwarded-proto\r\n"
                "Forwarded: for=192.0.2.7\r\nX-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\n\r\n");
  ASSERT_TRUE(parsed.status.ok()) << parsed.status.message();
  EXPECT_EQ(parsed.head.Find("forwarded"), "for=192.0.2.7");
  EXPECT_EQ(parsed.head.Find("x-forwarded-for"), "192.0.2.7");
  EXPECT_EQ(parsed.head.Find("x-forwarded-proto"), "https");
}

TEST(RequestParser, KnowsWhatAnUpgradeOffers) {
  const struct {
    const char* name;
    std::string_view line;
    std::string_view headers;
    bool offered;
  } kCases[] = {
      {"as browsers do", "GET / HTTP/1.1", "Connection: Upgrade\r\nUpgrade: websocket\r\n", true},
      {"as Firefox does", "GET / HTTP/1.1", "Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n", true},
      {"two lines of Connection", "GET / HTTP/1.1", "Connection: keep-alive\r\nConnection: upgrade\r\nUpgrade: websocket\r\n", true},
      {"Upgrade first", "GET / HTTP/1.1", "Upgrade: websocket\r\nConnection: Upgrade\r\n", true},
      {"one of several", "GET / HTTP/1.1", "Connection: Upgrade\r\nUpgrade: h2c, websocket\r\n", true},
      {"a body of no bytes", "GET / HTTP/1.1", "Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 0\r\n", true},
      {"another protocol", "GET / HTTP/1.1", "Connection: Upgrade\r\nUpgrade: h2c\r\n", false},
      {"a version of it", "GET / HTTP/1.1", "Connection: Upgrade\r\nUpgrade: websocket/13\r\n", false},
      {"Connection does not name it", "GET / HTTP/1.1", "Upgrade: websocket\r\n", false},
      {"Connection names something else", "GET / HTTP/1.1", "Connection: x-upgrade\r\nUpgrade: websocket\r\n", false},
      {"no Upgrade", "GET / HTTP/1.1", "Connection: Upgrade\r\n", false},
      {"nothing", "GET / HTTP/1.1", "", false},
      {"HTTP/1.0", "GET / HTTP/1.0", "Connection: Upgrade\r\nUpgrade: websocket\r\n", false},
      {"POST", "POST / HTTP/1.1", "Connection: Upgrade\r\nUpgrade: websocket\r\n", false},
      {"HEAD", "HEAD / HTTP/1.1", "Connection: Upgrade\r\nUpgrade: websocket\r\n", false},
      {"a body", "GET / HTTP/1.1", "Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 1\r\n", false},
      {"chunks", "GET / HTTP/1.1", "Connection: Upgrade\r\nUpgrade: websocket\r\nTransfer-Encoding: chunked\r\n", false},
  };
  for (const auto& c : kCases) {
    Parsed parsed(std::string(c.line) + "\r\nHost: s\r\n" + std::string(c.headers) + "Sec-WebSocket-Key: k\r\n\r\n");
    ASSERT_TRUE(parsed.status.ok()) << c.name << ": " << parsed.status.message();
    EXPECT_EQ(parsed.parser.offers_upgrade("websocket"), c.offered) << c.name;
    EXPECT_EQ(parsed.head.Find("sec-websocket-key"), "k") << c.name;
    if (c.offered) {
      EXPECT_EQ(parsed.head.Find("upgrade"), "") << c.name;
    }
  }
}

}  // namespace
}  // namespace dragoman::http
