#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace dragoman::observe {

// A page of metrics read back as Prometheus reads it ("Text-based format", version 0.0.4).
struct Exposition {
  struct Sample {
    std::string name;  // "dragoman_request_duration_seconds_bucket"
    std::map<std::string, std::string> labels;
    double value = 0;
  };
  struct Family {
    std::string name;
    std::string help;
    std::string type;
    std::vector<Sample> samples;
  };
  std::vector<Family> families;
  std::vector<std::string> faults;  // what Prometheus or promtool would complain about; empty for a good page

  // The value of the series of exactly these labels; -1 without one.
  double ValueOf(std::string_view name, const std::map<std::string, std::string>& labels) const;
};

// Never fails: what is wrong stands in `faults`.
Exposition ReadExposition(std::string_view page);

}  // namespace dragoman::observe
