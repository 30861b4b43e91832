#include "cors/preflight.h"

#include <algorithm>

#include "exchange/characters.h"
#include "exchange/origin.h"

namespace dragoman::cors {
namespace {

// #field-name (RFC 9110, 5.6.1), empty elements left out by nobody.
bool IsListOfTokens(std::string_view list) {
  for (;;) {
    const size_t comma = std::min(list.find(','), list.size());
    if (!IsToken(Trim(list.substr(0, comma)))) return false;
    if (comma == list.size()) return true;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace

std::optional<Preflight> PreflightOf(const RequestHead& head) {
  if (head.http_method != "OPTIONS") return std::nullopt;
  Preflight preflight{.origin = OriginOf(head),
                      .http_method = head.Find("access-control-request-method"),
                      .headers = head.Find("access-control-request-headers")};
  if (preflight.origin.empty() || !IsToken(preflight.http_method)) return std::nullopt;
  if (!IsListOfTokens(preflight.headers)) preflight.headers = {};
  return preflight;
}

void AppendAnswer(const Policy& policy, const Preflight& preflight, std::string_view http_methods,
                  boost::container::small_vector<Header, 8>& headers) {
  headers.push_back({"access-control-allow-methods", http_methods});
  const std::string_view allowed = policy.headers().empty() ? preflight.headers : std::string_view(policy.headers());
  if (!allowed.empty()) headers.push_back({"access-control-allow-headers", allowed});
  headers.push_back({"access-control-max-age", policy.max_age()});
  headers.push_back({"vary", "Access-Control-Request-Method, Access-Control-Request-Headers"});
}

}  // namespace dragoman::cors
