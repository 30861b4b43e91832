#include "auth/access.h"

#include <algorithm>
#include <array>

#include "auth/identity_value.h"
#include "transcoding/quote.h"

namespace dragoman::auth {
namespace {

using config::Authorize;
using Kind = SchemeFacts::Kind;
using Mode = config::Authenticate::Mode;
using transcoding::Quote;

constexpr std::string_view kRealm = "dragoman";

bool DemandsSomething(const Authorize& authorize) {
  return !authorize.scopes.names.empty() || !authorize.roles.names.empty() || !authorize.claims.empty() ||
         !authorize.consumers.empty() || !authorize.tenants.empty() || !authorize.fields.empty();
}

// `"a", "b" or "c"`
std::string Enumerate(const std::vector<std::string>& names, std::string_view last_word) {
  std::string text;
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " " + std::string(last_word) + " " : ", ";
    text += Quote(names[i]);
  }
  return text;
}

std::string Join(const std::vector<std::string>& names, std::string_view separator) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : std::string(separator)) + name;
  return text;
}

std::vector<Place> PlacesOf(const std::vector<config::CredentialPlace>& places, std::string_view prefix) {
  std::vector<Place> out;
  for (const config::CredentialPlace& each : places) {
    const bool header = each.in == config::CredentialPlace::In::kHeader && each.name == "authorization";
    out.push_back({each.in, each.name, header ? prefix : std::string_view()});
  }
  return out;
}

// RFC 9110, 11.6.1 asks for a challenge in every 401; of API keys and certificates there is no registered one.
std::string KeyChallenge(const std::vector<Place>& places) {
  static constexpr std::array<std::string_view, 3> kIn = {"header", "query", "cookie"};
  const Place& first = places.front();
  return "ApiKey realm=\"" + std::string(kRealm) + "\", in=\"" + std::string(kIn[static_cast<size_t>(first.in)]) +
         "\", name=\"" + first.name + "\"";
}

// Calls `visit(text)` for the words of a claim: of a text between spaces, of a list its items. Stops where it says
// true.
template <typename Visit>
bool AnyWord(const Identity& identity, std::string_view claim, Visit visit) {
  const rapidjson::Value* value = identity.claims ? identity.claims->Find(claim) : nullptr;
  if (value == nullptr) return false;
  if (value->IsArray()) {
    for (const rapidjson::Value& item : value->GetArray()) {
      if (item.IsString() && visit(std::string_view(item.GetString(), item.GetStringLength()))) return true;
    }
    return false;
  }
  if (!value->IsString()) return false;
  std::string_view rest(value->GetString(), value->GetStringLength());
  while (!rest.empty()) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    if (visit(word)) return true;
  }
  return false;
}

bool Contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// RFC 8693, 4.2 has `scope`; `scp` is what several issuers write.
bool HasScope(const Identity& identity, std::string_view scope) {
  const auto equal = [scope](std::string_view word) { return word == scope; };
  return (identity.consumer && Contains(identity.consumer->scopes, scope)) || AnyWord(identity, "scope", equal) ||
         AnyWord(identity, "scp", equal);
}

bool HasRole(const Identity& identity, std::string_view role) {
  const auto equal = [role](std::string_view word) { return word == role; };
  return (identity.consumer && Contains(identity.consumer->roles, role)) || AnyWord(identity, "roles", equal);
}

// Empty, or what is missing: `the scope "orders.read"`, `one of the scopes "a" or "b"`.
template <typename Has>
std::string Missing(const Authorize::Names& wanted, std::string_view what, Has has) {
  if (wanted.names.empty()) return {};
  if (wanted.any) {
    if (std::any_of(wanted.names.begin(), wanted.names.end(), has)) return {};
    return "one of the " + std::string(what) + "s " + Enumerate(wanted.names, "or");
  }
  for (const std::string& name : wanted.names) {
    if (!has(name)) return "the " + std::string(what) + " " + Quote(name);
  }
  return {};
}

