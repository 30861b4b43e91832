#include <gtest/gtest.h>
#include <signal.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "twin_gateways.h"

// Two gateways that count together in a Redis, and what becomes of their limits while it is gone.
namespace dragoman::integration {
namespace {

using std::chrono::steady_clock;

// A worker learns that the store is silent when it asks it something: each connection is some worker's, by chance.
void AwaitThatTheStoreIsMissed(const Gateway& gateway) {
  Await("no worker has the store", [&] {
    EXPECT_NE(Get(gateway, kAda).status, 0);
    return Metric(gateway, "dragoman_store_up") == 0;
  });
}

size_t CountOf(std::string_view text, std::string_view part) {
  size_t count = 0;
  for (size_t at = 0; (at = text.find(part, at)) != std::string_view::npos; at += part.size()) ++count;
  return count;
}

// Clients of both gateways who ask one after the other, as one consumer, until Stop. Their answers are counted by
// gateway and by the phase in which the question was asked.
class Load {
 public:
  struct Tally {
    int served = 0;
    int limited = 0;      // 429
    int unavailable = 0;  // 503
    int other = 0;        // anything else, and no answer at all
    std::map<int, HttpResponse> last;  // of each status
    int answers() const { return served + limited + unavailable + other; }
  };
  static constexpr size_t kPhases = 4;
  static constexpr int kClientsEach = 3;

  Load(Twins& twins, std::string key) {
    for (size_t gateway = 0; gateway < 2; ++gateway) {
      for (int i = 0; i < kClientsEach; ++i) {
        clients_.emplace_back(
            [this, &address = twins[gateway].address(), gateway, key] { Ask(address, gateway, key); });
      }
    }
  }
  ~Load() { Stop(); }

  void NextPhase() {
    const std::lock_guard lock(mutex_);
    ++phase_;
  }
  // Once it is so at both gateways; fails the test if it never is.
  void Await(std::string_view what, const std::function<bool(const Tally&)>& is_so) {
    std::unique_lock lock(mutex_);
    const auto& now = tallies_.at(phase_);
    EXPECT_TRUE(answered_.wait_for(lock, kPatience, [&] { return is_so(now[0]) && is_so(now[1]); })) << what;
  }
  void Stop() {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    for (std::thread& client : clients_) client.join();
    clients_.clear();
  }
  // After Stop.
  const Tally& Of(size_t phase, size_t gateway) const { return tallies_.at(phase).at(gateway); }
  int Sum(int Tally::*count, size_t gateway) const {
    int sum = 0;
    for (const auto& phase : tallies_) sum += phase.at(gateway).*count;
    return sum;
  }
  int Sum(int Tally::*count) const { return Sum(count, 0) + Sum(count, 1); }

 private:
  void Ask(const std::string& address, size_t gateway, const std::string& key) {
    HttpClient client(address);
    std::unique_lock lock(mutex_);
    while (!over_) {
      Tally& tally = tallies_.at(phase_)[gateway];
      lock.unlock();
      HttpResponse response = client.Send("GET", "/v1/items/grinder", {{"x-api-key", key}});
      lock.lock();
      ++(response.status == 200   ? tally.served
         : response.status == 429 ? tally.limited
         : response.status == 503 ? tally.unavailable
                                  : tally.other);
      const bool lost = response.status == 0;
      const int status = response.status;
      tally.last[status] = std::move(response);
      answered_.notify_all();
      if (lost) return;
    }
  }

