#include "auth/access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "config/load.h"
#include "routing/router.h"
#include "schema_from_source.h"

namespace dragoman::auth {
namespace {

using testing::ElementsAre;

constexpr std::string_view kSource = R"(
syntax = "proto3";
package bank.v1;
message Account { string id = 1; string owner = 2; }
message Transfer { Account from = 1; repeated string tags = 2; int64 amount = 3; }
service Bank { rpc Get(Account) returns (Account); rpc Move(Transfer) returns (Account); }
)";

// The access of the RPCs of a configuration: `policies` behind a jwt provider, API keys, and a consumer.
class Bank {
 public:
  explicit Bank(std::string_view policies, std::string_view authentication =
                                               "{api_keys: {}, jwt: [{name: m, issuer: i, any_audience: true}], basic: {}}")
      : schema_(SchemaFromSource(kSource)), plans_(schema_) {
    auto loaded = config::LoadText("d.yaml", "descriptors: [{file: a.pb}]\nbackends: {b: {endpoints: [a:1]}}\n"
                                             "services: [{name: 'bank.v1.*', backend: b}]\nauthentication: " +
                                                 std::string(authentication) + "\npolicies:\n" + std::string(policies));
    if (!loaded) {
      problems = loaded.error();
      return;
    }
    config_ = *std::move(loaded);
    auto router = routing::BuildRouter(config_, schema_, plans_);
    if (!router) {
      problems = router.error();
      return;
    }
    router_ = std::make_unique<routing::Router>(*std::move(router));
    const std::vector<SchemeFacts> schemes = SchemesOf(config_);
    for (const routing::Rpc& rpc : router_->rpcs()) accesses_.emplace_back(rpc, config_, schemes, plans_, problems);
  }

  const Access& Get() const { return accesses_[0]; }
  const Access& Move() const { return accesses_[1]; }
  Problems problems;

