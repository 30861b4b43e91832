#include "config/address.h"

#include <arpa/inet.h>
#include <sys/un.h>

#include <algorithm>
#include <charconv>

#include "transcoding/quote.h"

namespace dragoman::config {
namespace {

using transcoding::Quote;

constexpr std::string_view kUnixPrefix = "unix:";
constexpr size_t kMaxUnixPath = sizeof(sockaddr_un::sun_path) - 1;  // bytes, without the NUL
constexpr size_t kMaxHost = 253;                                    // bytes (RFC 1035)

tl::unexpected<std::string> Wrong(std::string_view text, std::string_view why = {}) {
  std::string what = "expected host:port, [v6]:port or unix:/path, got " + Quote(text);
  if (!why.empty()) what.append("; ").append(why);
  return tl::unexpected<std::string>(std::move(what));
}

bool IsIpv4(const std::string& host) {
  in_addr address{};
  return inet_pton(AF_INET, host.c_str(), &address) == 1;
}

// An IPv6 address, perhaps with the interface that it belongs to: "fe80::1%eth0".
bool IsIpv6(const std::string& host) {
  in6_addr address{};
  return inet_pton(AF_INET6, host.substr(0, host.find('%')).c_str(), &address) == 1;
}

bool IsHostName(std::string_view host) {
  return std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_';
  });
}

bool LooksLikeIpv4(std::string_view host) { return host.find_first_not_of("0123456789.") == std::string_view::npos; }

tl::expected<Address, std::string> ParseUnix(std::string_view text) {
  Address address;
  address.kind = Address::Kind::kUnix;
  address.path = text.substr(kUnixPrefix.size());
  if (address.path.empty() || address.path.ends_with('/')) return Wrong(text, "the path of the socket is missing");
  if (address.path.size() > kMaxUnixPath) {
    return Wrong(text, "the path of a unix socket has at most " + std::to_string(kMaxUnixPath) + " bytes");
  }
  return address;
}

}  // namespace

std::string Address::ToString() const {
  if (kind == Kind::kUnix) return std::string(kUnixPrefix) + path;
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

tl::expected<Address, std::string> ParseAddress(std::string_view text) {
  if (text.starts_with(kUnixPrefix)) return ParseUnix(text);
  if (const size_t scheme = text.find("://"); scheme != std::string_view::npos) {
    return Wrong(text, "an address has no scheme");
  }
  if (text.find('/') != std::string_view::npos) return Wrong(text);

  Address address;
  std::string_view port;
  if (text.starts_with('[')) {
    const size_t close = text.find(']');
    if (close == std::string_view::npos) return Wrong(text, "the closing bracket is missing");
    address.host = text.substr(1, close - 1);
    if (!IsIpv6(address.host)) return Wrong(text, Quote(address.host) + " is no IPv6 address");
    if (!text.substr(close + 1).starts_with(':')) return Wrong(text, "the port is missing");
    port = text.substr(close + 2);
  } else {
    const size_t colon = text.find(':');
    if (colon == std::string_view::npos) return Wrong(text, "the port is missing");
    if (text.find(':', colon + 1) != std::string_view::npos) {
      return Wrong(text, "an IPv6 address stands in brackets, such as [::1]:8080");
    }
    address.host = text.substr(0, colon);
    port = text.substr(colon + 1);
    if (address.host.empty()) return Wrong(text, "the host is missing; 0.0.0.0 is every address of this machine");
    if (address.host.size() > kMaxHost) return Wrong(text, "a host has at most " + std::to_string(kMaxHost) + " bytes");
    if (!IsHostName(address.host)) return Wrong(text, Quote(address.host) + " is no host name");
    if (LooksLikeIpv4(address.host) && !IsIpv4(address.host))
      return Wrong(text, Quote(address.host) + " is no IPv4 address");
  }

  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (port.empty() || error != std::errc() || end != port.data() + port.size()) {
    return Wrong(text, "expected a port between 0 and 65535");
  }
  return address;
}

}  // namespace dragoman::config
