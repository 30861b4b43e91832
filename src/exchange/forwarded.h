#pragma once

#include <optional>
#include <string_view>

#include "config/ip_address.h"

// The grammar of what proxies say of their clients. Views are of the text given; nothing is unescaped: what an escape
// is needed for is no address, scheme or host.
namespace dragoman {

// What one proxy says of who connected to it. Quotes are taken off; empty: not said.
struct ForwardedElement {
  std::string_view node;  // for=: an address, maybe with a port, or a pseudonym
  std::string_view proto;
  std::string_view host;
};

// Cuts the last element off a comma-separated list and takes the white space around it away. Commas in quoted strings
// do not count; a quote is looked for from the right, too, so that an unbalanced one of a client's does not swallow
// what a proxy appends behind it.
std::string_view CutLastElement(std::string_view& list);

// `for="[2001:db8::1]:443";proto=https;by=203.0.113.43`. Nothing if it is malformed or says for, proto or host twice.
// Spec: RFC 7239 section 4; white space around ";" and missing quotes are forgiven.
std::optional<ForwardedElement> ParseForwardedElement(std::string_view element);

// 192.0.2.7, 192.0.2.7:80, [2001:db8::1], [2001:db8::1]:443, 2001:db8::1; the port may be a pseudonym. Nothing for
// unknown and for pseudonyms ("_hidden"). Spec: RFC 7239 section 6; a bare IPv6 address is what many send.
std::optional<config::IpAddress> ParseForwardedNode(std::string_view node);

}  // namespace dragoman
