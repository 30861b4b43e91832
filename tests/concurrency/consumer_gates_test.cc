#include "concurrency/consumer_gates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "callers.h"

namespace dragoman::concurrency {
namespace {

// Takes a place of the caller's; null: none is free, or there is no gate for it.
Gate* Take(ConsumerGates& gates, std::string_view consumer, std::string_view address = "192.0.2.7",
           std::string_view tier = {}) {
  const config::IpAddress ip = config::IpAddress::Parse(address).value_or(config::IpAddress());
  return gates.With({consumer, tier, ip}, [](Gate* gate) { return gate && gate->TryTake() ? gate : nullptr; });
}

TEST(ConsumerGates, EachConsumerHasItsOwnWhateverItsAddress) {
  const config::Concurrency limits = PerConsumer(2);
  ConsumerGates gates(limits);
  Gate* ada = Take(gates, "ada");
  ASSERT_TRUE(ada);
  EXPECT_EQ(Take(gates, "ada", "198.51.100.1"), ada);
  EXPECT_FALSE(Take(gates, "ada"));
  EXPECT_TRUE(Take(gates, "bob"));
  EXPECT_TRUE(Take(gates, ""));
  EXPECT_TRUE(Take(gates, "a name that is longer than two words are"));
  EXPECT_TRUE(Take(gates, "a name that is longer than two words aren't"));
  ada->Release();
  EXPECT_EQ(Take(gates, "ada"), ada);
}

TEST(ConsumerGates, WhoIsNotKnownCountsByAddressAndIpv6ByItsNetwork) {
  struct Case {
    const char* one;
    const char* other;
    bool same;
  };
  for (const Case& test : {Case{"192.0.2.7", "192.0.2.7", true}, Case{"192.0.2.7", "192.0.2.8", false},
                           Case{"2001:db8::1", "2001:db8::ffff:1", true}, Case{"2001:db8::1", "2001:db8:0:1::1", false},
                           Case{"::1", "192.0.2.7", false}, Case{"", "", true}, Case{"", "::1", false}}) {
    SCOPED_TRACE(std::string(test.one) + " and " + test.other);
    const config::Concurrency limits = PerConsumer(1);
    ConsumerGates gates(limits);
    EXPECT_TRUE(Take(gates, "", test.one));
    EXPECT_EQ(Take(gates, "", test.other) == nullptr, test.same);
  }
}

TEST(ConsumerGates, TellNamesOfEveryLengthApart) {
  const config::Concurrency limits = PerConsumer(1);
  ConsumerGates gates(limits);
  const std::string name = "the quick brown fox jumps over the lazy dog";
  for (size_t length = 1; length <= name.size(); ++length) {
    EXPECT_TRUE(Take(gates, name.substr(0, length)));
    EXPECT_FALSE(Take(gates, name.substr(0, length)));
    for (size_t at = 0; at < length; ++at) {
      std::string other = name.substr(0, length);
      other[at] = static_cast<char>('A' + at);
      EXPECT_TRUE(Take(gates, other)) << other;
    }
  }
}

TEST(ConsumerGates, TiersHaveTheirOwnMaximum) {
  config::Concurrency limits = PerConsumer(1);
  limits.tiers = {{"gold", 3}, {"free", 2}};
  ConsumerGates gates(limits);
  for (const auto& [tier, max] :
       {std::pair("gold", 3), std::pair("free", 2), std::pair("", 1), std::pair("unheard of", 1)}) {
    int taken = 0;
    while (Take(gates, std::string("consumer ") + tier, "192.0.2.7", tier)) ++taken;
    EXPECT_EQ(taken, max) << tier;
  }
}

TEST(ConsumerGates, ForgetsWhoHasNoCallUnderWay) {
  config::Concurrency limits = PerConsumer(1);
  limits.tiers = {{"gold", 2}};
  ConsumerGates gates(limits);
  Gate* stays = Take(gates, "stays");
  for (int i = 0; i < 1'000'000; ++i) {
    Gate* gate = Take(gates, "visitor " + std::to_string(i), "192.0.2.7", i % 2 ? "gold" : "");
    ASSERT_TRUE(gate);
    gate->Release();
  }
  EXPECT_LE(gates.sums().gates, 1024u);
  EXPECT_EQ(gates.sums().under_way, 1u);
  EXPECT_FALSE(Take(gates, "stays"));
  stays->Release();
  EXPECT_EQ(Take(gates, "stays"), stays);
  EXPECT_TRUE(Take(gates, "a golden one", "192.0.2.7", "gold"));
  EXPECT_TRUE(Take(gates, "a golden one", "192.0.2.7", "gold"))
      << "a gate that was another's has the new one's maximum";
}

TEST(ConsumerGates, HoldsABoundedNumberOfCallers) {
  const config::Concurrency limits = PerConsumer(1);
  ConsumerGates gates(limits, 1000);
  EXPECT_LE(gates.most(), 1000u);
  std::vector<Gate*> taken;
  size_t refused = 0;
  for (int i = 0; i < 4000; ++i) {
    Gate* gate = Take(gates, "caller " + std::to_string(i));
    gate ? taken.push_back(gate) : void(++refused);
  }
  EXPECT_EQ(taken.size(), gates.most());
  EXPECT_EQ(gates.tally().full, refused);
  EXPECT_EQ(std::set<Gate*>(taken.begin(), taken.end()).size(), taken.size());
  // One place comes free: whoever falls into its part of the table gets it.
  taken.back()->Release();
  bool admitted = false;
  for (int i = 4000; i < 8000 && !admitted; ++i) admitted = Take(gates, "caller " + std::to_string(i));
  EXPECT_TRUE(admitted);
}

TEST(ConsumerGates, AreExactAcrossThreads) {
  constexpr int kConsumers = 500;
  const config::Concurrency limits = PerConsumer(2);
  ConsumerGates gates(limits);
  std::vector<std::atomic<int>> under_way(kConsumers);
  std::atomic<int> too_many{0}, taken{0};
  std::vector<std::thread> threads;
  for (unsigned seed = 1; seed <= 4; ++seed) {
    threads.emplace_back([&, seed] {
      std::minstd_rand random(seed);
      std::vector<std::pair<int, Gate*>> held;
      for (int i = 0; i < 50'000; ++i) {
        const int consumer = static_cast<int>(random() % kConsumers);
        if (Gate* gate = Take(gates, "consumer " + std::to_string(consumer))) {
          if (under_way[consumer].fetch_add(1) >= 2) ++too_many;
          ++taken;
          held.push_back({consumer, gate});
        }
        while (held.size() > 20 || (!held.empty() && random() % 3 == 0)) {
          under_way[held.front().first].fetch_sub(1);
          held.front().second->Release();
          held.erase(held.begin());
        }
      }
      for (auto& [consumer, gate] : held) {
        under_way[consumer].fetch_sub(1);
        gate->Release();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(too_many, 0);
  EXPECT_GT(taken, 100'000);
  EXPECT_EQ(gates.sums().under_way, 0u);
}

}  // namespace
}  // namespace dragoman::concurrency
