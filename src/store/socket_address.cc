#include "store/socket_address.h"

#include <netdb.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>

namespace dragoman::store {

tl::expected<std::vector<SocketAddress>, std::string> AddressesOf(const config::Address& address) {
  std::vector<SocketAddress> addresses;
  if (address.kind == config::Address::Kind::kUnix) {
    sockaddr_un local{};
    local.sun_family = AF_UNIX;
    std::memcpy(local.sun_path, address.path.data(), std::min(address.path.size(), sizeof local.sun_path - 1));
    SocketAddress& out = addresses.emplace_back();
    std::memcpy(&out.storage, &local, sizeof local);
    out.size = sizeof local;
    return addresses;
  }
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int error = ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &list);
  if (error != 0) return tl::unexpected<std::string>(::gai_strerror(error));
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    if (entry->ai_family != AF_INET && entry->ai_family != AF_INET6) continue;
    SocketAddress& out = addresses.emplace_back();
    std::memcpy(&out.storage, entry->ai_addr, entry->ai_addrlen);
    out.size = entry->ai_addrlen;
  }
  ::freeaddrinfo(list);
  if (addresses.empty()) return tl::unexpected<std::string>(::gai_strerror(EAI_NONAME));
  return addresses;
}

}  // namespace dragoman::store
