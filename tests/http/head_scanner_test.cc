#include "http/head_scanner.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace dragoman::http {
namespace {

using Outcome = HeadScanner::Outcome;

TEST(HeadScanner, FindsTheEndAndLowersNamesHoweverTheBytesAreCut) {
  const std::string bytes = "\r\nGET /A?B HTTP/1.1\r\nHost: Shop\r\nX-Empty:\r\nX-T:\t v\xc3\xa9 \r\n\r\nREST";
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    std::string copy = bytes;
    HeadScanner scanner({});
    Outcome outcome = scanner.Scan(copy.data(), cut);
    if (cut < bytes.size() - 4) {
      ASSERT_EQ(outcome, Outcome::kNeedMore) << cut;
      outcome = scanner.Scan(copy.data(), copy.size());
    }
    ASSERT_EQ(outcome, Outcome::kHead) << cut;
    EXPECT_EQ(copy.substr(scanner.head_begin(), scanner.head_size()),
              "GET /A?B HTTP/1.1\r\nhost: Shop\r\nx-empty:\r\nx-t:\t v\xc3\xa9 \r\n\r\n");
    EXPECT_EQ(scanner.http_method(copy.data()), "GET");
    EXPECT_EQ(scanner.target(copy.data()), "/A?B");
  }
}

TEST(HeadScanner, RefusesWhatAForgivingParserWouldMisread) {
  constexpr std::string_view kNoMethod = "the request line does not begin with an HTTP method";
  constexpr std::string_view kBegin = "the request does not begin with an HTTP method";
  constexpr std::string_view kTarget = "the request target has a character that must be percent-encoded";
  constexpr std::string_view kVersion = "the HTTP version must be 1.0 or 1.1";
  constexpr std::string_view kNoVersion = "the request line does not end in an HTTP version";
  constexpr std::string_view kLine = "a line of the request head does not end in CR LF";
  constexpr std::string_view kFold = "a header line begins with white space";
  constexpr std::string_view kName = "a header name has a character that is not allowed, or no colon behind it";
  constexpr std::string_view kValue = "header \"x\" has a control character in its value";
  struct Case {
    std::string_view name;
    std::string bytes;
    int status;
    std::string_view message;
  };
  const std::string line = "GET / HTTP/1.1\r\n";
  const std::vector<Case> cases = {
      // RFC 9112 section 3: request-line
      {"space in front", " GET / HTTP/1.1\r\n", 400, kNoMethod},
      {"binary", "\x16\x03\x01", 400, kBegin},
      {"two empty lines", "\r\n\r\nGET", 400, kNoMethod},
      {"no space", "GET\r\n", 400, kNoMethod},
      {"method with a colon", "GE:T / HTTP/1.1\r\n", 400, kNoMethod},
      {"method with a tab", "GET\t/ HTTP/1.1\r\n", 400, kNoMethod},
      {"two spaces", "GET  / HTTP/1.1\r\n", 400, kTarget},
      {"control character in target", "GET /\x01 HTTP/1.1\r\n", 400, kTarget},
      {"DEL in target", "GET /\x7f HTTP/1.1\r\n", 400, kTarget},
      {"NUL in target", std::string("GET /\0 HTTP/1.1\r\n", 17), 400, kTarget},
      {"tab in target", "GET /\ta HTTP/1.1\r\n", 400, kTarget},
      {"bare CR in target", "GET /\ra HTTP/1.1\r\n", 400, kTarget},
      {"fragment", "GET /a#b HTTP/1.1\r\n", 400, kTarget},
      {"space in target", "GET /a b HTTP/1.1\r\n", 400, kNoVersion},
      {"space behind version", "GET / HTTP/1.1 \r\n", 400, kNoVersion},
      // section 2.3: HTTP-version
      {"0.9", "GET /\r\n", 505, kVersion},
      {"HTTP/0.9", "GET / HTTP/0.9\r\n", 505, kVersion},
      {"HTTP/1.2", "GET / HTTP/1.2\r\n", 505, kVersion},
      {"HTTP/2", "PRI * HTTP/2.0\r\n", 505, kVersion},
      {"HTTP/1", "GET / HTTP/1\r\n", 400, kNoVersion},
      {"HTTP/1.10", "GET / HTTP/1.10\r\n", 400, kNoVersion},
      {"lower case", "GET / http/1.1\r\n", 400, kNoVersion},
      {"other protocol", "GET / ICY/1.1\r\n", 400, kNoVersion},
      // section 2.2: line endings
      {"LF behind request line", "GET / HTTP/1.1\n", 400, kLine},
      {"LF behind header", line + "X: 1\n", 400, kLine},
      {"LF as empty line", line + "\n", 400, kLine},
      {"bare CR in value", line + "X: 1\rY: 2\r\n", 400, kValue},
      {"two CRs", line + "X: 1\r\r\n", 400, kValue},
      // section 5: field lines
      {"obs-fold", line + "X: 1\r\n 2\r\n", 400, kFold},
      {"obs-fold with tab", line + "X: 1\r\n\t2\r\n", 400, kFold},
      {"space before the first header", line + " X: 1\r\n", 400, kFold},
      {"space before colon", line + "X : 1\r\n", 400, kName},
      {"tab before colon", line + "X\t: 1\r\n", 400, kName},
      {"no colon", line + "X\r\n", 400, kName},
      {"empty name", line + ": 1\r\n", 400, kName},
      {"name with space", line + "X Y: 1\r\n", 400, kName},
      {"name with parenthesis", line + "X(: 1\r\n", 400, kName},
      {"name above ASCII", line + "\xc3\xa9: 1\r\n", 400, kName},
      {"NUL in name", line + std::string("X\0: 1\r\n", 7), 400, kName},
      {"NUL in value", line + std::string("X: \0\r\n", 6), 400, kValue},
      {"ESC in value", line + "X: \x1b\r\n", 400, kValue},
      {"DEL in value", line + "X: \x7f\r\n", 400, kValue},
  };
  for (const Case& c : cases) {
    std::string copy = c.bytes;
    HeadScanner scanner({});
    ASSERT_EQ(scanner.Scan(copy.data(), copy.size()), Outcome::kRefused) << c.name;
    const Status refusal = scanner.TakeRefusal();
    EXPECT_EQ(refusal.http_status(), c.status) << c.name;
    EXPECT_EQ(refusal.message(), c.message) << c.name;
    EXPECT_EQ(refusal.reason(), Reason::kInvalidRequest) << c.name;
  }
}

