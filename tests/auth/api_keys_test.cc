#include "auth/api_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "auth/api_key_file.h"

namespace dragoman::auth {
namespace {

constexpr int64_t kNow = 1'800'000'000;

config::Config ConfigWith(std::vector<config::Consumer> consumers, const std::string& file = {}) {
  config::Config config;
  config.authentication.emplace().api_keys.emplace().file = file;
  config.consumers = std::move(consumers);
  return config;
}

config::Consumer::Key KeyOf(std::string_view key) { return {.sha256 = RenderHex(Sha256Of(key))}; }

TEST(ApiKeyScheme, KnowsTheKeysOfConsumersAndWhetherTheyHold) {
  config::Consumer mobile{.name = "mobile", .tenant = "acme", .keys = {KeyOf("first"), KeyOf("second")}};
  mobile.keys.push_back({.sha256 = RenderHex(Sha256Of("ending")), .expires = kNow});
  mobile.keys.push_back({.sha256 = RenderHex(Sha256Of("off")), .disabled = true});
  config::Consumer gone{.name = "gone", .disabled = true, .keys = {KeyOf("of the gone")}};
  const config::Config config = ConfigWith({mobile, gone});
  ConsumerDirectory consumers(config.consumers);
  auto table = LoadApiKeys(config, consumers);
  ASSERT_TRUE(table) << table.error()[0].what;
  ApiKeyScheme scheme(*table, "ApiKey");

  for (const std::string_view key : {"first", "second"}) {
    const auto identity = *scheme.TryVerify(key, kNow);
    ASSERT_TRUE(identity) << identity.error().message();
    EXPECT_EQ(identity->scheme, "api_key");
    EXPECT_EQ(identity->consumer->name, "mobile");
    EXPECT_EQ(identity->consumer->tenant, "acme");
  }
  EXPECT_TRUE(*scheme.TryVerify("ending", kNow - 1));
  const struct {
    std::string_view key;
    std::string_view why;
  } cases[] = {{"ending", "the API key has expired"},
               {"off", "the API key is disabled"},
               {"of the gone", "the API key is disabled"},
               {"third", "the API key is not known"},
               {"", "the API key is not known"}};
  for (const auto& c : cases) {
    const auto identity = *scheme.TryVerify(c.key, kNow);
    ASSERT_FALSE(identity) << c.key;
    EXPECT_EQ(identity.error().reason(), Reason::kUnauthenticated);
    EXPECT_EQ(identity.error().message(), c.why);
  }
}

TEST(LoadApiKeys, ReadsTheFileAndDescribesWhoOnlyItKnows) {
  const std::string path = testing::TempDir() + "keys_" + std::to_string(::getpid()) + ".jsonl";
  std::ofstream(path) << RenderApiKeyLine({.digest = Sha256Of("a"), .consumer = "mobile"}) << "\n"
                      << RenderApiKeyLine({.digest = Sha256Of("b"), .consumer = "mobile", .tier = "gold"}) << "\n"
                      << RenderApiKeyLine({.digest = Sha256Of("c"), .consumer = "partner", .tenant = "t", .scopes = {"x", "y"}})
                      << "\r\n";
  const config::Config config = ConfigWith({{.name = "mobile", .tenant = "acme"}}, path);
  ConsumerDirectory consumers(config.consumers);
  auto table = LoadApiKeys(config, consumers);
  std::remove(path.c_str());
  ASSERT_TRUE(table) << table.error()[0].where << table.error()[0].what;
  EXPECT_EQ(table->Find(Sha256Of("a"))->consumer, consumers.FindByName("mobile"));
  EXPECT_EQ(table->Find(Sha256Of("b"))->consumer->tier, "gold");
  EXPECT_EQ(table->Find(Sha256Of("b"))->consumer->name, "mobile");
  EXPECT_EQ(table->Find(Sha256Of("c"))->consumer, consumers.FindByName("partner"));
  EXPECT_THAT(consumers.FindByName("partner")->scopes, testing::ElementsAre("x", "y"));
  EXPECT_EQ(table->Find(Sha256Of("d")), nullptr);
}

TEST(LoadApiKeys, RefusesAKeyThatStandsTwice) {
  const config::Config config = ConfigWith({{.name = "a", .keys = {KeyOf("x")}}, {.name = "b", .keys = {KeyOf("x")}}});
  ConsumerDirectory consumers(config.consumers);
  const auto table = LoadApiKeys(config, consumers);
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error()[0].what, "the key of SHA-256 2d711642… stands twice");
}

TEST(ApiKeyTable, FindsEachOfManyAndNothingElse) {
  const Consumer consumer{.name = "c"};
  constexpr int kKeys = 20'000;
  ApiKeyTable table(kKeys);
  for (int i = 0; i < kKeys; ++i) {
    ASSERT_TRUE(table.Add({.digest = Sha256Of(std::to_string(i)), .consumer = &consumer, .expires = i}));
  }
  EXPECT_FALSE(table.Add({.digest = Sha256Of("7"), .consumer = &consumer}));
  for (int i = 0; i < kKeys; ++i) ASSERT_EQ(table.Find(Sha256Of(std::to_string(i)))->expires, i);
  for (int i = kKeys; i < 2 * kKeys; ++i) ASSERT_EQ(table.Find(Sha256Of(std::to_string(i))), nullptr);
}

TEST(ParseApiKeyLine, SaysWhatIsWrong) {
  const std::string digest(64, 'a');
  const struct {
    std::string line;
    std::string_view why;
  } cases[] = {
      {"[]", "expected a JSON object"},
      {"{\"sha256\":\"" + digest + "\"}", "missing member \"consumer\""},
      {"{\"consumer\":\"a\"}", "missing member \"sha256\""},
      {"{\"consumer\":\"a\",\"consumer\":\"b\"}", "member \"consumer\" stands twice"},
      {"{\"consumer\":\"\"}", "member \"consumer\": expected a text"},
      {"{\"sha256\":\"" + std::string(64, 'A') + "\"}", "member \"sha256\": expected 64 hexadecimal digits in lower case"},
      {"{\"expires\":\"2027-02-30\"}",
       "member \"expires\": expected a date such as 2027-01-31 or 2027-01-31T12:00:00Z"},
      {"{\"disabled\":\"yes\"}", "member \"disabled\": expected true or false"},
      {"{\"scopes\":\"a b\"}", "member \"scopes\": expected a list of at most 100 texts"},
      {"{\"tiers\":\"a\"}", "unknown member \"tiers\"; did you mean \"tier\"?"},
      {"{\"consumer\":\"" + std::string(kMaxKeyLine, 'x') + "\"}", "expected at most 16384 bytes"},
  };
  for (const auto& c : cases) {
    const auto line = ParseApiKeyLine(c.line);
    ASSERT_FALSE(line) << c.line;
    EXPECT_EQ(line.error(), c.why);
  }
}

TEST(RenderApiKeyLine, IsReadBackAsItWas) {
  ApiKeyLine line{.digest = Sha256Of("k"), .consumer = "ünï \"quoted\"", .expires = "2027-01-31", .expires_at = 1801353600,
                  .disabled = true, .tenant = "t", .tier = "g", .scopes = {"a", "b"}, .roles = {"r"}};
  const auto read = ParseApiKeyLine(RenderApiKeyLine(line));
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(RenderApiKeyLine(*read), RenderApiKeyLine(line));
  EXPECT_EQ(read->consumer, line.consumer);
  EXPECT_EQ(read->expires_at, line.expires_at);
}

}  // namespace
}  // namespace dragoman::auth