  std::mutex mutex_;
  std::condition_variable answered_;
  bool over_ = false;
  size_t phase_ = 0;
  std::array<std::array<Tally, 2>, kPhases> tallies_;
  std::vector<std::thread> clients_;
};

using Tally = Load::Tally;

bool Busy(const Tally& tally) { return tally.answers() >= 20; }

TEST(SharedLimits, AreExactOverTwoGatewaysHoweverManyAskAtOnce) {
  Twins twins("limits: [{quota: 120/24h}], tiers: {gold: [{rate: 100/24h, burst: 60}, {quota: 1000/12h}]}", kNeverLate);
  struct Client {
    const char* key;
    int requests;  // of each thread
    int served;    // of all
    std::array<std::atomic<int>, 600> statuses{};
  };
  constexpr int kThreads = 8;
  std::array<Client, 3> table = {Client{kAda, 25, 120}, Client{kBob, 20, 60}, Client{kCas, 15, 120}};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      HttpClient client(twins[static_cast<size_t>(i % 2)].address());
      for (int n = 0; n < 25; ++n) {
        for (Client& one : table) {
          if (n >= one.requests) continue;
          const int status = client.Send("GET", "/v1/items/grinder", {{"x-api-key", one.key}}).status;
          ++one.statuses[static_cast<size_t>(status)];
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const Client& one : table) {
    EXPECT_EQ(one.statuses[200], one.served) << one.key;
    EXPECT_EQ(one.statuses[429], kThreads * one.requests - one.served) << one.key;
  }
  EXPECT_EQ(Metric(twins[0], "dragoman_limit_unanswered_total"), 0);
  EXPECT_EQ(Metric(twins[1], "dragoman_limit_unanswered_total"), 0);
}

// A rate that gives back while it is asked: what gets through is told by the time that has passed, within one request.
TEST(SharedLimits, GiveBackARateOnceForBothGateways) {
  constexpr int kBurst = 200;
  constexpr int kPerSecond = 100;
  Twins twins("limits: [{rate: 100/s, burst: 200}]", kNeverLate);
  const auto begin = steady_clock::now();
  ASSERT_EQ(Get(twins[0], kAda).status, 200);
  Load load(twins, kAda);
  load.Await("the burst is over, and more came",
             [](const Tally& tally) { return tally.limited > 0 && tally.served > kBurst / 4; });
  const auto empty = steady_clock::now();  // at the latest; from then on nothing that time gives runs over
  load.NextPhase();
  load.Await("a second's worth came after the burst",
             [](const Tally& tally) { return tally.served >= kPerSecond / 4; });
  load.Stop();
  // Once more, until nothing is left: then all that time has given has been taken.
  int served = 1 + load.Sum(&Tally::served);
  steady_clock::time_point asked;
  Await("a refusal", [&] {
    asked = steady_clock::now();
    const int status = Get(twins[1], kAda).status;
    served += status == 200;
    return status == 429;
  });
  const auto given = [](steady_clock::duration time) {
    return kBurst + std::chrono::duration<double>(time).count() * kPerSecond;
  };
  EXPECT_LE(served, given(steady_clock::now() - begin) + 1);
  EXPECT_GE(served, given(asked - empty) - 1);
  EXPECT_EQ(load.Sum(&Tally::other) + load.Sum(&Tally::unavailable), 0);
}

TEST(SharedLimits, WithoutTheStoreAreCountedByEachGatewayAlone) {
  constexpr int kLimit = 400;
  Twins twins("limits: [{quota: 400/24h}]", kSoonLate);
  Load load(twins, kAda);
  load.Await("the store counts", [](const Tally& tally) { return tally.served >= 10; });
  twins.redis().Kill();
  load.NextPhase();
  load.Await("each alone refuses", [](const Tally& tally) { return tally.limited >= 20; });
  load.Stop();
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_GE(load.Sum(&Tally::served, i), kLimit) << "what the store counted is not held against anybody";
    ASSERT_TRUE(load.Of(1, i).last.contains(429));
    EXPECT_EQ(JsonLacks(R"({"details": [{"reason": "QUOTA_EXCEEDED", "metadata": {"rule": "per-client"}}]})",
                        load.Of(1, i).last.at(429).body),
              "");
    EXPECT_GT(Metric(twins[i], "dragoman_limit_unanswered_total"), 0);
    EXPECT_EQ(Metric(twins[i], "dragoman_store_up"), 0);
    EXPECT_TRUE(twins[i].process().WaitForOutput("store_down"));
  }
  EXPECT_LE(load.Sum(&Tally::served), kLimit + 2 * kLimit) << "once by the store, once by each gateway";
  EXPECT_EQ(load.Sum(&Tally::other) + load.Sum(&Tally::unavailable), 0);
}

TEST(SharedLimits, WithoutTheStoreAreRefusalsWhereTheyDeny) {
  Twins twins("without_store: deny, limits: [{quota: 100000/24h}]", kSoonLate);
  Load load(twins, kAda);
  load.Await("the store counts", Busy);
  twins.redis().Kill();
  load.NextPhase();
  load.Await("many are refused", Busy);
  load.NextPhase();
  twins.redis().Start();
  load.Await("the store counts again", [](const Tally& tally) { return tally.served >= 20; });
  load.Stop();
  for (size_t i = 0; i < 2; ++i) {
    const Tally& denied = load.Of(1, i);
    EXPECT_EQ(denied.served, 0) << "the store had gone before anybody asked";
    EXPECT_EQ(denied.last.at(503).Header("retry-after"), "1");
    EXPECT_EQ(
        JsonLacks(R"({"code": 14, "message": "the store that counts limit per-client does not answer; try again in 1 s",
                            "details": [{"reason": "BACKEND_UNAVAILABLE", "metadata": {"rule": "per-client"}}]})",
                  denied.last.at(503).body),
        "");
  }
  EXPECT_EQ(load.Sum(&Tally::other) + load.Sum(&Tally::limited), 0);
}

