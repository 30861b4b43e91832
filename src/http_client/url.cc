#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <utility>

#include "http_client/client.h"
#include "transcoding/quote.h"

namespace dragoman::http_client {
namespace {

constexpr size_t kMaxUrl = 4096;  // bytes
constexpr size_t kMaxHost = 253;  // of a name (RFC 1035, 2.3.4)
constexpr uint16_t kHttpPort = 80;
constexpr uint16_t kHttpsPort = 443;

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = Lower(c);
  return lower;
}

bool IsHostCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

// A name or an IPv4 address, in lower case.
bool IsName(std::string_view host) {
  if (host.empty() || host.size() > kMaxHost || host.front() == '.') return false;
  for (const char c : host) {
    if (!IsHostCharacter(c)) return false;
  }
  return host.find("..") == std::string_view::npos;
}

// scheme = "http" / "https", whatever the case (RFC 3986, 3.1). Takes it and "://" from the front.
bool TakeScheme(std::string_view& rest, bool& secure) {
  const size_t colon = rest.find("://");
  if (colon == std::string_view::npos) return false;
  const std::string scheme = Lower(rest.substr(0, colon));
  if (scheme != "http" && scheme != "https") return false;
  secure = scheme == "https";
  rest.remove_prefix(colon + 3);
  return true;
}

// host = IP-literal / IPv4address / reg-name (RFC 3986, 3.2.2). Takes it from the front of the authority.
bool TakeHost(std::string_view& authority, std::string& host) {
  if (authority.starts_with('[')) {
    const size_t close = authority.find(']');
    if (close == std::string_view::npos) return false;
    const std::string literal(authority.substr(1, close - 1));
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address_v6(literal, error);
    if (error || literal.find('%') != std::string::npos) return false;
    host = address.to_string();
    authority.remove_prefix(close + 1);
    return true;
  }
  const size_t end = std::min(authority.find(':'), authority.size());
  host = Lower(authority.substr(0, end));
  authority.remove_prefix(end);
  return IsName(host);
}

// [ ":" port ], 1 to 65535.
bool TakePort(std::string_view authority, uint16_t& port) {
  if (authority.empty()) return true;
  if (authority.front() != ':') return false;
  const char* begin = authority.data() + 1;
  const char* end = authority.data() + authority.size();
  const auto [parsed, error] = std::from_chars(begin, end, port);
  return error == std::errc() && parsed == end && port != 0;
}

bool IsTarget(std::string_view target) {
  for (const char c : target) {
    if (c <= ' ' || c >= 0x7f) return false;
  }
  return true;
}

}  // namespace

tl::expected<Url, std::string> Url::Parse(std::string_view text) {
  const bool secret = text.find('@') != std::string_view::npos;  // what stands in front of an @ is not shown
  const auto refuse = [&](std::string_view expected) {
    return tl::unexpected("expected " + std::string(expected) + (secret ? "" : ", got " + transcoding::Quote(text)));
  };
  if (text.size() > kMaxUrl) return refuse("a URL of at most " + std::to_string(kMaxUrl) + " bytes");
  Url url;
  std::string_view rest = text;
  if (!TakeScheme(rest, url.secure)) return refuse("a URL that begins with https:// or http://");
  if (rest.find('#') != std::string_view::npos) return refuse("a URL without a fragment");
  const size_t end = std::min(rest.find_first_of("/?"), rest.size());
  std::string_view authority = rest.substr(0, end);
  rest.remove_prefix(end);
  if (authority.find('@') != std::string_view::npos) return refuse("a URL without user information");
  if (!TakeHost(authority, url.host)) return refuse("a URL with a host, as in https://issuer.example/path");
  url.port = url.secure ? kHttpsPort : kHttpPort;
  const uint16_t usual = url.port;
  if (!TakePort(authority, url.port)) return refuse("a URL whose port is a number from 1 to 65535");
  if (!IsTarget(rest)) return refuse("a URL of printable ASCII, other characters percent-encoded");
  url.target = rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest);
  url.authority = url.host.find(':') == std::string::npos ? url.host : "[" + url.host + "]";
  if (url.port != usual) url.authority += ":" + std::to_string(url.port);
  return url;
}

}  // namespace dragoman::http_client
