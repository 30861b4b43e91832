#include "http/request_parser.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

// What it refuses stands in raw_head_test.cc and raw_framing_test.cc.
namespace dragoman::http {
namespace {

// A head that went through the scanner, and what the parser made of it.
struct Parsed {
  explicit Parsed(std::string text, uint64_t max_body = 1000) : bytes(std::move(text)), parser(max_body, headers, target) {
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

}  // namespace
}  // namespace dragoman::http
