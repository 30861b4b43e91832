#include "base/poller.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <vector>

#include "base/loop.h"

namespace dragoman {
namespace {

// One end of a socket pair, watched; the other for the test.
class Pair final : public Poller::Watcher {
 public:
  explicit Pair(Loop& loop) : loop_(loop) {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_), 0);
    EXPECT_TRUE(loop_.poller().Add(ends_[0], EPOLLIN | EPOLLRDHUP, *this));
  }
  ~Pair() {
    Remove();
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  void Remove() { loop_.poller().Remove(ends_[0], *this); }
  void OnEvents(uint32_t events) override {
    seen |= events;
    ++calls;
    if (then) then();
  }
  void Write() { EXPECT_EQ(::write(ends_[1], "x", 1), 1); }
  void ShutdownSend() { ::shutdown(ends_[1], SHUT_WR); }

  uint32_t seen = 0;
  int calls = 0;
  std::function<void()> then;

 private:
  Loop& loop_;
  int ends_[2];
};

TEST(Poller, TellsEachChangeOnceWithoutBeingAskedAgain) {
  Loop loop;
  Pair pair(loop);
  pair.then = [&] {
    if (pair.calls == 1) pair.Write();  // though nothing has been read
    if (pair.calls == 2) pair.ShutdownSend();
    if (pair.calls == 3) loop.Stop();
  };
  pair.Write();
  loop.Run();
  EXPECT_EQ(pair.calls, 3);
  EXPECT_TRUE(pair.seen & EPOLLRDHUP);
}

TEST(Poller, TellsNothingToWhatWasRemovedInTheSameTurn) {
  Loop loop;
  Pair first(loop);
  Pair second(loop);
  first.then = [&] {
    second.Remove();
    loop.Stop();
  };
  second.then = [&] {
    first.Remove();
    loop.Stop();
  };
  first.Write();
  second.Write();
  loop.Run();
  EXPECT_EQ(first.calls + second.calls, 1);
}

TEST(Poller, ServesMoreThanOneBatch) {
  Loop loop;
  std::vector<std::unique_ptr<Pair>> pairs;
  int ready = 0;
  for (int i = 0; i < 300; ++i) {
    pairs.push_back(std::make_unique<Pair>(loop));
    pairs.back()->then = [&] {
      if (++ready == 300) loop.Stop();
    };
    pairs.back()->Write();
  }
  loop.Run();
  EXPECT_EQ(ready, 300);
}

}  // namespace
}  // namespace dragoman
