#include "auth/jwt_provider.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "token_signer.h"

namespace dragoman::auth {
namespace {

using config::JwtProvider;
using config::TextSource;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

TextSource Text(std::string text) { return {TextSource::Kind::kText, std::move(text), {"dragoman.yaml", 9, 5}}; }

const TokenSigner& Ec() {
  static const TokenSigner key = TokenSigner::Ec("P-256");
  return key;
}

JwtProvider Good() {
  JwtProvider provider;
  provider.name = "main";
  provider.issuer = "https://issuer.example";
  provider.audiences = {"shop-api"};
  provider.jwks.text = Text("{\"keys\":[" + Ec().Jwk(R"("kid":"a")") + "]}");
  provider.at = {"dragoman.yaml", 7, 3};
  return provider;
}

std::vector<std::string> ProblemsOf(const JwtProvider& provider) {
  std::vector<std::string> texts;
  if (const auto built = BuildJwtProvider(provider); !built) {
    for (const Problem& problem : built.error()) texts.push_back(problem.where + ": " + problem.what);
  }
  return texts;
}

TEST(JwtProvider, IsBuiltWhole) {
  JwtProvider from = Good();
  from.leeway = std::chrono::milliseconds(1500);
  from.required_claims = {"sub"};
  from.algorithms = {"ES256", "EdDSA"};
  const auto built = BuildJwtProvider(from);
  ASSERT_TRUE(built);
  EXPECT_EQ((*built)->name, "jwt.main");
  EXPECT_EQ((*built)->rules.issuer, "https://issuer.example");
  EXPECT_EQ((*built)->rules.leeway, 2);
  EXPECT_EQ((*built)->algorithms.ToString(), "ES256 or EdDSA");
  ASSERT_NE((*built)->keys, nullptr);
  EXPECT_EQ((*built)->keys->keys().size(), 1u);
}

TEST(JwtProvider, EveryMistakeIsNamed) {
  struct Case {
    const char* name;
    std::function<void(JwtProvider&)> change;
    std::vector<std::string> problems;
  };
  const auto with_secret = [](JwtProvider& provider, size_t bytes) {
    provider.jwks = {};
    provider.secret = Text(std::string(bytes, 's'));
  };
  const std::string where = "dragoman.yaml:7:3: provider \"main\": ";
  const Case cases[] = {
      {"nothing", [](JwtProvider&) {}, {}},
      {"no issuer", [](JwtProvider& p) { p.issuer.clear(); }, {where + "expected an issuer"}},
      {"no audience",
       [](JwtProvider& p) { p.audiences.clear(); },
       {where + "without audiences it would accept tokens that the issuer made for others; expected audiences, or "
                "any_audience: "
                "true where that is meant"}},
      {"any audience, said", [](JwtProvider& p) { p.audiences.clear(), p.any_audience = true; }, {}},
      {"both",
       [](JwtProvider& p) { p.any_audience = true; },
       {where + "audiences and any_audience: true exclude each other"}},
      {"an unknown algorithm",
       [](JwtProvider& p) { p.algorithms = {"ES265"}; },
       {where + "expected a signature algorithm such as RS256, got \"ES265\"; did you mean \"ES256\"?",
        where + "jwks: the key set has no key for "}},
      {"none",
       [](JwtProvider& p) {
         p.algorithms = {"none", "ES256"};
       },
       {where + "expected a signature algorithm such as RS256, got \"none\""}},
      {"HMAC with public keys",
       [](JwtProvider& p) {
         p.algorithms = {"ES256", "HS256"};
       },
       {where + "HS256 needs a secret: the keys of jwks are public"}},
      {"no keys", [](JwtProvider& p) { p.jwks = {}; }, {where + "expected jwks, or a secret"}},
      {"keys twice",
       [](JwtProvider& p) { p.secret = Text(std::string(64, 's')); },
       {where + "secret and jwks exclude each other"}},
      {"a secret", [&](JwtProvider& p) { with_secret(p, 32); }, {}},
      {"a short secret",
       [&](JwtProvider& p) { with_secret(p, 31); },
       {where + "secret: its secret has 31 bytes; HS256 demands 32 or more"}},
      {"a secret that is too short for its algorithm",
       [&](JwtProvider& p) {
         with_secret(p, 48), p.algorithms = {"HS256", "HS384", "HS512"};
       },
       {where + "secret: it has 48 bytes; HS512 demands 64 or more"}},
      {"a secret for public keys' algorithms",
       [&](JwtProvider& p) {
         with_secret(p, 64), p.algorithms = {"RS256", "HS256"};
       },
       {where + "RS256 needs jwks: a secret serves HS256, HS384 or HS512"}},
      {"an empty secret",
       [&](JwtProvider& p) { with_secret(p, 0); },
       {"dragoman.yaml:9:5: expected a text, got an empty one"}},
      {"a file that is not there",
       [](JwtProvider& p) {
         p.jwks.text = TextSource{TextSource::Kind::kFile, "/nonexistent/keys.json", {"dragoman.yaml", 8, 5}};
       },
       {"dragoman.yaml:8:5: /nonexistent/keys.json: cannot be read: No such file or directory"}},
      {"a set that is none",
       [](JwtProvider& p) { p.jwks.text = Text("<html>"); },
       {where + "jwks: the key set is no JSON object"}},
      {"an empty set",
       [](JwtProvider& p) { p.jwks.text = Text(R"({"keys":[]})"), p.algorithms = {"RS256"}; },
       {where + "jwks: the key set has no key for RS256"}},
      {"keys for other algorithms",
       [](JwtProvider& p) {
         p.algorithms = {"RS256", "ES384"};
       },
       {where + "jwks: the key set has no key for RS256 or ES384"}},
      {"a secret in a set is no public key",
       [](JwtProvider& p) {
         p.jwks.text = Text("{\"keys\":[" + TokenSigner::Secret(std::string(64, 's')).Jwk() + "]}"),
         p.algorithms = {"ES256"};
       },
       {where + "jwks: the key set has no key for ES256"}},
      {"weak and broken keys",
       [](JwtProvider& p) {
         p.jwks.text = Text("{\"keys\":[" + Ec().Jwk() + "," + TokenSigner::Rsa(1024).Jwk(R"("kid":"old")") + ",{}]}");
       },
       {where + "jwks: key 2 (\"old\"): its modulus has 1024 bits; expected 2048 to 16384",
        where + "jwks: key 3: it has no \"kty\""}},
      {"several at once",
       [](JwtProvider& p) { p.issuer.clear(), p.audiences.clear(), p.jwks = {}; },
       {where + "expected an issuer",
        where + "without audiences it would accept tokens that the issuer made for others; expected audiences, or "
                "any_audience: "
                "true where that is meant",
        where + "expected jwks, or a secret"}},
  };
  for (const Case& c : cases) {
    JwtProvider provider = Good();
    c.change(provider);
    EXPECT_THAT(ProblemsOf(provider), ElementsAreArray(c.problems)) << c.name;
  }
}

TEST(JwtProvider, AUrlIsReadAtLoad) {
  JwtProvider provider = Good();
  provider.jwks = {};
  provider.jwks.url.emplace().url = "ftp://issuer.example/keys";
  const auto problems = ProblemsOf(provider);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_THAT(problems[0], ::testing::StartsWith("dragoman.yaml:7:3: provider \"main\": jwks: "));
  provider.jwks.url->url = "https://issuer.example/keys";
  EXPECT_THAT(ProblemsOf(provider), ElementsAre());
}

TEST(JwtProvider, ASecretServesWhatItIsLongEnoughFor) {
  JwtProvider provider = Good();
  provider.jwks = {};
  provider.secret = Text(std::string(48, 's'));
  const auto built = BuildJwtProvider(provider);
  ASSERT_TRUE(built);
  EXPECT_EQ((*built)->algorithms.ToString(), "HS256 or HS384");
}

TEST(JwtProvider, NoTwoAreOfOneIssuer) {
  JwtProvider second = Good();
  second.name = "second";
  second.at.line = 17;
  const JwtProvider both[] = {Good(), second};
  const auto built = BuildJwtProviders(both);
  ASSERT_FALSE(built);
  ASSERT_EQ(built.error().size(), 1u);
  EXPECT_EQ(built.error()[0].where, "dragoman.yaml:17:3");
  EXPECT_EQ(built.error()[0].what, "provider \"second\": its issuer is that of \"main\" already");
  second.issuer = "https://other.example";
  const JwtProvider different[] = {Good(), second};
  EXPECT_EQ(BuildJwtProviders(different)->size(), 2u);
}

}  // namespace
}  // namespace dragoman::auth
