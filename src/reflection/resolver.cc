#include "reflection/resolver.h"

#include <utility>

namespace dragoman::reflection {

Resolver::~Resolver() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    waiting_.clear();
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Resolver::Resolve(std::string host, uint16_t port, std::function<void(Addresses)> done) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back({std::move(host), port, std::move(done)});
  if (waiting_.size() > idle_ && threads_.size() < kAtOnce) threads_.emplace_back([this] { Run(); });
  changed_.notify_one();
}

void Resolver::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    --idle_;
    if (stopping_) return;
    const Name name = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    name.done(lookup_(name.host, name.port));
    lock.lock();
  }
}

}  // namespace dragoman::reflection
