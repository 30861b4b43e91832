// Limits of the process's own: decisions on one bucket, on a million live ones, and with what responses tell of them.

#include <benchmark/benchmark.h>
#include <google/protobuf/empty.pb.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "allocations.h"
#include "base/loop.h"
#include "rate_limit/limiter.h"

namespace {

using namespace dragoman;
using namespace dragoman::rate_limit;
using namespace std::chrono_literals;
using Kind = config::LimitWindow::Kind;
using Part = config::LimitKey::Part;

constexpr uint32_t kClients = 1'000'000;

const config::LimitWindow kRate{.kind = Kind::kRate, .name = "per-client-1s", .amount = 1'000'000'000, .per = 1s};
const config::LimitWindow kQuota{.kind = Kind::kQuota, .name = "per-client-1h", .amount = 1'000'000'000, .per = 1h};
const config::LimitWindow kOne{.kind = Kind::kQuota, .name = "per-client-1h", .amount = 1, .per = 1h};

// One limit, one RPC that it holds for, and a worker for each turn of the loop, which lasts as long as a benchmark.
class Limited {
 public:
  Limited(Part part, std::vector<config::LimitWindow> windows)
      : plans_(*google::protobuf::DescriptorPool::generated_pool(),
               std::array{google::protobuf::Empty::descriptor()->file()}) {
    config_.rate_limits.push_back({.name = "per-client", .key = {{part, {}}}, .windows = std::move(windows)});
    limits_ = *Limits::Build(config_);
    rpc_ = std::make_unique<RpcLimits>(&uses_, *limits_, "shop.v1.Shop/Get",
                                       &plans_.Get(google::protobuf::Empty::descriptor()), problems_);
  }

  // Calls `run()` within one turn, so that nothing reads the clock.
  template <typename Run>
  void InOneTurn(Run run) {
    Loop loop;
    limiter_ = std::make_unique<Limiter>(loop, *limits_, nullptr);
    struct Turn {
      Run& run;
      Loop& loop;
    } turn{run, loop};
    Timer timer(
        loop,
        [](void* context) {
          static_cast<Turn*>(context)->run();
          static_cast<Turn*>(context)->loop.Stop();
        },
        &turn);
    timer.ArmAfter(Duration(1ns));
    loop.Run();
    limiter_.reset();
  }

  bool Admit(std::string_view consumer, const config::IpAddress& address) {
    Admission admission;
    return limiter_->TryAdmitHead(*rpc_, {head_, address, consumer, {}, nullptr}, admission)->ok();
  }
  size_t AdmitAndTell(std::string_view consumer, const config::IpAddress& address) {
    Admission admission;
    boost::container::small_vector<Header, 8> headers;
    (void)limiter_->TryAdmitHead(*rpc_, {head_, address, consumer, {}, nullptr}, admission);
    admission.AppendHeaders(headers);
    return headers.size();
  }
  const BucketTable& buckets() const { return limits_->buckets(); }

 private:
  transcoding::PlanSet plans_;
  config::Config config_;
  std::vector<config::LimitUse> uses_ = std::vector<config::LimitUse>(1);
  Problems problems_;
  std::unique_ptr<Limits> limits_;
  std::unique_ptr<RpcLimits> rpc_;
  std::unique_ptr<Limiter> limiter_;
  RequestHead head_;
};

config::IpAddress AddressOf(uint32_t number) {
  const std::array<uint8_t, 4> bytes = {static_cast<uint8_t>(number >> 24), static_cast<uint8_t>(number >> 16),
                                        static_cast<uint8_t>(number >> 8), static_cast<uint8_t>(number)};
  return config::IpAddress::FromBytes(bytes);
}

void CountAllocations(benchmark::State& state, uint64_t before) {
  state.counters["allocations"] =
      benchmark::Counter(static_cast<double>(bench::Allocations() - before), benchmark::Counter::kAvgIterations);
}

void LimitOneBucket(benchmark::State& state) {
  Limited limited(Part::kConsumer, {kRate});
  limited.InOneTurn([&] {
    limited.Admit("consumer-4711", {});
    const uint64_t before = bench::Allocations();
    for (auto _ : state) benchmark::DoNotOptimize(limited.Admit("consumer-4711", {}));
    CountAllocations(state, before);
  });
}
BENCHMARK(LimitOneBucket);

void LimitTwoWindowsAndHeaders(benchmark::State& state) {
  Limited limited(Part::kConsumer, {kRate, kQuota});
  limited.InOneTurn([&] {
    limited.Admit("consumer-4711", {});
    const uint64_t before = bench::Allocations();
    for (auto _ : state) benchmark::DoNotOptimize(limited.AdmitAndTell("consumer-4711", {}));
    CountAllocations(state, before);
  });
}
BENCHMARK(LimitTwoWindowsAndHeaders);

void LimitRefusal(benchmark::State& state) {
  Limited limited(Part::kConsumer, {kOne});
  limited.InOneTurn([&] {
    limited.Admit("consumer-4711", {});
    for (auto _ : state) benchmark::DoNotOptimize(limited.Admit("consumer-4711", {}));
  });
}
BENCHMARK(LimitRefusal);

// Clients in an order that no cache foresees, all of whose buckets are live.
void LimitMillionBuckets(benchmark::State& state) {
  static Limited limited(Part::kAddress, {kQuota});
  limited.InOneTurn([&] {
    if (limited.buckets().added() == 0) {
      for (uint32_t i = 0; i < kClients; ++i) limited.Admit({}, AddressOf(i));
    }
    uint64_t at = 1;
    for (auto _ : state) {
      at = at * 6364136223846793005u + 1442695040888963407u;
      benchmark::DoNotOptimize(limited.Admit({}, AddressOf(static_cast<uint32_t>((at >> 32) % kClients))));
    }
  });
  state.counters["buckets"] = static_cast<double>(limited.buckets().added());
  state.counters["evicted"] = static_cast<double>(limited.buckets().evicted());
  state.counters["bytes_per_bucket"] = static_cast<double>(limited.buckets().bytes()) / kClients;
}
BENCHMARK(LimitMillionBuckets);

// Clients that were never seen before, more than there is room for: every bucket is added, and in the end one makes
// room.
void LimitFloodOfNewClients(benchmark::State& state) {
  Limited limited(Part::kAddress, {kQuota});
  limited.InOneTurn([&] {
    uint32_t number = 0;
    for (auto _ : state) benchmark::DoNotOptimize(limited.Admit({}, AddressOf(number++)));
  });
  state.counters["evicted"] = static_cast<double>(limited.buckets().evicted());
}
BENCHMARK(LimitFloodOfNewClients)->Iterations(8'000'000);

}  // namespace
