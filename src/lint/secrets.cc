#include <string>

#include "exchange/secret_name.h"
#include "lint/checks.h"
#include "transcoding/quote.h"

namespace dragoman::lint {
namespace {

using config::TextSource;

void Check(const TextSource& source, const std::string& what, Findings& findings) {
  if (source.kind != TextSource::Kind::kText) return;
  findings.Add(kPlaintextSecret, source.at,
               what + " stands in the file itself, for everybody who reads it; say {env: NAME} or {file: PATH} (strict_secrets: true demands it everywhere)");
}

void Check(const std::optional<TextSource>& source, const std::string& what, Findings& findings) {
  if (source) Check(*source, what, findings);
}

// redis://user:password@host
bool HasPassword(const std::string& url) {
  const size_t begin = url.find("://");
  const size_t at = url.rfind('@');
  if (begin == std::string::npos || at == std::string::npos) return false;
  const size_t colon = url.find(':', begin + 3);
  return colon != std::string::npos && colon + 1 < at;
}

}  // namespace

void CheckSecrets(const config::Config& config, Findings& findings) {
  for (const config::Listener& listener : config.listeners) {
    if (!listener.tls) continue;
    for (const config::KeyPair& pair : listener.tls->certificates) Check(pair.private_key, "the listener's private key", findings);
  }
  if (config.admin) Check(config.admin->token, "the token of `admin`", findings);
  for (const config::Backend& backend : config.backends) {
    const std::string of = " of backend \"" + backend.name + "\"";
    if (backend.tls && backend.tls->certificate) Check(backend.tls->certificate->private_key, "the private key" + of, findings);
    if (!backend.credentials) continue;
    for (const auto& entry : backend.credentials->metadata) Check(entry.value, "the credential " + entry.name + of, findings);
    Check(backend.credentials->bearer, "the bearer token" + of, findings);
    if (backend.credentials->oauth2) Check(backend.credentials->oauth2->client_secret, "the client's secret" + of, findings);
  }
  if (config.store && HasPassword(config.store->url.value)) Check(config.store->url, "the store's password", findings);
  for (const config::Policy& policy : config.policies) {
    if (!policy.headers) continue;
    for (const auto* entries : {&policy.headers->request.set, &policy.headers->request.add}) {
      for (const config::HeaderRules::Entry& entry : *entries) {
        if (!SoundsSecret(entry.name)) continue;
        findings.Add(kPlaintextSecret, policy.headers->at,
                     "header " + transcoding::Quote(entry.name) + " that a policy sets stands in the file itself, for everybody who reads it; say it in `backends.NAME.credentials`, as {env: NAME} or {file: PATH}");
      }
    }
  }
  if (!config.authentication) return;
  for (const config::JwtProvider& provider : config.authentication->jwt) Check(provider.secret, "the secret of jwt \"" + provider.name + "\"", findings);
  if (config.authentication->introspection) Check(config.authentication->introspection->client_secret, "the client's secret of introspection", findings);
}

}  // namespace dragoman::lint
