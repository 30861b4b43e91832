#include "guard/ban_book.h"

#include "guard_fixture.h"

namespace dragoman::guard {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Two gateways, of which the second's wall clock is ahead.
class BanBookTest : public testing::Test {
 protected:
  static bool Never(const Subject& subject) { return subject.address == Ip("10.0.0.1"); }
  Moment At(Duration after, Duration ahead = {}) const {
    return {TimePoint(24h) + after,
            Moment::Wall(std::chrono::duration_cast<Moment::Wall::duration>(1'795'000'000s + after + ahead))};
  }
  static void Add(BanBook& book, std::string_view what, Duration duration, TimePoint now) {
    book.Add(*Subject::Parse(what), BanRule::kPatterns, duration, 1, now);
  }
  static std::vector<std::string> WhatOf(const std::vector<Ban>& bans) {
    std::vector<std::string> texts;
    for (const Ban& ban : bans) texts.push_back(ban.what);
    return texts;
  }
  KeyedHash hash_;
  Counters counters_;
  BanBook here_{hash_, 16, 24h, true, Never, counters_};
  Counters counters_there_;
  BanBook there_{hash_, 16, 24h, true, Never, counters_there_};
};

TEST_F(BanBookTest, KnowsWhoIsBannedAndUntilWhen) {
  const uint64_t hash = hash_.Of(Ip("192.0.2.7"), {});
  EXPECT_FALSE(here_.any_addresses());
  EXPECT_FALSE(here_.Find(hash, At(0s).steady));
  Add(here_, "192.0.2.7", 60s, At(0s).steady);
  EXPECT_TRUE(here_.any_addresses());
  EXPECT_FALSE(here_.any_identities());
  EXPECT_EQ(here_.Find(hash, At(59s).steady)->until, At(60s).steady);
  EXPECT_EQ(here_.Find(hash, At(59s).steady)->rule, BanRule::kPatterns);
  EXPECT_FALSE(here_.Find(hash, At(60s).steady));
  Add(here_, "192.0.2.7", 30s, At(10s).steady);  // would end sooner
  EXPECT_TRUE(here_.Find(hash, At(59s).steady));
  Add(here_, "192.0.2.7", 90s, At(10s).steady);
  EXPECT_TRUE(here_.Find(hash, At(99s).steady));
  EXPECT_EQ(here_.size(), 1u);
  here_.Tidy(At(99s).steady);
  EXPECT_TRUE(here_.any_addresses());
  here_.Tidy(At(100s).steady);
  EXPECT_FALSE(here_.any_addresses());
}

TEST_F(BanBookTest, TheBanThatEndsFirstGoesWhereThereAreTooMany) {
  for (uint32_t i = 0; i < 40; ++i) Add(here_, NthIp(i).ToText().view(), std::chrono::seconds(100 + i), At(0s).steady);
  EXPECT_LE(here_.size(), 16u);
  EXPECT_GE(counters_.evicted_bans, 24u);
  const auto bans = here_.List(At(0s), 3);
  EXPECT_THAT(WhatOf(bans), ElementsAre("10.0.0.39", "10.0.0.38", "10.0.0.37"));
}

TEST_F(BanBookTest, SharesItsBans) {
  Add(here_, "192.0.2.7", 60s, At(0s).steady);
  Add(here_, "basic:alice", 60s, At(0s).steady);
  const auto news = here_.TakeNews(100, At(1s));
  ASSERT_EQ(news.size(), 2u);
  EXPECT_THAT(here_.TakeNews(100, At(1s)), IsEmpty());
  there_.Merge(news, At(2s, 3s));
  EXPECT_THAT(there_.TakeNews(100, At(2s)), IsEmpty());  // no echo
  EXPECT_EQ(counters_there_.bans_merged, 2u);
  EXPECT_EQ(there_.Find(hash_.Of(Ip("192.0.2.7"), {}), At(2s).steady)->until, At(57s).steady);
  here_.Merge(news, At(2s));  // one's own
  EXPECT_EQ(counters_.bans_merged, 0u);

  EXPECT_TRUE(there_.Lift(*Subject::Parse("192.0.2.7"), At(3s, 3s)));
  here_.Merge(there_.TakeNews(100, At(3s, 3s)), At(4s));
  EXPECT_THAT(WhatOf(here_.List(At(4s), 9)), ElementsAre("basic:alice"));
}

TEST_F(BanBookTest, ALiftEndsABanOfAClockThatIsAhead) {
  Add(there_, "192.0.2.7", 600s, At(0s).steady);
  here_.Merge(there_.TakeNews(9, At(0s, 100s)), At(1s));
  ASSERT_TRUE(here_.Lift(*Subject::Parse("192.0.2.7"), At(2s)));
  there_.Merge(here_.TakeNews(9, At(2s)), At(3s, 100s));
  EXPECT_EQ(there_.size(), 0u);
}

TEST_F(BanBookTest, ALiftIsNotForBansThatCameLater) {
  Add(here_, "192.0.2.7", 60s, At(10s).steady);
  here_.Merge(std::vector<BanNews>{{.ban = {.what = "192.0.2.7", .since = At(5s).wall, .until = {}}, .lifted = true}},
              At(11s));
  EXPECT_EQ(here_.size(), 1u);
}

TEST_F(BanBookTest, DoesNotBelieveEverything) {
  const auto ban = [&](std::string what, Moment::Wall since, Moment::Wall until, BanRule rule = BanRule::kPatterns) {
    return BanNews{.ban = {std::move(what), rule, since, until, 1}};
  };
  const Moment::Wall now = At(0s).wall;
  here_.Merge(
      std::vector<BanNews>{ban("", now, now + 1h),
                           ban("everybody", now, now + 1h),
                           ban("0.0.0.0/0", now, now + 1h),
                           ban("10.0.0.1", now, now + 1h),
                           ban("192.0.2.1", now, now),
                           ban("192.0.2.2", now, now - 1s),
                           ban("192.0.2.3", Moment::Wall::max(), Moment::Wall::min()),
                           {.ban = {.what = "192.0.2.9", .since = Moment::Wall::max(), .until = {}}, .lifted = true}},
      At(0s));
  EXPECT_THAT(WhatOf(here_.List(At(0s), 9)), IsEmpty());
  here_.Merge(std::vector<BanNews>{ban("192.0.2.4", Moment::Wall::min(), Moment::Wall::max()),
                                   ban("192.0.2.5", now, Moment::Wall::max(), BanRule::kByHand)},
              At(0s));
  const auto bans = here_.List(At(0s), 9);
  ASSERT_THAT(WhatOf(bans), ElementsAre("192.0.2.5", "192.0.2.4"));
  EXPECT_EQ(bans[0].until, now + 10'000h);
  EXPECT_EQ(bans[1].until, now + 24h);
}

TEST_F(BanBookTest, NewsThatNobodyTakesIsBounded) {
  for (size_t i = 0; i < BanBook::kMostNews + 10; ++i) {
    Add(here_, "192.0.2.7", std::chrono::seconds(60 + i), At(0s).steady);
  }
  EXPECT_EQ(counters_.news_dropped, 10u);
  EXPECT_EQ(here_.TakeNews(100'000, At(0s)).size(), BanBook::kMostNews);
}

TEST_F(BanBookTest, RendersBansAsJson) {
  Buffer out;
  AppendBansJson({}, 0, out);
  EXPECT_EQ(out.view(), R"({"bans":[],"total":0})");
  out.Clear();
  const Moment::Wall since{std::chrono::milliseconds(1'795'000'000'123)};
  const std::vector<Ban> bans = {{"192.0.2.7", BanRule::kBruteForce, since, since + 60s, 2},
                                 {"basic:\"\xff", BanRule::kByHand, since, since + 60s, 1}};
  AppendBansJson(bans, 7, out);
  EXPECT_EQ(
      out.view(),
      R"({"bans":[{"what":"192.0.2.7","rule":"brute_force","since":"2026-11-18T11:06:40.123Z",)"
      R"("until":"2026-11-18T11:07:40.123Z","count":2},{"what":"basic:\")"
      "\xEF\xBF\xBD"
      R"(","rule":"by_hand","since":"2026-11-18T11:06:40.123Z","until":"2026-11-18T11:07:40.123Z","count":1}],"total":7})");
}

TEST_F(BanBookTest, RulesHaveNames) {
  EXPECT_EQ(BanRuleOf("patterns"), BanRule::kPatterns);
  EXPECT_EQ(BanRuleOf("x"), std::nullopt);
}

}  // namespace
}  // namespace dragoman::guard
