#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <tl/expected.hpp>
#include <utility>

#include "config/config.h"
#include "transcoding/status.h"

namespace dragoman::guard {

// Who is always let in, and who never. Immutable once shared.
struct Lists {
  config::NetworkSet allow;  // wins over `deny`
  config::NetworkSet deny;

  // What the configuration says and its files hold. Errors: every problem of every file, with its line.
  // Reads files: not a worker's once it serves.
  static tl::expected<std::shared_ptr<const Lists>, Problems> Read(const config::Guard& config);
};

// The lists of now. Workers keep what they got, and look at the version to see whether there is something newer.
//
// Threads: safe to use concurrently.
class SharedLists {
 public:
  explicit SharedLists(std::shared_ptr<const Lists> lists) : lists_(std::move(lists)) {}

  uint64_t version() const { return version_.load(std::memory_order_acquire); }
  std::shared_ptr<const Lists> Get() const {
    const std::lock_guard lock(mutex_);
    return lists_;
  }
  void Publish(std::shared_ptr<const Lists> lists) {
    const std::lock_guard lock(mutex_);
    lists_.swap(lists);
    version_.fetch_add(1, std::memory_order_release);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Lists> lists_;
  std::atomic<uint64_t> version_{1};
};

}  // namespace dragoman::guard
