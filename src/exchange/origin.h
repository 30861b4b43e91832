#pragma once

#include <string_view>

#include "exchange/exchange.h"

namespace dragoman {

// What OriginOf says of a request that names several: equal to no origin.
inline constexpr std::string_view kSeveralOrigins = ",";

// The origin of the page that makes the request, as its browser has it: "https://app.example", "null"; empty: no page
// of another origin, or no browser. Spec: Fetch, "Origin header"; RFC 6454, 7.
std::string_view OriginOf(const RequestHead& head);

// A page of another origin than the gateway's own makes the request: it has an Origin, whose host is not the one that
// the client called (behind trusted proxies, that they were called), and the browser does not say `Sec-Fetch-Site:
// same-origin`, which no page can make it say. The scheme does not count: a proxy in front of us may speak TLS and not
// tell.
bool IsFromForeignPage(const Exchange& exchange);

}  // namespace dragoman