TEST(SharedLimits, WithoutTheStoreAreNoneWhereTheyAllow) {
  constexpr int kLimit = 200;
  Twins twins("without_store: allow, limits: [{quota: 200/24h}]", kSoonLate);
  twins.redis().Kill();
  Load load(twins, kAda);
  load.Await("more than the limit came", [](const Tally& tally) { return tally.served > kLimit; });
  load.Stop();
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(load.Of(0, i).answers(), load.Of(0, i).served);
    EXPECT_EQ(Left(load.Of(0, i).last.at(200)), -1) << "nothing is known, and nothing told";
  }
  twins.redis().Start();
  twins.AwaitCountingTogether(kBob);
  int served = 0;
  Await("the limit holds again", [&] {
    const int status = Get(twins[1], kBob).status;
    served += status == 200;
    return status == 429;
  });
  EXPECT_LT(served, kLimit);
}

TEST(SharedLimits, GoOnWhileTheStoreStandsStillAndCountTogetherAfterwards) {
  constexpr int kLimit = 2000;
  Twins twins("limits: [{quota: 2000/24h}]", kSoonLate);
  for (size_t i = 0; i < 10; ++i) ASSERT_EQ(Get(twins[i % 2], kCas).status, 200);
  Load load(twins, kAda);
  load.Await("the store counts", Busy);
  twins.redis().Freeze();
  load.NextPhase();
  load.Await("answers go on", [](const Tally& tally) { return tally.served >= 100; });
  for (size_t i = 0; i < 2; ++i) AwaitThatTheStoreIsMissed(twins[i]);
  twins.redis().Thaw();
  twins.AwaitCountingTogether(kBob);
  load.NextPhase();
  load.Await("the store counts again", Busy);
  load.Stop();
  EXPECT_LE(load.Sum(&Tally::served), 3 * kLimit);
  EXPECT_EQ(load.Sum(&Tally::other) + load.Sum(&Tally::unavailable), 0);
  Await("the store has forgotten nothing", [&] {
    const long left = Left(Get(twins[0], kCas));
    return left >= 0 && left <= kLimit - 11;
  });
}

TEST(SharedLimits, ComeBackByThemselvesWhenTheStoreIsStartedAgainWithEmptyHands) {
  constexpr int kLimit = 500;
  Twins twins("limits: [{quota: 500/24h}]", kSoonLate);
  Load load(twins, kAda);
  load.Await("the store counts", Busy);
  twins.redis().Kill();
  load.NextPhase();
  load.Await("answers go on", Busy);
  twins.redis().Start();
  twins.AwaitCountingTogether(kBob);
  load.NextPhase();
  load.Await("all is used up", [](const Tally& tally) { return tally.limited >= 20; });
  load.Stop();
  EXPECT_LE(load.Sum(&Tally::served), 2 * kLimit + 2 * kLimit) << "once by each store, once by each gateway";
  EXPECT_EQ(load.Sum(&Tally::other) + load.Sum(&Tally::unavailable), 0);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_GE(Metric(twins[i], "dragoman_store_reconnects_total"), kWorkers);
    EXPECT_TRUE(twins[i].process().WaitForOutput("store_up"));
  }
}

TEST(SharedLimits, AreExactThoughTheStoreForgetsItsScripts) {
  constexpr int kLimit = 600;
  Twins twins("limits: [{quota: 600/24h}]", kNeverLate);
  Load load(twins, kAda);
  for (int i = 0; i < 10; ++i) {
    load.Await("some more", [&](const Tally& tally) { return tally.answers() > 20 * i; });
    EXPECT_EQ(twins.redis().Command({"SCRIPT", "FLUSH"}), "OK");
  }
  load.Await("all is used up", [](const Tally& tally) { return tally.limited > 0; });
  load.Stop();
  EXPECT_EQ(load.Sum(&Tally::served), kLimit);
  for (size_t i = 0; i < 2; ++i) EXPECT_EQ(Metric(twins[i], "dragoman_limit_unanswered_total"), 0);
}

