#include "observe/process_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "tests/observe/exposition.h"

namespace dragoman::observe {
namespace {

Exposition Read(const ProcessMetrics& process) {
  MetricsWriter writer;
  process.Append(writer);
  Buffer page;
  writer.Finish(page);
  return ReadExposition(page.view());
}

TEST(ProcessMetrics, TellsWhatTheProcessTakes) {
  const ProcessMetrics process("1.2.3");
  const Exposition read = Read(process);
  EXPECT_THAT(read.faults, testing::IsEmpty());
  EXPECT_EQ(read.ValueOf("dragoman_build_info", {{"version", "1.2.3"}}), 1);
  EXPECT_GE(read.ValueOf("process_cpu_seconds_total", {}), 0);
  EXPECT_GT(read.ValueOf("process_resident_memory_bytes", {}), 0);
  EXPECT_GE(read.ValueOf("process_virtual_memory_bytes", {}), read.ValueOf("process_resident_memory_bytes", {}));
  EXPECT_GT(read.ValueOf("process_max_fds", {}), 0);
  EXPECT_GT(read.ValueOf("process_start_time_seconds", {}), 1.7e9);
}

TEST(ProcessMetrics, CountsOpenFiles) {
  const ProcessMetrics process("1.2.3");
  const double before = Read(process).ValueOf("process_open_fds", {});
  const int more = ::dup(0);
  ASSERT_GE(more, 0);
  EXPECT_EQ(Read(process).ValueOf("process_open_fds", {}), before + 1);
  ::close(more);
  EXPECT_EQ(Read(process).ValueOf("process_open_fds", {}), before);
}

}  // namespace
}  // namespace dragoman::observe
