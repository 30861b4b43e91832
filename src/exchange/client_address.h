#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "config/ip_address.h"
#include "exchange/exchange.h"
#include "transcoding/status.h"

namespace dragoman {

// The proxies whose word about their clients is believed (`trusted_proxies`), and what they say.
//
//   trusted 10.0.0.0/8; peer 10.0.0.1
//   X-Forwarded-For: 6.6.6.6, 192.0.2.7, 10.0.0.2      → 192.0.2.7; 6.6.6.6 is what that client claims
//   X-Forwarded-Proto: https                           → scheme "https"
//
// Threads: immutable.
class TrustedProxies {
 public:
  static constexpr int kMaxHops = 100;  // elements of a header that are looked at; the last of them is the client then

  TrustedProxies() = default;  // none; nobody is believed
  explicit TrustedProxies(std::span<const config::Network> networks) : networks_(networks) {}

  bool empty() const { return networks_.empty(); }
  bool trusts(const config::IpAddress& address) const { return networks_.Contains(address); }
  // A unix socket is trusted as soon as any proxy is: the permissions of its file say who may connect.
  bool trusts(const Peer& peer) const { return !empty() && (peer.address.empty() || trusts(peer.ip)); }

  // Whom a request comes from, by X-Forwarded-For or Forwarded (RFC 7239). Nothing: from the peer itself.
  //
  // Only of a trusted peer are any of them read, from the right, all lines of a header as one list: addresses of
  // trusted proxies are passed by, the first other one is the client, or the leftmost if there is no other. What is no
  // address ends the walk: the client then is the last address that was known. Scheme and authority are those of the
  // Forwarded element that names the client, or X-Forwarded-Proto (http or https) and -Host (a host and port), where
  // there is just one and both kinds do not differ.
  //
  // Errors:  kInvalidRequest where Forwarded and X-Forwarded-For name different clients: most proxies set one of them
  //          and pass on the other as it comes, so one is forged, and nobody can tell which.
  // Cost:    nothing where there are no trusted proxies; no allocation but for an error.
  Result<std::optional<Exchange::Client>> Resolve(const RequestHead& head, const Peer& peer) const;

 private:
  // A header names nobody but trusted proxies, or does not exist · somebody without an address · a client.
  enum class End : uint8_t { kProxies, kUnknown, kClient };
  struct Walk {
    End end = End::kProxies;
    std::optional<config::IpAddress> last;  // the last address that was known
    std::string_view proto;                 // of the element that it ended with
    std::string_view host;
  };
  Walk Follow(const RequestHead& head, std::string_view name) const;

  config::NetworkSet networks_;
};

}  // namespace dragoman
