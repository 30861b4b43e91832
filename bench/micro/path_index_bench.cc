// Finding a rule among ten and among ten thousand.

#include <benchmark/benchmark.h>

#include <string>

#include "allocations.h"
#include "transcoding/path_index.h"

namespace {

using namespace dragoman::transcoding;

PathIndex MakeIndex(int rules) {
  PathIndexBuilder builder;
  for (int i = 0; i < rules; ++i) {
    const std::string service = "/v1/service" + std::to_string(i / 5);
    const std::string shapes[] = {service + "/items", service + "/items/{id}", service + "/items/{id}:publish",
                                  service + "/{name=shelves/*/items/*}", service + "/files/{path=**}"};
    builder.Add("GET", HttpTemplate::Parse(shapes[i % 5]).value(), static_cast<uint32_t>(i));
  }
  return std::move(builder).Build().value();
}

void Match(benchmark::State& state) {
  const PathIndex index = MakeIndex(static_cast<int>(state.range(0)));
  const std::string path = "/v1/service1/shelves/tea/items/sencha";
  Captures captures;
  const uint64_t before = bench::Allocations();
  for (auto _ : state) {
    captures.clear();
    benchmark::DoNotOptimize(index.Match("GET", path, captures));
  }
  state.counters["allocations"] =
      benchmark::Counter(static_cast<double>(bench::Allocations() - before), benchmark::Counter::kAvgIterations);
}
BENCHMARK(Match)->Name("path_index/rules")->Arg(10)->Arg(10'000);

}  // namespace
