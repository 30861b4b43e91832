#include "transcoding/percent.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace dragoman::transcoding {
namespace {

TEST(PercentDecode, DecodesAsTheModeSays) {
  struct Case {
    std::string_view text, full, keep_slash, form;
  };
  const Case cases[] = {
      {"", "", "", ""},
      {"plain", "plain", "plain", "plain"},
      {"p%20q%2Fr+", "p q/r+", "p q%2Fr+", "p q/r "},
      {"%2f%2F", "//", "%2f%2F", "//"},
      {"%61", "a", "a", "a"},
      {"%25%32%46", "%2F", "%2F", "%2F"},  // decoded once, never twice
      {"%3a%3A", "::", "::", "::"},
      {"%C3%a4", "ä", "ä", "ä"},
      {"a+b%2Bc", "a+b+c", "a+b+c", "a b+c"},
      {"+", "+", "+", " "},
      {"%FF", "\xFF", "\xFF", "\xFF"},
  };
  std::string scratch;
  for (const Case& c : cases) {
    EXPECT_EQ(PercentDecode(c.text, PercentDecoding::kFull, scratch).value(), c.full) << c.text;
    EXPECT_EQ(PercentDecode(c.text, PercentDecoding::kKeepSlash, scratch).value(), c.keep_slash) << c.text;
    EXPECT_EQ(PercentDecode(c.text, PercentDecoding::kForm, scratch).value(), c.form) << c.text;
  }
}

TEST(PercentDecode, KeepsANulByte) {
  std::string scratch;
  EXPECT_EQ(PercentDecode("a%00b", PercentDecoding::kFull, scratch).value(), std::string_view("a\0b", 3));
}

TEST(PercentDecode, ReturnsTheTextItselfWhereThereIsNothingToDecode) {
  std::string scratch;
  const std::string_view text = "a+b";
  EXPECT_EQ(PercentDecode(text, PercentDecoding::kFull, scratch).value().data(), text.data());
  EXPECT_NE(PercentDecode(text, PercentDecoding::kForm, scratch).value().data(), text.data());
}

TEST(PercentDecode, RefusesAnInvalidEscapeWithItsColumn) {
  struct Case {
    std::string_view text, error;
  };
  const Case cases[] = {
      {"%", "column 1: expected two hex digits after '%'"},
      {"%4", "column 1: expected two hex digits after '%'"},
      {"ab%", "column 3: expected two hex digits after '%'"},
      {"ab%4", "column 3: expected two hex digits after '%'"},
      {"%41%zz", "column 4: expected two hex digits after '%'"},
      {"%4g", "column 1: expected two hex digits after '%'"},
      {"%%41", "column 1: expected two hex digits after '%'"},
      {"% 41", "column 1: expected two hex digits after '%'"},
      {"%-1", "column 1: expected two hex digits after '%'"},
  };
  std::string scratch;
  for (const Case& c : cases) {
    for (const auto how : {PercentDecoding::kFull, PercentDecoding::kKeepSlash, PercentDecoding::kForm}) {
      const auto decoded = PercentDecode(c.text, how, scratch);
      ASSERT_FALSE(decoded.has_value()) << c.text;
      EXPECT_EQ(decoded.error(), c.error) << c.text;
    }
  }
}

TEST(AppendPercentEncoded, LeavesLettersDigitsAndMarksAlone) {
  std::string text = "/";
  AppendPercentEncoded("aZ09-._~ /%\xC3\xA4+", kUnreservedMarks, text);
  EXPECT_EQ(text, "/aZ09-._~%20%2F%25%C3%A4%2B");
  text.clear();
  AppendPercentEncoded("a/b c", "/", text);
  EXPECT_EQ(text, "a/b%20c");
}

}  // namespace
}  // namespace dragoman::transcoding
