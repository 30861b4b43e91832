#include "jose/verifier.h"

#include <gtest/gtest.h>

#include <string>

#include "token_signer.h"

namespace dragoman::jose {
namespace {

constexpr int64_t kNow = 1'800'000'000;

ClaimRules Rules() { return {.issuer = "https://issuer.example", .audiences = {"shop-api"}}; }

// Claims that satisfy Rules(), `more` behind them.
std::string With(const std::string& more, const std::string& exp = "1800000100") {
  return R"({"iss":"https://issuer.example","aud":"shop-api","sub":"joe","exp":)" + exp +
         (more.empty() ? "" : "," + more) + "}";
}

std::string Fate(const std::string& json, const ClaimRules& rules = Rules(), int64_t now = kNow) {
  const auto claims = Claims::Parse(json);
  if (!claims) return claims.error();
  return WhyNot(**claims, rules, now).value_or("");
}

TEST(Verifier, TimesAreHeldAgainstTheClockWithLeeway) {
  struct Case {
    const char* name;
    std::string json;
    std::string error;
  };
  const Case cases[] = {
      {"valid", With(""), ""},
      {"expired within the leeway", With("", "1799999971"), ""},
      {"expired on the leeway's last second", With("", "1799999970"), "the token expired 30 s ago"},
      {"expired", With("", "1799999958"), "the token expired 42 s ago"},
      {"expired in 1970", With("", "0"), "the token expired 1800000000 s ago"},
      {"a fraction of a second", With("", "1799999970.9"), "the token expired 30 s ago"},
      {"no exp", R"({"iss":"https://issuer.example","aud":"shop-api"})",
       "the token does not say when it expires (exp)"},
      {"exp as text", With("", "\"1800000100\""), "the token's exp is no time in seconds since 1970"},
      {"exp in milliseconds", With("", "1800000100000"), "the token's exp is no time in seconds since 1970"},
      {"exp beyond all numbers", With("", "1e300"), "the token's exp is no time in seconds since 1970"},
      {"negative exp", With("", "-1"), "the token's exp is no time in seconds since 1970"},
      {"null exp", With("", "null"), "the token's exp is no time in seconds since 1970"},
      {"valid already", With("\"nbf\":1800000000"), ""},
      {"valid soon, within the leeway", With("\"nbf\":1800000030"), ""},
      {"not valid yet", With("\"nbf\":1800000031"), "the token is not valid until 31 s from now"},
      {"nbf that is none", With("\"nbf\":\"now\""), "the token's nbf is no time in seconds since 1970"},
      {"issued ahead of our clock", With("\"iat\":1800000030"), ""},
      {"issued in the future", With("\"iat\":1800003600"), "the token was issued 3600 s in the future"},
      {"iat that is none", With("\"iat\":[]"), "the token's iat is no time in seconds since 1970"},
  };
  for (const Case& c : cases) EXPECT_EQ(Fate(c.json), c.error) << c.name;
}

TEST(Verifier, AudiencesAreATextOrAListOfTexts) {
  const auto with = [](const std::string& aud) {
    return R"({"iss":"https://issuer.example","exp":1800000100)" + (aud.empty() ? "" : ",\"aud\":" + aud) + "}";
  };
  ClaimRules one = Rules();
  ClaimRules any = Rules();
  any.audiences = {"shop-api", "shop"};
  ClaimRules all = any;
  all.all_audiences = true;
  ClaimRules none = Rules();
  none.audiences = {};
  ClaimRules whatever = none;
  whatever.any_audience = true;
  struct Case {
    const char* name;
    const ClaimRules& rules;
    std::string aud;
    std::string error;
  };
  const Case cases[] = {
      {"the one", one, R"("shop-api")", ""},
      {"in a list", one, R"(["other","shop-api"])", ""},
      {"another", one, R"("other")", "the token is for another audience; expected \"shop-api\""},
      {"its beginning", one, R"("shop")", "the token is for another audience; expected \"shop-api\""},
      {"in another case", one, R"("Shop-API")", "the token is for another audience; expected \"shop-api\""},
      {"none", one, "", "the token names no audience (aud); expected \"shop-api\""},
      {"an empty list", one, "[]", "the token is for another audience; expected \"shop-api\""},
      {"a number", one, "7", "the token's audience (aud) is neither a text nor a list of texts; expected \"shop-api\""},
      {"a list with a number", one, R"(["shop-api",7])",
       "the token's audience (aud) is neither a text nor a list of texts; expected \"shop-api\""},
      {"an object", one, R"({"shop-api":1})",
       "the token's audience (aud) is neither a text nor a list of texts; expected \"shop-api\""},
      {"one of two", any, R"("shop")", ""},
      {"none of two", any, R"("x")", "the token is for another audience; expected one of \"shop-api\", \"shop\""},
      {"both of two", all, R"(["shop","x","shop-api"])", ""},
      {"one of two where all are demanded", all, R"("shop")",
       "the token is for another audience; expected all of \"shop-api\", \"shop\""},
      {"no audience configured accepts nothing", none, R"("shop")", "the token is for another audience; expected "},
      {"any audience", whatever, R"("x")", ""},
      {"any audience, none there", whatever, "", ""},
  };
  for (const Case& c : cases) EXPECT_EQ(Fate(with(c.aud), c.rules), c.error) << c.name;
}

TEST(Verifier, IssuerAndRequiredClaimsAreDemanded) {
  ClaimRules rules = Rules();
  rules.required = {"sub", "realm_access.roles"};
  EXPECT_EQ(Fate(With(R"("realm_access":{"roles":[]})"), rules), "");
  EXPECT_EQ(Fate(With(""), rules), "the token lacks the claim \"realm_access.roles\"");
  EXPECT_EQ(Fate(With(R"("realm_access":{"roles":null})"), rules), "the token lacks the claim \"realm_access.roles\"");
  EXPECT_EQ(Fate(R"({"iss":"https://issuer.example/","aud":"shop-api","exp":1800000100})"),
            "the token is of another issuer; expected \"https://issuer.example\"");
  EXPECT_EQ(Fate(R"({"aud":"shop-api","exp":1800000100})"),
            "the token is of another issuer; expected \"https://issuer.example\"");
  EXPECT_EQ(Fate(R"({"iss":["https://issuer.example"],"aud":"shop-api","exp":1800000100})"),
            "the token is of another issuer; expected \"https://issuer.example\"");
}

TEST(Verifier, ClaimsAreReadBehindTheSignatureOnly) {
  const TokenSigner signer = TokenSigner::Ed25519();
  const KeySet keys = *KeySet::Parse("{\"keys\":[" + signer.Jwk() + "]}");
  const auto fate = [&](const std::string& text) {
    const auto verified = VerifyToken(*Token::Parse(text), keys, kAsymmetric);
    return verified ? "" : verified.error().what;
  };
  const std::string header = R"({"alg":"EdDSA"})";
  EXPECT_EQ(fate(signer.Sign("EdDSA", header, "{}")), "");
  EXPECT_EQ(fate(signer.Sign("EdDSA", header, "[]")), "the token's content is no JSON object");
  EXPECT_EQ(fate(signer.Sign("EdDSA", header, R"({"a":1,"a":2})")),
            "the token's content has a name twice in one object");
  EXPECT_EQ(fate(TokenSigner::Ed25519().Sign("EdDSA", header, "[]")),
            "the token's signature is not by any key of its issuer");
  const std::string text = Base64Url(header) + "." + Base64Url("{}") + "=";
  EXPECT_EQ(fate(text + "." + Base64Url(signer.SignBytes("EdDSA", text))), "the token's content is not base64url");
}

TEST(Verifier, ValidityIsWhatTheTimesAllow) {
  const auto claims = *Claims::Parse(R"({"exp":2000,"nbf":1000,"iat":900})");
  const Validity validity = ValidityOf(*claims, 30);
  EXPECT_EQ(validity.from, 970);
  EXPECT_EQ(validity.until, 2030);
  const Validity open = ValidityOf(**Claims::Parse(R"({"exp":2000})"), 0);
  EXPECT_EQ(open.from, 0);
  EXPECT_EQ(open.until, 2000);
}

}  // namespace
}  // namespace dragoman::jose
