#include "openapi/security.h"

#include <string>
#include <vector>

namespace dragoman::openapi {
namespace {

using Kind = auth::SchemeFacts::Kind;
using In = config::CredentialPlace::In;

constexpr size_t kMaxAlternatives = 64;

// Of the place that counts from 0; a certificate stands in none.
std::string NameOf(const auth::SchemeFacts& scheme, size_t place) {
  return place == 0 ? scheme.name : scheme.name + "-" + std::to_string(place + 1);
}

std::string_view NameOf(In in) {
  switch (in) {
    case In::kHeader:
      return "header";
    case In::kQuery:
      return "query";
    case In::kCookie:
      return "cookie";
  }
  return {};
}

std::string DiscoveryOf(const config::HttpTarget& issuer) {
  std::string url = issuer.url;
  if (url.ends_with('/')) url.pop_back();
  return url + "/.well-known/openid-configuration";
}

void WriteScheme(const auth::SchemeFacts& scheme, const auth::Place* place, const config::Authentication& configured, JsonOut& out) {
  if (scheme.kind == Kind::kMtls) {
    out.Text("type", "mutualTLS");
    out.Text("description", "A certificate of the client's, shown in the TLS handshake.");
    return;
  }
  if (scheme.kind == Kind::kBasic) {
    out.Text("type", "http");
    out.Text("scheme", "basic");
    return;
  }
  const bool bearer = place->in == In::kHeader && place->prefix == "Bearer";
  if (!bearer) {
    out.Text("type", "apiKey");
    out.Text("in", NameOf(place->in));
    out.Text("name", place->name);
    if (scheme.kind == Kind::kJwt) out.Text("description", "A JSON Web Token.");
    return;
  }
  if (scheme.kind == Kind::kJwt) {
    const config::JwtProvider& provider = configured.jwt[scheme.provider];
    if (provider.jwks.issuer) {
      out.Text("type", "openIdConnect");
      out.Text("openIdConnectUrl", DiscoveryOf(*provider.jwks.issuer));
      return;
    }
    out.Text("type", "http");
    out.Text("scheme", "bearer");
    out.Text("bearerFormat", "JWT");
    if (!provider.issuer.empty()) out.Text("description", "A token of " + provider.issuer + ".");
    return;
  }
  out.Text("type", "http");
  out.Text("scheme", "bearer");
}

// The ways to show one credential out of a group: names of security schemes.
std::vector<std::string> WaysOf(const auth::Access::Group& group, const std::vector<auth::SchemeFacts>& schemes) {
  std::vector<std::string> ways;
  for (const size_t number : group.schemes) {
    const auth::SchemeFacts& scheme = schemes[number];
    ways.push_back(NameOf(scheme, 0));
    for (size_t place = 1; place < scheme.places.size(); ++place) ways.push_back(NameOf(scheme, place));
  }
  return ways;
}

std::string Listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "`" : ", `") + name + "`";
  return text;
}

}  // namespace

void WriteSecuritySchemes(const Generation& generation, JsonOut& out) {
  for (const auth::SchemeFacts& scheme : generation.auth->schemes()) {
    for (size_t place = 0; place == 0 || place < scheme.places.size(); ++place) {
      out.Open(NameOf(scheme, place));
      WriteScheme(scheme, scheme.places.empty() ? nullptr : &scheme.places[place], *generation.config.authentication, out);
      out.Close();
    }
  }
}

void WriteSecurity(const Generation& generation, const routing::Rpc& rpc, JsonOut& out) {
  if (generation.auth->schemes().empty()) return;
  const auth::Access& access = generation.rules[static_cast<size_t>(&rpc - generation.router.rpcs().data())].access;
  out.OpenList("security");
  if (!access.open()) {
    std::vector<std::vector<std::string>> alternatives = {{}};
    for (const auth::Access::Group& group : access.groups()) {
      std::vector<std::vector<std::string>> more;
      for (const std::vector<std::string>& shown : alternatives) {
        for (const std::string& way : WaysOf(group, generation.auth->schemes())) {
          if (more.size() == kMaxAlternatives) break;
          more.push_back(shown);
          more.back().push_back(way);
        }
      }
      alternatives = std::move(more);
    }
    if (access.lets_anybody_in()) alternatives.insert(alternatives.begin(), std::vector<std::string>());
    const config::Authorize* const authorize = rpc.policy.authorize;
    for (const std::vector<std::string>& shown : alternatives) {
      out.Open();
      for (const std::string& name : shown) {
        out.OpenList(name);
        if (authorize != nullptr && !authorize->scopes.any) {
          for (const std::string& scope : authorize->scopes.names) out.Text(scope);
        }
        out.CloseList();
      }
      out.Close();
    }
  }
  out.CloseList();
}

std::string AuthorizationText(const routing::Rpc& rpc) {
  const config::Authorize* const authorize = rpc.policy.authorize;
  if (authorize == nullptr) return {};
  std::string text;
  const auto add = [&text](const config::Authorize::Names& names, std::string_view many) {
    if (names.names.empty()) return;
    const bool one = names.names.size() == 1;
    text += text.empty() ? "Needs " : " and ";
    if (one) text += "the " + std::string(many.substr(0, many.size() - 1)) + " ";
    if (!one) text += (names.any ? "one of the " : "the ") + std::string(many) + " ";
    text += Listed(names.names);
  };
  add(authorize->scopes, "scopes");
  add(authorize->roles, "roles");
  if (!text.empty()) text += ".";
  return text;
}

}  // namespace dragoman::openapi
