#include "base/side_thread.h"

#include <utility>

namespace dragoman {

SideThread::SideThread(size_t max_queue) : max_queue_(max_queue), thread_([this] { Run(); }) {}

SideThread::~SideThread() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

bool SideThread::Post(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= max_queue_) return false;
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
