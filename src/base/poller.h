#pragma once

#include <sys/epoll.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace dragoman {

namespace asio = boost::asio;

// Edge-triggered readiness of many descriptors on one loop, for those who read and write themselves. A descriptor is registered once; after that neither
// waiting for the next request nor watching for a client's FIN (EPOLLRDHUP) costs a system call. It is an epoll set of its own, and one descriptor to Asio.
//
// Threads: the loop's own.   Cost: three system calls a turn, however many descriptors are ready.
class Poller {
 public:
  class Watcher {
   public:
    // EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLHUP, EPOLLERR: what has become true since the last time. The watcher may remove itself and others.
    virtual void OnEvents(uint32_t events) = 0;

   protected:
    ~Watcher() = default;
  };

  // `now` is the time of a batch of events while it is told, else nothing.
  Poller(asio::io_context& io, TimePoint& now);
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  // `events` beside EPOLLET, which is always on. False if the kernel refuses (out of memory or of watches).
  bool Add(int descriptor, uint32_t events, Watcher& watcher);
  // To be called before the descriptor is closed; no event comes after it.
  void Remove(int descriptor, Watcher& watcher);

 private:
  static constexpr size_t kBatch = 256;  // events a turn

  void Arm();
  void Dispatch();

  asio::posix::basic_stream_descriptor<asio::io_context::executor_type> set_;
  TimePoint& now_;
  bool armed_ = false;
  std::array<epoll_event, kBatch> ready_;
  size_t ready_count_ = 0;
};

}  // namespace dragoman
