#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "observe/metrics_writer.h"
#include "observe/worker_metrics.h"
#include "transcoding/buffer.h"

namespace dragoman::observe {

// Of what Render makes.
inline constexpr std::string_view kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

// The counters of the whole process: each worker counts for itself, and they are added up when somebody asks.
//
//   Metrics metrics(rpcs, calls);                        // "shop.v1.Catalog/GetItem", …; {"home", "user"}, …
//   WorkerMetrics& worker = metrics.AddWorker();         // one for each thread that serves
//   worker.Record({.rpc = 0, .http_status = 200, …});    // on that thread, once a request
//   metrics.AddSource(process);                          // whoever has more to tell
//   metrics.Render(body);                                // GET /metrics
//
// How many series there can be follows from the configuration alone: names of RPCs and calls are given here, outcomes are a fixed
// set (outcome.h). Shown is what has been counted at least once; a histogram costs 22 lines.
//
// Threads: AddWorker, AddSource and Render on one thread, while the workers count on theirs.
class Metrics {
 public:
  // A call of a composition.
  struct Call {
    std::string composition;
    std::string name;
  };
  explicit Metrics(std::vector<std::string> rpcs, std::vector<Call> calls = {});

  // Lives as long as this.
  WorkerMetrics& AddWorker();
  // Must outlive this.
  void AddSource(const MetricsSource& source) { sources_.push_back(&source); }

  void Render(Buffer& out) const;

 private:
  void AppendWebSockets(MetricsWriter& writer) const;
  void AppendRpc(size_t rpc, MetricsWriter& writer) const;
  void AppendCall(size_t call, MetricsWriter& writer) const;

  std::vector<std::string> rpcs_;  // and an empty name for what belongs to none
  std::vector<Call> calls_;
  std::vector<std::unique_ptr<WorkerMetrics>> workers_;
  std::vector<const MetricsSource*> sources_;
};

}  // namespace dragoman::observe
