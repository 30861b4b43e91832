#include "calls.h"

#include <algorithm>
#include <utility>

namespace compose {
namespace {

constexpr size_t kKept = 4096;

}  // namespace

void Calls::Started(v1::Received received) {
  std::lock_guard lock(mutex_);
  v1::Counts& counts = counts_[received.method()];
  counts.set_started(counts.started() + 1);
  counts.set_most_at_once(std::max(counts.most_at_once(), counts.started() - counts.ended()));
  if (received_.size() == kKept) received_.pop_front();
  received_.push_back(std::move(received));
}

void Calls::Ended(const std::string& method, bool cancelled) {
  std::lock_guard lock(mutex_);
  v1::Counts& counts = counts_[method];
  counts.set_ended(counts.ended() + 1);
  if (cancelled) counts.set_cancelled(counts.cancelled() + 1);
}

std::string Calls::Get() const {
  std::lock_guard lock(mutex_);
  v1::GetCallsResponse reply;
  for (const auto& [method, counts] : counts_) (*reply.mutable_counts())[method] = counts;
  for (const v1::Received& received : received_) *reply.add_received() = received;
  return reply.SerializeAsString();
}

}  // namespace compose
