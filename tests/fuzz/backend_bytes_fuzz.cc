// Bytes that a backend sends after its SETTINGS, to a channel with two calls: each call must end, whatever comes.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "base/loop.h"
#include "base/side_thread.h"
#include "upstream/backend.h"

namespace {

using namespace dragoman;
using namespace dragoman::upstream;

// A unix socket where this thread accepts.
class Listener {
 public:
  Listener() : path_("/tmp/backend-bytes-" + std::to_string(::getpid()) + ".sock") {
    socket_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path_.c_str(), sizeof address.sun_path - 1);
    ::unlink(path_.c_str());
    if (::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || ::listen(socket_, 16) != 0)
      std::abort();
  }
  ~Listener() {
    ::close(socket_);
    ::unlink(path_.c_str());
  }
  std::string endpoint() const { return "unix:" + path_; }
  int Accept() const { return ::accept4(socket_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC); }

 private:
  std::string path_;
  int socket_;
};

Task<void> CallAll(Backend& backend, int& ended) {
  const auto call = backend.Start({.path = "/shop.v1.Catalog/GetItem", .metadata = {}, .max_reply_bytes = 1 << 16});
  Buffer message;
  message.Extend(kMessagePrefix);
  (void)co_await call->Send(std::move(message), true);
  while (co_await call->Receive()) {
  }
  ++ended;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 64 << 10) return 0;
  static const Listener kListener;
  const std::string settings("\0\0\0\4\0\0\0\0\0", 9);
  Loop loop;
  SideThread side_thread;
  config::Backend config;
  config.name = "shop";
  config.endpoints.push_back({kListener.endpoint(), {}});
  const auto backend = MakeBackend(loop, side_thread, config);
  int ended = 0;
  for (int i = 0; i < 2; ++i) loop.Spawn(CallAll(*backend, ended));
  for (int turns = 0; ended < 2; ++turns) {
    if (turns > 100'000) std::abort();
    loop.io().restart();
    loop.io().poll();
    const int socket = kListener.Accept();
    if (socket < 0) continue;
    (void)!::send(socket, settings.data(), settings.size(), MSG_NOSIGNAL);
    loop.io().restart();
    for (int i = 0; i < 10; ++i) loop.io().poll();  // the calls are on their way
    (void)!::send(socket, data, size, MSG_NOSIGNAL);
    ::shutdown(socket, SHUT_WR);
    loop.io().restart();
    for (int i = 0; i < 10; ++i) loop.io().poll();
    ::close(socket);
  }
  return 0;
}
