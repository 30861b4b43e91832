#include "upstream/endpoint.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace dragoman::upstream {
namespace {

template <typename Address>
void Fill(SocketAddress& out, const Address& address) {
  std::memcpy(&out.storage, &address, sizeof address);
  out.size = sizeof address;
}

std::string TextOf(const sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> host{};
  if (address->sa_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
    inet_ntop(AF_INET, &v4->sin_addr, host.data(), host.size());
    return std::string(host.data()) + ":" + std::to_string(ntohs(v4->sin_port));
  }
  const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address);
  inet_ntop(AF_INET6, &v6->sin6_addr, host.data(), host.size());
  return "[" + std::string(host.data()) + "]:" + std::to_string(ntohs(v6->sin6_port));
}

// getaddrinfo's answer. `flags` AI_NUMERICHOST: only what needs no asking.
int Lookup(const std::string& host, uint16_t port, int flags, std::vector<SocketAddress>& out) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  if (error != 0) return error;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    if (entry->ai_family != AF_INET && entry->ai_family != AF_INET6) continue;
    SocketAddress address;
    std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
    address.size = entry->ai_addrlen;
    address.text = TextOf(entry->ai_addr);
    if (std::find(out.begin(), out.end(), address) == out.end()) out.push_back(std::move(address));
  }
  ::freeaddrinfo(list);
  return out.empty() ? EAI_NONAME : 0;
}

}  // namespace

Result<SocketAddress> UnixAddress(const std::string& path) {
  sockaddr_un address{};
  if (path.size() >= sizeof address.sun_path) {
    return Refuse(Reason::kBackendUnavailable, "the path of unix:" + path + " is too long");
  }
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  SocketAddress out;
  Fill(out, address);
  out.text = "unix:" + path;
  return out;
}

bool ParseLiteral(const std::string& host, uint16_t port, SocketAddress& out) {
  std::vector<SocketAddress> addresses;
  if (Lookup(host, port, AI_NUMERICHOST, addresses) != 0) return false;
  out = std::move(addresses.front());
  return true;
}

Result<std::vector<SocketAddress>> ResolveName(const std::string& host, uint16_t port) {
  std::vector<SocketAddress> addresses;
  const int error = Lookup(host, port, AI_ADDRCONFIG, addresses);
  if (error != 0) return Refuse(Reason::kBackendUnavailable, ::gai_strerror(error));
  return addresses;
}

Duration Backoff::Next(std::minstd_rand& random) {
  const Duration pause = next_;
  next_ = std::min(most_, next_ * 2);
  const double factor = std::uniform_real_distribution<double>(0.8, 1.2)(random);
  return std::chrono::duration_cast<Duration>(pause * factor);
}

}  // namespace dragoman::upstream
