#include <algorithm>
#include <string>
#include <utility>

#include "exchange/origin.h"
#include "explain/explainer.h"
#include "transcoding/quote.h"

// Which page, and who: what cors, authenticate and authorize say.
namespace dragoman::explain {
namespace {

using transcoding::Quote;

// "api_key or jwt.main", of each group; all of them together "basic and api_key".
std::string SchemesOf(const auth::Access& access, const std::vector<auth::SchemeFacts>& facts) {
  std::string text;
  for (const auth::Access::Group& group : access.groups()) {
    if (!text.empty()) text += " and ";
    for (size_t i = 0; i < group.schemes.size(); ++i) text += (i == 0 ? "" : " or ") + facts[group.schemes[i]].name;
  }
  return text;
}

// Who proves what this scheme cannot say by itself; empty: it can.
std::string WhoIsAsked(const auth::SchemeFacts& scheme, const config::Authentication& authentication) {
  if (scheme.kind == auth::SchemeFacts::Kind::kIntrospection) return authentication.introspection->endpoint.url;
  if (scheme.kind != auth::SchemeFacts::Kind::kJwt) return {};
  const config::Jwks& jwks = authentication.jwt[scheme.provider].jwks;
  if (jwks.url) return jwks.url->url;
  return jwks.issuer ? jwks.issuer->url : "";
}

}  // namespace

void Explainer::TellCors() {
  const std::string_view origin = OriginOf(exchange_->head());
  if (cors_ == nullptr && origin.empty()) return;
  Explanation::Policy policy{.name = "cors", .verdict = "passes", .what = cors_ == nullptr ? "no page of another origin" : cors_->description(), .checks = {}};
  if (!origin.empty()) {
    const bool allowed = cors_ != nullptr && cors_->Allows(origin);
    const bool foreign = IsFromForeignPage(*exchange_);
    policy.checks.push_back({.what = "page of " + transcoding::Excerpt(origin),
                             .verdict = allowed || !foreign ? "holds" : "fails",
                             .why = allowed    ? "its scripts may read the answer"
                                    : !foreign ? "it is the gateway's own"
                                               : "its scripts may not read the answer"});
  }
  out_.policies.push_back(std::move(policy));
}

void Explainer::Authenticate() {
  const auth::Access& access = rules_->access;
  Explanation::Policy policy{.name = "authenticate", .verdict = "passes", .what = {}, .checks = {}};
  if (access.open()) {
    proven_ = true;
    policy.what = "nobody is asked who they are";
    out_.policies.push_back(std::move(policy));
    return;
  }
  policy.what = (access.anonymous_may() ? "anybody, or " : "") + SchemesOf(access, generation_.auth->schemes());
  std::vector<auth::Authenticator::Presented> presented = authenticator_->Show(access, *exchange_);
  std::string asked;  // whoever is not asked here
  for (auto& one : presented) {
    const std::string scheme = one.scheme != nullptr ? one.scheme->name : "";
    if (one.scheme != nullptr && asked.empty()) asked = WhoIsAsked(*one.scheme, *config_.authentication);
    Explanation::Check& check = policy.checks.emplace_back();
    check.what = one.place.empty() ? "no credential" : (scheme.empty() ? "a credential" : scheme) + " in " + one.place;
    if (one.scheme != nullptr && one.scheme->kind == auth::SchemeFacts::Kind::kMtls) check.what = "mtls by a client certificate";
    if (!one.name.empty()) check.what += ", which claims to be of " + Quote(one.name);
    check.verdict = one.refusal.ok() ? "open" : "fails";
    check.why = one.refusal.message();
  }
  std::optional<Result<auth::Identity>> proven = authenticator_->TryAuthenticate(access, *exchange_);
  if (!proven && asked.empty()) proven = RunNow(authenticator_->Authenticate(access, *exchange_));
  if (!proven) {
    policy.verdict = "open";
    for (Explanation::Check& check : policy.checks) {
      if (check.verdict == "open") check.why = asked + " would be asked";
    }
    taken_for_granted_ = proven_ = true;
    out_.answer.condition = asked + " accepts the credential, and what it says of the caller suffices";
  } else if (!*proven) {
    policy.verdict = "refuses";
    const std::string why((*proven).error().message());
    if (policy.checks.size() == 1) policy.checks.front() = {policy.checks.front().what, "fails", why};
    Refuse("authenticate", std::move(proven->error()));
  } else {
    proven_ = true;
    identity_ = **std::move(proven);
    for (Explanation::Check& check : policy.checks) check.verdict = "holds";
    if (policy.checks.size() == 1) policy.checks.front().why = WhoCalls();
  }
  out_.policies.push_back(std::move(policy));
  if (proven_ && !taken_for_granted_) Refuse("authorize", access.AdmitIdentity(identity_));
}

// `consumer "mobile", tier gold`, `token subject "alice"`.
std::string Explainer::WhoCalls() const {
  if (identity_.anonymous()) return "nobody in particular";
  std::string text;
  if (identity_.consumer != nullptr) {
    text = "consumer " + Quote(identity_.consumer->name);
    if (!identity_.consumer->tier.empty()) text += ", tier " + identity_.consumer->tier;
    if (!identity_.consumer->tenant.empty()) text += ", tenant " + Quote(identity_.consumer->tenant);
  }
  const std::string_view name = identity_.name();
  if (identity_.consumer == nullptr || name != identity_.consumer->name) {
    text += (text.empty() ? "" : ", ") + std::string(identity_.claims ? "subject " : "user ") + Quote(name);
  }
  return text;
}

void Explainer::TellAuthorize(const std::string_view* message) {
  const auth::Access& access = rules_->access;
  const std::vector<auth::Access::Check> checks = access.Checks(identity_, message);
  if (checks.empty()) return;
  Explanation::Policy policy{.name = "authorize", .verdict = "passes", .what = {}, .checks = {}};
  const bool nobody = !proven_ || taken_for_granted_;
  for (const auth::Access::Check& check : checks) {
    const bool open = nobody || !check.decided;
    if (nobody && check.what == "a proven identity") continue;
    policy.checks.push_back({.what = check.what,
                             .verdict = open ? "open" : check.refusal.ok() ? "holds" : "fails",
                             .why = open ? "" : std::string(check.refusal.message())});
    if (!open && !check.refusal.ok()) policy.verdict = "refuses";
    if (open && policy.verdict == "passes") policy.verdict = "open";
  }
  if (!proven_) {
    policy.verdict = "unasked";
    policy.what = "nobody is proven";
  }
  // Beside who calls, in the order in which they are asked.
  const auto after = std::find_if(out_.policies.begin(), out_.policies.end(), [](const auto& each) { return each.name == "authenticate"; });
  out_.policies.insert(after == out_.policies.end() ? after : after + 1, std::move(policy));
}

}  // namespace dragoman::explain