std::string Describe(const Authorize::Names& wanted, std::string_view what) {
  if (wanted.names.empty()) return {};
  return "; " + std::string(what) + (wanted.any ? " any of " : " ") + Join(wanted.names, ", ");
}

std::string Describe(const Authorize::Claim& claim) {
  const std::string_view test = claim.test == Authorize::Claim::Test::kEquals     ? " = "
                                : claim.test == Authorize::Claim::Test::kContains ? " contains "
                                                                                  : " one of ";
  return "claims." + claim.claim + std::string(test) + Join(claim.values, ", ");
}

std::string Describe(const Authorize& authorize) {
  std::string text = Describe(authorize.scopes, "scopes") + Describe(authorize.roles, "roles");
  for (const Authorize::Claim& claim : authorize.claims) text += "; " + Describe(claim);
  if (!authorize.consumers.empty()) text += "; consumers " + Join(authorize.consumers, ", ");
  if (!authorize.tenants.empty()) text += "; tenants " + Join(authorize.tenants, ", ");
  for (const Authorize::Field& field : authorize.fields) text += "; " + field.field + " = " + field.equals.ToString();
  return text;
}

Status Forbidden(std::string what) { return Status(Reason::kForbidden, std::move(what)); }

Status CheckClaim(const Authorize::Claim& rule, const Identity& identity) {
  const rapidjson::Value* claim = identity.claims ? identity.claims->Find(rule.claim) : nullptr;
  if (claim == nullptr) return Forbidden("this call needs the claim " + Quote(rule.claim));
  const auto is = [claim](const std::string& value) { return IsText(*claim, value); };
  bool holds = false;
  if (rule.test != Authorize::Claim::Test::kContains) {
    holds = std::any_of(rule.values.begin(), rule.values.end(), is);
  } else if (claim->IsArray()) {
    const auto items = claim->GetArray();
    holds = std::any_of(items.begin(), items.end(),
                        [&rule](const rapidjson::Value& item) { return IsText(item, rule.values.front()); });
  }
  return holds ? Status() : Forbidden("the claim " + Quote(rule.claim) + " is not what this call needs");
}

}  // namespace

std::vector<SchemeFacts> SchemesOf(const config::Config& config) {
  std::vector<SchemeFacts> schemes;
  if (!config.authentication) return schemes;
  const config::Authentication& authentication = *config.authentication;
  const std::string bearer = "Bearer realm=\"" + std::string(kRealm) + "\"";
  if (authentication.api_keys) {
    std::vector<Place> places = PlacesOf(authentication.api_keys->in, {});
    std::string challenge = KeyChallenge(places);
    schemes.push_back({Kind::kApiKey, "api_key", std::move(places), std::move(challenge)});
  }
  for (size_t i = 0; i < authentication.jwt.size(); ++i) {
    const config::JwtProvider& provider = authentication.jwt[i];
    schemes.push_back({Kind::kJwt, "jwt." + provider.name, PlacesOf(provider.in, "Bearer"), bearer, i});
  }
  if (authentication.basic) {
    schemes.push_back({Kind::kBasic,
                       "basic",
                       {{config::CredentialPlace::In::kHeader, "authorization", "Basic"}},
                       "Basic realm=\"" + authentication.basic->realm + "\", charset=\"UTF-8\""});
  }
  if (authentication.mtls) {
    schemes.push_back({Kind::kMtls, "mtls", {}, "Mutual realm=\"" + std::string(kRealm) + "\""});
  }
  // Last: a token of no known issuer may still be known there.
  if (authentication.introspection) {
    schemes.push_back({Kind::kIntrospection,
                       "introspection",
                       {{config::CredentialPlace::In::kHeader, "authorization", "Bearer"}},
                       bearer});
  }
  return schemes;
}

