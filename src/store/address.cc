#include "store/address.h"

#include <charconv>
#include <optional>

namespace dragoman::store {
namespace {

constexpr std::string_view kScheme = "redis://";
constexpr std::string_view kDefaultPort = ":6379";
constexpr size_t kMaxUrl = 4096;  // bytes
constexpr uint32_t kMaxDatabase = 1'000'000;

tl::unexpected<std::string> Wrong(std::string_view why) {
  return tl::unexpected(
      std::string("expected redis://[user:password@]host[:port][/database] or unix:/path").append("; ").append(why));
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// pct-encoded = "%" HEXDIG HEXDIG (RFC 3986, 2.1)
std::optional<std::string> Unescape(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain.push_back(text[i]);
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const int high = HexDigit(text[i + 1]);
    const int low = HexDigit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    plain.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return plain;
}

// host [ ":" port ], the host in brackets if it is an IPv6 address.
std::optional<config::Address> ParseHost(std::string_view text) {
  std::string whole(text);
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || text.ends_with(']')) whole.append(kDefaultPort);
  auto address = config::ParseAddress(whole);
  if (!address || address->kind != config::Address::Kind::kTcp || address->port == 0) return std::nullopt;
  return *std::move(address);
}

}  // namespace

tl::expected<Address, std::string> ParseUrl(std::string_view url) {
  if (url.size() > kMaxUrl) return Wrong("it is too long");
  Address address;
  if (url.starts_with("unix:")) {
    auto path = config::ParseAddress(url);
    if (!path) return Wrong("the path of the socket is missing or too long");
    address.at = *std::move(path);
    return address;
  }
  if (url.starts_with("rediss://")) return Wrong("TLS to Redis is not spoken");
  if (!url.starts_with(kScheme)) return Wrong("the scheme is another one");
  std::string_view rest = url.substr(kScheme.size());

  // userinfo = [ user ] ":" password. It ends with the last "@": passwords hold what they should not.
  if (const size_t at = rest.rfind('@'); at != std::string_view::npos) {
    const std::string_view info = rest.substr(0, at);
    const size_t colon = info.find(':');
    if (colon == std::string_view::npos) return Wrong("the password is missing in front of the @");
    auto user = Unescape(info.substr(0, colon));
    auto password = Unescape(info.substr(colon + 1));
    if (!user || !password) return Wrong("a % in user or password is written %25");
    if (password->empty()) return Wrong("the password is empty");
    address.user = *std::move(user);
    address.password = *std::move(password);
    rest.remove_prefix(at + 1);
  }
  if (const size_t slash = rest.find('/'); slash != std::string_view::npos) {
    const std::string_view number = rest.substr(slash + 1);
    const char* end = number.data() + number.size();
    const auto [stop, error] = std::from_chars(number.data(), end, address.database);
    if (!number.empty() && (error != std::errc() || stop != end || address.database > kMaxDatabase)) {
      return Wrong("the database is a number");
    }
    rest = rest.substr(0, slash);
  }
  auto host = ParseHost(rest);
  if (!host) return Wrong("host or port are not what they should be");
  address.at = *std::move(host);
  return address;
}

}  // namespace dragoman::store
