// Finding a rule among ten, among ten thousand, and among those of Google's published APIs.

#include <benchmark/benchmark.h>

#include <fstream>
#include <string>
#include <utility>

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

// "GET /v1/{name=shelves/*}", a line each.
PathIndex ReadIndex(const char* file) {
  PathIndexBuilder builder;
  std::ifstream rules(file);
  uint32_t target = 0;
  for (std::string http_method, path; rules >> http_method >> path; ++target) {
    builder.Add(http_method, HttpTemplate::Parse(path).value(), target);
  }
  return std::move(builder).Build().value();
}

void Match(benchmark::State& state, const PathIndex& index, const std::string& path) {
  Captures captures;
  const uint64_t before = bench::Allocations();
  for (auto _ : state) {
    captures.clear();
    const auto target = index.Match("GET", path, captures);
    if (!target) return state.SkipWithError("no rule");
    benchmark::DoNotOptimize(target);
  }
  state.counters["allocations"] =
      benchmark::Counter(static_cast<double>(bench::Allocations() - before), benchmark::Counter::kAvgIterations);
}

void MatchGenerated(benchmark::State& state) {
  Match(state, MakeIndex(static_cast<int>(state.range(0))), "/v1/service1/shelves/tea/items/sencha");
}
BENCHMARK(MatchGenerated)->Name("path_index/rules")->Arg(10)->Arg(10'000);

void MatchGoogleApis(benchmark::State& state, const char* path) {
  Match(state, ReadIndex(GOOGLE_API_RULES), path);
}
BENCHMARK_CAPTURE(MatchGoogleApis, five, "/v1/projects/tea/topics/sencha")->Name("path_index/google_apis/5_segments");
BENCHMARK_CAPTURE(MatchGoogleApis, six, "/v1/projects/tea/topics/sencha/subscriptions")
    ->Name("path_index/google_apis/6_segments");
BENCHMARK_CAPTURE(MatchGoogleApis, eight, "/compute/beta/projects/tea/zones/leaf/storagePoolTypes/cup")
    ->Name("path_index/google_apis/8_segments");

}  // namespace
