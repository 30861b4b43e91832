#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace dragoman::config {

// Where something listens or is reached.
//
//   "shop.internal:50051" → kTcp, host "shop.internal", port 50051      "[::1]:8080" → kTcp, host "::1", port 8080
//   "unix:/run/shop.sock" → kUnix, path "/run/shop.sock"
struct Address {
  enum class Kind { kTcp, kUnix };
  Kind kind = Kind::kTcp;
  std::string host;  // a name, an IPv4 address, or an IPv6 address without its brackets
  uint16_t port = 0;
  std::string path;

  // The form that Parse reads.
  std::string ToString() const;
};

// Errors: a text for the operator, `expected host:port, [v6]:port or unix:/path, got "shop"`. Port 0 is understood
// here; who cannot use it says so.
tl::expected<Address, std::string> ParseAddress(std::string_view text);

}  // namespace dragoman::config
