#include "observe/metrics_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "tests/observe/exposition.h"

namespace dragoman::observe {
namespace {

using testing::IsEmpty;

std::string PageOf(const MetricsWriter& writer) {
  Buffer out;
  writer.Finish(out);
  return std::string(out.view());
}

TEST(MetricsWriter, TheSeriesOfAFamilyStandTogether) {
  MetricsWriter writer;
  writer.Counter("b_total", "B.", {{"limit", "one"}}, 1);
  writer.Gauge("a", "A.", {}, 2);
  writer.Counter("b_total", "Another text.", {{"limit", "two"}, {"decision", "refused"}}, 3);
  writer.Gauge("a", "A.", {{"x", "y"}}, -4);
  EXPECT_EQ(PageOf(writer),
            "# HELP b_total B.\n"
            "# TYPE b_total counter\n"
            "b_total{limit=\"one\"} 1\n"
            "b_total{limit=\"two\",decision=\"refused\"} 3\n"
            "# HELP a A.\n"
            "# TYPE a gauge\n"
            "a 2\n"
            "a{x=\"y\"} -4\n");
}

TEST(MetricsWriter, NothingWrittenIsAnEmptyPage) { EXPECT_EQ(PageOf(MetricsWriter()), ""); }

TEST(MetricsWriter, NoLabelValueCanForgeASeries) {
  struct Case {
    const char* value;
    const char* written;
    const char* read;
  };
  const Case cases[] = {
      {"", "", ""},
      {"a\"} 1\nforged 1", "a\\\"} 1\\nforged 1", "a\"} 1\nforged 1"},
      {"\\", "\\\\", "\\"},
      {"\\n", "\\\\n", "\\n"},
      {"tea ☕", "tea ☕", "tea ☕"},
      {"a\xff\xfe", "a\uFFFD\uFFFD", "a\uFFFD\uFFFD"},
      {"\xc3", "\uFFFD", "\uFFFD"},                                  // cut off
      {"\xed\xa0\x80", "\uFFFD\uFFFD\uFFFD", "\uFFFD\uFFFD\uFFFD"},  // a surrogate
      {"\r\t\x01", "\r\t\x01", "\r\t\x01"},
  };
  for (const Case& each : cases) {
    MetricsWriter writer;
    writer.Gauge("g", "Help with \\ and\na line.", {{"rule", each.value}}, 1);
    const std::string page = PageOf(writer);
    EXPECT_EQ(page, std::string("# HELP g Help with \\\\ and\\na line.\n# TYPE g gauge\ng{rule=\"") + each.written +
                        "\"} 1\n");
    const Exposition read = ReadExposition(page);
    EXPECT_THAT(read.faults, IsEmpty());
    EXPECT_EQ(read.ValueOf("g", {{"rule", each.read}}), 1) << page;
    EXPECT_EQ(read.families[0].help, "Help with \\ and\na line.");
  }
}

TEST(MetricsWriter, NumbersReadBackTheSame) {
  using Limits = std::numeric_limits<double>;
  EXPECT_EQ(MetricNumber(0).text(), "0");
  EXPECT_EQ(MetricNumber(UINT64_MAX).text(), "18446744073709551615");
  EXPECT_EQ(MetricNumber(INT64_MIN).text(), "-9223372036854775808");
  EXPECT_EQ(MetricNumber(0.1).text(), "0.1");
  EXPECT_EQ(MetricNumber(1795506231.123).text(), "1795506231.123");
  EXPECT_EQ(MetricNumber(Limits::infinity()).text(), "+Inf");
  EXPECT_EQ(MetricNumber(-Limits::infinity()).text(), "-Inf");
  EXPECT_EQ(MetricNumber(-Limits::quiet_NaN()).text(), "NaN");
}

TEST(MetricsWriter, NanosecondsAreWrittenAsSecondsWithoutLoss) {
  EXPECT_EQ(MetricNumber(Nanoseconds(0)).text(), "0");
  EXPECT_EQ(MetricNumber(Nanoseconds(1)).text(), "0.000000001");
  EXPECT_EQ(MetricNumber(Nanoseconds(10'000)).text(), "0.00001");
  EXPECT_EQ(MetricNumber(Nanoseconds(10'000'000'000)).text(), "10");
  EXPECT_EQ(MetricNumber(Nanoseconds(12'500'000'000)).text(), "12.5");
  EXPECT_EQ(MetricNumber(Nanoseconds(UINT64_MAX)).text(), "18446744073.709551615");
}

TEST(MetricsWriter, AHistogramAddsUpItsBuckets) {
  HistogramSum sum;
  sum.buckets[0] = 2;
  sum.buckets[3] = 1;
  sum.buckets[kBuckets - 1] = 4;
  sum.nanoseconds = 42'000'100'000;
  MetricsWriter writer;
  writer.Histogram("h_seconds", "H.", {{"rpc", "a"}}, sum);
  writer.Histogram("h_seconds", "H.", {{"rpc", "b"}}, {});
  const Exposition read = ReadExposition(PageOf(writer));
  EXPECT_THAT(read.faults, IsEmpty());
  EXPECT_EQ(read.ValueOf("h_seconds_bucket", {{"rpc", "a"}, {"le", "0.00001"}}), 2);
  EXPECT_EQ(read.ValueOf("h_seconds_bucket", {{"rpc", "a"}, {"le", "0.00005"}}), 2);
  EXPECT_EQ(read.ValueOf("h_seconds_bucket", {{"rpc", "a"}, {"le", "0.0001"}}), 3);
  EXPECT_EQ(read.ValueOf("h_seconds_bucket", {{"rpc", "a"}, {"le", "10"}}), 3);
  EXPECT_EQ(read.ValueOf("h_seconds_bucket", {{"rpc", "a"}, {"le", "+Inf"}}), 7);
  EXPECT_EQ(read.ValueOf("h_seconds_count", {{"rpc", "a"}}), 7);
  EXPECT_EQ(read.ValueOf("h_seconds_sum", {{"rpc", "a"}}), 42.0001);
  EXPECT_EQ(read.ValueOf("h_seconds_count", {{"rpc", "b"}}), 0);
}

}  // namespace
}  // namespace dragoman::observe
