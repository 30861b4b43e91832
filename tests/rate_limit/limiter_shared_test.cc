#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "limiter_fixture.h"

namespace dragoman::rate_limit {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::Pair;
using WithoutStore = config::RateLimit::WithoutStore;

// A store that answers as the test says, or not at all, and remembers what it was asked.
class ScriptedWindows final : public SharedWindows {
 public:
  struct Asked {
    std::string window;
    std::string key;
    uint64_t cost;
  };

  // The next call is answered so.
  void Answer(std::vector<Verdict> verdicts) { answers_.push_back(std::move(verdicts)); }
  // Calls wait until Release.
  void Hold() { held_ = true; }
  void Release() {
    held_ = false;
    released_.Notify();
  }

  Task<bool> Take(std::span<const Charge> charges, std::span<Verdict> verdicts) override {
    calls.emplace_back();
    for (const Charge& charge : charges)
      calls.back().push_back({charge.window->name, std::string(charge.key), charge.cost});
    if (held_) co_await released_.Wait();
    if (answers_.empty()) co_return false;
    EXPECT_EQ(answers_.front().size(), verdicts.size());
    std::copy(answers_.front().begin(), answers_.front().end(), verdicts.begin());
    answers_.pop_front();
    co_return true;
  }
  bool up() const override { return !answers_.empty(); }

  std::vector<std::vector<Asked>> calls;

