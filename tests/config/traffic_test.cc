#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "config/load.h"
#include "config_text.h"

namespace dragoman::config {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;

Config Loaded(std::string_view more) {
  auto config = LoadText("d.yaml", With(more));
  EXPECT_TRUE(config) << (config ? "" : config.error().front().where + ": " + config.error().front().what);
  return config ? *std::move(config) : Config();
}

struct Case {
  std::string_view text;
  std::string_view problem;  // behind "d.yaml:"
};

void ExpectProblems(std::span<const Case> cases) {
  for (const Case& one : cases) {
    EXPECT_THAT(ProblemsOf(With(one.text)), ElementsAre("d.yaml:" + std::string(one.problem))) << one.text;
  }
}

TEST(RateLimits, AreRead) {
  const Config config = Loaded(
      "rate_limits: {per-client: {limits: [{rate: 10/s, burst: 20}, {quota: 1000/h}], tiers: {gold: [{rate: 5/15m}]}}}\n"
      "policies: [{methods: [\"*\"], rate_limits: [{limit: per-client, cost: {field: a.b, otherwise: 3, max: 9}}]},"
      " {methods: [x.Y/Z], rate_limits: []}]");
  ASSERT_EQ(config.rate_limits.size(), 1u);
  const RateLimit& limit = config.rate_limits.front();
  ASSERT_EQ(limit.windows.size(), 2u);
  EXPECT_EQ(limit.windows[0].name, "per-client-1s");
  EXPECT_EQ(limit.windows[0].kind, LimitWindow::Kind::kRate);
  EXPECT_EQ(limit.windows[0].amount, 10u);
  EXPECT_EQ(limit.windows[0].burst, 20u);
  EXPECT_EQ(limit.windows[1].name, "per-client-1h");
  EXPECT_EQ(limit.windows[1].kind, LimitWindow::Kind::kQuota);
  EXPECT_EQ(limit.windows[1].per, hours(1));
  ASSERT_EQ(limit.tiers.size(), 1u);
  EXPECT_EQ(limit.tiers[0].first, "gold");
  EXPECT_EQ(limit.tiers[0].second[0].name, "per-client");
  EXPECT_EQ(limit.tiers[0].second[0].per, minutes(15));
  EXPECT_EQ(limit.tiers[0].second[0].burst, 5u);
  EXPECT_FALSE(limit.shared);
  ASSERT_EQ(limit.key.size(), 1u);
  EXPECT_EQ(limit.key[0].part, LimitKey::Part::kConsumer);
  const LimitUse& use = config.policies[0].rate_limits->front();
  EXPECT_EQ(use.field, "a.b");
  EXPECT_EQ(use.cost, 3u);
  EXPECT_EQ(use.max_cost, 9u);
  EXPECT_TRUE(config.policies[1].rate_limits->empty());
}

TEST(RateLimits, AreSharedWhereThereIsAStore) {
  const Config config = Loaded(
      "store: {redis: {url: \"redis://r:1\"}}\nrate_limits: {a: {limits: [{rate: 1/s}]}, b: {limits: [{rate: 1/s}], shared: false}}\nguard: {}");
  EXPECT_TRUE(config.rate_limits[0].shared);
  EXPECT_FALSE(config.rate_limits[1].shared);
  EXPECT_TRUE(config.guard->shared);
  EXPECT_EQ(config.store->url.value, "redis://r:1");
}

TEST(RateLimits, SayWhatIsWrong) {
  const Case cases[] = {
      {"rate_limits: {a: {limits: [{rate: fast}]}}",
       "3:35: expected a number and a time such as 10/s, 1000/h or 5/15m, at most 1000000000 in at least 10ms, got \"fast\""},
      {"rate_limits: {a: {limits: [{rate: 0/s}]}}",
       "3:35: expected a number and a time such as 10/s, 1000/h or 5/15m, at most 1000000000 in at least 10ms, got \"0/s\""},
      {"rate_limits: {a: {limits: [{rate: 1/s, quota: 2/s}]}}", "3:28: expected one of rate or quota"},
      {"rate_limits: {a: {limits: [{burst: 2}]}}", "3:28: expected one of rate or quota"},
      {"rate_limits: {a: {limits: [{quota: 2/s, burst: 2}]}}", "3:48: \"burst\" beside \"quota\", which is there at once anyway"},
      {"rate_limits: {a: {limits: [{rate: 1/s}, {quota: 2/s}]}}", "3:41: two windows of 1s; first at d.yaml:3:28"},
      {"rate_limits: {a: {limits: [{rate: 1/s}], key: [who]}}",
       "3:48: expected consumer, address, rpc, {claim: …}, {header: …} or {literal: …}, got \"who\""},
      {"rate_limits: {a: {limits: [{rate: 1/s}], key: [{claim: a, literal: b}]}}",
       "3:48: expected one of consumer, address, rpc, {claim: …}, {header: …} or {literal: …}"},
      {"rate_limits: {a: {limits: [{rate: 1/s}], tiers: {gold: fast}}}", "3:56: expected a list of 1 to 8 items as of limits, got \"fast\""},
      {"rate_limits: {a: {limits: [{rate: 1/s}], shared: true}}",
       "3:50: there is no store to share it through; set up the key store"},
      {"rate_limits: {\"a\\\"b\": {limits: [{rate: 1/s}]}}",
       "3:15: expected a limit's name of letters, digits, \"-\", \"_\" and \".\", at most 64 bytes, got \"a\\\"b\""},
      {"rate_limits: {a: {}}", "3:18: missing key \"limits\""},
      {"rate_limits: {per-client: {limits: [{rate: 1/s}]}}\npolicies: [{methods: [\"*\"], rate_limits: [per-cleint]}]",
       "4:43: unknown limit \"per-cleint\"; did you mean \"per-client\"?"},
      {"rate_limits: {a: {limits: [{rate: 1/s}]}}\npolicies: [{methods: [\"*\"], rate_limits: [a, {limit: a}]}]",
       "4:46: limit \"a\" stands twice"},
      {"guard: {shared: true}", "3:17: there is no store to share it through; set up the key store"},
  };
  ExpectProblems(cases);
}

TEST(ConcurrencyCaps, AreRead) {
  const Config config = Loaded(
      "policies: [{methods: [\"*\"], concurrency: [{max: 9, queue: 3, queue_timeout: 1s}, {per: consumer, max: 2, tiers: {gold: 4}}],"
      " priority: {otherwise: low, tiers: {gold: high}}}, {methods: [\"*\"], priority: high}]");
  const std::vector<Concurrency>& caps = *config.policies[0].concurrency;
  ASSERT_EQ(caps.size(), 2u);
  EXPECT_EQ(caps[0].per, Concurrency::Per::kRpc);
  EXPECT_EQ(caps[0].max, 9u);
  EXPECT_EQ(caps[0].queue, 3u);
  EXPECT_EQ(caps[0].queue_timeout, seconds(1));
  EXPECT_EQ(caps[1].per, Concurrency::Per::kConsumer);
  EXPECT_THAT(caps[1].tiers, ElementsAre(std::pair<std::string, uint32_t>("gold", 4)));
  EXPECT_EQ(config.policies[0].priority->otherwise, Priority::kLow);
  EXPECT_EQ(config.policies[0].priority->tiers.front().second, Priority::kHigh);
  EXPECT_EQ(config.policies[1].priority->otherwise, Priority::kHigh);
  const auto backend = LoadText("d.yaml", With("", "{a: {endpoints: [a:1], concurrency: {max: 7}}}"));
  ASSERT_TRUE(backend);
  EXPECT_EQ(backend->backends[0].concurrency->max, 7u);
  EXPECT_EQ(backend->backends[0].concurrency->queue, 0u);
}

TEST(ConcurrencyCaps, SayWhatIsWrong) {
  const Case cases[] = {
      {"policies: [{methods: [\"*\"], concurrency: [{max: 0}]}]", "3:49: expected between 1 and 1000000, got 0"},
      {"policies: [{methods: [\"*\"], concurrency: [{queue: 1}]}]", "3:43: missing key \"max\""},
      {"policies: [{methods: [\"*\"], concurrency: [{max: 1}, {max: 2}]}]", "3:53: a second entry for the same per"},
      {"policies: [{methods: [\"*\"], concurrency: [{max: 1, tiers: {gold: 2}}]}]",
       "3:66: only consumers have tiers; expected per: consumer"},
      {"policies: [{methods: [\"*\"], concurrency: [{per: consumer, max: 1, tiers: {gold: many}}]}]",
       "3:81: expected a number between 1 and 1000000, got \"many\""},
      {"policies: [{methods: [\"*\"], priority: urgent}]", "3:39: expected low, normal or high, got \"urgent\""},
  };
  ExpectProblems(cases);
}

TEST(GuardKeys, AreRead) {
  const Config config = Loaded(
      "trusted_proxies: [10.0.0.0/8]\n"
      "guard: {allow: [127.0.0.1], deny: [192.0.2.0/24, {file: deny.txt}], brute_force: off, patterns: {score: 7},"
      " user_agents: {deny: [\"*bot*\"]}, headers: [{name: X-Y, required: true}], connections: {new_per_second: 5}}");
  EXPECT_EQ(config.trusted_proxies[0].ToString(), "10.0.0.0/8");
  const Guard& guard = *config.guard;
  EXPECT_EQ(guard.allow.networks[0].ToString(), "127.0.0.1");
  EXPECT_EQ(guard.deny.networks.size(), 1u);
  EXPECT_THAT(guard.deny.files, ElementsAre("deny.txt"));
  EXPECT_FALSE(guard.brute_force);
  EXPECT_EQ(guard.patterns->score, 7u);
  ASSERT_EQ(guard.headers.size(), 2u);
  EXPECT_EQ(guard.headers[0].header, "user-agent");
  EXPECT_EQ(guard.headers[1].header, "x-y");
  EXPECT_TRUE(guard.headers[1].required);
  EXPECT_EQ(guard.connections.burst, 5u);
  EXPECT_EQ(guard.connections.per_address, 0u);
}

TEST(GuardKeys, SayWhatIsWrong) {
  const Case cases[] = {
      {"trusted_proxies: [10.0.0.1/8]", "3:19: \"10.0.0.1/8\" has bits behind its prefix; the network is 10.0.0.0/8"},
      {"guard: {deny: [shop]}", "3:16: expected a network such as 10.0.0.0/8 or 2001:db8::/32, got \"shop\""},
      {"guard: {brute_force: no}", "3:22: expected off or a mapping, got \"no\""},
      {"guard: {brute_force: {ban: {first: 1h, longest: 1m}}}", "3:28: expected a longest ban that is no shorter than the first"},
      {"guard: {user_agents: {}}", "3:22: expected deny, or required: true"},
      {"guard: {paterns: off}", "3:9: unknown key \"paterns\"; did you mean \"patterns\"?"},
  };
  ExpectProblems(cases);
}

}  // namespace
}  // namespace dragoman::config
