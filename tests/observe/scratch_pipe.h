#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

namespace dragoman::observe {

// A pipe whose write end blocks, as a shell's does, and whose read end does not.
class ScratchPipe {
 public:
  ScratchPipe() {
    EXPECT_EQ(::pipe2(ends_, O_CLOEXEC), 0);
    EXPECT_EQ(::fcntl(ends_[0], F_SETFL, O_NONBLOCK), 0);
  }
  ~ScratchPipe() {
    CloseReadEnd();
    ::close(ends_[1]);
  }
  ScratchPipe(const ScratchPipe&) = delete;
  ScratchPipe& operator=(const ScratchPipe&) = delete;

  int write_end() const { return ends_[1]; }
  void CloseReadEnd() {
    if (ends_[0] >= 0) ::close(ends_[0]);
    ends_[0] = -1;
  }
  // What lies in the pipe now.
  std::string ReadAvailable() {
    std::string text;
    char piece[4096];
    for (ssize_t got; (got = ::read(ends_[0], piece, sizeof(piece))) > 0;) text.append(piece, static_cast<size_t>(got));
    return text;
  }

 private:
  int ends_[2] = {-1, -1};
};

}  // namespace dragoman::observe
