#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "limiter_fixture.h"

namespace dragoman::rate_limit {
namespace {

using namespace std::chrono_literals;
using Part = config::LimitKey::Part;

constexpr int kWorkers = 4;

// Asks from several workers at once, each on a thread of its own, `each` times; how many requests were admitted.
uint64_t Flood(const Shop& shop, int each, const std::vector<Client>& clients) {
  std::atomic<uint64_t> admitted{0};
  std::atomic<int> ready{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kWorkers; ++thread) {
    threads.emplace_back([&] {
      Loop loop;
      Limiter limiter(loop, shop.limits(), nullptr);
      ++ready;
      while (ready < kWorkers) std::this_thread::yield();
      for (int i = 0; i < each; ++i) {
        clients[static_cast<size_t>(i) % clients.size()].With([&](const Caller& caller) {
          Admission admission;
          (void)limiter.TryAdmitHead(shop.rpc(), caller, admission);
        });
      }
      admitted += limiter.admitted();
    });
  }
  for (std::thread& thread : threads) thread.join();
  return admitted;
}

// Of windows this long nothing comes back during a test.
TEST(LimiterUnderThreads, AdmitsExactlyTheLimitOfOneBucket) {
  for (const config::LimitWindow& window : {Rate("w", 5000, 1000h), Rate("w", 1, 10h, 5000), Quota("w", 5000, 1000h)}) {
    const Shop shop({{.name = "w", .windows = {window}}}, {{.limit = 0}});
    EXPECT_EQ(Flood(shop, 4000, {Client()}), 5000u);
    EXPECT_EQ(Flood(shop, 100, {Client()}), 0u);
  }
}

TEST(LimiterUnderThreads, AdmitsExactlyTheLesserOfTwoWindows) {
  for (const auto& [rate, quota] : {std::pair{3000, 5000}, std::pair{5000, 3000}, std::pair{3000, 3000}}) {
    const Shop shop(
        {{.name = "w",
          .windows = {Rate("r", static_cast<uint64_t>(rate), 1000h), Quota("q", static_cast<uint64_t>(quota), 1000h)}}},
        {{.limit = 0}});
    EXPECT_EQ(Flood(shop, 4000, {Client()}), 3000u) << rate << " and " << quota;
  }
}

TEST(LimiterUnderThreads, AdmitsExactlyTheLimitOfEachOfManyClients) {
  std::vector<Client> clients;
  for (int i = 0; i < 100; ++i) clients.push_back({.consumer = "c" + std::to_string(i)});
  const Shop shop({{.name = "w", .windows = {Quota("w", 30, 1000h)}}}, {{.limit = 0}});
  EXPECT_EQ(Flood(shop, 4000, clients), 100u * 30u);
}

TEST(LimiterUnderThreads, WhatIsGivenBackInARaceIsThereForOthers) {
  // Each client's own quota refuses half of its requests; those cost the common one nothing.
  std::vector<Client> clients;
  for (int i = 0; i < 10; ++i) clients.push_back({.consumer = "c" + std::to_string(i)});
  const Shop shop({{.name = "all", .key = {{Part::kLiteral, "all"}}, .windows = {Quota("all", 1'000'000, 1000h)}},
                   {.name = "own", .windows = {Rate("own", 500, 1000h)}}},
                  {{.limit = 0}, {.limit = 1}});
  EXPECT_EQ(Flood(shop, 2500, clients), 5000u);
  Worker worker(shop);
  EXPECT_EQ(worker.Serve({.consumer = "another"}).headers[1].second.substr(0, 14), "\"all\";r=994999");
}

}  // namespace
}  // namespace dragoman::rate_limit
