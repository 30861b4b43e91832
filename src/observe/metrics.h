#pragma once

#include <compare>
#include <deque>
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
//   Metrics metrics({rpcs, calls});                      // "shop.v1.Catalog/GetItem", …; {"home", "user"}, …
//   WorkerMetrics& worker = metrics.AddWorker();         // one for each thread that serves
//   worker.Record({.rpc = 0, .http_status = 200, …});    // on that thread, once a request
//   metrics.AddSource(process);                          // whoever has more to tell
//   metrics.Render(body);                                // GET /metrics
//
// A generation that has other RPCs counts by other places in the list; series go by their names, and none begins anew:
//
//   metrics.Begin({other_rpcs, calls});
//   WorkerMetrics& next = metrics.AddWorker();           // counts by the new list
//   metrics.Retire(worker);                              // when it will count nothing more
//
// Of RPCs that nobody serves any more the kMostGone that went last are shown; those before are forgotten, and begin
// anew should they come back.
//
// How many series there can be follows from configuration and schemas alone: names of RPCs and calls are given here,
// outcomes are a fixed set (outcome.h). Shown is what has been counted at least once; a histogram costs 22 lines.
//
// Threads: everything but counting on one thread, while the workers count on theirs.
class Metrics {
 public:
  static constexpr size_t kMostGone = 100;

  // A call of a composition.
  struct Call {
    std::string composition;
    std::string name;
    auto operator<=>(const Call&) const = default;
  };
  // What is counted by: places in these lists.
  struct Names {
    std::vector<std::string> rpcs;
    std::vector<Call> calls = {};
  };
  explicit Metrics(Names names);
  ~Metrics();

  // Workers that are added from here on count by `names`.
  void Begin(Names names);
  // Lives until it is retired.
  WorkerMetrics& AddWorker();
  // Destroys it; what it has counted stays.
  void Retire(WorkerMetrics& worker);
  // Must outlive this.
  void AddSource(const MetricsSource& source) { sources_.push_back(&source); }

  void Render(Buffer& out) const;
  // Requests that are being served.
  uint64_t in_flight() const;

 private:
  // The workers that count by the same names.
  struct Chapter {
    Names names;
    std::vector<std::unique_ptr<WorkerMetrics>> workers = {};
  };
  // Everything that was counted, by name.
  struct Sums;

  void ForgetGone();

  std::vector<Chapter> chapters_;  // the last one is today's
  std::unique_ptr<Sums> retired_;
  std::deque<std::string> gone_;  // RPCs of `retired_` that no chapter has, in the order in which they went
  std::vector<const MetricsSource*> sources_;
};

}  // namespace dragoman::observe
