#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/wall_clock.h"
#include "tests/explain/fixture.h"
#include "token_signer.h"

// What authenticate and authorize say, scheme by scheme.
namespace dragoman::explain {
namespace {

using testing::HasSubstr;

const Explanation::Policy& PolicyOf(const Explanation& told, std::string_view name) {
  static const Explanation::Policy kNone;
  for (const Explanation::Policy& policy : told.policies) {
    if (policy.name == name) return policy;
  }
  ADD_FAILURE() << "no policy " << name;
  return kNone;
}

// "passes: basic in header \"authorization\"…: holds: user \"ada\"".
std::string AuthenticateOf(const Explanation& told) {
  const Explanation::Policy& policy = PolicyOf(told, "authenticate");
  std::string text = policy.verdict;
  for (const Explanation::Check& check : policy.checks) text += "; " + check.what + ": " + check.verdict + (check.why.empty() ? "" : ", " + check.why);
  return text;
}

// crypt(3) of "correct horse", bcrypt with the least cost.
constexpr std::string_view kUsers =
    "authentication: {basic: {}}\n"
    "consumers: {ada: {scopes: [read], passwords: [{username: ada, hash: \"$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e\"}]}}\n";

TEST(ExplainWho, ProvesPasswordsByHashingThem) {
  const auto generation = BuildShop(kUsers);
  ASSERT_NE(generation, nullptr);
  // ada:correct horse
  EXPECT_EQ(AuthenticateOf(Told(*generation, {"GET", "/v1/items/7", {{"authorization", "Basic YWRhOmNvcnJlY3QgaG9yc2U="}}, "", "127.0.0.1"})),
            "passes; basic in header \"authorization\", which claims to be of \"ada\": holds, consumer \"ada\"");
  // ada:wrong
  EXPECT_EQ(AuthenticateOf(Told(*generation, {"GET", "/v1/items/7", {{"authorization", "Basic YWRhOndyb25n"}}, "", "127.0.0.1"})),
            "refuses; basic in header \"authorization\", which claims to be of \"ada\": fails, the user name or the password is wrong");
  EXPECT_EQ(AuthenticateOf(Told(*generation, {"GET", "/v1/items/7", {{"authorization", "Basic !"}}, "", "127.0.0.1"})),
            "refuses; basic in header \"authorization\": fails, the credential is not base64 of a user name, a colon and a password");
}

TEST(ExplainWho, ProvesTokensByKeysThatAreThere) {
  const std::string secret(32, 's');
  const auto generation = BuildShop("authentication: {jwt: [{name: main, issuer: joe, audiences: [shop], secret: " + secret +
                                    "}]}\npolicies: [{methods: [\"*\"], authorize: {claims: {role: admin}}}]\n");
  ASSERT_NE(generation, nullptr);
  const TokenSigner key = TokenSigner::Secret(secret);
  const auto ask = [&](const std::string& claims) {
    const std::string token = key.Sign("HS256", R"({"alg":"HS256"})", claims);
    return Told(*generation, {"GET", "/v1/items/7", {{"authorization", "Bearer " + token}}, "", "127.0.0.1"});
  };
  const std::string good = R"("iss":"joe","aud":"shop","sub":"alice","exp":)" + std::to_string(UnixSeconds() + 600);
  const Explanation admin = ask("{" + good + R"(,"role":"admin"})");
  EXPECT_EQ(AuthenticateOf(admin), "passes; jwt.main in header \"authorization\", which claims to be of \"alice\": holds, subject \"alice\"");
  EXPECT_EQ(PolicyOf(admin, "authorize").verdict, "passes");
  EXPECT_EQ(admin.answer.kind, "call");
  const Explanation guest = ask("{" + good + R"(,"role":"guest"})");
  EXPECT_EQ(PolicyOf(guest, "authorize").verdict, "refuses");
  EXPECT_EQ(guest.answer.reason, "FORBIDDEN");
  EXPECT_EQ(guest.answer.stage, "authorize");
  EXPECT_THAT(AuthenticateOf(ask(R"({"iss":"joe","aud":"shop","sub":"alice","exp":1})")), HasSubstr("refuses; jwt.main"));
}

TEST(ExplainWho, SaysWhoWouldBeAsked) {
  const auto generation = BuildShop("authentication: {jwt: [{name: main, issuer: joe, audiences: [shop], jwks: {url: \"https://issuer.example/jwks\"}}]}\n");
  ASSERT_NE(generation, nullptr);
  const TokenSigner key = TokenSigner::Ec("P-256");
  const std::string token = key.Sign("ES256", R"({"alg":"ES256","kid":"a"})", R"({"iss":"joe","aud":"shop","sub":"alice"})");
  const Explanation told = Told(*generation, {"GET", "/v1/items/7", {{"authorization", "Bearer " + token}}, "", "127.0.0.1"});
  EXPECT_EQ(AuthenticateOf(told), "open; jwt.main in header \"authorization\", which claims to be of \"alice\": open, https://issuer.example/jwks would be asked");
  EXPECT_EQ(told.answer.kind, "call");
  EXPECT_THAT(told.answer.condition, HasSubstr("https://issuer.example/jwks accepts the credential"));
}

TEST(ExplainWho, TellsEachGroupWhereSeveralCredentialsAreNeeded) {
  const auto generation = BuildShop(std::string(kUsers).insert(std::string("authentication: {").size(), "api_keys: {}, ") +
                                    "policies: [{methods: [\"*\"], authenticate: {all: [api_key, basic]}}]\n");
  ASSERT_NE(generation, nullptr);
  const Explanation told = Told(*generation, {"GET", "/v1/items/7", {{"x-api-key", "nobody's"}}, "", "127.0.0.1"});
  EXPECT_EQ(told.answer.status, 401u);
  EXPECT_THAT(AuthenticateOf(told), HasSubstr("api_key in header \"x-api-key\""));
  EXPECT_THAT(AuthenticateOf(told), HasSubstr("no credential: fails"));
}

}  // namespace
}  // namespace dragoman::explain
