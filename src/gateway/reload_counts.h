#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "observe/metrics_writer.h"

namespace dragoman::gateway {

// How often something was loaded anew while the process serves. Threads: any.
class ReloadCounts : public observe::MetricsSource {
 public:
  struct Outcomes {
    std::atomic<uint64_t> taken{0};
    std::atomic<uint64_t> kept{0};
  };
  Outcomes configuration;
  Outcomes descriptors;

  void Append(observe::MetricsWriter& writer) const override {
    AppendOne("dragoman_configuration_total",
              "Times that the configuration had changed while the gateway served: taken, or kept as it was for a problem.",
              configuration, writer);
    AppendOne("dragoman_descriptors_total",
              "Times that descriptors had changed while the gateway served: taken, or kept as they were for a problem.",
              descriptors, writer);
  }

 private:
  static void AppendOne(std::string_view name, std::string_view help, const Outcomes& outcomes, observe::MetricsWriter& writer) {
    writer.Counter(name, help, {{"outcome", "taken"}}, outcomes.taken.load(std::memory_order_relaxed));
    writer.Counter(name, help, {{"outcome", "kept"}}, outcomes.kept.load(std::memory_order_relaxed));
  }
};

}  // namespace dragoman::gateway
