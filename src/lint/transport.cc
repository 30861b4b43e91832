#include <algorithm>

#include "config/address.h"
#include "lint/checks.h"
#include "transcoding/quote.h"

namespace dragoman::lint {
namespace {

using config::CredentialPlace;
using transcoding::Quote;

bool IsLoopbackHost(std::string_view host) {
  return host == "localhost" || host.ends_with(".localhost") || host == "::1" || host == "[::1]" || host.starts_with("127.");
}

// What is said there leaves the machine.
bool Leaves(const std::string& address) {
  const auto parsed = config::ParseAddress(address);
  return parsed && parsed->kind == config::Address::Kind::kTcp && !IsLoopbackHost(parsed->host);
}

// "http://issuer.example/keys"
bool IsPlainUrl(std::string_view url) {
  if (!url.starts_with("http://")) return false;
  url.remove_prefix(7);
  std::string_view host = url.substr(0, url.find_first_of("/?#"));
  host = host.substr(0, host.starts_with('[') ? host.find(']') + 1 : host.find(':'));
  return !IsLoopbackHost(host);
}

void CheckListeners(const config::Config& config, Findings& findings) {
  for (const config::Listener& listener : config.listeners) {
    if (!Leaves(listener.address)) continue;
    if (!config.authentication) {
      findings.Add(kNoAuthentication, listener.at,
                   "whoever reaches " + listener.address + " may call everything: there is no `authentication`; add it, unless something in front of the gateway asks");
    } else if (!listener.tls && !listener.proxy_protocol && config.trusted_proxies.empty()) {
      findings.Add(kCredentialsInTheClear, listener.at,
                   "credentials come to " + listener.address + " in the clear; add `tls`, or say whose proxies in front of it have it (trusted_proxies)");
    }
  }
  if (config.admin && !config.admin->token && Leaves(config.admin->address)) {
    findings.Add(kAdminExposed, config.admin->at,
                 "whoever reaches " + config.admin->address + " reads metrics, status and bans; listen on 127.0.0.1 or a unix socket");
  }
}

void CheckBackends(const config::Config& config, Findings& findings) {
  const auto check_url = [&](const config::HttpTarget& target, std::string_view what) {
    if (!IsPlainUrl(target.url)) return;
    findings.Add(kInsecureUrl, target.at, std::string(what) + " " + Quote(target.url) + " is asked in the clear, where anybody between may answer or listen; say https");
  };
  for (const config::Backend& backend : config.backends) {
    if (!backend.credentials) continue;
    if (backend.credentials->oauth2) check_url(backend.credentials->oauth2->token, "token_url");
    const auto open = std::find_if(backend.endpoints.begin(), backend.endpoints.end(), [](const auto& each) { return Leaves(each.address); });
    if (backend.tls || open == backend.endpoints.end()) continue;
    findings.Add(kBackendCredentialsInTheClear, backend.credentials->at,
                 "credentials of backend " + Quote(backend.name) + " go to " + open->address + " in the clear; add `tls: {}`");
  }
  if (!config.authentication) return;
  for (const config::JwtProvider& provider : config.authentication->jwt) {
    if (provider.jwks.url) check_url(*provider.jwks.url, "jwks");
    if (provider.jwks.issuer) check_url(*provider.jwks.issuer, "the issuer");
  }
  if (config.authentication->introspection) check_url(config.authentication->introspection->endpoint, "introspection");
}

void CheckCredentialPlaces(const config::Config& config, Findings& findings) {
  if (!config.authentication) return;
  const auto check = [&](const std::vector<CredentialPlace>& places, const std::string& what, const config::Position& at) {
    for (const CredentialPlace& place : places) {
      if (place.in != CredentialPlace::In::kQuery) continue;
      findings.Add(kCredentialInQuery, at,
                   what + " may stand in the query (" + Quote(place.name) + "), which browsers, proxies and their logs keep; take a header where clients can");
    }
  };
  if (config.authentication->api_keys) check(config.authentication->api_keys->in, "API keys", config.authentication->api_keys->at);
  for (const config::JwtProvider& provider : config.authentication->jwt) {
    check(provider.in, "tokens of jwt " + Quote(provider.name), provider.at);
    if (!provider.any_audience) continue;
    findings.Add(kAnyAudience, provider.at,
                 "tokens of " + Quote(provider.issuer) + " are taken whoever they were made for (any_audience), those of its other services too; name `audiences`");
  }
}

bool IsEverybody(const config::Network& network) { return network.bits == 0 || (network.first.v4() && network.bits <= 96); }

void CheckNetworks(const config::Config& config, Findings& findings) {
  const auto check = [&](const std::vector<config::Network>& networks, const config::Position& at, const std::string& what) {
    for (const config::Network& network : networks) {
      if (IsEverybody(network)) findings.Add(kNetworkOfEverybody, at, network.ToString() + " is everybody: " + what);
    }
  };
  const std::string file = config.descriptors.empty() ? std::string() : config.descriptors.front().at.file;
  check(config.trusted_proxies, {.file = file}, "any client may say from which address it comes; name the proxies");
  if (!config.guard) return;
  check(config.guard->allow.networks, config.guard->allow.at, "the guard shuts nobody out; name who is never to be shut out");
  check(config.guard->deny.networks, config.guard->deny.at, "nobody is let in; name who is to be shut out");
}

void CheckOrigins(const config::Cors& cors, Findings& findings) {
  if (!cors.credentials) return;
  for (const config::CorsOrigin& origin : cors.origins) {
    if (!IsPlainUrl(origin.text)) continue;
    findings.Add(kCorsPlainOrigin, origin.at,
                 "pages of " + Quote(origin.text) + " come in the clear, so that anybody between can write one that calls with the user's cookies; say https");
  }
}

// The cookie that a caller of the RPC may show; null: none.
const auth::Place* CookieOf(const auth::Access& access) {
  for (const auth::Access::Group& group : access.groups()) {
    for (const auth::Access::Spot& spot : group.spots) {
      if (spot.place.in == CredentialPlace::In::kCookie) return &spot.place;
    }
  }
  return nullptr;
}

}  // namespace

void CheckTransport(const config::Config& config, Findings& findings) {
  CheckListeners(config, findings);
  CheckBackends(config, findings);
  CheckCredentialPlaces(config, findings);
  CheckNetworks(config, findings);
  if (config.cors) CheckOrigins(*config.cors, findings);
  for (const config::Listener& listener : config.listeners) {
    if (listener.cors) CheckOrigins(*listener.cors, findings);
  }
  for (const config::Policy& policy : config.policies) {
    if (policy.cors) CheckOrigins(*policy.cors, findings);
  }
}

// Pages may call, but their cookies do not come along.
void CheckCookies(const Generation& generation, Findings& findings) {
  const config::Config& config = generation.config;
  const auto lacks = [](const config::Cors* cors) { return cors != nullptr && !cors->origins.empty() && !cors->credentials; };
  const config::Cors* common = nullptr;  // that of a listener
  for (const config::Listener& listener : config.listeners) {
    const config::Cors* own = listener.cors ? &*listener.cors : (config.cors ? &*config.cors : nullptr);
    if (common == nullptr && lacks(own)) common = own;
  }
  const auto& rpcs = generation.router.rpcs();
  for (size_t i = 0; i < rpcs.size(); ++i) {
    const auth::Place* cookie = CookieOf(generation.rules[i].access);
    if (cookie == nullptr) continue;
    const config::Cors* cors = rpcs[i].policy.cors != nullptr ? rpcs[i].policy.cors : common;
    if (!lacks(cors)) continue;
    findings.AddFor(kCorsDropsCookies, cors->at, rpcs[i].name,
                    ": takes " + cookie->ToString() + ", which pages of other origins do not send: `credentials: true` is missing");
  }
}

}  // namespace dragoman::lint
