#pragma once

#include <memory>
#include <vector>

#include "gateway/worker.h"
#include "observe/metrics_writer.h"

namespace dragoman::gateway {

// What the stages have counted beside requests: connections, limits, guard, caps, store.
//
// Threads: asked on the control loop's, while the workers serve.
class GatewayMetrics : public observe::MetricsSource {
 public:
  // Both outlive it.
  GatewayMetrics(const Shared& shared, const std::vector<std::unique_ptr<Worker>>& workers)
      : shared_(shared), workers_(workers) {}

  void Append(observe::MetricsWriter& writer) const override;

 private:
  void AppendConnections(observe::MetricsWriter& writer) const;
  void AppendLimits(observe::MetricsWriter& writer) const;
  void AppendGuard(observe::MetricsWriter& writer) const;
  void AppendGates(observe::MetricsWriter& writer) const;
  void AppendStore(observe::MetricsWriter& writer) const;

  // Over all workers.
  template <typename Count>
  uint64_t Sum(Count count) const {
    uint64_t sum = 0;
    for (const std::unique_ptr<Worker>& worker : workers_) sum += count(*worker);
    return sum;
  }

  const Shared& shared_;
  const std::vector<std::unique_ptr<Worker>>& workers_;
};

}  // namespace dragoman::gateway
