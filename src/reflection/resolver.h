#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "transcoding/status.h"
#include "upstream/endpoint.h"

namespace dragoman::reflection {

// Resolves the names of many backends, up to kAtOnce at the same time: one that nobody answers for takes its half a
// minute, and would else keep all others waiting. More wait for their turn.
//
// Threads: Resolve from any; it makes its own, as they are needed.
class Resolver {
 public:
  static constexpr size_t kAtOnce = 8;

  using Addresses = Result<std::vector<upstream::SocketAddress>>;
  using Lookup = std::function<Addresses(const std::string& host, uint16_t port)>;

  explicit Resolver(Lookup lookup = &upstream::ResolveName) : lookup_(std::move(lookup)) {}
  // Waits for the names that are being resolved, and drops those that wait.
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // `done` is called on one of its threads.
  void Resolve(std::string host, uint16_t port, std::function<void(Addresses)> done);

 private:
  struct Name {
    std::string host;
    uint16_t port = 0;
    std::function<void(Addresses)> done;
  };
  void Run();

  const Lookup lookup_;
  std::mutex mutex_;  // of all below
  std::condition_variable changed_;
  std::deque<Name> waiting_;
  size_t idle_ = 0;  // threads
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace dragoman::reflection
