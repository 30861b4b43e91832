#include "http/request_parser.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

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

TEST(RequestParser, RefusesAmbiguousHeads) {
  constexpr std::string_view kBoth = "there are both a Content-Length and a Transfer-Encoding";
  constexpr std::string_view kLengths = "there are several Content-Length headers";
  constexpr std::string_view kNumber = "header \"content-length\" is not a number of bytes";
  constexpr std::string_view kCodings = "there are several Transfer-Encoding headers";
  constexpr std::string_view kCoding = "header \"transfer-encoding\" must be chunked";
  constexpr std::string_view kHost = "header \"host\" is not a host and port";
  constexpr std::string_view kTarget = "the request target is neither a path nor an http URL";
  constexpr std::string_view kTargetHost = "the request target's host is not a host and port";
  struct Case {
    std::string_view name;
    std::string text;  // of the head, without the last empty line
    int status;
    std::string_view message;
  };
  const std::string post = "POST / HTTP/1.1\r\nHost: s\r\n";
  const std::vector<Case> cases = {
      // RFC 9112 section 6.1, 6.3: message body length
      {"length, then coding", post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", 400, kBoth},
      {"coding, then length", post + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", 400, kBoth},
      {"two lengths", post + "Content-Length: 5\r\nContent-Length: 6\r\n", 400, kLengths},
      {"the same length twice", post + "Content-Length: 5\r\nContent-Length: 5\r\n", 400, kLengths},
      {"list of lengths", post + "Content-Length: 5, 5\r\n", 400, kNumber},
      {"list of different lengths", post + "Content-Length: 5, 6\r\n", 400, kLengths},
      {"signed length", post + "Content-Length: +5\r\n", 400, kNumber},
      {"negative length", post + "Content-Length: -5\r\n", 400, kNumber},
      {"hexadecimal length", post + "Content-Length: 0x5\r\n", 400, kNumber},
      {"empty length", post + "Content-Length:\r\n", 400, kNumber},
      {"huge length", post + "Content-Length: 99999999999999999999\r\n", 400, kNumber},
      {"fraction", post + "Content-Length: 5.0\r\n", 400, kNumber},
      {"two codings", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400, kCodings},
      {"gzip", post + "Transfer-Encoding: gzip, chunked\r\n", 501, kCoding},
      {"chunked twice", post + "Transfer-Encoding: chunked, chunked\r\n", 501, kCoding},
      {"chunked with a parameter", post + "Transfer-Encoding: chunked;q=1\r\n", 501, kCoding},
      {"quoted", post + "Transfer-Encoding: \"chunked\"\r\n", 501, kCoding},
      {"vertical tab", post + "Transfer-Encoding: \vchunked\r\n", 400, "header \"transfer-encoding\" has a control character in its value"},
      {"identity", post + "Transfer-Encoding: identity\r\n", 501, kCoding},
      {"empty coding", post + "Transfer-Encoding:\r\n", 501, kCoding},
      {"chunks in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n", 400, "HTTP/1.0 has no Transfer-Encoding"},
      {"over the bound", post + "Content-Length: 1001\r\n", 413, "the body is larger than 1000 bytes"},
      // section 3.2: Host and request target
      {"no host", "GET / HTTP/1.1\r\n", 400, "header \"host\" is missing"},
      {"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n", 400, "there are several Host headers"},
      {"two hosts in 1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n", 400, "there are several Host headers"},
      {"host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n", 400, kHost},
      {"host with a user", "GET / HTTP/1.1\r\nHost: a@b\r\n", 400, kHost},
      {"list of hosts", "GET / HTTP/1.1\r\nHost: a, b\r\n", 400, kHost},
      {"relative", "GET a/b HTTP/1.1\r\nHost: a\r\n", 400, kTarget},
      {"asterisk", "GET * HTTP/1.1\r\nHost: a\r\n", 400, kTarget},
      {"query only", "GET ?a HTTP/1.1\r\nHost: a\r\n", 400, kTarget},
      {"other scheme", "GET ftp://a/b HTTP/1.1\r\nHost: a\r\n", 400, kTarget},
      {"no authority", "GET http:///b HTTP/1.1\r\nHost: a\r\n", 400, kTargetHost},
      {"user in authority", "GET http://u@a/b HTTP/1.1\r\nHost: a\r\n", 400, kTargetHost},
      // RFC 9110 section 9.3.6, 9.3.8, 10.1.1
      {"CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n", 405, "HTTP method CONNECT is not served"},
      {"TRACE", "TRACE / HTTP/1.1\r\nHost: a\r\n", 405, "HTTP method TRACE is not served"},
      {"expectation", post + "Expect: a-miracle\r\n", 417, "header \"expect\" must be 100-continue"},
      {"connection", post + "Connection: a b\r\n", 400, "header \"connection\" is not a list of names"},
  };
  for (const Case& c : cases) {
    Parsed parsed(c.text + "\r\n");
    EXPECT_EQ(parsed.status.http_status(), c.status) << c.name;
    EXPECT_EQ(parsed.status.message(), c.message) << c.name;
  }
}

TEST(RequestParser, DecodesChunksCutAtEveryByte) {
  const std::string body = "5\r\nhello\r\n1A;ext=1;q=\"a b\"\r\nabcdefghijklmnopqrstuvwxyz\r\n000\r\nx: y\r\n\r\nNEXT";
  for (size_t cut = 0; cut <= body.size() - 4; ++cut) {
    Parsed parsed("POST / HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: Chunked\r\n\r\n");
    ASSERT_TRUE(parsed.status.ok());
    Buffer out;
    Result<size_t> used = 0;
    if (cut > 0) used = parsed.parser.DecodeChunks(std::string_view(body).substr(0, cut), out);
    ASSERT_TRUE(used.has_value()) << cut << ": " << used.error().message();
    const size_t first = *used;
    if (!parsed.parser.chunks_done()) {
      used = parsed.parser.DecodeChunks(std::string_view(body).substr(first), out);
      ASSERT_TRUE(used.has_value()) << cut << ": " << used.error().message();
      EXPECT_EQ(body.substr(first + *used), "NEXT");
    }
    EXPECT_TRUE(parsed.parser.chunks_done());
    EXPECT_EQ(out.view(), "helloabcdefghijklmnopqrstuvwxyz");
  }
}

TEST(RequestParser, RefusesMalformedChunks) {
  struct Case {
    std::string_view name;
    std::string body;
  };
  const std::vector<Case> cases = {{"no number", "x\r\n"},         {"empty size", "\r\nab"},       {"signed", "+5\r\nhello\r\n"},
                                   {"prefix", "0x5\r\n\r\n"}, {"LF behind size", "5\nhello\r\n0\r\n\r\n"},
                                   {"no CRLF behind data", "5\r\nhelloXX0\r\n\r\n"},
                                   {"overflow", "fffffffffffffffff\r\n"},
                                   {"space before size", " 5\r\nhello\r\n"},
                                   {"bare CR in extension", "5;a\rb\r\nhello\r\n"},
                                   {"extension without name", "5;;\r\nhello\r\n"},
                                   {"trailer without colon", "0\r\nx\r\n\r\n"},
                                   {"length as trailer", "0\r\nContent-Length: 5\r\n\r\n"}};
  for (const Case& c : cases) {
    Parsed parsed("POST / HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked\r\n\r\n");
    Buffer out;
    Result<size_t> used = parsed.parser.DecodeChunks(c.body, out);
    ASSERT_FALSE(used.has_value()) << c.name;
    EXPECT_EQ(used.error().reason(), Reason::kInvalidRequest) << c.name;
    EXPECT_TRUE(used.error().message().starts_with("the chunked body is malformed: ")) << used.error().message();
  }
}

}  // namespace
}  // namespace dragoman::http
