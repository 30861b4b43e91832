#include "exchange/origin.h"

#include "exchange/characters.h"

namespace dragoman {
namespace {

// "app.example" of "app.example:443" where the scheme's port is that one.
std::string_view WithoutPort(std::string_view authority, std::string_view scheme) {
  const std::string_view port = scheme == "https" ? ":443" : ":80";
  if (authority.ends_with(port)) authority.remove_suffix(port.size());
  return authority;
}

}  // namespace

std::string_view OriginOf(const RequestHead& head) {
  const Header* found = nullptr;
  for (const Header& header : head.headers) {
    if (header.name != "origin") continue;
    if (found != nullptr) return kSeveralOrigins;
    found = &header;
  }
  return found != nullptr ? found->value : std::string_view();
}

bool IsFromForeignPage(const Exchange& exchange) {
  const std::string_view origin = OriginOf(exchange.head());
  if (origin.empty() || exchange.head().Find("sec-fetch-site") == "same-origin") return false;
  const size_t mark = origin.find("://");
  if (mark == std::string_view::npos) return true;
  const std::string_view scheme = origin.substr(0, mark);
  const std::string_view theirs = WithoutPort(origin.substr(mark + 3), scheme);
  const std::string_view ours = WithoutPort(exchange.client_authority(), scheme);
  return !EqualsIgnoringCase(theirs, ours);
}

}  // namespace dragoman
