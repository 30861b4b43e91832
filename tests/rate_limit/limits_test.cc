#include "rate_limit/limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "limits_fixture.h"

namespace dragoman::rate_limit {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

TEST(Limits, HoldTheWindowsOfEveryTierWithTheirTextsMadeReady) {
  const Shop shop({{.name = "per-client",
                    .windows = {Rate("per-client-1s", 10, 1s), Quota("per-client-1h", 1000, 1h)},
                    .tiers = {{"gold", {Rate("per-client", 100, 250ms)}}}}},
                  {});
  ASSERT_THAT(shop.problems(), ElementsAre());
  const Limit& limit = shop.limits().limit(0);
  EXPECT_EQ(limit.TierOf("").windows.size(), 2u);
  EXPECT_EQ(limit.TierOf("silver").windows.size(), 2u);
  ASSERT_EQ(limit.TierOf("gold").windows.size(), 1u);
  ASSERT_EQ(shop.limits().windows().size(), 3u);
  const Window& second = shop.limits().windows()[1];
  EXPECT_EQ(second.index, 1u);
  EXPECT_EQ(second.policy, R"("per-client-1h";q=1000;w=3600)");
  EXPECT_EQ(second.opening, R"("per-client-1h";r=)");
  EXPECT_EQ(second.excess, "more than 1000 requests in 1 h by this client (limit per-client-1h)");
  EXPECT_EQ(limit.TierOf("gold").windows[0]->policy, R"("per-client";q=100;w=1)") << "seconds, rounded up";
}

TEST(Limits, ReportEverythingThatIsWrongWithThem) {
  config::LimitWindow placed = Quota("per day", 1'000'000'000, 10ms);
  placed.at = {"d.yaml", 3, 5};
  const Shop shop(
      {{.name = "a", .windows = {placed, Rate("quo\"te", 1, 1s)}},
       {.name = "b", .windows = {Rate(std::string(81, 'n'), 1, 1s), Rate("", 1, 1s), Rate("\xc3\xa4", 1, 1s)}},
       {.name = "c", .windows = {Rate("c", 1, 1s)}, .tiers = {{"gold", {Rate("c", 0, 1s)}}}}},
      {});
  const std::string expected =
      ": a limit's name stands in headers: expected at most 80 printable ASCII characters without quotes, got ";
  EXPECT_THAT(
      shop.problems(),
      ElementsAre(
          "d.yaml:3:5: limit \"a\": a quota of 1000000000 in 10 ms cannot be counted exactly; make the window longer",
          expected + R"("quo\"te")", expected + "\"" + std::string(64, 'n') + "…\"", expected + "\"\"",
          expected + "\"\xc3\xa4\"", ": limit \"c\": 0 in 1 s admits nothing"));
}

config::Config Configured(std::vector<config::LimitWindow> windows) {
  config::Config config;
  config.rate_limits = {{.name = "per-client", .windows = std::move(windows)}};
  return config;
}

// What a bucket's state means depends on its window, so that only one that is quite the same goes on with it.
TEST(Limits, ThatReplaceOthersGoOnCountingWhereAWindowIsTheSame) {
  const config::Config before = Configured({Rate("a", 10, 1s), Quota("b", 1000, 1h)});
  const auto old = Limits::Build(before).value();
  const auto same = [&](std::vector<config::LimitWindow> windows, size_t index) {
    const config::Config after = Configured(std::move(windows));
    const auto limits = Limits::Build(after, old->counts()).value();
    EXPECT_EQ(&limits->buckets(), &old->buckets());
    const Hash128& one = limits->windows()[index].apart;
    const Hash128& other = old->windows()[index].apart;
    return one.high == other.high && one.low == other.low;
  };
  EXPECT_TRUE(same({Rate("a", 10, 1s), Quota("b", 1000, 1h)}, 0));
  EXPECT_TRUE(same({Rate("a", 11, 1s), Quota("b", 1000, 1h)}, 1));
  EXPECT_FALSE(same({Rate("a", 11, 1s), Quota("b", 1000, 1h)}, 0));
  EXPECT_FALSE(same({Rate("a", 10, 1s), Quota("b", 1000, 2h)}, 1));
  EXPECT_FALSE(same({Rate("a", 10, 1s), Rate("b", 1000, 1h)}, 1));
  EXPECT_NE(Limits::Build(before).value()->hash_key().high, old->hash_key().high) << "alone, with another secret";
}

}  // namespace
}  // namespace dragoman::rate_limit
