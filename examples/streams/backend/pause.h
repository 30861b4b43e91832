#pragma once

#include <google/protobuf/duration.pb.h>
#include <grpcpp/alarm.h>

#include <chrono>
#include <functional>

namespace streams {

inline std::chrono::nanoseconds TimeOf(const google::protobuf::Duration& duration) {
  return std::chrono::seconds(duration.seconds()) + std::chrono::nanoseconds(duration.nanos());
}

// Runs `then` after that time, at once if there is none; `then(false)` once it is cancelled.
class Pause {
 public:
  void For(std::chrono::nanoseconds time, std::function<void(bool)> then) {
    if (time <= std::chrono::nanoseconds::zero()) return then(true);
    alarm_.Set(std::chrono::system_clock::now() + std::chrono::duration_cast<std::chrono::microseconds>(time),
               std::move(then));
  }
  void Cancel() { alarm_.Cancel(); }

 private:
  grpc::Alarm alarm_;
};

}  // namespace streams
