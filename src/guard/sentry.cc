#include "guard/sentry.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace dragoman::guard {
namespace {

Status Banned(std::string who, const std::optional<BanBook::Standing>& ban, TimePoint now) {
  int64_t seconds = 1;
  if (ban) seconds = std::max<int64_t>(1, std::chrono::ceil<std::chrono::seconds>(ban->until - now).count());
  const std::string text = std::to_string(seconds);
  Status no =
      Status(Reason::kBanned, std::move(who) + " is shut out for " + text + " s").WithHeader("retry-after", text);
  return ban ? std::move(no).WithRule(std::string(NameOf(ban->rule))) : no;
}

Status Denied(const config::IpAddress& client) {
  return Status(Reason::kAddressDenied, "requests from " + std::string(client.ToText().view()) + " are not served here")
      .WithRule("deny");
}

}  // namespace

Status Guard::WhyNot(const config::IpAddress& client, const RequestHead& head, TimePoint now) const {
  const std::shared_ptr<const Lists> lists = lists_.Get();
  if (!client.none()) {
    if (lists->allow.Contains(client)) return {};
    if (lists->deny.Contains(client)) return Denied(client);
    const uint64_t address = hash_.Of(ClientNetwork(client), {});
    const std::optional<BanBook::Standing> ban = bans_.Find(address, now);
    if (ban && !trusted_proxies_.Contains(client) && !known_good_.Knows(address, now)) {
      return Banned("this address", ban, now);
    }
  }
  return headers_.Check(head);
}

Admission Sentry::RefuseDenied(const config::IpAddress& client) {
  guard_.counters_.Add(Refusal::kDenied);
  Admission admission;
  admission.refusal = Denied(client);
  return admission;
}

void Sentry::CheckBan(const config::IpAddress& client, TimePoint now, Admission& admission) {
  const uint64_t address = guard_.hash_.Of(ClientNetwork(client), {});
  if (!guard_.bans_.Find(address, now) || guard_.trusted_proxies_.Contains(client)) return;
  if (guard_.known_good_.Knows(address, now)) {
    admission.suspect = true;
  } else {
    admission.refusal = Shut(client, now);
  }
}

void Sentry::CheckHeaders(const RequestHead& head, Admission& admission) {
  admission.refusal = guard_.headers_.Check(head);
  if (!admission.ok()) guard_.counters_.Add(Refusal::kHeader);
}

void Sentry::AdmitClaim(const config::IpAddress& client, const Claimed& claimed, TimePoint now, Admission& admission) {
  if (claimed.identity.none()) {
    admission.only_at_once = admission.suspect;
    return;
  }
  if (lists_->allow.Contains(client)) return;
  const uint64_t here = guard_.hash_.Of(ClientNetwork(client), claimed.identity);
  const bool known = !client.none() && guard_.known_good_.Knows(here, now);
  if (admission.suspect && !known) {
    admission.refusal = Shut(client, now);
    return;
  }
  std::optional<BanBook::Standing> ban = client.none() ? std::nullopt : guard_.bans_.Find(here, now);
  if (!ban && !known) ban = guard_.bans_.Find(guard_.hash_.Of({}, claimed.identity), now);
  if (!ban) return;
  if (!claimed.guessable) {
    admission.only_at_once = true;
    return;
  }
  guard_.counters_.Add(Refusal::kBannedIdentity);
  admission.refusal = Banned("whoever claims this identity", ban, now);
}

void Sentry::AdmitIdentity(const config::IpAddress& client, const IdentityName& proven, TimePoint now,
                           Admission& admission) {
  if (!admission.suspect) return;
  if (!proven.none() && guard_.known_good_.Knows(guard_.hash_.Of(ClientNetwork(client), proven), now)) return;
  admission.refusal = Shut(client, now);
}

Status Sentry::Shut(const config::IpAddress& client, TimePoint now) const {
  guard_.counters_.Add(Refusal::kBanned);
  return Banned("this address", guard_.bans_.Find(guard_.hash_.Of(ClientNetwork(client), {}), now), now);
}

}  // namespace dragoman::guard
