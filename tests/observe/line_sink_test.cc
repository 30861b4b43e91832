#include "observe/line_sink.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/observe/scratch_pipe.h"

namespace dragoman::observe {
namespace {

std::string Lines(int count, char letter, size_t length) {
  std::string lines;
  for (int i = 0; i < count; ++i) lines += std::string(length, letter) + "\n";
  return lines;
}

TEST(LineSink, AppendsToAFile) {
  char folder[] = "/tmp/dragoman-line-sink-XXXXXX";
  ASSERT_NE(::mkdtemp(folder), nullptr);
  const std::string path = std::string(folder) + "/access.log";
  for (const std::string_view line : {"one\n", "two\n"}) {
    const auto sink = LineSink::Open(path);
    ASSERT_TRUE(sink) << sink.error();
    EXPECT_EQ((*sink)->Write(line).bytes, line.size());
  }
  std::ifstream file(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "one\ntwo\n");
  ::unlink(path.c_str());
  ::rmdir(folder);
}

TEST(LineSink, SaysWhyAFileCannotBeOpened) {
  const auto sink = LineSink::Open("/nonexistent/access.log");
  ASSERT_FALSE(sink);
  EXPECT_EQ(sink.error(), "/nonexistent/access.log cannot be opened: No such file or directory");
  const auto closed = LineSink::OpenDescriptor(-1);
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error(), "descriptor -1 cannot be opened: Bad file descriptor");
}

TEST(LineSink, TakesWholeLinesAndFinishesTheOneThatWasCut) {
  ScratchPipe pipe;
  const auto sink = LineSink::OpenDescriptor(pipe.write_end());
  ASSERT_TRUE(sink);
  const std::string first = Lines(100, 'a', 1000);
  const LineSink::Taken taken = (*sink)->Write(first);
  EXPECT_FALSE(taken.failed);
  EXPECT_GT(taken.bytes, 0u);
  EXPECT_LT(taken.bytes, first.size());
  EXPECT_EQ(taken.bytes % 1001, 0u);

  // Full: nothing more is taken, and nothing waits.
  EXPECT_EQ((*sink)->Write("b\n").bytes, 0u);
  std::string received = pipe.ReadAvailable();
  EXPECT_EQ((*sink)->Write("b\n").bytes, 2u);
  received += pipe.ReadAvailable();
  EXPECT_EQ(received, first.substr(0, taken.bytes) + "b\n");
  // The pipe of whoever started us still blocks.
  EXPECT_EQ(::fcntl(pipe.write_end(), F_GETFL) & O_NONBLOCK, 0);
}

TEST(LineSink, DoesNotWaitForASocketEither) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  const auto sink = LineSink::OpenDescriptor(ends[1]);
  ASSERT_TRUE(sink);
  const std::string lines = Lines(2000, 'a', 1000);
  const LineSink::Taken taken = (*sink)->Write(lines);
  EXPECT_FALSE(taken.failed);
  EXPECT_LT(taken.bytes, lines.size());
  EXPECT_EQ(taken.bytes % 1001, 0u);
  ::close(ends[0]);
  EXPECT_TRUE((*sink)->Write("b\n").failed);
  ::close(ends[1]);
}

TEST(LineSink, FailsWhereNothingCanBeWritten) {
  const auto sink = LineSink::Open("/dev/full");
  ASSERT_TRUE(sink);
  const LineSink::Taken taken = (*sink)->Write("a\n");
  EXPECT_TRUE(taken.failed);
  EXPECT_EQ(taken.bytes, 0u);
}

}  // namespace
}  // namespace dragoman::observe
