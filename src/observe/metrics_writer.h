#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "observe/histogram.h"
#include "transcoding/buffer.h"

namespace dragoman::observe {

struct Label {
  std::string_view name;  // "rpc"
  std::string_view value;
};
using Labels = std::initializer_list<Label>;

using Nanoseconds = std::chrono::duration<uint64_t, std::nano>;

// The value of a series as text: whole numbers and nanoseconds (in seconds) exactly, others as they read back the same.
class MetricNumber {
 public:
  template <std::integral T>
  MetricNumber(T value) : text_(std::to_string(value)) {}
  MetricNumber(double value);
  MetricNumber(Nanoseconds value);  // "0.000025", "12.5"

  std::string_view text() const { return text_; }

 private:
  std::string text_;
};

// Puts series together into Prometheus' text format 0.0.4, in whatever order they come.
//
//   writer.Counter("dragoman_limit_decisions_total", "Decisions of limits.",
//                  {{"limit", "per-client"}, {"decision", "refused"}}, 7);
//     → # HELP dragoman_limit_decisions_total Decisions of limits.
//       # TYPE dragoman_limit_decisions_total counter
//       dragoman_limit_decisions_total{limit="per-client",decision="refused"} 7
//
// The series of a family stand together under one HELP and one TYPE, which are those that were given first; families in
// the order of their first series. Label values may be any bytes: they are escaped, and what is no UTF-8 becomes
// U+FFFD, since one bad value would spoil the whole page for its reader. Names are ours: [a-zA-Z_][a-zA-Z0-9_]*. A
// series is given once.
class MetricsWriter {
 public:
  void Counter(std::string_view name, std::string_view help, Labels labels, const MetricNumber& value);
  void Gauge(std::string_view name, std::string_view help, Labels labels, const MetricNumber& value);
  // name_bucket for each bound, name_sum, name_count; in seconds.
  void Histogram(std::string_view name, std::string_view help, Labels labels, const HistogramSum& sum);

  // Appends all that was written.
  void Finish(Buffer& out) const;

 private:
  struct Family {
    std::string name;
    Buffer text;  // HELP and TYPE, then the series
  };

  Buffer& FamilyOf(std::string_view name, std::string_view help, std::string_view type);

  std::vector<Family> families_;
  size_t last_ = 0;  // whose series came last
};

// Somebody who has numbers to show.
class MetricsSource {
 public:
  virtual ~MetricsSource() = default;
  // On the thread that renders, while those who count go on.
  virtual void Append(MetricsWriter& writer) const = 0;
};

}  // namespace dragoman::observe
