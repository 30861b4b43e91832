#include "transcoding/well_known.h"

#include <gtest/gtest.h>

#include <string>

namespace dragoman::transcoding {
namespace {

std::string Shown(Conversion conversion, const SecondsAndNanos& value) {
  if (conversion == Conversion::kWrongType) return "wrong";
  if (conversion == Conversion::kOutOfRange) return "out of range";
  return std::to_string(value.seconds) + " " + std::to_string(value.nanos);
}

TEST(WellKnown, ReadsTimestamps) {
  const struct {
    std::string_view text;
    std::string_view expected;
  } cases[] = {{"1970-01-01T00:00:00Z", "0 0"},
               {"0001-01-01T00:00:00Z", "-62135596800 0"},
               {"9999-12-31T23:59:59.999999999Z", "253402300799 999999999"},
               {"2000-02-29T12:30:45.5Z", "951827445 500000000"},
               {"1969-12-31T23:59:59.1Z", "-1 100000000"},
               {"2024-01-01T00:00:00+05:30", "1704047400 0"},
               {"2024-01-01T00:00:00-00:01", "1704067260 0"},
               {"2023-02-29T00:00:00Z", "out of range"},
               {"1900-02-29T00:00:00Z", "out of range"},
               {"2023-13-01T00:00:00Z", "out of range"},
               {"2023-00-01T00:00:00Z", "out of range"},
               {"2023-01-32T00:00:00Z", "out of range"},
               {"2023-01-01T24:00:00Z", "out of range"},
               {"2023-01-01T00:00:60Z", "out of range"},
               {"0001-01-01T00:00:00+00:01", "out of range"},
               {"9999-12-31T23:59:59-00:01", "out of range"},
               {"0000-01-01T00:00:00Z", "out of range"},
               {"0000-12-31T23:59:59-01:00", "-62135593201 0"},
               {"2023-01-01T00:00:00z", "wrong"},
               {"2023-01-01t00:00:00Z", "wrong"},
               {"2023-01-01 00:00:00Z", "wrong"},
               {"2023-01-01T00:00:00", "wrong"},
               {"2023-01-01T00:00Z", "wrong"},
               {"2023-01-01", "wrong"},
               {"2023-1-1T00:00:00Z", "wrong"},
               {"2023-01-01T00:00:00.Z", "wrong"},
               {"2023-01-01T00:00:00.1234567890Z", "wrong"},
               {"2023-01-01T00:00:00+24:00", "wrong"},
               {"2023-01-01T00:00:00+0100", "wrong"},
               {"2023-01-01T00:00:00Zx", "wrong"},
               {" 2023-01-01T00:00:00Z", "wrong"},
               {"", "wrong"}};
  for (const auto& c : cases) {
    SecondsAndNanos value;
    const Conversion conversion = ParseTimestamp(c.text, value);
    EXPECT_EQ(Shown(conversion, value), c.expected) << c.text;
  }
}

TEST(WellKnown, WritesTimestamps) {
  const struct {
    SecondsAndNanos value;
    std::string_view expected;
  } cases[] = {{{0, 0}, R"("1970-01-01T00:00:00Z")"},
               {{-62'135'596'800, 0}, R"("0001-01-01T00:00:00Z")"},
               {{253'402'300'799, 999'999'999}, R"("9999-12-31T23:59:59.999999999Z")"},
               {{-1, 100'000'000}, R"("1969-12-31T23:59:59.100Z")"},
               {{951'827'445, 5'000}, R"("2000-02-29T12:30:45.000005Z")"},
               {{951'827'445, 5}, R"("2000-02-29T12:30:45.000000005Z")"},
               {{253'402'300'800, 0}, ""},
               {{-62'135'596'801, 0}, ""},
               {{0, -1}, ""},
               {{0, 1'000'000'000}, ""}};
  for (const auto& c : cases) {
    Buffer out;
    EXPECT_EQ(AppendTimestamp(c.value, out), !c.expected.empty());
    EXPECT_EQ(out.view(), c.expected);
  }
}

TEST(WellKnown, DaysReadBackTheSame) {
  for (int64_t day = -719'162; day <= 2'932'896; day += 3) {
    const SecondsAndNanos before = {day * 86'400 + 3'723, 0};
    Buffer out;
    ASSERT_TRUE(AppendTimestamp(before, out)) << day;
    SecondsAndNanos after;
    ASSERT_EQ(ParseTimestamp(out.view().substr(1, out.size() - 2), after), Conversion::kOk) << out.view();
    ASSERT_EQ(after.seconds, before.seconds) << out.view();
  }
}

TEST(WellKnown, ReadsAndWritesDurations) {
  const struct {
    std::string_view text;
    std::string_view expected;
  } cases[] = {{"0s", "0 0"},
               {"1.5s", "1 500000000"},
               {"-1.000000001s", "-1 -1"},
               {"-0.5s", "0 -500000000"},
               {"315576000000.999999999s", "315576000000 999999999"},
               {"-315576000000s", "-315576000000 0"},
               {"315576000001s", "out of range"},
               {"-315576000001s", "out of range"},
               {"99999999999999999999999999s", "out of range"},
               {"1", "wrong"},
               {"s", "wrong"},
               {"-s", "wrong"},
               {".5s", "wrong"},
               {"1.s", "wrong"},
               {"1.0000000001s", "wrong"},
               {"+1s", "wrong"},
               {"--1s", "wrong"},
               {"1S", "wrong"},
               {"1s ", "wrong"},
               {"1e3s", "wrong"},
               {"", "wrong"}};
  for (const auto& c : cases) {
    SecondsAndNanos value;
    const Conversion conversion = ParseDuration(c.text, value);
    EXPECT_EQ(Shown(conversion, value), c.expected) << c.text;
  }
  const struct {
    SecondsAndNanos value;
    std::string_view expected;
  } written[] = {{{0, 0}, R"("0s")"},
                 {{0, -500'000'000}, R"("-0.500s")"},
                 {{-1, -1}, R"("-1.000000001s")"},
                 {{315'576'000'000, 999'999'999}, R"("315576000000.999999999s")"},
                 {{1, 1'000}, R"("1.000001s")"},
                 {{315'576'000'001, 0}, ""},
                 {{1, -1}, ""},
                 {{-1, 1}, ""},
                 {{0, 1'000'000'000}, ""}};
  for (const auto& c : written) {
    Buffer out;
    EXPECT_EQ(AppendDuration(c.value, out), !c.expected.empty());
    EXPECT_EQ(out.view(), c.expected);
  }
}

TEST(WellKnown, TurnsMaskPathsBothWays) {
  const struct {
    std::string_view json;
    std::string_view path;
  } both[] = {{"a", "a"},
              {"user.displayName", "user.display_name"},
              {"fooBarBaz", "foo_bar_baz"},
              {"FooBar", "_foo_bar"},
              {"a1", "a1"}};
  for (const auto& c : both) {
    Buffer json;
    EXPECT_TRUE(AppendMaskPath(c.path, json));
    EXPECT_EQ(json.view(), c.json);
    Buffer wire;
    EXPECT_EQ(AppendFieldMask(c.json, wire), Conversion::kOk);
    EXPECT_EQ(wire.view().substr(2), c.path);
  }
  for (const std::string_view path : {"", "fooBar", "foo_3_bar", "foo__bar", "foo_", "a,b", "\xff", "a\"b"}) {
    Buffer json("x");
    EXPECT_FALSE(AppendMaskPath(path, json)) << path;
    EXPECT_EQ(json.view(), "x");
  }
  for (const std::string_view json : {"a_b", ",", "a,", ",a", "a,,b"}) {
    Buffer wire("x");
    EXPECT_EQ(AppendFieldMask(json, wire), Conversion::kWrongType) << json;
    EXPECT_EQ(wire.view(), "x");
  }
  Buffer wire;
  EXPECT_EQ(AppendFieldMask("", wire), Conversion::kOk);
  EXPECT_EQ(AppendFieldMask("a,bC", wire), Conversion::kOk);
  EXPECT_EQ(wire.view(),
            "\x0a\x01"
            "a\x0a\x03"
            "b_c");
}

}  // namespace
}  // namespace dragoman::transcoding
