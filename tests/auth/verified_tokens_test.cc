#include "auth/verified_tokens.h"

#include <gtest/gtest.h>

#include <string>

#include "token_signer.h"

namespace dragoman::auth {
namespace {

jose::Verified Claims(size_t bytes = 0) {
  const auto claims = jose::Claims::Parse(R"({"exp":2000,"x":")" + std::string(bytes, 'x') + "\"}");
  return {*claims, *jose::Key::FromSecret(std::string(32, 's'))};
}

class VerifiedTokensTest : public testing::Test {
 protected:
  std::string Remembered(VerifiedTokens& tokens) {
    std::string text;
    for (const char* token : {"a", "b", "c", "d"}) {
      if (tokens.Find(token) != nullptr) text += token;
    }
    return text;
  }
  JwtProvider provider_;
};

TEST_F(VerifiedTokensTest, TheLeastRecentlyUsedGoes) {
  VerifiedTokens tokens(3);
  for (const char* token : {"a", "b", "c"}) tokens.Add(token, provider_, Claims(), 1);
  ASSERT_NE(tokens.Find("a"), nullptr);
  tokens.Add("d", provider_, Claims(), 1);
  EXPECT_EQ(Remembered(tokens), "acd");
  EXPECT_EQ(tokens.size(), 3u);
}

TEST_F(VerifiedTokensTest, TakeNoMoreMemoryThanTheirs) {
  VerifiedTokens tokens(100);
  for (int i = 0; i < 1000; ++i) {
    tokens.Add("token" + std::to_string(i), provider_, Claims(40 << 10), 1);
    ASSERT_LE(tokens.bytes(), 100 * VerifiedTokens::kBytesPerEntry);
  }
  EXPECT_LT(tokens.size(), 11u);
  EXPECT_NE(tokens.Find("token999"), nullptr);
}

TEST_F(VerifiedTokensTest, WhatIsTooBigForAllIsNotTaken) {
  VerifiedTokens tokens(2);
  tokens.Add("a", provider_, Claims(), 1);
  tokens.Add("b", provider_, Claims(20 << 10), 1);
  EXPECT_EQ(Remembered(tokens), "a");
}

TEST_F(VerifiedTokensTest, NoneAreTakenWhereNoneMayBe) {
  VerifiedTokens tokens(0);
  tokens.Add("a", provider_, Claims(), 1);
  EXPECT_EQ(tokens.Find("a"), nullptr);
}

TEST_F(VerifiedTokensTest, TheWholeTokenIsCompared) {
  VerifiedTokens tokens(10);
  const std::string tail(64, 's');
  tokens.Add("1" + tail, provider_, Claims(), 1);
  EXPECT_NE(tokens.Find("1" + tail), nullptr);
  EXPECT_EQ(tokens.Find("2" + tail), nullptr);
  EXPECT_EQ(tokens.Find(tail), nullptr);
  EXPECT_EQ(tokens.Find(""), nullptr);
  tokens.Add("2" + tail, provider_, Claims(), 1);
  EXPECT_EQ(tokens.size(), 2u);
}

TEST_F(VerifiedTokensTest, TheSameTokenTakesOnePlace) {
  VerifiedTokens tokens(10);
  tokens.Add("a", provider_, Claims(), 1);
  const size_t bytes = tokens.bytes();
  tokens.Add("a", provider_, Claims(), 2);
  EXPECT_EQ(tokens.size(), 1u);
  EXPECT_EQ(tokens.bytes(), bytes);
  EXPECT_EQ(tokens.Find("a")->keys_version, 2u);
  tokens.Remove(*tokens.Find("a"));
  EXPECT_EQ(tokens.size(), 0u);
  EXPECT_EQ(tokens.bytes(), 0u);
}

TEST_F(VerifiedTokensTest, TheIssuerIsReadOnce) {
  VerifiedTokens tokens(10);
  const std::string token = Base64Url("{}") + "." + Base64Url(R"({"iss":"joe"})") + ".AA";
  EXPECT_EQ(tokens.UnverifiedIssuerOf(token), "joe");
  EXPECT_EQ(tokens.UnverifiedIssuerOf(token), "joe");
  EXPECT_EQ(tokens.UnverifiedIssuerOf("x"), "");
  EXPECT_EQ(tokens.UnverifiedIssuerOf(std::string(100'000, '.')), "");
}

}  // namespace
}  // namespace dragoman::auth
