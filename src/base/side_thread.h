#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace dragoman {

// The one thread for what would block a worker: name resolution, file reads, password hashes. Work is done in the order
// in which it was posted.
//
//   side_thread.Post([host, &loop, done] {
//     auto addresses = Resolve(host);                                            // on the side thread
//     asio::post(loop.executor(), [done, addresses] { done(addresses); });       // the result goes home
//   });
//
// Threads:   Post from any thread, also from the work itself. Work must not throw.
// Lifetime:  Stop, or else the destructor, lets the work that is running end, drops what waits, and joins. What work
// refers to must outlive that.
class SideThread {
 public:
  static constexpr size_t kDefaultQueue = 1024;  // pieces of work that may wait

  explicit SideThread(size_t max_queue = kDefaultQueue);
  ~SideThread();
  SideThread(const SideThread&) = delete;
  SideThread& operator=(const SideThread&) = delete;

  // False if the queue is full, or it has stopped: the work is dropped, and the caller refuses what it was for.
  [[nodiscard]] bool Post(std::function<void()> work);
  // Does nothing any more from here on, whoever posts.   Threads: any but its own.
  void Stop();

 private:
  void Run();

  const size_t max_queue_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace dragoman
