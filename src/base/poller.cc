#include "base/poller.h"

#include <cerrno>
#include <system_error>

namespace dragoman {

Poller::Poller(asio::io_context& io, TimePoint& now) : set_(io), now_(now) {
  const int set = epoll_create1(EPOLL_CLOEXEC);
  if (set < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  set_.assign(set);
}

bool Poller::Add(int descriptor, uint32_t events, Watcher& watcher) {
  epoll_event event{};
  event.events = events | EPOLLET;
  event.data.ptr = &watcher;
  if (epoll_ctl(set_.native_handle(), EPOLL_CTL_ADD, descriptor, &event) != 0) return false;
  Arm();
  return true;
}

void Poller::Remove(int descriptor, Watcher& watcher) {
  epoll_ctl(set_.native_handle(), EPOLL_CTL_DEL, descriptor, nullptr);
  for (size_t i = 0; i < ready_count_; ++i) {
    if (ready_[i].data.ptr == &watcher) ready_[i].data.ptr = nullptr;
  }
}

void Poller::Arm() {
  if (armed_) return;
  armed_ = true;
  set_.async_wait(asio::posix::descriptor_base::wait_read, [this](const boost::system::error_code& error) {
    if (error) return;
    Dispatch();
    armed_ = false;
    Arm();
  });
}

void Poller::Dispatch() {
  const int count = epoll_wait(set_.native_handle(), ready_.data(), static_cast<int>(kBatch), 0);
  now_ = Clock::now();
  ready_count_ = count > 0 ? static_cast<size_t>(count) : 0;
  for (size_t i = 0; i < ready_count_; ++i) {
    if (ready_[i].data.ptr) static_cast<Watcher*>(ready_[i].data.ptr)->OnEvents(ready_[i].events);
  }
  ready_count_ = 0;
  now_ = {};
}

}  // namespace dragoman