TEST(HeadScanner, KeepsItsBounds) {
  const HeadLimits limits{.request_line = 20, .headers = 30, .header_count = 3};
  const auto scan = [&](std::string bytes) {
    HeadScanner scanner(limits);
    const Outcome outcome = scanner.Scan(bytes.data(), bytes.size());
    return outcome == Outcome::kRefused ? std::string(scanner.TakeRefusal().message()) : outcome == Outcome::kHead ? "head" : "more";
  };
  EXPECT_EQ(scan("GET /2345678 HTTP/1."), "more");
  EXPECT_EQ(scan("GET /23456 HTTP/1.1\r\n"), "more");
  EXPECT_EQ(scan("GET /23456789 HTTP/1.1\r\n"), "the request line is longer than 20 bytes");
  EXPECT_EQ(scan("GET /2345678901234567890"), "the request line is longer than 20 bytes");
  EXPECT_EQ(scan("GET / HTTP/1.1\r\nabc: 67890123456789012345678\r\n\r\n"), "head");
  EXPECT_EQ(scan("GET / HTTP/1.1\r\nabc: 678901234567890123456789012\r\n\r\n"), "the headers are longer than 30 bytes");
  EXPECT_EQ(scan("GET / HTTP/1.1\r\nabc: 67890123456789012345678901234"), "the headers are longer than 30 bytes");
  EXPECT_EQ(scan("GET / HTTP/1.1\r\na:\r\nb:\r\nc:\r\nd:\r\n\r\n"), "there are more than 3 headers");
}

}  // namespace
}  // namespace dragoman::http
