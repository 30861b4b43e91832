#include "guard/guard.h"

#include <algorithm>
#include <utility>

#include "transcoding/quote.h"

namespace dragoman::guard {
namespace {

Duration LongestOf(const config::Guard& config) {
  Duration longest{};
  if (config.brute_force) longest = std::max<Duration>(longest, config.brute_force->ban.longest);
  if (config.patterns) longest = std::max<Duration>(longest, config.patterns->ban.longest);
  return longest;
}

uint32_t PointsOf(Event event, const config::Guard::Patterns& patterns) {
  switch (event) {
    case Event::kNotFound:
      return patterns.not_found;
    case Event::kWrongMethod:
      return patterns.wrong_method;
    case Event::kMalformed:
      return patterns.malformed;
    case Event::kUnauthenticated:
      return patterns.unauthenticated;
    case Event::kForbidden:
      return 0;
  }
  return 0;
}

}  // namespace

std::optional<Event> EventOf(const Status& refusal) {
  switch (refusal.reason()) {
    case Reason::kRouteNotFound:
      return Event::kNotFound;
    case Reason::kMethodNotAllowed:
      return Event::kWrongMethod;
    case Reason::kInvalidRequest:
    case Reason::kInvalidJson:
    case Reason::kInvalidField:
    case Reason::kUnknownField:
    case Reason::kUriTooLong:
    case Reason::kHeadersTooLarge:
      return Event::kMalformed;
    case Reason::kUnauthenticated:
      return Event::kUnauthenticated;
    case Reason::kForbidden:
      // What a rule refused is the guard's own.
      return refusal.rule().empty() ? std::optional(Event::kForbidden) : std::nullopt;
    default:
      return std::nullopt;
  }
}

tl::expected<std::unique_ptr<Guard>, Problems> Guard::Build(const config::Config& config) {
  auto lists = Lists::Read(*config.guard);
  if (!lists) return tl::unexpected(std::move(lists.error()));
  return std::unique_ptr<Guard>(new Guard(config, *std::move(lists)));
}

Guard::Guard(const config::Config& config, std::shared_ptr<const Lists> lists)
    : config_(*config.guard),
      trusted_proxies_(config.trusted_proxies),
      lists_(std::move(lists)),
      headers_(config_.headers),
      known_good_(config_.max_entries, counters_),
      offenders_(config_, counters_),
      bans_(
          hash_, config_.max_entries, LongestOf(config_), config_.shared,
          [this](const Subject& subject) { return NeverBanned(subject.address); }, counters_),
      connections_(config_, trusted_proxies_, lists_, hash_, bans_, known_good_, counters_) {}

Guard::~Guard() = default;

void Guard::Observe(const config::IpAddress& client, const Observation& seen, TimePoint now) {
  bans_.Tidy(now);
  if (lists_.Get()->allow.Contains(client)) return;
  const IdentityName& claimed = seen.claimed.identity;
  const bool unauthenticated = seen.event == Event::kUnauthenticated;
  const bool failure = unauthenticated && !claimed.scheme.empty();
  if (!client.none() && !trusted_proxies_.Contains(client)) {
    Offence offence{.failure = failure};
    if (config_.patterns) offence.points = static_cast<float>(PointsOf(seen.event, *config_.patterns));
    if (failure) offence.identity = claimed.none() ? seen.claimed.fingerprint : hash_.Of({}, claimed);
    if (unauthenticated || seen.event == Event::kForbidden) offence.route = hash_.Of({}, {"rpc", seen.rpc});
    Judge({ClientNetwork(client), {}}, offence, now);
  }
  if (!failure || claimed.none() || !config_.brute_force) return;
  // Where they are known, it is between them and that address: no failure there keeps them out elsewhere, and none
  // elsewhere keeps them out there.
  const config::IpAddress network = ClientNetwork(client);
  const bool known = !client.none() && known_good_.Knows(hash_.Of(network, claimed), now);
  Judge({known ? network : config::IpAddress(), claimed}, {.failure = true}, now);
}

void Guard::Judge(const Subject& subject, const Offence& offence, TimePoint now) {
  const auto sentence = offenders_.Add(hash_.Of(subject.address, subject.identity), offence, now);
  if (sentence) bans_.Add(subject, sentence->rule, sentence->duration, sentence->count, now);
}

bool Guard::NeverBanned(const config::IpAddress& address) const {
  return trusted_proxies_.Contains(address) || lists_.Get()->allow.Contains(address);
}

std::vector<Ban> Guard::Bans(const Moment& now, size_t most) const {
  return bans_.List(now, std::min(most, kMostListed));
}

void Guard::TakeBansOf(Guard& before, const Moment& now) { bans_.TakeOver(before.bans_, now); }

bool Guard::Lift(std::string_view what, const Moment& now) {
  const auto subject = Subject::Parse(what);
  if (!subject || !bans_.Lift(*subject, now)) return false;
  offenders_.Forget(hash_.Of(subject->address, subject->identity));
  return true;
}

tl::expected<Ban, std::string> Guard::BanByHand(std::string_view what, std::chrono::milliseconds duration,
                                                const Moment& now) {
  const auto subject = Subject::Parse(what);
  if (!subject) {
    return tl::unexpected("expected an address such as 192.0.2.7 or an identity such as basic:alice, got " +
                          transcoding::Quote(what));
  }
  if (NeverBanned(subject->address)) {
    return tl::unexpected(subject->ToString() + " is never banned: it is a trusted proxy or in guard.allow");
  }
  if (duration <= std::chrono::milliseconds(0) || duration > kLongestByHand) {
    return tl::unexpected("expected a duration of 1 ms to " + std::to_string(kLongestByHand.count()) + " h");
  }
  bans_.Add(*subject, BanRule::kByHand, duration, 1, now.steady);
  return *bans_.Get(*subject, now);
}

}  // namespace dragoman::guard
