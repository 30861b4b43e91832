#include "rate_limit/limit_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "limits_fixture.h"

namespace dragoman::rate_limit {
namespace {

using Part = config::LimitKey::Part;

const Hash128 kSecret{.high = 1, .low = 2};

config::RateLimit LimitBy(std::vector<config::LimitKey> key, std::string name = "l") {
  return {.name = std::move(name), .key = std::move(key)};
}

// Both hashes, which must tell the same callers apart.
struct Keys {
  Hash128 local;
  std::string shared;

  bool operator==(const Keys&) const = default;
};

Keys KeysOf(const config::RateLimit& limit, const Client& client, std::string_view tier = {},
            std::string_view rpc = "s/A") {
  const LimitKey key(limit, tier, rpc, kSecret);
  return client.With([&key](const Caller& caller) {
    return Keys{key.Hash(caller), std::string(key.Digest(caller).view())};
  });
}

TEST(LimitKey, TellsCallersApartByWhatTheLimitCountsByAndByNothingElse) {
  struct Case {
    const char* name;
    config::LimitKey part;
    Client one;
    Client other;
    bool same;
  };
  const std::string long_text(5000, 'x');
  const std::string another_long_text = long_text.substr(1);
  const Case cases[] = {
      {"a consumer from two addresses",
       {Part::kConsumer, {}},
       {.consumer = "a"},
       {.consumer = "a", .address = "192.0.2.8"},
       true},
      {"two consumers", {Part::kConsumer, {}}, {.consumer = "a"}, {.consumer = "b"}, false},
      {"a consumer and a token", {Part::kConsumer, {}}, {.consumer = "a"}, {.claims = R"({"sub":"a"})"}, false},
      {"two tokens", {Part::kConsumer, {}}, {.claims = R"({"sub":"a"})"}, {.claims = R"({"sub":"b"})"}, false},
      {"a token from two addresses",
       {Part::kConsumer, {}},
       {.claims = R"({"sub":"a"})"},
       {.address = "192.0.2.8", .claims = R"({"sub":"a"})"},
       true},
      {"the consumer of a token",
       {Part::kConsumer, {}},
       {.consumer = "a"},
       {.consumer = "a", .claims = R"({"sub":"z"})"},
       true},
      {"tokens without a subject",
       {Part::kConsumer, {}},
       {.claims = R"({"sub":7})"},
       {.claims = R"({"sub":""})"},
       true},
      {"a token without a subject, and none", {Part::kConsumer, {}}, {.claims = "{}"}, {}, true},
      {"nobody from two addresses", {Part::kConsumer, {}}, {}, {.address = "192.0.2.8"}, false},
      {"a consumer named like an address", {Part::kConsumer, {}}, {.consumer = "192.0.2.7"}, {}, false},
      {"two addresses", {Part::kAddress, {}}, {}, {.address = "192.0.2.8"}, false},
      {"an address and two consumers", {Part::kAddress, {}}, {.consumer = "a"}, {.consumer = "b"}, true},
      {"an IPv6 network",
       {Part::kAddress, {}},
       {.address = "2001:db8:0:1::1"},
       {.address = "2001:db8:0:1:ffff::2"},
       true},
      {"two IPv6 networks",
       {Part::kAddress, {}},
       {.address = "2001:db8:0:1::1"},
       {.address = "2001:db8:0:2::1"},
       false},
      {"IPv4 written as IPv6", {Part::kAddress, {}}, {.address = "::ffff:192.0.2.7"}, {}, true},
      {"IPv6 that looks like IPv4 inside", {Part::kAddress, {}}, {.address = "0:ffff:c000:207::"}, {}, false},
      {"unix sockets", {Part::kAddress, {}}, {.address = "none"}, {.address = "none"}, true},
      {"a unix socket", {Part::kAddress, {}}, {.address = "none"}, {.address = "::"}, false},
      {"two claims",
       {Part::kClaim, "org.id"},
       {.claims = R"({"org":{"id":"a"}})"},
       {.claims = R"({"org":{"id":"b"}})"},
       false},
      {"equal claims",
       {Part::kClaim, "org.id"},
       {.claims = R"({"org":{"id":"a"}})"},
       {.claims = R"({"org.id":"a"})"},
       true},
      {"numbers", {Part::kClaim, "n"}, {.claims = R"({"n":1})"}, {.claims = R"({"n":2})"}, false},
      {"a number and its text", {Part::kClaim, "n"}, {.claims = R"({"n":1})"}, {.claims = R"({"n":"1"})"}, false},
      {"numbers whose bits are equal",
       {Part::kClaim, "n"},
       {.claims = R"({"n":-1})"},
       {.claims = R"({"n":18446744073709551615})"},
       false},
      {"true and false", {Part::kClaim, "n"}, {.claims = R"({"n":true})"}, {.claims = R"({"n":false})"}, false},
      {"no claim and no token", {Part::kClaim, "n"}, {.claims = "{}"}, {}, true},
      {"a claim that is no one thing",
       {Part::kClaim, "n"},
       {.claims = R"({"n":["a"]})"},
       {.claims = R"({"n":{"b":1}})"},
       true},
      {"an empty claim and none", {Part::kClaim, "n"}, {.claims = R"({"n":""})"}, {}, false},
      {"two headers", {Part::kHeader, "x-app"}, {.headers = {{"x-app", "a"}}}, {.headers = {{"x-app", "b"}}}, false},
      {"the first of several headers",
       {Part::kHeader, "x-app"},
       {.headers = {{"x-app", "a"}, {"x-app", "b"}}},
       {.headers = {{"x-app", "a"}, {"x-app", "c"}}},
       true},
      {"another header", {Part::kHeader, "x-app"}, {.headers = {{"x-other", "a"}}}, {}, true},
      {"an empty header and none", {Part::kHeader, "x-app"}, {.headers = {{"x-app", ""}}}, {}, true},
      {"long headers",
       {Part::kHeader, "x-app"},
       {.headers = {{"x-app", long_text}}},
       {.headers = {{"x-app", another_long_text}}},
       false},
      {"a literal", {Part::kLiteral, "eu"}, {.consumer = "a"}, {.consumer = "b", .address = "192.0.2.8"}, true},
  };
  for (const Case& c : cases) {
    const config::RateLimit limit = LimitBy({c.part});
    const Keys one = KeysOf(limit, c.one);
    const Keys other = KeysOf(limit, c.other);
    EXPECT_EQ(one.local == other.local, c.same) << c.name;
    EXPECT_EQ(one.shared == other.shared, c.same) << c.name;
  }
}

TEST(LimitKey, PartsDoNotRunIntoEachOther) {
  const config::RateLimit limit = LimitBy({{Part::kHeader, "a"}, {Part::kHeader, "b"}});
  const std::vector<Client> clients = {
      {.headers = {{"a", "xy"}, {"b", "z"}}},
      {.headers = {{"a", "x"}, {"b", "yz"}}},
      {.headers = {{"a", "xyz"}}},
      {.headers = {{"b", "xyz"}}},
      {.headers = {{"a", "z"}, {"b", "xy"}}},
      {},
  };
  for (size_t i = 0; i < clients.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      EXPECT_NE(KeysOf(limit, clients[i]).local, KeysOf(limit, clients[j]).local) << i << " " << j;
      EXPECT_NE(KeysOf(limit, clients[i]).shared, KeysOf(limit, clients[j]).shared) << i << " " << j;
    }
  }
}

TEST(LimitKey, LimitsTiersLiteralsAndWhereItCountsTheRpcAreApart) {
  const config::RateLimit by_rpc = LimitBy({{Part::kRpc, {}}});
  EXPECT_NE(KeysOf(by_rpc, {}, {}, "s/A"), KeysOf(by_rpc, {}, {}, "s/B"));
  const config::RateLimit by_consumer = LimitBy({{Part::kConsumer, {}}});
  EXPECT_EQ(KeysOf(by_consumer, {}, {}, "s/A"), KeysOf(by_consumer, {}, {}, "s/B"));
  EXPECT_NE(KeysOf(by_consumer, {}, "gold"), KeysOf(by_consumer, {}, "silver"));
  EXPECT_NE(KeysOf(by_consumer, {}), KeysOf(LimitBy({{Part::kConsumer, {}}}, "m"), {}));
  EXPECT_NE(KeysOf(LimitBy({{Part::kLiteral, "a"}}), {}), KeysOf(LimitBy({{Part::kLiteral, "b"}}), {}));
}

TEST(LimitKey, TheSharedTextIsTheSameInEveryProcessAndHoldsNothingOfTheClients) {
  const config::RateLimit limit = LimitBy({{Part::kHeader, "authorization"}});
  const Client client{.headers = {{"authorization", "Bearer secret"}}};
  const std::string text = KeysOf(limit, client).shared;
  EXPECT_THAT(text, testing::MatchesRegex("[0-9a-f]{32}"));
  const LimitKey elsewhere(limit, {}, "s/A", Hash128{.high = 77, .low = 78});
  client.With([&](const Caller& caller) {
    EXPECT_EQ(elsewhere.Digest(caller).view(), text);
    EXPECT_NE(elsewhere.Hash(caller), KeysOf(limit, client).local);
  });
}

}  // namespace
}  // namespace dragoman::rate_limit
