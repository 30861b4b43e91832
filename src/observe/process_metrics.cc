#include "observe/process_metrics.h"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <optional>

namespace dragoman::observe {
namespace {

Nanoseconds CpuTime() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto of = [](const timeval& time) {
    return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
  };
  return Nanoseconds(static_cast<uint64_t>(std::chrono::nanoseconds(of(usage.ru_utime) + of(usage.ru_stime)).count()));
}

struct Memory {
  uint64_t virtual_bytes;
  uint64_t resident_bytes;
};

// /proc/self/statm (proc(5)): pages, virtual and resident first.
std::optional<Memory> MemoryInUse() {
  std::ifstream file("/proc/self/statm");
  uint64_t all = 0;
  uint64_t resident = 0;
  if (!(file >> all >> resident)) return std::nullopt;
  const auto page = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  return Memory{all * page, resident * page};
}

std::optional<uint64_t> OpenFiles() {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc/self/fd"), &::closedir);
  if (!folder) return std::nullopt;
  uint64_t entries = 0;
  while (const dirent* entry = ::readdir(folder.get())) {
    if (entry->d_name[0] != '.') ++entries;
  }
  return entries - 1;  // the folder itself is open
}

}  // namespace

void ProcessMetrics::Append(MetricsWriter& writer) const {
  writer.Gauge("dragoman_build_info", "Which version runs; the value is always 1.", {{"version", version_}}, 1);
  writer.Counter("process_cpu_seconds_total", "User and system CPU time of the process in seconds.", {}, CpuTime());
  if (const std::optional<Memory> memory = MemoryInUse()) {
    writer.Gauge("process_resident_memory_bytes", "Resident memory of the process in bytes.", {},
                 memory->resident_bytes);
    writer.Gauge("process_virtual_memory_bytes", "Virtual memory of the process in bytes.", {}, memory->virtual_bytes);
  }
  if (const std::optional<uint64_t> open = OpenFiles()) {
    writer.Gauge("process_open_fds", "Open file descriptors of the process.", {}, *open);
  }
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    writer.Gauge("process_max_fds", "How many file descriptors the process may have open.", {}, limit.rlim_cur);
  }
  const auto started = std::chrono::duration_cast<std::chrono::milliseconds>(started_.time_since_epoch()).count();
  writer.Gauge("process_start_time_seconds", "When the process started, in seconds since 1970.", {},
               static_cast<double>(started) / 1000);
}

}  // namespace dragoman::observe
