#include "base/side_thread.h"

#include <utility>

namespace dragoman {

SideThread::SideThread(size_t max_queue) : max_queue_(max_queue), thread_([this] { Run(); }) {}

SideThread::~SideThread() { Stop(); }

void SideThread::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
  std::deque<std::function<void()>> dropped;  // may take others with it: not while it is locked
  const std::lock_guard lock(mutex_);
  dropped.swap(queue_);
}

bool SideThread::Post(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || queue_.size() >= max_queue_) return false;
    queue_.push_back(std::move(work));
  }
  changed_.notify_one();
  return true;
}

void SideThread::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    const std::function<void()> work = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    work();
    lock.lock();
  }
}

}  // namespace dragoman
