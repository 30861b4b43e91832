#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <utility>

#include "harness.h"

namespace dragoman::integration {
namespace {

int Connect(std::string_view address, const std::string& from) {
  constexpr std::string_view kUnix = "unix:";
  if (address.starts_with(kUnix)) {
    std::string path(address.substr(kUnix.size()));
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    if (path.size() >= sizeof to.sun_path) return -1;
    std::memcpy(to.sun_path, path.c_str(), path.size() + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0) return fd;
    close(fd);
    return -1;
  }
  size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) return -1;
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(std::atoi(std::string(address.substr(colon + 1)).c_str())));
  inet_pton(AF_INET, std::string(address.substr(0, colon)).c_str(), &to.sin_addr);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (!from.empty()) {
    sockaddr_in own{};
    own.sin_family = AF_INET;
    inet_pton(AF_INET, from.c_str(), &own.sin_addr);
    int later = 1;  // the port is chosen when the other side is known, so that many connections share it
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &later, sizeof later);
    if (bind(fd, reinterpret_cast<sockaddr*>(&own), sizeof own) != 0) {
      close(fd);
      return -1;
    }
  }
  if (connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0) {
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
  }
  close(fd);
  return -1;
}

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

HttpResponse Broken(std::string why) {
  HttpResponse response;
  response.body = std::move(why);
  return response;
}

}  // namespace

std::string HttpResponse::Header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

HttpClient::HttpClient(std::string_view address, const std::string& from) : fd_(Connect(address, from)) {
  if (fd_ < 0) return;
  timeval patience{kPatience.count(), 0};
  setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

HttpClient::~HttpClient() { Close(); }

void HttpClient::Reset() {
  const linger at_once{1, 0};
  if (fd_ >= 0) setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  Close();
}

void HttpClient::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

void HttpClient::EndWriting() { shutdown(fd_, SHUT_WR); }

bool HttpClient::TryWrite(std::string_view bytes) {
  unsent_ += bytes;
  while (!unsent_.empty()) {
    pollfd event{fd_, POLLOUT, 0};
    if (poll(&event, 1, 1000) != 1) return false;
    const ssize_t n = send(fd_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n <= 0) return false;
    unsent_.erase(0, static_cast<size_t>(n));
  }
  return true;
}

void HttpClient::Write(std::string_view bytes) {
  if (const std::string before = std::exchange(unsent_, {}); !before.empty()) Write(before);
  while (!bytes.empty() && fd_ >= 0) {
    ssize_t n = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return;  // the peer refused early: what it says will be read
    bytes.remove_prefix(static_cast<size_t>(n));
  }
}

void HttpClient::Begin(std::string_view http_method, std::string_view target, const Headers& headers,
                       std::string_view body) {
  std::string request = std::string(http_method) + " " + std::string(target) + " HTTP/1.1\r\n";
  bool has_host = false;
  bool has_length = false;
  for (const auto& [name, value] : headers) {
    has_host |= Lower(name) == "host";
    has_length |= Lower(name) == "content-length" || Lower(name) == "transfer-encoding";
    request += name + ": " + value + "\r\n";
  }
  if (!has_host) request += "Host: gateway.test\r\n";
  if (!has_length && !body.empty()) request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  Write(request + "\r\n" + std::string(body));
}

HttpResponse HttpClient::Send(std::string_view http_method, std::string_view target, const Headers& headers,
                              std::string_view body) {
  Begin(http_method, target, headers, body);
  for (;;) {
    HttpResponse response = Read(http_method);
    if (response.status < 100 || response.status > 199) return response;
  }
}

bool HttpClient::Fill() {
  char piece[16384];
  ssize_t n = fd_ < 0 ? 0 : recv(fd_, piece, sizeof piece, 0);
  if (n <= 0) return false;
  buffer_.append(piece, static_cast<size_t>(n));
  return true;
}

bool HttpClient::TakeLine(std::string& line) {
  size_t end;
  while ((end = buffer_.find("\r\n")) == std::string::npos) {
    if (!Fill()) return false;
  }
  line = buffer_.substr(0, end);
  buffer_.erase(0, end + 2);
  return true;
}

bool HttpClient::TakeBytes(size_t n, std::string& to) {
  while (buffer_.size() < n) {
    if (!Fill()) return false;
  }
  to.append(buffer_, 0, n);
  buffer_.erase(0, n);
  return true;
}

HttpResponse HttpClient::Read(std::string_view http_method) {
  std::string line;
  if (!TakeLine(line)) return Broken("no response; left over: \"" + buffer_ + "\"");
  if (!line.starts_with("HTTP/1.") || line.size() < 12) return Broken("no status line: \"" + line + "\"");
  HttpResponse response;
  response.status = std::atoi(line.c_str() + 9);
  for (;;) {
    if (!TakeLine(line)) return Broken("the response ends within its head");
    if (line.empty()) break;
    size_t colon = line.find(':');
    if (colon == std::string::npos) return Broken("no header line: \"" + line + "\"");
    size_t begin = line.find_first_not_of(' ', colon + 1);
    response.headers.emplace_back(Lower(line.substr(0, colon)), begin == std::string::npos ? "" : line.substr(begin));
  }
  if (http_method == "HEAD" || response.status < 200 || response.status == 204 || response.status == 304)
    return response;
  if (response.Header("transfer-encoding") == "chunked") {
    for (;;) {
      if (!TakeLine(line)) return Broken("the body ends before its last chunk");
      size_t size = std::strtoul(line.c_str(), nullptr, 16);
      if (size > 0 && !TakeBytes(size, response.body)) return Broken("the body ends within a chunk");
      if (!TakeLine(line)) return Broken("the body ends behind a chunk");
      if (size == 0) return response;
    }
  }
  if (std::string length = response.Header("content-length"); !length.empty()) {
    if (!TakeBytes(std::strtoul(length.c_str(), nullptr, 10), response.body))
      return Broken("the body is shorter than its Content-Length");
    return response;
  }
  while (Fill()) {
  }
  response.body = std::move(buffer_);
  buffer_.clear();
  return response;
}

bool HttpClient::ClosedByPeer() {
  if (!buffer_.empty()) return false;
  char byte;
  ssize_t n = recv(fd_, &byte, 1, 0);
  return n == 0 || (n < 0 && errno == ECONNRESET);
}

HttpResponse Fetch(std::string_view address, std::string_view http_method, std::string_view target,
                   const Headers& headers, std::string_view body) {
  HttpClient client(address);
  if (!client.connected()) return Broken("cannot connect to " + std::string(address));
  return client.Send(http_method, target, headers, body);
}

}  // namespace dragoman::integration
