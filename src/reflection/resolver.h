#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
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
  static constexpr size_t kMostWaiting = 10'000;  // names: ten of each backend that a configuration may have

  using Addresses = Result<std::vector<upstream::SocketAddress>>;
  using Lookup = std::function<Addresses(const std::string& host, uint16_t port)>;

  // `lookup` may be under way when the resolver is gone, even while the process exits: it uses nothing that ends.
  explicit Resolver(Lookup lookup = &upstream::ResolveName);
  // Waits for nobody: of names that are being resolved and of those that wait nothing is told any more.
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // `done` is called on one of its threads, one at a time, and must not call the resolver; never where the name's turn
  // has not come by `until`. Where kMostWaiting wait already it is called at once, with kBackendUnavailable.
  void Resolve(std::string host, uint16_t port, TimePoint until, std::function<void(Addresses)> done);

 private:
  bool StartThread();
  struct State;
  const std::shared_ptr<State> state_;  // of the threads, too, which may outlive this
};

}  // namespace dragoman::reflection
