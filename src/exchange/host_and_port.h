#pragma once

#include <string_view>

namespace dragoman {

// uri-host [ ":" port ]; no user information, no list of hosts, never empty (RFC 9112 section 3.2, RFC 3986
// section 3.2, RFC 9110 section 4.2.1).
bool IsHostAndPort(std::string_view text);

}  // namespace dragoman
