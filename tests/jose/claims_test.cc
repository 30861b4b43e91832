#include "jose/claims.h"

#include <gtest/gtest.h>

#include <string>

namespace dragoman::jose {
namespace {

std::string Nested(size_t levels) {
  std::string text;
  for (size_t i = 0; i < levels; ++i) text += R"({"a":)";
  return text + "1" + std::string(levels, '}');
}

std::string ManyMembers(int count, const std::string& last) {
  std::string text = "{";
  for (int i = 0; i < count; ++i) text += "\"m" + std::to_string(i) + "\":0,";
  return text + "\"" + last + "\":0}";
}

TEST(Claims, AreAnObjectOfBoundedSizeWithoutRepeatedNames) {
  struct Case {
    const char* name;
    std::string json;
    std::string error;  // empty: read
  };
  const Case cases[] = {
      {"nothing in it", "{}", ""},
      {"a claim", R"({"iss":"joe"})", ""},
      {"white space around", " {\r\n} ", ""},
      {"empty", "", "the token's content is no JSON object"},
      {"a text", R"("joe")", "the token's content is no JSON object"},
      {"a list", "[]", "the token's content is no JSON object"},
      {"cut off", R"({"iss":"joe")", "the token's content is no JSON object"},
      {"something behind", "{} {}", "the token's content is no JSON object"},
      {"something behind a NUL", std::string("{}\0{", 4), "the token's content is no JSON object"},
      {"a NUL behind", std::string("{}\0", 3), "the token's content is no JSON object"},
      {"a number too big for any type", R"({"exp":1e999})", "the token's content is no JSON object"},
      {"NaN", R"({"exp":NaN})", "the token's content is no JSON object"},
      {"a comment", R"({/* */})", "the token's content is no JSON object"},
      {"as deep as may be", Nested(Claims::kMaxDepth), ""},
      {"too deep", Nested(Claims::kMaxDepth + 1), "the token's content nests too deeply"},
      {"absurdly deep", std::string(60'000, '['), "the token's content nests too deeply"},
      {"a name twice", R"({"sub":"a","sub":"b"})", "the token's content has a name twice in one object"},
      {"a name twice, once escaped", R"({"sub":"a","\u0073ub":"b"})",
       "the token's content has a name twice in one object"},
      {"a name twice below", R"({"a":[{"b":{"c":1,"c":1}}]})", "the token's content has a name twice in one object"},
      {"a name twice among many", ManyMembers(1000, "m500"), "the token's content has a name twice in one object"},
      {"many names", ManyMembers(1000, "x"), ""},
      {"a name twice in two objects", R"({"a":{"b":1},"c":{"b":1}})", ""},
      {"bytes that are no UTF-8", "{\"a\":\"\xFF\"}", "the token's content is not UTF-8"},
      {"an overlong form", "{\"a\":\"\xC0\xAF\"}", "the token's content is not UTF-8"},
      {"a name that is no UTF-8", "{\"\xED\xA0\x80\":1}", "the token's content is not UTF-8"},
      {"a lone high surrogate", R"({"a":"\uD800"})", "the token's content is no JSON object"},
      {"a lone low surrogate", R"({"a":"\uDC00"})", "the token's content is not UTF-8"},
      {"a surrogate pair", R"({"a":"\uD83D\uDE00"})", ""},
      {"too long", "{\"a\":\"" + std::string(Claims::kMaxBytes, 'x') + "\"}", "the token's content is too long"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const auto claims = Claims::Parse(c.json);
    EXPECT_EQ(claims ? "" : claims.error(), c.error);
  }
}

TEST(Claims, AreFoundByTheWholeNameFirstThenByPath) {
  const auto claims = *Claims::Parse(
      R"({"sub":"joe","a.b":"whole","a":{"b":"by path","c":{"d":"deep"}},"https://acme.example/tenant":"acme","n":7})");
  EXPECT_EQ(claims->Text("sub"), "joe");
  EXPECT_EQ(claims->Text("a.b"), "whole");
  EXPECT_EQ(claims->Text("a.c.d"), "deep");
  EXPECT_EQ(claims->Text("https://acme.example/tenant"), "acme");
  EXPECT_EQ(claims->Text("n"), "");
  EXPECT_EQ(claims->Text("n.x"), "");
  EXPECT_EQ(claims->Text("a."), "");
  EXPECT_EQ(claims->Find(""), nullptr);
  EXPECT_EQ(claims->Find("."), nullptr);
  EXPECT_EQ(claims->Find("none"), nullptr);
  EXPECT_EQ(claims->Find("a.b.c"), nullptr);
  ASSERT_NE(claims->Find("a.c"), nullptr);
  EXPECT_TRUE(claims->Find("a.c")->IsObject());
}

TEST(Claims, TimesAreSecondsOfSensibleYears) {
  struct Case {
    const char* json;
    std::optional<int64_t> seconds;
  };
  const Case cases[] = {
      {R"({"exp":1300819380})", 1300819380},
      {R"({"exp":1300819380.75})", 1300819380},
      {R"({"exp":1.3e9})", 1300000000},
      {R"({"exp":0})", 0},
      {R"({"exp":-0.0})", 0},
      {R"({"exp":253402300799})", 253402300799},
      {R"({"exp":253402300799.9})", 253402300799},
      {R"({"exp":253402300800})", std::nullopt},
      {R"({"exp":1300819380000})", std::nullopt},
      {R"({"exp":18446744073709551615})", std::nullopt},
      {R"({"exp":1e308})", std::nullopt},
      {R"({"exp":-1})", std::nullopt},
      {R"({"exp":-9223372036854775808})", std::nullopt},
      {R"({"exp":"1300819380"})", std::nullopt},
      {R"({"exp":null})", std::nullopt},
      {R"({"exp":true})", std::nullopt},
      {R"({"exp":[1]})", std::nullopt},
      {"{}", std::nullopt},
  };
  for (const Case& c : cases) EXPECT_EQ((*Claims::Parse(c.json))->Seconds("exp"), c.seconds) << c.json;
}

TEST(Claims, TakeLittleMoreMemoryThanTheirText) {
  const auto claims =
      *Claims::Parse(R"({"iss":"https://issuer.example","sub":"joe","aud":["a","b"],"exp":1300819380})");
  EXPECT_LT(claims->memory(), 2048u);
}

}  // namespace
}  // namespace dragoman::jose
