#pragma once

#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "config/config.h"
#include "gateway/server.h"
#include "http/listen_socket.h"

namespace dragoman::gateway {

// The sockets of a configuration's listeners. An address that another configuration has too keeps its socket, so that
// whoever connects meanwhile is served, and port 0 stays the port that it was.
class Sockets {
 public:
  Sockets() = default;
  // For `workers` workers. Those of `before` are taken over where the address is the same. Errors: as of
  // http::ListenSocket::Open; then nothing is open that was not before.
  static tl::expected<Sockets, std::string> Open(const config::Config& config, size_t workers, const Sockets& before);

  // In the order of config.listeners.
  std::vector<const http::ListenSocket*> of_listeners() const;
  std::vector<BoundAddress> bound() const;
  // Of its listeners those whose sockets `others` lack.
  std::vector<bool> WithoutThoseOf(const Sockets& others) const;

 private:
  struct One {
    std::string configured;
    bool tls;
    std::shared_ptr<const http::ListenSocket> socket;
  };
  std::vector<One> all_;
};

}  // namespace dragoman::gateway
