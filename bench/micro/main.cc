// Runs the micro benchmarks, then says how many times as fast the codec is as protobuf's, and how much longer it reads than RapidJSON with an
// empty handler.
//
//   micro [--benchmark_filter=REGEX] …     (the options of google-benchmark)

#include <benchmark/benchmark.h>

#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <map>
#include <string>

namespace {

class Ratios : public benchmark::ConsoleReporter {
 public:
  Ratios() : ConsoleReporter(::isatty(STDOUT_FILENO) ? OO_ColorTabular : OO_Tabular) {}

  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) times_[run.benchmark_name()] = run.GetAdjustedCPUTime();
    ConsoleReporter::ReportRuns(runs);
  }

  void Finalize() override {
    double product = 1;
    int count = 0;
    for (const char* what : {"read/small", "write/small", "read/catalogue", "write/catalogue"}) {
      const auto ours = times_.find(what + std::string("/dragoman"));
      const auto theirs = times_.find(what + std::string("/protobuf"));
      if (ours == times_.end() || theirs == times_.end()) continue;
      const double ratio = theirs->second / ours->second;
      std::printf("%-16s %5.1f times as fast as protobuf\n", what, ratio);
      product *= ratio;
      ++count;
    }
    if (count > 0) std::printf("%-16s %5.1f\n", "geometric mean", std::pow(product, 1.0 / count));
    for (const char* what : {"read/small", "read/catalogue"}) {
      const auto ours = times_.find(what + std::string("/dragoman"));
      const auto theirs = times_.find(what + std::string("/rapidjson"));
      if (ours == times_.end() || theirs == times_.end()) continue;
      std::printf("%-16s %5.2f times the time of RapidJSON with an empty handler\n", what, ours->second / theirs->second);
    }
  }

 private:
  std::map<std::string, double> times_;
};

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  Ratios reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
}
