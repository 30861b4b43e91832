#pragma once

#include <google/protobuf/duration.pb.h>
#include <grpcpp/alarm.h>

#include <chrono>
#include <functional>
#include <mutex>
#include <utility>

namespace streams {

inline std::chrono::nanoseconds TimeOf(const google::protobuf::Duration& duration) {
  return std::chrono::seconds(duration.seconds()) + std::chrono::nanoseconds(duration.nanos());
}

// Runs `then` after that time, at once if there is none; `then(false)` once it is cancelled, or if it was before: a call may be cancelled
// in the moment in which it begins to wait, on another thread.
class Pause {
 public:
  void For(std::chrono::nanoseconds time, std::function<void(bool)> then) {
    if (time <= std::chrono::nanoseconds::zero()) return then(true);
    {
      const std::lock_guard lock(mutex_);
      if (!cancelled_) {
        set_ = true;
        return alarm_.Set(std::chrono::system_clock::now() + std::chrono::duration_cast<std::chrono::microseconds>(time), std::move(then));
      }
    }
    then(false);
  }
  void Cancel() {
    {
      const std::lock_guard lock(mutex_);
      cancelled_ = true;
      if (!set_) return;
    }
    alarm_.Cancel();
  }

 private:
  std::mutex mutex_;
  bool cancelled_ = false;
  bool set_ = false;  // at least once
  grpc::Alarm alarm_;
};

}  // namespace streams
