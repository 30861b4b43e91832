#include <algorithm>
#include <optional>

#include "lint/checks.h"
#include "transcoding/quote.h"

namespace dragoman::lint {
namespace {

using auth::SchemeFacts;
using config::Authorize;
using config::Consumer;
using Kind = SchemeFacts::Kind;
using transcoding::Quote;

// Somebody who could show a credential, as far as the configuration tells.
struct Caller {
  const Consumer* consumer = nullptr;  // null: none that is configured
  bool claims = false;                 // a token, which may say anything
  bool unknown = false;                // of a file, which may say anything of the consumer
};

bool HasKey(const Consumer& consumer) {
  return std::any_of(consumer.keys.begin(), consumer.keys.end(), [](const auto& each) { return !each.disabled; });
}

// Who can have a credential of the scheme.
std::vector<Caller> CallersOf(const SchemeFacts& scheme, const config::Config& config) {
  const config::Authentication& authentication = *config.authentication;
  std::vector<Caller> callers;
  const auto add_if = [&](auto has, bool claims) {
    for (const Consumer& consumer : config.consumers) {
      if (!consumer.disabled && has(consumer)) callers.push_back({.consumer = &consumer, .claims = claims});
    }
  };
  const auto everybody = [](const Consumer&) { return true; };
  switch (scheme.kind) {
    case Kind::kApiKey:
      add_if(&HasKey, false);
      if (!authentication.api_keys->file.empty()) callers.push_back({.unknown = true});
      break;
    case Kind::kBasic:
      add_if([](const Consumer& consumer) { return !consumer.passwords.empty(); }, false);
      break;
    case Kind::kMtls:
      add_if([](const Consumer& consumer) { return !consumer.certificates.empty(); }, false);
      break;
    case Kind::kJwt:
      callers.push_back({.claims = true});
      if (!authentication.jwt[scheme.provider].consumer_claim.empty()) add_if(everybody, true);
      break;
    case Kind::kIntrospection:
      callers.push_back({.claims = true});
      if (!authentication.introspection->consumer_claim.empty()) add_if(everybody, true);
      break;
  }
  return callers;
}

bool Contains(const std::vector<std::string>& names, const std::string& name) { return std::find(names.begin(), names.end(), name) != names.end(); }

bool MayHave(const Authorize::Names& wanted, const Caller& caller, std::vector<std::string> Consumer::*own) {
  if (wanted.names.empty() || caller.claims) return true;
  if (caller.consumer == nullptr) return false;
  const auto has = [&](const std::string& name) { return Contains(caller.consumer->*own, name); };
  return wanted.any ? std::any_of(wanted.names.begin(), wanted.names.end(), has) : std::all_of(wanted.names.begin(), wanted.names.end(), has);
}

bool MayHave(const config::IdentityValue& value, const Caller& caller) {
  switch (value.of) {
    case config::IdentityValue::Of::kClaim:
      return caller.claims;
    case config::IdentityValue::Of::kConsumerName:
      return caller.consumer != nullptr;
    case config::IdentityValue::Of::kTenant:
      return caller.consumer != nullptr && !caller.consumer->tenant.empty();
    case config::IdentityValue::Of::kTier:
      return caller.consumer != nullptr && !caller.consumer->tier.empty();
    case config::IdentityValue::Of::kScheme:
      return true;
  }
  return true;
}

// What of `authorize` the caller can never have; empty: nothing.
std::string_view Lacks(const Authorize& authorize, const Caller& caller) {
  if (caller.unknown) return {};
  if (!MayHave(authorize.scopes, caller, &Consumer::scopes)) return "scopes";
  if (!MayHave(authorize.roles, caller, &Consumer::roles)) return "roles";
  if (!authorize.claims.empty() && !caller.claims) return "claims";
  if (!authorize.consumers.empty() && (caller.consumer == nullptr || !Contains(authorize.consumers, caller.consumer->name))) return "consumers";
  if (!authorize.tenants.empty() && (caller.consumer == nullptr || !Contains(authorize.tenants, caller.consumer->tenant))) return "tenants";
  for (const Authorize::Field& field : authorize.fields) {
    if (!MayHave(field.equals, caller)) return "fields";
  }
  return {};
}

std::string Join(const std::vector<std::string>& names, std::string_view word) {
  std::string text;
  for (size_t i = 0; i < names.size(); ++i) text += (i == 0 ? "" : (i + 1 == names.size() ? " " + std::string(word) + " " : ", ")) + names[i];
  return text;
}

class Access {
 public:
  explicit Access(const Generation& generation) : generation_(generation) {
    for (const SchemeFacts& scheme : generation.auth->schemes()) callers_.push_back(CallersOf(scheme, generation.config));
  }

  const std::vector<Caller>& callers(size_t scheme) const { return callers_[scheme]; }

