#pragma once

#include <sys/socket.h>

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "config/address.h"

namespace dragoman::store {

// What a socket connects to.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

// All that an address stands for. Asks the resolver, which blocks: for the side thread.
//
// Errors: the resolver's words, "Name or service not known".
tl::expected<std::vector<SocketAddress>, std::string> AddressesOf(const config::Address& address);

}  // namespace dragoman::store