Access::Access(const routing::Rpc& rpc, const config::Config& config, const std::vector<SchemeFacts>& schemes,
               const transcoding::PlanSet& plans, Problems& problems) {
  const config::Authenticate* authenticate = rpc.policy.authenticate;
  open_ = authenticate ? authenticate->mode == Mode::kPublic : !config.authentication;
  if (rpc.policy.authorize && DemandsSomething(*rpc.policy.authorize)) authorize_ = rpc.policy.authorize;
  if (open_) {
    description_ = "public";
    if (authorize_ != nullptr) {
      problems.push_back({authorize_->at.ToString(), rpc.name + " is public, so nobody can be authorized for it; say " +
                                                         "authorize: {} beside authenticate: public"});
    }
    return;
  }

  const Mode mode = authenticate ? authenticate->mode : Mode::kAny;
  std::vector<std::string> names = authenticate ? authenticate->schemes : std::vector<std::string>();
  if (names.empty()) {
    for (const SchemeFacts& scheme : schemes) names.push_back(scheme.name);
  }
  optional_ = mode == Mode::kOptional;
  forwards_credentials_ = authenticate && authenticate->forward_credentials;
  if (mode == Mode::kAll) {
    for (const std::string& name : names) AddGroup({name}, schemes);
  } else {
    AddGroup(names, schemes);
  }
  description_ = (optional_ ? "anybody, or " : "") + Join(names, mode == Mode::kAll ? " and " : " or ");
  if (authorize_ == nullptr) return;
  description_ += Describe(*authorize_);
  for (const Authorize::Field& field : authorize_->fields) {
    if (rpc.method == nullptr) {
      problems.push_back({field.at.ToString(), rpc.name + " has no request message; authorize fields of the RPCs that it calls"});
      continue;
    }
    auto reader = transcoding::FieldReader::Build(plans.GetDeferred(rpc.method->input_type()), field.field);
    if (reader) {
      fields_.push_back({*std::move(reader), &field});
    } else {
      problems.push_back({field.at.ToString(), rpc.name + ": " + reader.error()});
    }
  }
}

void Access::AddGroup(const std::vector<std::string>& names, const std::vector<SchemeFacts>& schemes) {
  Group group;
  for (size_t i = 0; i < schemes.size(); ++i) {
    const SchemeFacts& scheme = schemes[i];
    if (!Contains(names, scheme.name) && !(scheme.kind == Kind::kJwt && Contains(names, "jwt"))) continue;
    group.schemes.push_back(i);
    if (scheme.kind == Kind::kMtls) group.certificate = true;
    for (const Place& place : scheme.places) {
      const auto spot =
          std::find_if(group.spots.begin(), group.spots.end(), [&](const Spot& each) { return each.place == place; });
      if (spot != group.spots.end()) {
        spot->schemes.push_back(i);
      } else {
        group.spots.push_back({place, {i}});
      }
    }
  }
  groups_.push_back(std::move(group));
}

Status Access::AdmitIdentity(const Identity& identity) const {
  if (authorize_ == nullptr) return {};
  if (identity.anonymous()) {
    return Status(Reason::kUnauthenticated, "this call needs credentials");
  }
  if (Status no = CheckNames(identity); !no.ok()) return no;
  return authorize_->claims.empty() ? Status() : CheckClaims(identity);
}

Status Access::CheckScopes(const Identity& identity) const {
  const auto has_scope = [&identity](const std::string& name) { return HasScope(identity, name); };
  std::string missing = Missing(authorize_->scopes, "scope", has_scope);
  if (missing.empty()) return {};
  Status no = Forbidden("this call needs " + missing);
  if (!identity.claims) return no;
  // RFC 6750, 3.1.
  return std::move(no).WithHeader("www-authenticate", "Bearer realm=\"" + std::string(kRealm) +
                                                          "\", error=\"insufficient_scope\", scope=\"" +
                                                          Join(authorize_->scopes.names, " ") + "\"");
}

