#include "rate_limit/limiter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "limiter_fixture.h"

// Windows of hours: what little time passes during a test brings nothing back.
namespace dragoman::rate_limit {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::Pair;
using Part = config::LimitKey::Part;

const config::RateLimit kTwoWindows{.name = "c", .windows = {Rate("c-1h", 3, 1h), Quota("c-10h", 5, 10h)}};

TEST(Limiter, AdmitsUpToTheLimitAndTellsWhatIsLeft) {
  Shop shop({kTwoWindows}, {{.limit = 0}});
  Worker worker(shop);
  const auto headers = [](std::string limit) {
    return ElementsAre(Pair("ratelimit-policy", R"("c-1h";q=3;w=3600, "c-10h";q=5;w=36000)"), Pair("ratelimit", limit));
  };
  EXPECT_THAT(worker.Serve().headers, headers(R"("c-1h";r=2;t=1200, "c-10h";r=4;t=36000)"));
  EXPECT_THAT(worker.Serve().headers, headers(R"("c-1h";r=1;t=2400, "c-10h";r=3;t=36000)"));
  EXPECT_THAT(worker.Serve().headers, headers(R"("c-1h";r=0;t=3600, "c-10h";r=2;t=36000)"));
  EXPECT_EQ(worker.limiter().admitted(), 3u);

  const Outcome refused = worker.Serve();
  EXPECT_EQ(refused.status.reason(), Reason::kRateLimited);
  EXPECT_EQ(refused.status.http_status(), 429);
  EXPECT_EQ(refused.status.rule(), "c-1h");
  EXPECT_EQ(refused.status.message(), "more than 3 requests in 1 h by this client (limit c-1h); try again in 1200 s");
  EXPECT_THAT(refused.headers, ElementsAre(Pair("retry-after", "1200"), Pair("ratelimit-policy", testing::_),
                                           Pair("ratelimit", R"("c-1h";r=0;t=3600, "c-10h";r=2;t=36000)")));
  EXPECT_EQ(worker.limiter().admitted(), 3u);
  EXPECT_EQ(worker.limiter().refused(0), 1u);
  EXPECT_EQ(worker.limiter().refused(1), 0u);
}

TEST(Limiter, ARefusedRequestCostsNothing) {
  Shop shop({{.name = "a", .windows = {Rate("a", 10, 1h)}}, {.name = "b", .windows = {Quota("b", 2, 1h)}}},
            {{.limit = 0}, {.limit = 1}});
  Worker worker(shop);
  EXPECT_EQ(worker.Drain(), 2);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(worker.Serve().status.reason(), Reason::kQuotaExceeded);
  EXPECT_EQ(worker.Serve().headers[2].second, R"("a";r=8;t=720, "b";r=0;t=3600)");
}

TEST(Limiter, OfSeveralWindowsThatRefuseTheOneThatDoesForTheLongestIsNamed) {
  Shop shop({{.name = "a", .windows = {Rate("a-1h", 1, 1h), Quota("a-2h", 1, 2h), Rate("a-10m", 1, 10min)}}},
            {{.limit = 0}});
  Worker worker(shop);
  EXPECT_TRUE(worker.Admits());
  const Outcome refused = worker.Serve();
  EXPECT_EQ(refused.status.rule(), "a-2h");
  EXPECT_EQ(refused.status.message(), "more than 1 request in 2 h by this client (limit a-2h); try again in 7200 s");
}

TEST(Limiter, CountsEachCallerAndTierForItself) {
  Shop shop({{.name = "c", .windows = {Rate("c", 3, 1h)}, .tiers = {{"gold", {Rate("c", 7, 1h)}}}}}, {{.limit = 0}});
  Worker worker(shop);
  EXPECT_EQ(worker.Drain({.consumer = "a"}), 3);
  EXPECT_EQ(worker.Drain({.consumer = "b"}), 3);
  EXPECT_EQ(worker.Drain({.consumer = "g", .tier = "gold"}), 7);
  EXPECT_EQ(worker.Drain({.consumer = "h", .tier = "lead"}), 3);
  EXPECT_EQ(worker.Drain(), 3);
  EXPECT_EQ(worker.Drain({.address = "192.0.2.8"}), 3);
}

TEST(Limiter, RpcsShareALimitUnlessItCountsByRpc) {
  Shop shared({{.name = "c", .windows = {Rate("c", 3, 1h)}}}, {{.limit = 0}});
  Worker one(shared);
  EXPECT_EQ(one.Drain(), 3);
  EXPECT_FALSE(one.Serve(shared.Other()).status.ok());

  Shop apart({{.name = "c", .key = {{Part::kConsumer, {}}, {Part::kRpc, {}}}, .windows = {Rate("c", 3, 1h)}}},
             {{.limit = 0}});
  Worker other(apart);
  EXPECT_EQ(other.Drain(), 3);
  EXPECT_TRUE(other.Serve(apart.Other()).status.ok());
}

TEST(Limiter, WorkersShareTheBuckets) {
  Shop shop({kTwoWindows}, {{.limit = 0}});
  Worker one(shop), other(shop);
  EXPECT_TRUE(one.Admits());
  EXPECT_TRUE(other.Admits());
  EXPECT_TRUE(one.Admits());
  EXPECT_FALSE(other.Admits());
}

TEST(Limiter, ACallTakesWhatItCosts) {
  Shop shop({{.name = "c", .windows = {Rate("c", 10, 1h)}}}, {{.limit = 0, .cost = 4}});
  Worker worker(shop);
  EXPECT_EQ(worker.Serve().headers[1].second, R"("c";r=6;t=1440)");
  EXPECT_TRUE(worker.Admits());
  EXPECT_EQ(worker.Serve().status.message(),
            "more than 10 requests in 1 h by this client (limit c); try again in 720 s");
}

TEST(Limiter, ACallThatCostsNothingIsToldOfTheLimitOnly) {
  Shop shop({{.name = "c", .windows = {Rate("c", 10, 1h)}}}, {{.limit = 0, .cost = 0}});
  Worker worker(shop);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(worker.Serve().headers[1].second, R"("c";r=10;t=0)");
  EXPECT_EQ(shop.limits().buckets().added(), 0u);
}

TEST(Limiter, ARequestThatCanNeverPassIsToldSo) {
  Shop shop({{.name = "c", .windows = {Rate("c-1h", 100, 1h), Rate("c-1s", 10, 1h, 2)}}},
            {{.limit = 0, .field = "page_size"}});
  Worker worker(shop);
  const Outcome refused = worker.Serve({}, PageOf(50));
  EXPECT_EQ(refused.status.reason(), Reason::kRateLimited);
  EXPECT_EQ(refused.status.message(),
            "this request counts as 50, and limit c-1s never admits more than 2 at once; ask for less");
  EXPECT_THAT(refused.headers, ElementsAre(Pair("ratelimit-policy", R"("c-1h";q=100;w=3600, "c-1s";q=10;w=3600)"),
                                           Pair("ratelimit", R"("c-1h";r=100;t=0, "c-1s";r=2;t=0)")));
  EXPECT_EQ(shop.limits().buckets().added(), 0u) << "nothing is remembered of it";
}

TEST(Limiter, TakesWhatTheMessageSaysAndGivesBackWhatTheHeadTookWhereThatIsTooMuch) {
  Shop shop(
      {{.name = "calls", .windows = {Rate("calls", 10, 1h)}}, {.name = "rows", .windows = {Quota("rows", 100, 1h)}}},
      {{.limit = 0}, {.limit = 1, .field = "page_size"}});
  Worker worker(shop);
  EXPECT_EQ(worker.Serve({}, PageOf(60)).headers[1].second, R"("calls";r=9;t=360, "rows";r=40;t=3600)");
  const Outcome refused = worker.Serve({}, PageOf(60));
  EXPECT_EQ(refused.status.reason(), Reason::kQuotaExceeded);
  EXPECT_EQ(refused.status.rule(), "rows");
  EXPECT_EQ(refused.headers[2].second, R"("calls";r=9;t=360, "rows";r=40;t=3600)");
  EXPECT_EQ(worker.Serve({}, PageOf(40)).headers[1].second, R"("calls";r=8;t=720, "rows";r=0;t=3600)");
  EXPECT_EQ(worker.limiter().admitted(), 2u);
  EXPECT_EQ(worker.limiter().refused(1), 1u);
}

TEST(Limiter, AHeadThatIsRefusedIsNotAskedForItsMessage) {
  Shop shop(
      {{.name = "calls", .windows = {Rate("calls", 1, 1h)}}, {.name = "rows", .windows = {Quota("rows", 100, 1h)}}},
      {{.limit = 0}, {.limit = 1, .field = "page_size"}});
  Worker worker(shop);
  EXPECT_TRUE(worker.Admits({}, PageOf(10)));
  const Outcome refused = worker.Serve({}, PageOf(10));
  EXPECT_EQ(refused.status.rule(), "calls");
  EXPECT_EQ(refused.headers[2].second, R"("calls";r=0;t=3600)");
}

TEST(Limiter, TheSameLimitTwiceIsTakenTwiceOrNotAtAll) {
  Shop shop({{.name = "c", .windows = {Rate("c", 5, 1h)}}}, {{.limit = 0}, {.limit = 0, .cost = 2}});
  Worker worker(shop);
  EXPECT_TRUE(worker.Admits());
  EXPECT_FALSE(worker.Admits()) << "two are left, three would be needed";
  EXPECT_EQ(worker.Serve().headers[2].second, R"("c";r=2;t=2160, "c";r=2;t=2160)");
}

}  // namespace
}  // namespace dragoman::rate_limit
