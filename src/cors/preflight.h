#pragma once

#include <optional>
#include <string_view>

#include "cors/policy.h"
#include "exchange/exchange.h"

namespace dragoman::cors {

// The question that a browser asks before a page's request that no HTML form could have made:
//
//   OPTIONS /v1/items/7
//   origin: https://app.example
//   access-control-request-method: PUT
//   access-control-request-headers: content-type, x-tenant
//
// Lifetime: views of the head.   Spec: Fetch, "CORS-preflight fetch".
struct Preflight {
  std::string_view origin;
  std::string_view http_method;  // a token
  std::string_view headers;      // a list of tokens; empty: none, or none that can be answered
};

// Nothing if the request is no preflight.
std::optional<Preflight> PreflightOf(const RequestHead& head);

// What the answer to one that `policy` allows has beside what every response has. `http_methods`: those that a page of
// that origin may use here. The views are those of the policy, the preflight and `http_methods`.
//
//   access-control-allow-methods: GET, HEAD, PUT
//   access-control-allow-headers: content-type, x-tenant
//   access-control-max-age: 600
//   vary: Access-Control-Request-Method, Access-Control-Request-Headers
void AppendAnswer(const Policy& policy, const Preflight& preflight, std::string_view http_methods,
                  boost::container::small_vector<Header, 8>& headers);

}  // namespace dragoman::cors