Status Access::CheckRoles(const Identity& identity) const {
  const auto has_role = [&identity](const std::string& name) { return HasRole(identity, name); };
  std::string missing = Missing(authorize_->roles, "role", has_role);
  return missing.empty() ? Status() : Forbidden("this call needs " + missing);
}

Status Access::CheckConsumer(const Identity& identity) const {
  const std::string_view name = identity.consumer ? std::string_view(identity.consumer->name) : std::string_view();
  if (authorize_->consumers.empty() || Contains(authorize_->consumers, name)) return {};
  return Forbidden(name.empty() ? "this call is for certain consumers only, and the credential names none"
                                : "consumer " + Quote(name) + " may not make this call");
}

Status Access::CheckTenant(const Identity& identity) const {
  const std::string_view tenant = identity.consumer ? std::string_view(identity.consumer->tenant) : std::string_view();
  if (authorize_->tenants.empty() || Contains(authorize_->tenants, tenant)) return {};
  return Forbidden(tenant.empty() ? "this call is for certain tenants only, and the consumer has none"
                                  : "tenant " + Quote(tenant) + " may not make this call");
}

Status Access::CheckNames(const Identity& identity) const {
  if (Status no = CheckScopes(identity); !no.ok()) return no;
  if (Status no = CheckRoles(identity); !no.ok()) return no;
  if (Status no = CheckConsumer(identity); !no.ok()) return no;
  return CheckTenant(identity);
}

Status Access::CheckClaims(const Identity& identity) const {
  for (const Authorize::Claim& rule : authorize_->claims) {
    if (Status no = CheckClaim(rule, identity); !no.ok()) return no;
  }
  return {};
}

Status Access::AdmitMessage(std::string_view message, const Identity& identity) const {
  for (const Field& field : fields_) {
    if (Status no = CheckField(field, message, identity); !no.ok()) return no;
  }
  return {};
}

Status Access::CheckField(const Field& field, std::string_view message, const Identity& identity) const {
  const config::IdentityValue& value = field.rule->equals;
  const bool own = field.reader.All(message, [&](std::string_view text) { return Holds(identity, value, text); });
  if (own) return {};
  return Forbidden("field " + Quote(field.rule->field) + " must be the caller's own " + value.ToString());
}

std::vector<Access::Check> Access::Checks(const Identity& identity, const std::string_view* message) const {
  std::vector<Check> checks;
  if (authorize_ == nullptr) return checks;
  const bool nobody = identity.anonymous();
  const auto add = [&](std::string what, Status refusal) {
    checks.push_back({.what = std::move(what), .decided = true, .refusal = std::move(refusal)});
  };
  if (nobody) add("a proven identity", AdmitIdentity(identity));
  const auto names = [](const Authorize::Names& wanted, std::string_view what) {
    const bool one = wanted.names.size() == 1;
    return (wanted.any && !one ? "one of the " : "") + std::string(what) + (one ? " " : "s ") +
           Enumerate(wanted.names, wanted.any ? "or" : "and");
  };
  if (!authorize_->scopes.names.empty()) add(names(authorize_->scopes, "scope"), CheckScopes(identity));
  if (!authorize_->roles.names.empty()) add(names(authorize_->roles, "role"), CheckRoles(identity));
  if (!authorize_->consumers.empty()) add("consumer " + Enumerate(authorize_->consumers, "or"), CheckConsumer(identity));
  if (!authorize_->tenants.empty()) add("tenant " + Enumerate(authorize_->tenants, "or"), CheckTenant(identity));
  for (const Authorize::Claim& claim : authorize_->claims) add(Describe(claim), CheckClaim(claim, identity));
  for (const Field& field : fields_) {
    add("field " + Quote(field.rule->field) + " = " + field.rule->equals.ToString(),
        message != nullptr ? CheckField(field, *message, identity) : Status());
    checks.back().decided = message != nullptr;
  }
  return checks;
}

}  // namespace dragoman::auth
