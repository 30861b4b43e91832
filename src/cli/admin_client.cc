#include "cli/admin_client.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include "config/address.h"

namespace dragoman::cli {
namespace {

constexpr size_t kMostAnswer = 64u << 20;  // bytes

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&&) = delete;

  int fd() const { return fd_; }

 private:
  int fd_;
};

std::string Cause() { return std::strerror(errno); }

void BoundWaits(int fd) {
  const timeval patience{.tv_sec = kAdminPatience, .tv_usec = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

tl::expected<Socket, std::string> ConnectUnix(const std::string& path) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (path.size() >= sizeof name.sun_path) return tl::unexpected(std::string("the path of the socket is too long"));
  path.copy(name.sun_path, path.size());
  Socket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  BoundWaits(socket.fd());
  if (::connect(socket.fd(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) return tl::unexpected(Cause());
  return socket;
}

tl::expected<Socket, std::string> ConnectTcp(const config::Address& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(address.port);
  if (const int error = ::getaddrinfo(address.host.c_str(), port.c_str(), &hints, &found); error != 0) {
    return tl::unexpected(std::string(::gai_strerror(error)));
  }
  std::string cause = "no address";
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    Socket socket(::socket(each->ai_family, each->ai_socktype | SOCK_CLOEXEC, each->ai_protocol));
    BoundWaits(socket.fd());
    if (::connect(socket.fd(), each->ai_addr, each->ai_addrlen) == 0) {
      ::freeaddrinfo(found);
      return socket;
    }
    cause = Cause();
  }
  ::freeaddrinfo(found);
  return tl::unexpected(cause);
}

tl::expected<std::string, std::string> Exchange(int fd, std::string_view request) {
  while (!request.empty()) {
    const ssize_t sent = ::send(fd, request.data(), request.size(), MSG_NOSIGNAL);
    if (sent < 0) return tl::unexpected(Cause());
    request.remove_prefix(static_cast<size_t>(sent));
  }
  std::string answer;
  char piece[16 << 10];
  for (;;) {
    const ssize_t read = ::recv(fd, piece, sizeof piece, 0);
    if (read < 0) return tl::unexpected(errno == EAGAIN ? std::string("no answer came in time") : Cause());
    if (read == 0) return answer;
    answer.append(piece, static_cast<size_t>(read));
    if (answer.size() > kMostAnswer) return tl::unexpected(std::string("the answer is too large"));
  }
}

}  // namespace

tl::expected<AdminAnswer, std::string> PostToAdmin(std::string_view address, std::string_view token,
                                                   std::string_view path, std::string_view json) {
  constexpr std::string_view kHttp = "http://";
  if (address.starts_with(kHttp)) address.remove_prefix(kHttp.size());
  while (address.ends_with('/')) address.remove_suffix(1);
  const auto parsed = config::ParseAddress(address);
  if (!parsed) return tl::unexpected(parsed.error());
  const bool local = parsed->kind == config::Address::Kind::kUnix;
  const auto socket = local ? ConnectUnix(parsed->path) : ConnectTcp(*parsed);
  if (!socket) return tl::unexpected(socket.error());
  std::string request = "POST " + std::string(path) + " HTTP/1.1\r\nhost: " + (local ? "localhost" : parsed->ToString()) +
                        "\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: " + std::to_string(json.size()) + "\r\n";
  if (!token.empty()) request += "authorization: Bearer " + std::string(token) + "\r\n";
  request += "\r\n";
  request += json;
  auto text = Exchange(socket->fd(), request);
  if (!text) return tl::unexpected(std::move(text.error()));

  // HTTP/1.1 200 OK CRLF … CRLF CRLF body, which ends with the connection.
  AdminAnswer answer;
  const size_t space = text->find(' ');
  const size_t end = text->find("\r\n\r\n");
  if (!text->starts_with("HTTP/1.") || space == std::string::npos || end == std::string::npos ||
      std::from_chars(text->data() + space + 1, text->data() + std::min(space + 4, text->size()), answer.status).ec != std::errc()) {
    return tl::unexpected(std::string("what answers speaks no HTTP"));
  }
  answer.body = text->substr(end + 4);
  return answer;
}

}  // namespace dragoman::cli
