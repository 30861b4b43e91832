#include "concurrency/wait_queue.h"

namespace dragoman::concurrency {

void WaitQueue::Push(Item& item) {
  if (size_ == 0) strained_ = false;
  LineOf(item).push_back(item);
  ++size_;
}

void WaitQueue::Remove(Item& item) {
  Line& line = LineOf(item);
  line.erase(line.iterator_to(item));
  --size_;
}

WaitQueue::Item* WaitQueue::Stale(TimePoint now) {
  const Duration patience = strained_ ? limits_.timeout / kImpatience : limits_.timeout;
  const Item* const next = Next();
  for (Line& line : lines_) {
    if (line.empty()) continue;
    Item& oldest = line.front();
    const bool only_hope = &oldest == next && &oldest == &line.back();
    if (oldest.until <= now || (!only_hope && now - oldest.since > patience)) return &oldest;
  }
  return nullptr;
}

WaitQueue::Item* WaitQueue::LowerThan(Priority priority) {
  for (size_t lower = 0; lower < static_cast<size_t>(priority); ++lower) {
    if (!lines_[lower].empty()) return &lines_[lower].back();
  }
  return nullptr;
}

WaitQueue::Item* WaitQueue::Next() {
  for (auto line = lines_.rbegin(); line != lines_.rend(); ++line) {
    if (!line->empty()) return &line->front();
  }
  return nullptr;
}

}  // namespace dragoman::concurrency
