#include "serving.h"

namespace shop {

void Calls::Started(std::string_view rpc) {
  std::lock_guard lock(mutex_);
  ++counts_[std::string(rpc)].started;
}

void Calls::Ended(std::string_view rpc, bool cancelled) {
  std::lock_guard lock(mutex_);
  CallCounts& counts = counts_[std::string(rpc)];
  ++counts.ended;
  if (cancelled) ++counts.cancelled;
}

std::map<std::string, CallCounts> Calls::Snapshot() const {
  std::lock_guard lock(mutex_);
  return {counts_.begin(), counts_.end()};
}

void Passage::Enter(std::chrono::milliseconds work, std::function<void(grpc::Status)> begin) {
  calls_.Started(rpc_);
  std::string method = "shop.v1." + rpc_;
  Fault fault = calls_.faults().Draw(method);
  grpc::Status outcome = AddWishes(*context_, method, fault);
  if (outcome.ok() && fault.failure) {
    outcome = Refuse(*fault.failure, "INJECTED", "failed as " + fault.wish + " asked for", {{"method", method}});
  }
  std::chrono::milliseconds delay = fault.delay + work;
  if (delay.count() == 0) return begin(outcome);
  alarm_.Set(std::chrono::system_clock::now() + delay, [outcome, begin = std::move(begin)](bool elapsed) {
    begin(elapsed ? outcome : grpc::Status(grpc::StatusCode::CANCELLED, "cancelled while waiting"));
  });
}

}  // namespace shop
