#include "vitals.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "harness.h"
#include "pause.h"

namespace dragoman::soak {
namespace {

constexpr double kSampleSeconds = 0.25;
constexpr double kSettledSeconds = 0.5;
constexpr int kSettledSamples = 25;
constexpr double kWarm = 0.5;
constexpr double kWindow = 0.2;
constexpr size_t kSlackBytes = 4 << 20;

size_t ResidentBytes(pid_t pid) {
  std::ifstream statm("/proc/" + std::to_string(pid) + "/statm");
  size_t total = 0;
  size_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

size_t OpenDescriptors(pid_t pid) {
  std::error_code gone;
  std::filesystem::directory_iterator descriptors("/proc/" + std::to_string(pid) + "/fd", gone);
  return static_cast<size_t>(std::distance(begin(descriptors), end(descriptors)));
}

}  // namespace

size_t SettledDescriptors(pid_t pid) {
  auto end = std::chrono::steady_clock::now() + integration::kPatience;
  size_t open = OpenDescriptors(pid);
  for (int same = 0; same < kSettledSamples && std::chrono::steady_clock::now() < end; ++same) {
    Pause(kSettledSeconds / kSettledSamples);
    size_t now = OpenDescriptors(pid);
    if (now != open) same = 0;
    open = now;
  }
  return open;
}

void MemoryCurve::Follow(pid_t pid, std::stop_token stop) {
  while (!stop.stop_requested()) {
    samples_.push_back(ResidentBytes(pid));
    Pause(kSampleSeconds, stop);
  }
}

size_t MemoryCurve::Median(double from, double to) const {
  auto at = [&](double part) { return samples_.begin() + static_cast<std::ptrdiff_t>(part * samples_.size()); };
  std::vector<size_t> window(at(from), at(to));
  if (window.empty()) return 0;
  auto middle = window.begin() + static_cast<std::ptrdiff_t>(window.size() / 2);
  std::nth_element(window.begin(), middle, window.end());
  return *middle;
}

size_t MemoryCurve::Peak() const { return samples_.empty() ? 0 : *std::max_element(samples_.begin(), samples_.end()); }

MemoryVerdict Judge(const MemoryCurve& curve) {
  MemoryVerdict verdict;
  verdict.settled = curve.Median(kWarm, kWarm + kWindow);
  verdict.last = curve.Median(1 - kWindow, 1);
  verdict.peak = curve.Peak();
  verdict.bound = verdict.settled + verdict.settled / 20 + kSlackBytes;
  return verdict;
}

}  // namespace dragoman::soak