  void Check(const routing::Rpc& rpc, const auth::Access& access, Findings& findings) const {
    if (access.lets_anybody_in()) return;
    const auto& schemes = generation_.auth->schemes();
    const bool all = rpc.policy.authenticate && rpc.policy.authenticate->mode == config::Authenticate::Mode::kAll;
    std::vector<Caller> callers;
    for (const auth::Access::Group& group : access.groups()) {
      std::vector<Caller> of_group;
      std::vector<std::string> names;
      for (const size_t scheme : group.schemes) {
        of_group.insert(of_group.end(), callers_[scheme].begin(), callers_[scheme].end());
        names.push_back(schemes[scheme].name);
      }
      if (of_group.empty()) {
        const config::Position& at = rpc.policy.authenticate ? rpc.policy.authenticate->at : generation_.config.authentication->at;
        return findings.AddFor(kNobodyMayCall, at, rpc.name,
                               ": nobody may call, since nobody can have a credential of " + Join(names, "or") + "; give a consumer one, or take another scheme");
      }
      callers.insert(callers.end(), of_group.begin(), of_group.end());
    }
    if (rpc.policy.authorize == nullptr) return;
    if (all) callers = Together(callers);
    std::string_view lacks;
    for (const Caller& caller : callers) {
      lacks = Lacks(*rpc.policy.authorize, caller);
      if (lacks.empty()) return;
    }
    if (callers.empty()) return;
    findings.AddFor(kNobodyMayCall, rpc.policy.authorize->at, rpc.name,
                    ": nobody may call, since no consumer and no token that is accepted here can have what `authorize` demands (" + std::string(lacks) +
                        "); mend it, or give it to a consumer");
  }

 private:
  // Who shows several credentials at once is all that they say.
  static std::vector<Caller> Together(const std::vector<Caller>& callers) {
    const auto any = [&](auto is) { return std::any_of(callers.begin(), callers.end(), is); };
    const bool claims = any([](const Caller& each) { return each.claims; });
    const bool unknown = any([](const Caller& each) { return each.unknown; });
    std::vector<Caller> merged;
    for (const Caller& each : callers) merged.push_back({each.consumer, claims, unknown});
    return merged;
  }

  const Generation& generation_;
  std::vector<std::vector<Caller>> callers_;  // of each scheme
};

const config::Position& PlaceOf(const SchemeFacts& scheme, const config::Authentication& authentication) {
  switch (scheme.kind) {
    case Kind::kApiKey:
      return authentication.api_keys->at;
    case Kind::kBasic:
      return authentication.basic->at;
    case Kind::kMtls:
      return authentication.mtls->at;
    default:
      return authentication.at;
  }
}

std::string_view WhyUnusable(Kind kind) {
  switch (kind) {
    case Kind::kApiKey:
      return "no consumer has a key that holds, and there is no file of keys; add `keys`, or `file`";
    case Kind::kBasic:
      return "no consumer has a password; add `passwords`";
    default:
      return "no consumer has a name of a certificate; add `certificates`";
  }
}

}  // namespace

void CheckConsumers(const config::Config& config, Findings& findings) {
  const auto& authentication = config.authentication;
  const auto named = [](const auto& each) { return !each.consumer_claim.empty(); };
  const bool from_elsewhere = authentication && ((authentication->api_keys && !authentication->api_keys->file.empty()) ||
                                                 std::any_of(authentication->jwt.begin(), authentication->jwt.end(), named) ||
                                                 (authentication->introspection && named(*authentication->introspection)));
  if (from_elsewhere) return;
  for (const Consumer& consumer : config.consumers) {
    if (consumer.disabled || !consumer.keys.empty() || !consumer.passwords.empty() || !consumer.certificates.empty()) continue;
    findings.Add(kConsumerWithoutCredential, consumer.at,
                 "consumer " + Quote(consumer.name) + " can never be recognised: it has neither keys, passwords nor certificates, and no token names a consumer "
                 "(consumer_claim); give it one, or remove it");
  }
}

void CheckCallers(const Generation& generation, Findings& findings) {
  if (!generation.config.authentication) return;
  const Access access(generation);
  const auto& schemes = generation.auth->schemes();
  for (size_t i = 0; i < schemes.size(); ++i) {
    if (!access.callers(i).empty()) continue;
    findings.Add(kUnusableScheme, PlaceOf(schemes[i], *generation.config.authentication),
                 "scheme " + Quote(schemes[i].name) + " lets nobody in: " + std::string(WhyUnusable(schemes[i].kind)));
  }
  for (size_t i = 0; i < generation.rules.size(); ++i) access.Check(generation.router.rpcs()[i], generation.rules[i].access, findings);
}

}  // namespace dragoman::lint
