#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <semaphore>
#include <string>
#include <thread>

#include "callers.h"
#include "concurrency/admission.h"

// Workers with loops and threads of their own in front of one backend that does so many calls at once, and ends one
// when the test says so.
namespace dragoman::concurrency {
namespace {

constexpr uint32_t kCapacity = 8;

struct Counts {
  uint64_t offered = 0;
  uint64_t served = 0;
  uint64_t refused = 0;
  uint64_t waiting() const { return offered - served - refused; }
};

class Worker {
 public:
  explicit Worker(const RpcGates& gates) : gates_(gates), thread_([this] { loop_.Run(); }) {}
  ~Worker() {
    loop_.Stop();
    thread_.join();
  }

  // A call of a consumer of that tier comes.
  void Offer(const std::string& tier) {
    On([this, tier] { loop_.Spawn(Serve(tier)); });
  }
  // The backend ends the oldest call that it does for this worker; false: it does none.
  bool EndOne() {
    bool ended = false;
    On([this, &ended] {
      if (calls_.empty()) return;
      ended = true;
      calls_.front()->Notify();
    });
    return ended;
  }
  // Until everything that is ready has run.
  void Settle() {
    On([] {});
  }

  size_t calls() const { return calls_.size(); }  // of a worker that has settled
  std::map<std::string, Counts> counts;

 private:
  // Runs `function` on the worker's loop, and waits for that.
  template <typename Function>
  void On(Function function) {
    std::binary_semaphore done(0);
    asio::post(loop_.io(), [&] {
      function();
      done.release();
    });
    done.acquire();
  }

  Task<void> Serve(std::string tier) {
    Counts& count = counts[tier];
    ++count.offered;
    const Who who{{}, tier, address_};
    std::optional<Result<Permit>> permit = gates_.TryEnter(who, loop_);
    if (!permit) permit.emplace(co_await gates_.Enter(loop_, who, Clock::now() + std::chrono::minutes(1), nullptr));
    if (!*permit) {
      ++count.refused;
      co_return;
    }
    Signal ended;
    calls_.push_back(&ended);
    co_await ended.Wait();
    calls_.pop_front();
    ++count.served;
  }

  const RpcGates& gates_;
  const config::IpAddress address_ = config::IpAddress::Parse("192.0.2.7").value();
  std::deque<Signal*> calls_;
  Loop loop_;
  std::thread thread_;
};

TEST(Overload, AtFiveTimesTheLoadTheBackendIsBusyAndTheLowAreShedFirst) {
  Shop shop(Cap(kCapacity, 20));
  const RpcGates gates = shop.Rpc();
  std::array<std::unique_ptr<Worker>, 2> workers = {std::make_unique<Worker>(gates), std::make_unique<Worker>(gates)};
  const auto settle = [&] {
    for (int i = 0; i < 2; ++i) {
      for (const auto& worker : workers) worker->Settle();
    }
  };
  constexpr uint64_t kRounds = 500;
  uint64_t ended = 0;
  for (uint64_t round = 0; round < kRounds; ++round) {
    // While one call ends, five come: of ten one is gold and one silver, as many as can be served.
    for (uint64_t call = 5 * round; call < 5 * (round + 1); ++call) {
      const char* tier = call % 10 == 0 ? "gold" : call % 10 == 4 ? "silver" : "free";
      workers[call / 2 % 2]->Offer(tier);
    }
    settle();
    const size_t doing = workers[0]->calls() + workers[1]->calls();
    EXPECT_LE(doing, kCapacity);
    if (round > 2) {
      EXPECT_EQ(doing, kCapacity) << "in round " << round;
    }
    ended += workers[round % 2]->EndOne() || workers[1 - round % 2]->EndOne();
    settle();
  }
  std::map<std::string, Counts> counts;
  for (const auto& worker : workers) {
    for (const auto& [tier, count] : worker->counts) {
      counts[tier].offered += count.offered;
      counts[tier].served += count.served;
      counts[tier].refused += count.refused;
    }
  }
  EXPECT_EQ(ended, kRounds) << "no round was lost";
  EXPECT_EQ(counts["gold"].refused, 0u);
  EXPECT_EQ(counts["silver"].refused, 0u);
  EXPECT_LE(counts["gold"].waiting() + counts["silver"].waiting(), kCapacity) << "they are with the backend";
  EXPECT_GT(counts["free"].refused, 1900u);
  EXPECT_EQ(counts["free"].offered, 2000u);
  EXPECT_LE(counts["free"].waiting(), kCapacity + 20);
}

}  // namespace
}  // namespace dragoman::concurrency
