#include "concurrency/admission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "callers.h"
#include "concurrency/gate_set.h"

namespace dragoman::concurrency {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

const config::IpAddress kAddress = config::IpAddress::Parse("192.0.2.7").value();

std::optional<Result<Permit>> Try(const RpcGates& gates, Loop& loop, std::string_view consumer = "ada",
                                  std::string_view tier = {}) {
  return gates.TryEnter({consumer, tier, kAddress}, loop);
}

TEST(RpcGates, WithoutCapsEverybodyComesIn) {
  Loop loop;
  Shop shop(std::nullopt);
  const RpcGates gates = shop.Rpc();
  EXPECT_TRUE(gates.empty());
  EXPECT_EQ(gates.description(), "");
  const auto entered = Try(gates, loop);
  ASSERT_TRUE(entered && *entered);
  EXPECT_EQ((*entered)->gates(), 0u);
  EXPECT_TRUE(Caller(loop, gates).admitted());
  EXPECT_THAT(shop.set->figures(), IsEmpty());
}

TEST(RpcGates, APermitHoldsAPlaceOfEachAndGivesThemBack) {
  Loop loop;
  Shop shop(Cap(4), {Cap(3), PerConsumer(2)});
  const RpcGates gates = shop.Rpc();
  const auto under_way = [&shop] {
    std::vector<uint64_t> counts;
    for (const Figures& figures : shop.set->figures()) counts.push_back(figures.under_way);
    return counts;  // backend, RPC: the policy is none of the configuration's
  };
  {
    auto first = Try(gates, loop);
    ASSERT_TRUE(first && *first);
    EXPECT_EQ((*first)->gates(), 3u);
    EXPECT_THAT(under_way(), ElementsAre(1, 1));
    Permit moved = std::move(**first);
    EXPECT_EQ((*first)->gates(), 0u);
    first.reset();
    EXPECT_THAT(under_way(), ElementsAre(1, 1));
    Permit other;
    other = std::move(moved);
    EXPECT_THAT(under_way(), ElementsAre(1, 1));
    other = Permit();
    EXPECT_THAT(under_way(), ElementsAre(0, 0));
  }
  EXPECT_THAT(under_way(), ElementsAre(0, 0));
}

TEST(RpcGates, TellsWhoseCapIsReachedAndWhatToDo) {
  struct Case {
    const char* name;
    std::optional<config::Concurrency> backend;
    std::vector<config::Concurrency> policy;
    std::string message;
    std::string rule;
  };
  for (const Case& test : {
           Case{"a backend's",
                Cap(1),
                {},
                "backend \"shop\" has 1 call under way, as many as it may: try again in 1 s",
                "backend shop"},
           Case{"an RPC's",
                Cap(9),
                {Cap(2)},
                "rpc shop.v1.Catalog/GetItem has 2 calls under way, as many as it may: try again in 1 s",
                "rpc"},
           Case{"a consumer's",
                Cap(9),
                {Cap(9), PerConsumer(2)},
                "this caller has 2 calls under way, as many as it may: try again in 1 s",
                "consumer"},
       }) {
    SCOPED_TRACE(test.name);
    Loop loop;
    Shop shop(test.backend, test.policy);
    const RpcGates gates = shop.Rpc();
    std::vector<Permit> held;
    std::optional<Result<Permit>> entered;
    while ((entered = Try(gates, loop)) && *entered) held.push_back(std::move(**entered));
    ASSERT_TRUE(entered);
    const Status& no = entered->error();
    EXPECT_EQ(no.message(), test.message);
    EXPECT_EQ(no.rule(), test.rule);
    EXPECT_EQ(no.reason(), Reason::kOverloaded);
    EXPECT_EQ(no.http_status(), 503);
    EXPECT_THAT(no.headers(), ElementsAre(Pair("retry-after", "1")));
    Caller caller(loop, gates, {.consumer = "ada"});
    EXPECT_EQ(caller.refusal(), test.message);
    held.pop_back();
    EXPECT_TRUE(Try(gates, loop).value().has_value()) << "what was refused holds nothing";
  }
}

TEST(RpcGates, TellsWhyAWaitWasInVain) {
  Loop loop;
  Shop shop(Cap(1, 1));
  const RpcGates gates = shop.Rpc();
  const auto first = Try(gates, loop);
  EXPECT_FALSE(Try(gates, loop)) << "there is room in the queue";
  Caller late(loop, gates, {.deadline = milliseconds(-1)});
  loop.io().restart();
  while (late.waits()) loop.io().run_one();
  EXPECT_EQ(late.refusal(),
            "backend \"shop\" has 1 call under way, as many as it may, and this one's turn did not come in time: try "
            "again in 1 s");
  Caller low(loop, gates, {.tier = "free"});
  Caller high(loop, gates, {.tier = "gold"});
  Turn(loop);
  EXPECT_EQ(low.refusal(),
            "backend \"shop\" has 1 call under way, as many as it may, and calls of higher priority go first: try "
            "again in 1 s");
  EXPECT_TRUE(high.waits());
  EXPECT_EQ(Caller(loop, gates).refusal(),
            "backend \"shop\" has 1 call under way and 1 waiting, as many as it may: try again in 1 s");
  high.client.GoAway();
  Turn(loop);
  EXPECT_EQ(high.status().code(), Code::kCancelled);
  EXPECT_EQ(high.refusal(), "the client went away");

  const std::vector<Figures> figures = shop.set->figures();
  ASSERT_EQ(figures.size(), 1u);
  EXPECT_EQ(figures[0].rule, "backend shop");
  EXPECT_EQ(figures[0].under_way, 1u);
  EXPECT_EQ(figures[0].waiting, 0u);
  EXPECT_EQ(figures[0].timed_out, 1u);
  EXPECT_EQ(figures[0].pushed_out, 1u);
  EXPECT_EQ(figures[0].full, 1u);
  EXPECT_EQ(figures[0].left, 1u);
  EXPECT_EQ(figures[0].waited, 0u);
}

TEST(RpcGates, HoldTheFirstPlacesWhileTheyWaitForTheLast) {
  Loop loop;
  Shop shop(Cap(1, 10), {Cap(2, 10), PerConsumer(2, 10)});
  const RpcGates gates = shop.Rpc();
  Caller first(loop, gates, {.consumer = "ada"});
  Caller waits_for_the_backend(loop, gates, {.consumer = "ada"});
  Caller waits_for_its_own(loop, gates, {.consumer = "ada"});
  Caller waits_for_the_rpc(loop, gates, {.consumer = "bob"});
  EXPECT_TRUE(first.admitted());
  for (const Caller* caller : {&waits_for_the_backend, &waits_for_its_own, &waits_for_the_rpc})
    EXPECT_TRUE(caller->waits());
  // Each end moves everybody up by one.
  first.End();
  Turn(loop);
  EXPECT_TRUE(waits_for_the_backend.admitted());
  EXPECT_TRUE(waits_for_the_rpc.waits() && waits_for_its_own.waits());
  waits_for_the_backend.End();
  Turn(loop);
  EXPECT_TRUE(waits_for_the_rpc.admitted());
  EXPECT_TRUE(waits_for_its_own.waits());
  waits_for_the_rpc.End();
  Turn(loop);
  EXPECT_TRUE(waits_for_its_own.admitted());
}

TEST(RpcGates, GiveAllPlacesBackWhereTheLastGateRefuses) {
  Loop loop;
  Shop shop(Cap(1, 1), {Cap(5), PerConsumer(5)});
  const RpcGates gates = shop.Rpc();
  Caller first(loop, gates), waiting(loop, gates), refused(loop, gates);
  EXPECT_TRUE(first.admitted() && waiting.waits());
  EXPECT_NE(refused.refusal(), "");
  EXPECT_THAT(shop.set->figures()[1].under_way, 2u) << "of the RPC";
  waiting.client.GoAway();
  Turn(loop);
  EXPECT_THAT(shop.set->figures()[1].under_way, 1u);
}

TEST(RpcGates, AWaitThatIsDestroyedGivesAllPlacesBack) {
  Loop loop;
  Shop shop(Cap(1, 5), {Cap(5), PerConsumer(5)});
  const RpcGates gates = shop.Rpc();
  Caller first(loop, gates);
  auto other = std::make_unique<Loop>();
  Caller waiting(*other, gates), given_a_place(*other, gates, {.tier = "gold"});
  EXPECT_EQ(shop.set->figures()[1].under_way, 3u) << "of the RPC";
  first.End();
  EXPECT_TRUE(waiting.waits() && given_a_place.waits());
  other.reset();
  for (const Figures& figures : shop.set->figures()) EXPECT_EQ(figures.under_way + figures.waiting, 0u) << figures.rule;
}

// An RPC that no generation serves any more leaves nothing behind.
TEST(RpcGates, TheGateOfAnRpcGoesWithTheLastThatHasIt) {
  Loop loop;
  Shop shop(Cap(2), {Cap(5)});
  auto before = std::make_optional(shop.Rpc("shop.v1.Catalog/GetItem"));
  auto after = std::make_optional(shop.Rpc("shop.v1.Catalog/GetItem"));
  const RpcGates other = shop.Rpc("shop.v1.Orders/GetOrder");
  {
    Caller caller(loop, *before);
    EXPECT_EQ(shop.set->figures().size(), 3u);
    EXPECT_EQ(shop.set->figures()[1].under_way, 1u) << "of the RPC, in both";
  }
  before.reset();
  EXPECT_EQ(shop.set->figures().size(), 3u);
  after.reset();
  ASSERT_EQ(shop.set->figures().size(), 2u);
  EXPECT_EQ(shop.set->figures()[1].rule, "rpc shop.v1.Orders/GetOrder");
  const RpcGates again = shop.Rpc("shop.v1.Catalog/GetItem");
  EXPECT_EQ(shop.set->figures().size(), 3u);
}

TEST(RpcGates, MayOutliveTheirSet) {
  Shop shop({}, {Cap(5)});
  const RpcGates gates = shop.Rpc();
  shop.set.reset();
  EXPECT_FALSE(gates.empty());
}

// Many calls through three gates each, in every order of coming, end.
TEST(RpcGates, NobodyWaitsForEver) {
  Loop loop;
  Shop shop(Cap(2, 1000), {Cap(3, 1000), PerConsumer(2, 1000)});
  const std::vector<RpcGates> rpcs = {shop.Rpc("shop.v1.Catalog/GetItem"), shop.Rpc("shop.v1.Orders/GetOrder"),
                                      shop.Rpc("shop.v1.Orders/ListOrders")};
  std::vector<std::unique_ptr<Caller>> callers;
  for (int i = 0; i < 300; ++i) {
    callers.push_back(std::make_unique<Caller>(
        loop, rpcs[i % 3],
        Caller::Options{.consumer = "consumer " + std::to_string(i % 7), .tier = i % 5 ? "free" : "gold"}));
  }
  size_t ended = 0;
  for (int turn = 0; turn < 1000 && ended < callers.size(); ++turn) {
    for (std::unique_ptr<Caller>& caller : callers) {
      if (!caller || !caller->admitted()) continue;
      caller.reset();
      ++ended;
    }
    Turn(loop);
  }
  EXPECT_EQ(ended, callers.size());
  for (const Figures& figures : shop.set->figures()) EXPECT_EQ(figures.under_way + figures.waiting, 0u) << figures.rule;
}

TEST(RpcGates, DescribesItself) {
  struct Case {
    std::optional<config::Concurrency> backend;
    std::vector<config::Concurrency> policy;
    std::string text;
  };
  config::Concurrency tiers = PerConsumer(4);
  tiers.tiers = {{"gold", 16}, {"free", 1}};
  for (const Case& test : {
           Case{std::nullopt, {}, ""},
           Case{Cap(8, 1, milliseconds(100)), {}, "backend shop at most 8 at once, 1 waits up to 100 ms"},
           Case{std::nullopt, {Cap(20, 10, milliseconds(100))}, "at most 20 at once, 10 wait up to 100 ms"},
           Case{
               Cap(8),
               {Cap(20), tiers},
               "each consumer at most 4 at once (gold 16, free 1); at most 20 at once; backend shop at most 8 at once"},
       }) {
    EXPECT_EQ(Shop(test.backend, test.policy).Rpc().description(), test.text);
  }
}

TEST(GateSet, RpcsOfABackendShareItsGateAndHaveTheirOwn) {
  Loop loop;
  Shop shop(Cap(3), {Cap(2)});
  const RpcGates get = shop.Rpc("shop.v1.Catalog/GetItem"), list = shop.Rpc("shop.v1.Catalog/ListItems");
  std::vector<Permit> held;
  for (const RpcGates* gates : {&get, &get, &list}) held.push_back(Try(*gates, loop).value().value());
  EXPECT_EQ(Try(get, loop)->error().rule(), "rpc");
  EXPECT_EQ(Try(list, loop)->error().rule(), "backend shop");
}

TEST(GateSet, ConsumersHaveOneCapOverTheRpcsOfAPolicy) {
  Loop loop;
  config::Config config;
  config.backends.push_back({.name = "shop"});
  config.policies.resize(2);
  config.policies[0].concurrency = {PerConsumer(2)};
  config.policies[1].concurrency = {PerConsumer(2)};
  GateSet set(config);
  Problems problems;
  const auto compile = [&](std::string_view name, size_t policy) {
    return set.Compile(name, 0, &*config.policies[policy].concurrency, nullptr, problems);
  };
  const RpcGates get = compile("shop.v1.Catalog/GetItem", 0), list = compile("shop.v1.Catalog/ListItems", 0),
                 order = compile("shop.v1.Orders/GetOrder", 1);
  const Permit first = Try(get, loop).value().value(), second = Try(list, loop).value().value();
  EXPECT_FALSE(Try(get, loop).value().has_value());
  EXPECT_FALSE(Try(list, loop).value().has_value());
  EXPECT_TRUE(Try(order, loop).value().has_value()) << "another policy's";
  EXPECT_TRUE(Try(get, loop, "bob").value().has_value());
  const std::vector<Figures> figures = set.figures();
  ASSERT_EQ(figures.size(), 2u);
  EXPECT_EQ(figures[0].rule, "consumer policies[0]");
  EXPECT_EQ(figures[0].under_way, 2u);
  EXPECT_EQ(figures[0].full, 2u);
  EXPECT_EQ(figures[1].rule, "consumer policies[1]");
  EXPECT_EQ(figures[1].under_way, 0u);
}

TEST(GateSet, ASecondCapOfOneSortIsAProblem) {
  config::Config config;
  config.backends.push_back({.name = "shop"});
  config.policies.resize(1);
  config.policies[0].concurrency = {Cap(1), PerConsumer(1), Cap(2), PerConsumer(2)};
  (*config.policies[0].concurrency)[2].at = {"dragoman.yaml", 14, 5};
  (*config.policies[0].concurrency)[3].at = {"dragoman.yaml", 15, 5};
  Problems problems;
  (void)GateSet(config).Compile("shop.v1.Catalog/GetItem", 0, &*config.policies[0].concurrency, nullptr, problems);
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(problems[0].where, "dragoman.yaml:14:5");
  EXPECT_EQ(problems[0].what, "expected one cap per rpc, got a second one");
  EXPECT_EQ(problems[1].where, "dragoman.yaml:15:5");
  EXPECT_EQ(problems[1].what, "expected one cap per consumer, got a second one");
}

}  // namespace
}  // namespace dragoman::concurrency
