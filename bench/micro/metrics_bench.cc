// Counting a request, and rendering the page of a gateway with a thousand RPCs.

#include <benchmark/benchmark.h>

#include <chrono>
#include <string>
#include <vector>

#include "allocations.h"
#include "observe/metrics.h"

namespace {

using namespace dragoman::observe;

std::vector<std::string> Rpcs(int count) {
  std::vector<std::string> rpcs;
  for (int i = 0; i < count; ++i) rpcs.push_back("shop.v1.Service" + std::to_string(i) + "/GetItem");
  return rpcs;
}

void Record(benchmark::State& state) {
  Metrics metrics({Rpcs(100)});
  WorkerMetrics& worker = metrics.AddWorker();
  RequestSample sample{.http_status = 200, .grpc_code = 0, .bytes_in = 120, .bytes_out = 291};
  size_t count = 0;
  const uint64_t before = bench::Allocations();
  for (auto _ : state) {
    const WorkerMetrics::InFlight in_flight(worker);
    ++count;
    sample.rpc = count % 4;
    sample.total = std::chrono::nanoseconds(500'000 + (count * 7919) % 1'000'000);
    sample.upstream = sample.total - std::chrono::microseconds(30);
    worker.Record(sample);
  }
  state.counters["allocations"] =
      benchmark::Counter(static_cast<double>(bench::Allocations() - before), benchmark::Counter::kAvgIterations);
}
BENCHMARK(Record)->Name("metrics/record");

void Render(benchmark::State& state) {
  const int rpcs = static_cast<int>(state.range(0));
  Metrics metrics({Rpcs(1000)});
  std::vector<WorkerMetrics*> workers;
  for (int i = 0; i < 8; ++i) workers.push_back(&metrics.AddWorker());
  for (int rpc = 0; rpc < rpcs; ++rpc) {
    for (WorkerMetrics* worker : workers) {
      worker->Record({.rpc = static_cast<size_t>(rpc),
                      .http_status = 200,
                      .grpc_code = 0,
                      .total = std::chrono::milliseconds(2),
                      .upstream = std::chrono::milliseconds(1)});
    }
  }
  dragoman::Buffer page;
  for (auto _ : state) {
    page.Clear();
    metrics.Render(page);
  }
  state.counters["bytes"] = static_cast<double>(page.size());
}
BENCHMARK(Render)->Name("metrics/render/rpcs_called")->Arg(10)->Arg(1000);

}  // namespace
