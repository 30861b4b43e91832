#include "auth/authenticator.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "auth/remembered.h"
#include "base/wall_clock.h"
#include "exchange/origin.h"
#include "transcoding/quote.h"

namespace dragoman::auth {
namespace {

// A text within the quotes of a challenge's parameter.
std::string Quotable(std::string text) {
  std::replace(text.begin(), text.end(), '"', '\'');
  std::replace(text.begin(), text.end(), '\\', '/');
  return text;
}

uint64_t FingerprintOf(std::string_view credential) {
  const Digest digest = DigestOf(credential);
  uint64_t fingerprint;
  std::memcpy(&fingerprint, digest.data(), sizeof fingerprint);
  return std::max<uint64_t>(1, fingerprint);
}

// Browsers put it into requests by themselves, whatever page makes them: cookies, and passwords that they have asked their user for.
bool IsAmbient(const Access::Spot& spot) {
  return spot.place.in == config::CredentialPlace::In::kCookie || spot.place.prefix == "Basic";
}

// What a browser adds by itself proves nothing where a page asks that may not send it: its user knows nothing of it (cross-site request
// forgery).
Status AdmitPage(const Exchange& exchange, const std::string& credential) {
  if (exchange.page_rights() == Exchange::PageRights::kCallWithCredentials || !IsFromForeignPage(exchange)) return {};
  return Status(Reason::kForbidden, credential + " does not count for pages of " +
                                        transcoding::Excerpt(OriginOf(exchange.head())) + "; `cors` with credentials: true says for which it does")
      .WithRule("cors");
}

// `header "x-api-key", header "authorization" (Bearer) or a client certificate`
std::string PlacesOf(const Access::Group& group) {
  std::vector<std::string> places;
  for (const Access::Spot& spot : group.spots) {
    places.push_back(spot.place.ToString());
    if (!spot.place.prefix.empty()) places.back() += " (" + std::string(spot.place.prefix) + ")";
  }
  if (group.certificate) places.emplace_back("a client certificate");
  std::string text;
  for (size_t i = 0; i < places.size(); ++i) text += (i == 0 ? "" : i + 1 == places.size() ? " or " : ", ") + places[i];
  return text;
}

}  // namespace

Authenticator::Authenticator(const std::vector<SchemeFacts>& facts, std::vector<std::unique_ptr<Scheme>> schemes,
                             const CertificateTable* certificates)
    : facts_(facts), schemes_(std::move(schemes)), certificates_(certificates) {}

std::optional<Result<Identity>> Authenticator::TryAuthenticate(const Access& access, const Exchange& exchange) const {
  const int64_t now = UnixSeconds();
  Identity whole;
  for (const Access::Group& group : access.groups()) {
    Shown shown;
    if (Status no = Look(access, group, exchange, shown); !no.ok()) return Refuse(std::move(no));
    std::optional<Result<Identity>> proven = Identity{};
    if (shown.scheme != nullptr) {
      proven = shown.scheme->TryVerify(shown.credential, now);
    } else if (shown.certificate != nullptr) {
      proven = certificates_->Verify(*shown.certificate);
    }
    if (!proven) return std::nullopt;
    if (Status no = Add(access, shown.scheme, *std::move(proven), whole); !no.ok()) return Refuse(std::move(no));
  }
  return whole;
}

Task<Result<Identity>> Authenticator::Authenticate(const Access& access, const Exchange& exchange) const {
  const int64_t now = UnixSeconds();
  Identity whole;
  for (const Access::Group& group : access.groups()) {
    Shown shown;
    if (Status no = Look(access, group, exchange, shown); !no.ok()) co_return Refuse(std::move(no));
    Result<Identity> proven = Identity{};
    if (shown.scheme != nullptr) {
      proven = co_await shown.scheme->Verify(shown.credential, now);
    } else if (shown.certificate != nullptr) {
      proven = certificates_->Verify(*shown.certificate);
    }
    if (Status no = Add(access, shown.scheme, std::move(proven), whole); !no.ok()) {
      co_return Refuse(std::move(no));
    }
  }
  co_return whole;
}

std::vector<Authenticator::Presented> Authenticator::Show(const Access& access, const Exchange& exchange) const {
  std::vector<Presented> presented;
  for (const Access::Group& group : access.groups()) {
    Presented& one = presented.emplace_back();
    Shown shown;
    one.refusal = Look(access, group, exchange, shown);
    for (const Access::Spot& spot : group.spots) {
      std::string scratch;
      if (one.place.empty() && FindCredential(exchange.head(), spot.place, scratch).what != Found::What::kNothing) {
        one.place = spot.place.ToString();
      }
    }
    if (shown.certificate != nullptr) one.place = "a client certificate";
    for (const size_t index : group.schemes) {
      const bool certificate = shown.certificate != nullptr && facts_[index].kind == SchemeFacts::Kind::kMtls;
      if (certificate || (shown.scheme != nullptr && schemes_[index].get() == shown.scheme)) one.scheme = &facts_[index];
    }
    if (shown.scheme != nullptr) one.name = shown.scheme->ClaimedName(shown.credential);
  }
  return presented;
}

ClaimedIdentity Authenticator::ClaimOf(const Access& access, const Exchange& exchange) const {
  ClaimedIdentity claim;
  for (const Access::Group& group : access.groups()) {
    for (const Access::Spot& spot : group.spots) {
      std::string scratch;
      const Found found = FindCredential(exchange.head(), spot.place, scratch);
      if (found.what == Found::What::kNothing) continue;
      claim.scheme = facts_[spot.schemes.front()].name;
      if (found.what != Found::What::kCredential) return claim;
      if (const Scheme* scheme = Choose(spot.schemes, found.text)) {
        claim.scheme = scheme->name();
        claim.guessable = scheme->guessable();
        claim.name = scheme->ClaimedName(found.text).substr(0, ClaimedIdentity::kMaxName);
      }
      if (claim.name.empty()) claim.fingerprint = FingerprintOf(found.text);
      return claim;
    }
  }
  const bool certificate = std::any_of(access.groups().begin(), access.groups().end(),
                                       [](const Access::Group& group) { return group.certificate; });
  if (certificate && exchange.peer().certificate) claim.scheme = "mtls";
  return claim;
}

// Finds the one credential that is presented for the group.
Status Authenticator::Look(const Access& access, const Access::Group& group, const Exchange& exchange,
                           Shown& shown) const {
  const Access::Spot* taken = nullptr;
  for (const Access::Spot& spot : group.spots) {
    std::string scratch;
    const Found found = FindCredential(exchange.head(), spot.place, scratch);
    if (found.what == Found::What::kNothing) continue;
    if (found.what == Found::What::kAmbiguous) {
      return Challenge(access, nullptr, "credentials stand twice in " + spot.place.ToString() + "; send one");
    }
    if (taken != nullptr) {
      return Challenge(access, nullptr,
                       "credentials in " + taken->place.ToString() + " and in " + spot.place.ToString() + "; send one");
    }
    if (found.what == Found::What::kMalformed) {
      return Challenge(access, nullptr, "the credential in " + spot.place.ToString() + " is empty or malformed");
    }
    taken = &spot;
    const bool decoded = found.text.data() == scratch.data();
    shown.scratch = std::move(scratch);
    shown.credential = decoded ? std::string_view(shown.scratch) : found.text;
  }
  if (taken != nullptr) {
    if (IsAmbient(*taken)) {
      if (Status no = AdmitPage(exchange, taken->place.ToString()); !no.ok()) return no;
    }
    shown.scheme = Choose(taken->schemes, shown.credential);
    if (shown.scheme == nullptr) {
      return Challenge(access, nullptr,
                       "the token in " + taken->place.ToString() + " is of no issuer that is known here");
    }
    return {};
  }
  if (group.certificate) shown.certificate = exchange.peer().certificate.get();
  if (shown.certificate != nullptr) return AdmitPage(exchange, "the client certificate");
  if (!access.anonymous_may()) {
    return Challenge(access, nullptr, "this call needs a credential in " + PlacesOf(group));
  }
  return {};
}

Scheme* Authenticator::Choose(const std::vector<size_t>& candidates, std::string_view credential) const {
  if (candidates.size() == 1) return schemes_[candidates.front()].get();
  for (const size_t candidate : candidates) {
    if (schemes_[candidate]->Recognises(credential)) return schemes_[candidate].get();
  }
  return nullptr;
}

// Joins what one credential proves with what the others have.
Status Authenticator::Add(const Access& access, const Scheme* scheme, Result<Identity> proven, Identity& whole) const {
  if (!proven) {
    Status no = std::move(proven.error());
    return no.reason() == Reason::kUnauthenticated ? Challenge(access, scheme, std::string(no.message())) : no;
  }
  if (proven->anonymous()) return {};
  if (whole.anonymous()) {
    whole = *std::move(proven);
    return {};
  }
  if (whole.consumer && proven->consumer && whole.consumer->name != proven->consumer->name) {
    return Challenge(access, scheme, "the credentials belong to different consumers");
  }
  if (!whole.consumer) whole.consumer = proven->consumer;
  if (!whole.claims) whole.claims = std::move(proven->claims);
  return {};
}

// A 401 with the challenge of every scheme that would do; of the one that failed, with why (RFC 6750, 3).
Status Authenticator::Challenge(const Access& access, const Scheme* failed, std::string text) const {
  std::vector<std::string> challenges;
  for (const Access::Group& group : access.groups()) {
    for (const size_t index : group.schemes) {
      std::string challenge = facts_[index].challenge;
      const bool bearer = challenge.starts_with("Bearer ");
      if (bearer && failed != nullptr && schemes_[index] && failed->challenge() == facts_[index].challenge) {
        challenge += ", error=\"invalid_token\", error_description=\"" + Quotable(text) + "\"";
      }
      if (std::find(challenges.begin(), challenges.end(), challenge) == challenges.end()) {
        challenges.push_back(std::move(challenge));
      }
    }
  }
  Status no(Reason::kUnauthenticated, std::move(text));
  for (std::string& challenge : challenges) no = std::move(no).WithHeader("www-authenticate", std::move(challenge));
  return no;
}

}  // namespace dragoman::auth
