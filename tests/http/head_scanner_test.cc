#include "http/head_scanner.h"

#include <gtest/gtest.h>

#include <string>

// What it refuses stands in raw_head_test.cc.
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

// A line that just fits is not refused because its CR has come and its LF has not.
TEST(HeadScanner, KeepsItsBoundsHoweverTheBytesAreCut) {
  const std::string bytes = "GET /23456 HTTP/1.1\r\nabc: 67890\r\n\r\n";
  for (size_t cut = 0; cut < bytes.size(); ++cut) {
    for (size_t less : {0u, 1u}) {
      for (bool of_line : {true, false}) {
        HeadScanner scanner({.request_line = of_line ? 19 - less : 99, .headers = of_line ? 99 : 12 - less, .header_count = 3});
        std::string copy = bytes;
        Outcome outcome = scanner.Scan(copy.data(), cut);
        if (outcome == Outcome::kNeedMore) outcome = scanner.Scan(copy.data(), copy.size());
        EXPECT_EQ(outcome, less == 0 ? Outcome::kHead : Outcome::kRefused) << cut << " " << of_line;
      }
    }
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
