#include "gateway/sockets.h"

#include <algorithm>
#include <utility>

namespace dragoman::gateway {

tl::expected<Sockets, std::string> Sockets::Open(const config::Config& config, size_t workers, const Sockets& before) {
  Sockets sockets;
  std::vector<One> left = before.all_;
  for (const config::Listener& listener : config.listeners) {
    One& one = sockets.all_.emplace_back(One{listener.address, listener.tls.has_value(), nullptr});
    if (const auto same = std::ranges::find(left, listener.address, &One::configured); same != left.end()) {
      one.socket = same->socket;
      left.erase(same);
      continue;
    }
    auto opened = http::ListenSocket::Open(listener.address, workers);
    if (!opened) return tl::unexpected(std::move(opened.error()));
    one.socket = std::make_shared<const http::ListenSocket>(std::move(*opened));
  }
  return sockets;
}

std::vector<const http::ListenSocket*> Sockets::of_listeners() const {
  std::vector<const http::ListenSocket*> sockets;
  for (const One& one : all_) sockets.push_back(one.socket.get());
  return sockets;
}

std::vector<BoundAddress> Sockets::bound() const {
  std::vector<BoundAddress> addresses;
  for (const One& one : all_) addresses.push_back({one.socket->address(), false, one.tls});
  return addresses;
}

std::vector<bool> Sockets::WithoutThoseOf(const Sockets& others) const {
  std::vector<bool> lacking;
  for (const One& one : all_) lacking.push_back(std::ranges::find(others.all_, one.socket, &One::socket) == others.all_.end());
  return lacking;
}

}  // namespace dragoman::gateway
