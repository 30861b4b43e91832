#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

namespace dragoman::soak {

// A soak goes by time: waits that long, or until it is told to stop.
inline void Pause(double seconds, const std::stop_token& stop = {}) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any stopped;
  stopped.wait_for(lock, stop, std::chrono::duration<double>(seconds), [] { return false; });
}

}  // namespace dragoman::soak
