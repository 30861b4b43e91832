#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "observe/metrics_writer.h"

namespace dragoman::observe {

// What every process tells under the names that Prometheus has for it (process_cpu_seconds_total,
// process_resident_memory_bytes, process_virtual_memory_bytes, process_open_fds, process_max_fds,
// process_start_time_seconds), and dragoman_build_info. What /proc does not say is left out.
class ProcessMetrics final : public MetricsSource {
 public:
  // To be made at start: that is when the process began.
  explicit ProcessMetrics(std::string version) : version_(std::move(version)) {}

  void Append(MetricsWriter& writer) const override;

 private:
  const std::string version_;
  const std::chrono::system_clock::time_point started_ = std::chrono::system_clock::now();
};

}  // namespace dragoman::observe
