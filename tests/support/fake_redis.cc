#include "fake_redis.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <stdexcept>

namespace dragoman {

bool FakeRedis::Connection::ReadSome() {
  std::array<char, 16384> chunk;
  const ssize_t count = ::recv(fd_, chunk.data(), chunk.size(), 0);
  if (count <= 0) return false;
  read_.append(chunk.data(), static_cast<size_t>(count));
  return true;
}

std::string FakeRedis::Connection::ReadLine() {
  size_t end = 0;
  while ((end = read_.find("\r\n")) == std::string::npos) {
    if (!ReadSome()) return {};
  }
  std::string line = read_.substr(0, end);
  read_.erase(0, end + 2);
  return line;
}

std::vector<std::string> FakeRedis::Connection::ReadCommand() {
  std::vector<std::string> words;
  const std::string head = ReadLine();
  if (head.empty()) return {};
  for (int left = std::atoi(head.c_str() + 1); left > 0; --left) {
    const std::string length = ReadLine();
    if (length.empty()) return {};
    const size_t size = std::strtoul(length.c_str() + 1, nullptr, 10);
    while (read_.size() < size + 2) {
      if (!ReadSome()) return {};
    }
    words.push_back(read_.substr(0, size));
    read_.erase(0, size + 2);
  }
  return words;
}

void FakeRedis::Connection::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
}

void FakeRedis::Connection::Greet() {
  ReadCommand();
  Write(":1\r\n");
}

void FakeRedis::Connection::WaitForClose() {
  while (ReadSome()) read_.clear();
}

FakeRedis::Script FakeRedis::Answers(std::string reply) {
  return [reply = std::move(reply)](Connection& connection) {
    connection.Greet();
    while (!connection.ReadCommand().empty()) connection.Write(reply);
  };
}

FakeRedis::FakeRedis(Script script) : script_(std::move(script)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 64) != 0) {
    throw std::runtime_error("cannot listen");
  }
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  accepting_ = std::thread([this] { Accept(); });
}

FakeRedis::~FakeRedis() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
  }
  ::shutdown(listener_, SHUT_RDWR);
  accepting_.join();
  for (std::thread& thread : threads_) thread.join();
  for (const int fd : open_) ::close(fd);
  ::close(listener_);
}

// Descriptors stay with the server until its end, so that none is closed twice.
void FakeRedis::Accept() {
  for (;;) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const std::lock_guard lock(mutex_);
    if (fd < 0 || stopping_) {
      if (fd >= 0) ::close(fd);
      return;
    }
    open_.push_back(fd);
    threads_.emplace_back([this, fd] {
      Connection connection;
      connection.fd_ = fd;
      script_(connection);
      ::shutdown(fd, SHUT_RDWR);
    });
  }
}

}  // namespace dragoman