 private:
  transcoding::Schema schema_;
  transcoding::PlanSet plans_;
  config::Config config_;
  std::unique_ptr<routing::Router> router_;
  std::vector<Access> accesses_;
};

Identity Known(const Consumer& consumer) { return {.scheme = "api_key", .consumer = &consumer, .claims = nullptr}; }
Identity Token(std::string_view claims) {
  return {.scheme = "jwt.m", .consumer = nullptr, .claims = *jose::Claims::Parse(claims)};
}

std::string WhyNot(const Status& status) { return std::string(status.message()); }

TEST(Access, IsClosedWhereNothingIsSaidAndOpenWhereItIs) {
  const Bank bank("- {methods: [bank.v1.Bank/Get], authenticate: public}\n");
  EXPECT_TRUE(bank.Get().open());
  EXPECT_TRUE(bank.Get().forwards_credentials());
  EXPECT_EQ(bank.Get().description(), "public");
  EXPECT_FALSE(bank.Move().open());
  EXPECT_FALSE(bank.Move().anonymous_may());
  EXPECT_FALSE(bank.Move().forwards_credentials());
  EXPECT_EQ(bank.Move().description(), "api_key or jwt.m or basic");
}

TEST(Access, TheLastEntryThatHasAKeyGivesItWhole) {
  const Bank bank(
      "- {methods: ['*'], authenticate: {any: [jwt]}, authorize: {scopes: [a], roles: [b]}}\n"
      "- {methods: ['bank.v1.Bank/*'], authenticate: {optional: [api_key]}}\n"
      "- {methods: [bank.v1.Bank/Move], authorize: {scopes: [c]}}\n");
  EXPECT_EQ(bank.Get().description(), "anybody, or api_key; scopes a; roles b");
  EXPECT_EQ(bank.Move().description(), "anybody, or api_key; scopes c");
}

TEST(Access, GroupsCredentialsByTheirPlace) {
  const Bank bank(
      "- {methods: [bank.v1.Bank/Get], authenticate: {any: [jwt, basic, api_key], forward_credentials: true}}\n"
      "- {methods: [bank.v1.Bank/Move], authenticate: {all: [jwt, api_key]}}\n",
      "{api_keys: {}, jwt: [{name: a, issuer: i}, {name: b, issuer: j}], basic: {}}");
  EXPECT_TRUE(bank.Get().forwards_credentials());
  ASSERT_EQ(bank.Get().groups().size(), 1u);
  ASSERT_EQ(bank.Get().groups()[0].spots.size(), 3u);
  EXPECT_THAT(bank.Get().groups()[0].spots[1].schemes, ElementsAre(1, 2)) << "both issuers' tokens stand in one place";
  ASSERT_EQ(bank.Move().groups().size(), 2u);
  EXPECT_EQ(bank.Move().groups()[1].spots[0].place.name, "x-api-key");
}

TEST(Access, RefusesAtLoadWhatMeansNothing) {
  EXPECT_THAT(Bank("- {methods: ['*'], authenticate: public, authorize: {scopes: [a]}}\n").problems[0].what,
              "bank.v1.Bank/Get is public, so nobody can be authorized for it; say authorize: {} beside authenticate: "
              "public");
  const struct {
    std::string_view field;
    std::string_view problem;
  } cases[] = {
      {"ownr", "bank.v1.Bank/Get: bank.v1.Account has no field \"ownr\"; did you mean \"owner\"?"},
      {"from.owner", "bank.v1.Bank/Get: bank.v1.Account has no field \"from\""},
      {"id.x", "bank.v1.Bank/Get: field \"id\" of bank.v1.Account is no message, which cannot be compared"},
  };
  for (const auto& c : cases) {
    const Bank bank("- {methods: [bank.v1.Bank/Get], authorize: {fields: {" + std::string(c.field) + ": claims.sub}}}\n");
    ASSERT_EQ(bank.problems.size(), 1u);
    EXPECT_EQ(bank.problems[0].what, c.problem);
  }
}

TEST(Access, DemandsScopesRolesConsumersTenantsAndClaims) {
  const Consumer mobile{.name = "mobile", .tenant = "acme", .scopes = {"r"}, .roles = {"buyer"}};
  const Consumer bare{.name = "bare"};
  const struct {
    std::string_view authorize;
    Identity identity;
    std::string_view why;  // empty: admitted
  } cases[] = {
      {"{scopes: [r]}", Known(mobile), ""},
      {"{scopes: [r, w]}", Known(mobile), "this call needs the scope \"w\""},
      {"{scopes: {any: [w, r]}}", Known(mobile), ""},
      {"{scopes: {any: [w, x]}}", Known(mobile), "this call needs one of the scopes \"w\" or \"x\""},
      {"{scopes: [r, w]}", Token(R"({"scope":"w r"})"), ""},
      {"{scopes: [r]}", Token(R"({"scp":["w","r"]})"), ""},
      {"{scopes: [r]}", Token(R"({"scope":"rr r1 xr"})"), "this call needs the scope \"r\""},
      {"{scopes: [r]}", Token(R"({"scope":["w"],"scp":7})"), "this call needs the scope \"r\""},
      {"{roles: [buyer]}", Known(mobile), ""},
      {"{roles: {any: [seller, buyer]}}", Token(R"({"roles":["buyer"]})"), ""},
      {"{roles: [seller]}", Token(R"({"roles":"buyer"})"), "this call needs the role \"seller\""},
      {"{tenants: [acme]}", Known(mobile), ""},
      {"{tenants: [other]}", Known(mobile), "tenant \"acme\" may not make this call"},
      {"{tenants: [acme]}", Known(bare), "this call is for certain tenants only, and the consumer has none"},
      {"{claims: {plan: gold}}", Token(R"({"plan":"gold"})"), ""},
      {"{claims: {plan: gold}}", Token(R"({"plan":"silver"})"), "the claim \"plan\" is not what this call needs"},
      {"{claims: {plan: gold}}", Token(R"({"plan":["gold"]})"), "the claim \"plan\" is not what this call needs"},
      {"{claims: {plan: gold}}", Known(mobile), "this call needs the claim \"plan\""},
      {"{claims: {level: 3}}", Token(R"({"level":3})"), ""},
      {"{claims: {ok: 'true'}}", Token(R"({"ok":true})"), ""},
      {"{claims: {realm.plan: {one_of: [a, b]}}}", Token(R"({"realm":{"plan":"b"}})"), ""},
      {"{claims: {realm.plan: {one_of: [a, b]}}}", Token(R"({"realm":{"plan":"c"}})"),
       "the claim \"realm.plan\" is not what this call needs"},
      {"{claims: {groups: {contains: staff}}}", Token(R"({"groups":["x","staff"]})"), ""},
      {"{claims: {groups: {contains: staff}}}", Token(R"({"groups":"staff"})"),
       "the claim \"groups\" is not what this call needs"},
      {"{scopes: [r]}", Identity{}, "this call needs credentials"},
  };
  for (const auto& c : cases) {
    const Bank bank("- {methods: ['*'], authorize: " + std::string(c.authorize) + "}\n");
    ASSERT_TRUE(bank.problems.empty()) << c.authorize << bank.problems[0].what;
    const Status status = bank.Get().AdmitIdentity(c.identity);
    EXPECT_EQ(WhyNot(status), c.why) << c.authorize;
    if (!c.why.empty()) {
      EXPECT_EQ(status.reason(), c.identity.anonymous() ? Reason::kUnauthenticated : Reason::kForbidden);
    }
  }
}

TEST(Access, TellsBearersWhichScopeTheyLack) {
  const Bank bank("- {methods: ['*'], authorize: {scopes: [a, b]}}\n");
  const Status status = bank.Get().AdmitIdentity(Token(R"({"scope":"a"})"));
  EXPECT_THAT(status.headers(), ElementsAre(testing::Pair("www-authenticate",
                                                          "Bearer realm=\"dragoman\", error=\"insufficient_scope\", "
                                                          "scope=\"a b\"")));
}

TEST(Access, HoldsFieldsAgainstTheIdentity) {
  const Bank bank(
      "- {methods: [bank.v1.Bank/Get], authorize: {fields: {owner: claims.sub}}}\n"
      "- {methods: [bank.v1.Bank/Move], authorize: {fields: {from.owner: consumer.tenant, amount: claims.limits}}}\n");
  ASSERT_TRUE(bank.problems.empty()) << bank.problems[0].what;
  EXPECT_TRUE(bank.Get().reads_message());
  const Identity joe = Token(R"({"sub":"joe"})");
  EXPECT_TRUE(bank.Get().AdmitMessage("\x0a\x01x\x12\x03joe", joe).ok());
  const Status other = bank.Get().AdmitMessage("\x12\x03jim", joe);
  EXPECT_EQ(other.reason(), Reason::kForbidden);
  EXPECT_EQ(other.message(), "field \"owner\" must be the caller's own claims.sub");
  EXPECT_FALSE(bank.Get().AdmitMessage("", joe).ok()) << "an unset field is nobody's";
  EXPECT_FALSE(bank.Get().AdmitMessage("\x12\x03joe\x12\x03jim", joe).ok()) << "no value may be another's";
  EXPECT_FALSE(bank.Get().AdmitMessage("\x12\x03joe", Token(R"({"name":"joe"})")).ok());

  const Consumer acme{.name = "a", .tenant = "acme"};
  Identity both = Token(R"({"limits":[5,10]})");
  both.consumer = &acme;
  EXPECT_TRUE(bank.Move().AdmitMessage(std::string_view("\x0a\x06\x12\x04"
                                                        "acme\x18\x0a",
                                                        10),
                                       both)
                  .ok());
  EXPECT_FALSE(bank.Move().AdmitMessage(std::string_view("\x0a\x06\x12\x04"
                                                         "acme\x18\x0b",
                                                         10),
                                        both)
                   .ok());
}

}  // namespace
}  // namespace dragoman::auth