// A refusal needs no memory: clients who have used up their limit are answered well all the while.
TEST(SharedLimits, GoOnWhileTheStoreHasNoMemoryAndTheLogSaysSoOnce) {
  Twins twins("limits: [{quota: 100000/24h}], tiers: {gold: [{quota: 1/24h}]}", kNeverLate, "", 1);
  Load load(twins, kAda);
  Load refused(twins, kBob);
  refused.Await("nothing is left", Busy);
  load.Await("the store counts", Busy);
  ASSERT_EQ(twins.redis().Command({"CONFIG", "SET", "maxmemory", "1", "maxmemory-policy", "noeviction"}), "OK");
  load.NextPhase();
  load.Await("answers go on", [](const Tally& tally) { return tally.served >= 300; });
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_GT(Metric(twins[i], "dragoman_limit_unanswered_total"), 0);
    EXPECT_EQ(CountOf(twins[i].process().err(), "store_up"), 0u) << twins[i].process().err();
  }
  ASSERT_EQ(twins.redis().Command({"CONFIG", "SET", "maxmemory", "0"}), "OK");
  for (size_t i = 0; i < 2; ++i) EXPECT_TRUE(twins[i].process().WaitForOutput("store_up"));
  load.Stop();
  refused.Stop();
  EXPECT_EQ(load.Sum(&Tally::other) + load.Sum(&Tally::unavailable) + load.Sum(&Tally::limited), 0);
  EXPECT_LE(refused.Sum(&Tally::served), 1 + 2) << "once by the store, once by each gateway";
  EXPECT_EQ(refused.Sum(&Tally::other) + refused.Sum(&Tally::unavailable), 0);
  twins.AwaitCountingTogether(kCas);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(CountOf(twins[i].process().err(), "OOM"), 1u) << twins[i].process().err();
    EXPECT_EQ(CountOf(twins[i].process().err(), "store_"), 2u) << twins[i].process().err();
  }
}

TEST(SharedLimits, AreNotDisturbedByClientsThatLeaveWhileTheStoreIsAsked) {
  constexpr int kLimit = 1000;
  constexpr int kClients = 20;
  Twins twins("limits: [{quota: 1000/24h}]", kNeverLate);
  twins.redis().Freeze();
  std::vector<std::unique_ptr<HttpClient>> clients;
  for (int i = 0; i < kClients; ++i) {
    clients.push_back(std::make_unique<HttpClient>(twins[0].address()));
    clients.back()->Begin("GET", "/v1/items/grinder", {{"x-api-key", kAda}});
  }
  Await("all are being served", [&] { return Metric(twins[0], "dragoman_requests_in_flight") == kClients; });
  for (int i = 0; i < kClients; i += 2) clients[static_cast<size_t>(i)]->Close();
  twins.redis().Thaw();
  std::set<long> left;
  for (int i = 1; i < kClients; i += 2) {
    const HttpResponse response = clients[static_cast<size_t>(i)]->Read();
    EXPECT_EQ(response.status, 200) << response.body;
    left.insert(Left(response));
  }
  EXPECT_EQ(left.size(), static_cast<size_t>(kClients / 2)) << "each has an answer of its own";
  EXPECT_EQ(Left(Get(twins[1], kAda)), kLimit - kClients - 1) << "what was taken for those who left stays taken";
  Await("nobody is forgotten", [&] { return Metric(twins[0], "dragoman_requests_in_flight") == 0; });
}

TEST(SharedLimits, DoNotKeepADrainWaitingForAStoreThatStandsStill) {
  Twins twins("limits: [{quota: 1000/24h}]", kNeverLate, "drain: {grace: 200ms}\n");
  twins.redis().Freeze();
  HttpClient client(twins[0].address());
  client.Begin("GET", "/v1/items/grinder", {{"x-api-key", kAda}});
  Await("it is being served", [&] { return Metric(twins[0], "dragoman_requests_in_flight") == 1; });
  twins[0].process().Signal(SIGTERM);
  EXPECT_EQ(twins[0].process().Wait(), 0);
  const int status = client.Read().status;
  EXPECT_TRUE(status == 0 || status == 503) << status;
}

}  // namespace
}  // namespace dragoman::integration
