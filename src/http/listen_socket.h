#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace dragoman::http {

// One listening address of the process, with a descriptor for each worker. A TCP address has a socket a worker (SO_REUSEPORT: the kernel spreads connections); a unix
// socket is one, whose descriptor is duplicated.
//
//   auto socket = ListenSocket::Open("127.0.0.1:0", 2);
//   socket->url();                     // "http://127.0.0.1:43187"
//   server.Listen(socket->Take(0));    // worker 0's; the caller's from now on
//
// A unix socket's file is removed when it is opened, if nobody answers there, and when this object ends.
class ListenSocket {
 public:
  // `address`: host:port, [v6]:port, unix:/path; port 0: any free one.
  // Errors: a text for the operator, `cannot listen on 127.0.0.1:8080: Address already in use`.   Blocks while a host name is resolved.
  static tl::expected<ListenSocket, std::string> Open(std::string_view address, size_t workers);

  ListenSocket(ListenSocket&& other) noexcept;
  ListenSocket& operator=(ListenSocket&&) = delete;
  ~ListenSocket();

  // The descriptor of a worker; to be taken once.
  int Take(size_t worker);
  // Another one for the same socket, the caller's from now on, so that others may be given the address while this one lives. Errors: the
  // process has no descriptors left; as of Open.
  tl::expected<int, std::string> Duplicate(size_t worker) const;
  // "127.0.0.1:8080" with the port in use, "unix:/run/dragoman.sock".
  const std::string& address() const { return address_; }
  std::string url() const;

 private:
  ListenSocket() = default;

  std::string address_;
  std::string unix_path_;         // to be removed; empty for TCP
  std::vector<int> descriptors_;  // -1: taken
};

}  // namespace dragoman::http
