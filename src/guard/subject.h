#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/ip_address.h"

namespace dragoman::guard {

// Who somebody is, or claims to be, as the scheme of the credential names them: {"basic", "alice"}, {"jwt.main",
// "7f3a"}. Names are told apart by their first kMaxName bytes.
struct IdentityName {
  static constexpr size_t kMaxScheme = 64;  // bytes
  static constexpr size_t kMaxName = 256;   // bytes

  std::string_view scheme{};  // empty: no credential was shown
  std::string_view name{};    // empty: the credential does not tell of whom it is

  bool none() const { return scheme.empty() || name.empty(); }
};

// Whom a request claims to be of, nothing of it proven.
struct Claimed {
  IdentityName identity{};
  bool guessable = false;    // whoever tries long enough gets in: a password, and no signature or random key
  uint64_t fingerprint = 0;  // of a credential without a name, so that different ones are told apart; 0: none
};

// Whom a ban concerns: an address, whoever claims an identity, or whoever claims it at an address. Holds views.
struct Subject {
  config::IpAddress address{};  // none: from anywhere. Of IPv6 the /64, which is what one client may choose from
  IdentityName identity{};      // none: whoever it is

  // "192.0.2.7", "2001:db8::/64", "basic:alice", "192.0.2.7 basic:alice". Names are cut at kMaxName.
  std::string ToString() const;
  // What ToString says, and any address of a /64. Nothing for any other text.
  static std::optional<Subject> Parse(std::string_view text);
};

// What of a client's address counts: all of IPv4, the /64 of IPv6.
inline config::IpAddress ClientNetwork(const config::IpAddress& client) {
  return client.v4() ? client : client.Prefix(64);
}

}  // namespace dragoman::guard
