#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "harness.h"

namespace dragoman::soak {

// Connections go to the workers by hash: that all of so many meet one of two workers has a chance of 2^-23.
inline constexpr int kProbes = 24;

// The shop's backend, which is killed and started again, on the same address, while requests run. What a request that
// met a storm may answer is wider than what it may answer in fair weather, so everybody looks before and after.
class Weather {
 public:
  // Starts the backend. Fails the running test if it does not come.
  explicit Weather(std::string shop_backend);

  const std::string& backend_address() const { return address_; }

  // For `seconds`, kills the backend every `fair` seconds, by turns with SIGKILL and SIGTERM, and starts it again; ends
  // in fair weather. A storm is over when the gateway serves new connections again. Call it from the thread that made
  // the object: the backend ends with the thread that started it.
  void Blow(const std::string& gateway_address, double seconds, double fair);
  // Waits until new connections are served, whichever worker takes them.
  void AwaitFair(const std::string& gateway_address);

  using Sight = uint64_t;
  Sight Look() const { return epoch_.load(); }
  // True if there was a storm between `before` and now.
  bool Stormy(Sight before) const { return before % 2 == 1 || epoch_.load() != before; }
  uint64_t storms() const { return (epoch_.load() + 1) / 2; }

 private:
  void Start(const std::string& listen);

  std::string shop_backend_;
  std::string address_;
  std::unique_ptr<integration::Process> backend_;
  std::atomic<Sight> epoch_{0};  // odd in a storm
};

}  // namespace dragoman::soak
