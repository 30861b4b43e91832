#pragma once

#include <cstdint>
#include <memory>

#include "base/clock.h"
#include "exchange/exchange.h"
#include "guard/guard.h"

namespace dragoman::guard {

// How far a request has come with the guard.
struct Admission {
  // Its address is shut out, but somebody is known there: AdmitClaim and AdmitIdentity decide.
  bool suspect = false;
  // Only a proof that can be had at once is worth looking at, so that guessing costs no password hash and no question
  // to a server.
  bool only_at_once = false;
  // Errors: kAddressDenied, kBanned with retry-after, kForbidden; each with its rule.
  Status refusal{};

  bool ok() const { return refusal.ok(); }
};

// The guard on the path of each request, on one worker.
//
//   guard::Admission admission = sentry.Admit(client, head, now);            // before routing
//   if (!admission.ok()) co_return refuse(admission.refusal);
//   … no route, or an RPC for everybody: if (admission.suspect) co_return refuse(sentry.Shut(client, now)); …
//   if (sentry.WantsClaim(admission)) {                                      // before authentication
//     const auth::Claim claim = authenticator.ClaimOf(access, exchange);
//     sentry.AdmitClaim(client, {{claim.scheme, claim.name}, claim.guessable}, now, admission);
//     if (!admission.ok()) co_return refuse(admission.refusal);
//   }
//   proven = authenticator.TryAuthenticate(access, exchange);
//   if (!proven && admission.only_at_once) co_return refuse(sentry.Shut(client, now));
//   …
//   if (admission.suspect) sentry.AdmitIdentity(client, name, now, admission);    // after it
//   if (admission.ok()) sentry.Succeeded(client, name, now);                  // a verified identity
//   …
//   guard.Observe(client, …, now);                                           // where it was refused: EventOf
//
// Threads: its worker's.
// Cost:    153 to 280 instructions a request while nobody is banned and the lists are empty (bench/policies).
class Sentry {
 public:
  explicit Sentry(Guard& guard) : guard_(guard), version_(guard.lists_.version()), lists_(guard.lists_.Get()) {}

  Admission Admit(const config::IpAddress& client, const RequestHead& head, TimePoint now) {
    if (const uint64_t version = guard_.lists_.version(); version != version_) {
      lists_ = guard_.lists_.Get();
      version_ = version;
    }
    if (!client.none()) {
      if (lists_->allow.Contains(client)) return {};
      if (lists_->deny.Contains(client)) return RefuseDenied(client);
    }
    Admission admission;
    if (guard_.bans_.any_addresses() && !client.none()) CheckBan(client, now, admission);
    if (!guard_.headers_.empty() && admission.ok()) CheckHeaders(head, admission);
    return admission;
  }

  // Whether it matters whom the request claims to be of.
  bool WantsClaim(const Admission& admission) const { return admission.suspect || guard_.bans_.any_identities(); }
  // A suspect may go on with the name of somebody who is known at the address, or with a credential that has no name.
  // Who is claimed and banned is refused where the credential can be guessed, but at addresses where they are known
  // (unless they are banned just there); where it cannot, only_at_once.
  void AdmitClaim(const config::IpAddress& client, const Claimed& claimed, TimePoint now, Admission& admission);

  // Of a suspect: whether the identity that was proven is known at this address. `proven`: none for anonymous.
  void AdmitIdentity(const config::IpAddress& client, const IdentityName& proven, TimePoint now, Admission& admission);

  // The identity is known good at this address from now on.
  void Succeeded(const config::IpAddress& client, const IdentityName& proven, TimePoint now) {
    if (client.none() || proven.none()) return;
    const config::IpAddress network = ClientNetwork(client);
    guard_.known_good_.Note(guard_.hash_.Of(network, proven), now, [&] { return guard_.hash_.Of(network, {}); });
  }

  // The refusal of a suspect.
  Status Shut(const config::IpAddress& client, TimePoint now) const;

 private:
  Admission RefuseDenied(const config::IpAddress& client);
  void CheckBan(const config::IpAddress& client, TimePoint now, Admission& admission);
  void CheckHeaders(const RequestHead& head, Admission& admission);

  Guard& guard_;
  uint64_t version_;  // of lists_, or an older one
  std::shared_ptr<const Lists> lists_;
};

}  // namespace dragoman::guard
