#include "config/scalar.h"

#include <gtest/gtest.h>

namespace dragoman::config {
namespace {

using std::chrono::milliseconds;

TEST(Scalar, ReadsDurations) {
  struct Case {
    std::string_view text;
    int64_t count;  // ms; -1: refused
  };
  const Case cases[] = {{"250ms", 250},
                        {"5s", 5'000},
                        {"1m", 60'000},
                        {"1h", 3'600'000},
                        {"0s", 0},
                        {"10000h", 36'000'000'000},
                        {"10001h", -1},
                        {"5", -1},
                        {"", -1},
                        {"s", -1},
                        {"-5s", -1},
                        {"1.5s", -1},
                        {"5 s", -1},
                        {"5S", -1},
                        {"1m30s", -1},
                        {"5sec", -1},
                        {"99999999999999999999s", -1}};
  for (const Case& c : cases) {
    const auto duration = ParseDuration(c.text);
    EXPECT_EQ(duration ? duration->count() : -1, c.count) << c.text;
  }
}

TEST(Scalar, ReadsSizes) {
  struct Case {
    std::string_view text;
    int64_t bytes;  // -1: refused
  };
  const Case cases[] = {{"512B", 512},
                        {"64KiB", 65'536},
                        {"4MiB", 4'194'304},
                        {"1GiB", 1'073'741'824},
                        {"1000", 1000},
                        {"0", 0},
                        {"4MB", -1},
                        {"4k", -1},
                        {"", -1},
                        {"KiB", -1},
                        {"-1", -1},
                        {"1.5MiB", -1},
                        {"99999999999GiB", -1},
                        {"99999999999999999999", -1}};
  for (const Case& c : cases) {
    const auto bytes = ParseSize(c.text);
    EXPECT_EQ(bytes ? static_cast<int64_t>(*bytes) : -1, c.bytes) << c.text;
  }
}

TEST(Scalar, ReadsWholeNumbers) {
  EXPECT_EQ(ParseInteger("42"), 42);
  EXPECT_EQ(ParseInteger("+42"), 42);
  EXPECT_EQ(ParseInteger("-42"), -42);
  for (const std::string_view text : {"", "4.2", "0x10", "1e3", "4 ", "9223372036854775808", "+-4"}) {
    EXPECT_FALSE(ParseInteger(text)) << text;
  }
}

TEST(Scalar, RendersTheShortestForm) {
  EXPECT_EQ(RenderDuration(milliseconds(0)), "0ms");
  EXPECT_EQ(RenderDuration(milliseconds(1'500)), "1500ms");
  EXPECT_EQ(RenderDuration(milliseconds(90'000)), "90s");
  EXPECT_EQ(RenderDuration(milliseconds(3'600'000)), "1h");
  EXPECT_EQ(RenderSize(0), "0B");
  EXPECT_EQ(RenderSize(1'000), "1000B");
  EXPECT_EQ(RenderSize(65'536), "64KiB");
  EXPECT_EQ(RenderSize(1ull << 30), "1GiB");
}

TEST(ParseDate, ReadsDatesAndTimesInUtc) {
  const struct {
    std::string_view text;
    std::optional<int64_t> seconds;
  } cases[] = {
      {"1970-01-01", 0},
      {"1970-01-01T00:00:01Z", 1},
      {"2027-01-31", 1801353600},
      {"2024-02-29T23:59:59Z", 1709251199},
      {"2023-02-29", std::nullopt},
      {"2023-13-01", std::nullopt},
      {"2023-1-01", std::nullopt},
      {"2023-01-01 00:00:00", std::nullopt},
      {"2023-01-01T24:00:00Z", std::nullopt},
      {"20x3-01-01", std::nullopt},
      {"", std::nullopt},
  };
  for (const auto& c : cases) EXPECT_EQ(ParseDate(c.text), c.seconds) << c.text;
}

TEST(Rate, IsReadAndWrittenInItsShortestForm) {
  struct Case {
    std::string_view text;
    uint64_t amount;
    std::chrono::milliseconds per;
    std::string_view shortest;
  };
  for (const Case& one : {Case{"10/s", 10, std::chrono::seconds(1), "10/s"}, Case{"1000/1h", 1000, std::chrono::hours(1), "1000/h"},
                          Case{"5/15m", 5, std::chrono::minutes(15), "5/15m"}, Case{"3/250ms", 3, std::chrono::milliseconds(250), "3/250ms"},
                          Case{"7/10s", 7, std::chrono::seconds(10), "7/10s"}}) {
    const std::optional<Rate> rate = ParseRate(one.text);
    ASSERT_TRUE(rate) << one.text;
    EXPECT_EQ(rate->amount, one.amount);
    EXPECT_EQ(rate->per, one.per);
    EXPECT_EQ(RenderRate(*rate), one.shortest);
  }
  for (const std::string_view text : {"", "10", "/s", "10/", "10/0s", "-1/s", "10/x", "10/s/s", "1.5/s", "10 / s", "s/10"}) {
    EXPECT_FALSE(ParseRate(text)) << text;
  }
}

}  // namespace
}  // namespace dragoman::config