 private:
  std::deque<std::vector<Verdict>> answers_;
  bool held_ = false;
  Signal released_;
};

config::RateLimit Shared(std::string name, std::vector<config::LimitWindow> windows,
                         WithoutStore without = WithoutStore::kLocal) {
  return {.name = std::move(name), .windows = std::move(windows), .shared = true, .without_store = without};
}

TEST(SharedLimits, AreAskedTogetherAndToldLikeTheProcesssOwn) {
  Shop shop({Shared("a", {Rate("a-1s", 10, 1s), Quota("a-1h", 100, 1h)}), Shared("b", {Rate("b", 5, 1s)})},
            {{.limit = 0}, {.limit = 1, .cost = 2}});
  ScriptedWindows store;
  Worker worker(shop, &store);
  store.Answer({{.admitted = true, .remaining = 9, .reset = 100ms},
                {.admitted = true, .remaining = 42, .reset = 3500s},
                {.admitted = true, .remaining = 3, .reset = 400ms}});
  const Outcome outcome = worker.Serve({.consumer = "me"});
  EXPECT_TRUE(outcome.status.ok());
  EXPECT_THAT(outcome.headers,
              ElementsAre(Pair("ratelimit-policy", R"("a-1s";q=10;w=1, "a-1h";q=100;w=3600, "b";q=5;w=1)"),
                          Pair("ratelimit", R"("a-1s";r=9;t=1, "a-1h";r=42;t=3500, "b";r=3;t=1)")));
  ASSERT_EQ(store.calls.size(), 1u);
  ASSERT_EQ(store.calls[0].size(), 3u);
  EXPECT_EQ(store.calls[0][0].window, "a-1s");
  EXPECT_EQ(store.calls[0][0].cost, 1u);
  EXPECT_EQ(store.calls[0][2].cost, 2u);
  EXPECT_THAT(store.calls[0][0].key, testing::MatchesRegex("a:[0-9a-f]*:0"));
  EXPECT_EQ(store.calls[0][1].key, store.calls[0][0].key.substr(0, 34) + ":1") << "another bucket of the same client";
  EXPECT_EQ(shop.limits().buckets().added(), 0u);
  EXPECT_EQ(worker.limiter().admitted(), 1u);
}

TEST(SharedLimits, ARefusalOfTheStoreIsARefusal) {
  Shop shop({Shared("a", {Rate("a-1s", 10, 1s), Quota("a-1h", 100, 1h)})}, {{.limit = 0}});
  ScriptedWindows store;
  Worker worker(shop, &store);
  store.Answer({{.admitted = true, .remaining = 9, .reset = 100ms},
                {.admitted = false, .remaining = 0, .reset = 60s, .retry_after = 59'001ms}});
  Outcome outcome = worker.Serve();
  EXPECT_EQ(outcome.status.reason(), Reason::kQuotaExceeded);
  EXPECT_EQ(outcome.status.message(), "more than 100 requests in 1 h by this client (limit a-1h); try again in 60 s");
  EXPECT_THAT(outcome.headers, ElementsAre(Pair("retry-after", "60"), Pair("ratelimit-policy", testing::_),
                                           Pair("ratelimit", R"("a-1s";r=9;t=1, "a-1h";r=0;t=60)")));
  store.Answer({{.admitted = false, .remaining = 1, .reset = 1s, .retry_after = Duration::max()}, {.admitted = true}});
  outcome = worker.Serve();
  EXPECT_EQ(outcome.status.message(),
            "this request counts as 1, and limit a-1s never admits more than 10 at once; ask for less");
  EXPECT_EQ(outcome.headers[0].first, "ratelimit-policy") << "no retry-after";
}

TEST(SharedLimits, AnAnswerWithoutSenseDoesNoHarm) {
  Shop shop({Shared("a", {Rate("a", 10, 1s)})}, {{.limit = 0}});
  ScriptedWindows store;
  Worker worker(shop, &store);
  store.Answer({{.admitted = true, .remaining = UINT64_MAX, .reset = Duration::max()}});
  EXPECT_EQ(worker.Serve().headers[1].second, R"("a";r=9999999999;t=315576000)");
  store.Answer({{.admitted = false, .remaining = 7, .reset = -5s, .retry_after = -5s}});
  const Outcome outcome = worker.Serve();
  EXPECT_EQ(outcome.headers[0].second, "1");
  EXPECT_EQ(outcome.headers[2].second, R"("a";r=7;t=0)");
}

TEST(SharedLimits, TheProcesssOwnGoFirstAndComeBackWhereTheStoreRefuses) {
  Shop shop({{.name = "own", .windows = {Rate("own", 2, 1h)}}, Shared("a", {Rate("a", 10, 1h)})},
            {{.limit = 0}, {.limit = 1}});
  ScriptedWindows store;
  Worker worker(shop, &store);
  for (int i = 0; i < 5; ++i) {
    store.Answer({{.admitted = false, .remaining = 0, .reset = 60s, .retry_after = 6s}});
    const Outcome refused = worker.Serve();
    EXPECT_EQ(refused.status.rule(), "a");
    EXPECT_EQ(refused.headers[2].second, R"("own";r=2;t=0, "a";r=0;t=60)");
  }
  for (int i = 0; i < 2; ++i) {
    store.Answer({{.admitted = true}});
    EXPECT_TRUE(worker.Admits());
  }
  EXPECT_EQ(worker.Serve().status.rule(), "own");
  EXPECT_EQ(store.calls.size(), 7u) << "who is refused here does not bother the store";
}

TEST(SharedLimits, WithoutAnAnswerTheLimitSaysWhatHappens) {
  Shop local({Shared("a", {Rate("a", 2, 1h)}, WithoutStore::kLocal)}, {{.limit = 0}});
  ScriptedWindows store;
  Worker keeps_limiting(local, &store);
  EXPECT_EQ(keeps_limiting.Serve().headers[1].second, R"("a";r=1;t=1800)");
  EXPECT_TRUE(keeps_limiting.Admits());
  EXPECT_EQ(keeps_limiting.Serve().status.reason(), Reason::kRateLimited);
  EXPECT_EQ(keeps_limiting.limiter().unanswered(), 3u);

  Shop allow({Shared("a", {Rate("a", 2, 1h)}, WithoutStore::kAllow)}, {{.limit = 0}});
  Worker lets_pass(allow, &store);
  EXPECT_EQ(lets_pass.Drain(), 1000);
  EXPECT_TRUE(lets_pass.Serve().headers.empty()) << "nothing is known";

  Shop deny({Shared("a", {Rate("a", 2, 1h)}, WithoutStore::kDeny)}, {{.limit = 0}});
  Worker refuses(deny, &store);
  const Outcome refused = refuses.Serve();
  EXPECT_EQ(refused.status.reason(), Reason::kBackendUnavailable);
  EXPECT_EQ(refused.status.http_status(), 503);
  EXPECT_EQ(refused.status.rule(), "a");
  EXPECT_EQ(refused.status.message(), "the store that counts limit a does not answer; try again in 1 s");
  EXPECT_THAT(refused.headers, ElementsAre(Pair("retry-after", "1")));
}

TEST(SharedLimits, WithoutAnAnswerEachLimitIsDecidedByItsOwnMode) {
  Shop shop({{.name = "own", .windows = {Rate("own", 5, 1h)}},
             Shared("l", {Rate("l", 2, 1h)}, WithoutStore::kLocal),
             Shared("w", {Rate("w", 1, 1h)}, WithoutStore::kAllow)},
            {{.limit = 0}, {.limit = 1}, {.limit = 2}});
  ScriptedWindows store;
  Worker worker(shop, &store);
  EXPECT_EQ(worker.Serve().headers[1].second, R"("own";r=4;t=720, "l";r=1;t=1800)");
  EXPECT_TRUE(worker.Admits());
  const Outcome refused = worker.Serve();
  EXPECT_EQ(refused.status.rule(), "l");
  EXPECT_EQ(refused.headers[2].second, R"("own";r=3;t=1440, "l";r=0;t=3600)");

  Shop denied({{.name = "own", .windows = {Rate("own", 5, 1h)}},
               Shared("l", {Rate("l", 2, 1h)}, WithoutStore::kLocal),
               Shared("d", {Rate("d", 1, 1h)}, WithoutStore::kDeny)},
              {{.limit = 0}, {.limit = 1}, {.limit = 2}});
  Worker other(denied, &store);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(other.Serve().status.rule(), "d") << "what the others took came back";
}

TEST(SharedLimits, WithoutAStoreTheyAreTheProcesssOwn) {
  Shop shop({Shared("a", {Rate("a", 2, 1h)}, WithoutStore::kDeny)}, {{.limit = 0}});
  Worker worker(shop);
  EXPECT_EQ(worker.Drain(), 2);
}

TEST(SharedLimits, ARequestWaitsForTheStore) {
  Shop shop({{.name = "own", .windows = {Rate("own", 1, 1h)}}, Shared("a", {Rate("a", 10, 1h)})},
            {{.limit = 0}, {.limit = 1}});
  ScriptedWindows store;
  Worker worker(shop, &store);
  store.Hold();
  store.Answer({{.admitted = true, .remaining = 9, .reset = 360s}});
  std::optional<Outcome> outcome;
  Client().With([&](const Caller& caller) {
    worker.loop().Spawn(Serve(worker.limiter(), shop.rpc(), caller, {}, outcome));
    EXPECT_FALSE(outcome);
    EXPECT_EQ(worker.Serve().status.rule(), "own") << "the one that waits has taken it";
    store.Release();
  });
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->headers[1].second, R"("own";r=0;t=3600, "a";r=9;t=360)");
}

TEST(SharedLimits, AMessagesCostIsAskedOfTheStore) {
  Shop shop({{.name = "own", .windows = {Rate("own", 10, 1h)}}, Shared("rows", {Rate("rows", 100, 1h)})},
            {{.limit = 0}, {.limit = 1, .field = "page_size"}});
  ScriptedWindows store;
  Worker worker(shop, &store);
  store.Answer({{.admitted = true, .remaining = 70, .reset = 1080s}});
  EXPECT_EQ(worker.Serve({}, PageOf(30)).headers[1].second, R"("own";r=9;t=360, "rows";r=70;t=1080)");
  store.Answer({{.admitted = false, .remaining = 70, .reset = 1080s, .retry_after = 720s}});
  EXPECT_EQ(worker.Serve({}, PageOf(90)).headers[2].second, R"("own";r=9;t=360, "rows";r=70;t=1080)");
  ASSERT_EQ(store.calls.size(), 2u);
  EXPECT_EQ(store.calls[0][0].cost, 30u);
  EXPECT_EQ(store.calls[1][0].cost, 90u);
}

}  // namespace
}  // namespace dragoman::rate_limit
