#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "reflection/resolver.h"

namespace dragoman::reflection {

// Lookups of a Resolver that end, without an address, when the test says so; at the latest with this.
class HeldLookups {
 public:
  HeldLookups() = default;
  ~HeldLookups() { Release(); }
  HeldLookups(const HeldLookups&) = delete;
  HeldLookups& operator=(const HeldLookups&) = delete;

  Resolver::Lookup lookup() const {
    return [state = state_](const std::string& host, uint16_t) -> Resolver::Addresses {
      std::unique_lock lock(state->mutex);
      state->hosts.push_back(host);
      state->most = std::max(state->most, ++state->under_way);
      state->changed.notify_all();
      state->changed.wait(lock, [&] { return state->released; });
      --state->under_way;
      return Refuse(Reason::kBackendUnavailable, "nobody knows");
    };
  }
  // Until so many are under way; false if they never are.
  bool WaitFor(size_t lookups) const {
    std::unique_lock lock(state_->mutex);
    return state_->changed.wait_for(lock, std::chrono::seconds(20), [&] { return state_->under_way == lookups; });
  }
  void Release() const {
    const std::lock_guard lock(state_->mutex);
    state_->released = true;
    state_->changed.notify_all();
  }
  // That were looked up.
  std::vector<std::string> hosts() const {
    const std::lock_guard lock(state_->mutex);
    return state_->hosts;
  }
  // At the same time.
  size_t most() const {
    const std::lock_guard lock(state_->mutex);
    return state_->most;
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<std::string> hosts;
    size_t under_way = 0;
    size_t most = 0;
    bool released = false;
  };
  const std::shared_ptr<State> state_ = std::make_shared<State>();  // a lookup may outlive this
};

}  // namespace dragoman::reflection
