#include "rpc/deadline.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fake_exchange.h"

namespace dragoman::rpc {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

TEST(ParseGrpcTimeout, ReadsEveryUnit) {
  const struct {
    std::string_view text;
    Duration expected;
  } kCases[] = {{"1H", hours(1)},        {"2M", minutes(2)},
                {"3S", seconds(3)},      {"250m", milliseconds(250)},
                {"7u", microseconds(7)}, {"99999999n", nanoseconds(99999999)},
                {"0S", seconds(0)},      {"99999999H", hours(1'000'000)}};
  for (const auto& c : kCases) {
    const Result<Duration> parsed = ParseGrpcTimeout(c.text);
    ASSERT_TRUE(parsed.has_value()) << c.text;
    EXPECT_EQ(*parsed, c.expected) << c.text;
  }
}

TEST(ParseGrpcTimeout, RefusesAnythingElse) {
  for (const std::string_view text : {"", "S", "1", "1s", "-1S", "1.5S", "123456789S", " 1S", "1S ", "+1S", "0x1S"}) {
    const Result<Duration> parsed = ParseGrpcTimeout(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().reason(), Reason::kInvalidRequest);
    EXPECT_EQ(parsed.error().message(),
              "header grpc-timeout: expected 1 to 8 digits and one of H M S m u n, got \"" + std::string(text) + "\"");
  }
}

TEST(ParseServerTimeout, ReadsSecondsWithAFraction) {
  EXPECT_EQ(*ParseServerTimeout("2"), seconds(2));
  EXPECT_EQ(*ParseServerTimeout("0.25"), milliseconds(250));
  EXPECT_EQ(*ParseServerTimeout("0"), seconds(0));
}

TEST(ParseServerTimeout, RefusesAnythingElse) {
  for (const std::string_view text : {"", "-1", "1e3", "nan", "inf", "1s", "1000001", " 1"}) {
    const Result<Duration> parsed = ParseServerTimeout(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().message(),
              "header x-server-timeout: expected seconds between 0 and 1000000, such as 1.5, got \"" +
                  std::string(text) + "\"");
  }
}

TEST(DeadlineOf, TakesTheSmallestFromTheStartOfTheExchange) {
  const struct {
    std::vector<Header> headers;
    Duration expected;
  } kCases[] = {{{}, seconds(15)},
                {{{"grpc-timeout", "2S"}}, seconds(2)},
                {{{"grpc-timeout", "1M"}}, seconds(15)},
                {{{"grpc-timeout", "2S"}, {"x-server-timeout", "0.5"}}, milliseconds(500)},
                {{{"x-server-timeout", "3"}, {"grpc-timeout", "4S"}}, seconds(3)}};
  for (const auto& c : kCases) {
    FakeExchange exchange("GET", "/", c.headers);
    const Result<TimePoint> deadline = DeadlineOf(exchange, seconds(15));
    ASSERT_TRUE(deadline.has_value());
    EXPECT_EQ(*deadline - exchange.started(), c.expected);
  }
}

TEST(DeadlineOf, RefusesABrokenHeader) {
  FakeExchange exchange("GET", "/", {{"grpc-timeout", "soon"}});
  EXPECT_EQ(DeadlineOf(exchange, seconds(15)).error().reason(), Reason::kInvalidRequest);
}

}  // namespace
}  // namespace dragoman::rpc
