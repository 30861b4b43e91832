#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "base/clock.h"
#include "config/config.h"
#include "guard/ban.h"
#include "guard/ban_book.h"
#include "guard/ban_exchange.h"
#include "guard/connection_limits.h"
#include "guard/counters.h"
#include "guard/header_filter.h"
#include "guard/keyed_hash.h"
#include "guard/known_good.h"
#include "guard/lists.h"
#include "guard/offenders.h"
#include "guard/subject.h"
#include "transcoding/status.h"

namespace dragoman::guard {

// What became of a request, as far as it tells of whoever sent it.
enum class Event : uint8_t {
  kNotFound,         // 404: no route
  kWrongMethod,      // 405
  kMalformed,        // no HTTP, or a 400
  kUnauthenticated,  // 401
  kForbidden,        // 403 of an RPC's policy
};

// The event that one of the gateway's own refusals is; nothing where it tells nothing: what is slow, too large or
// limited, what a backend answered, and what the guard itself refused.
std::optional<Event> EventOf(const Status& refusal);

struct Observation {
  Event event = Event::kNotFound;
  Claimed claimed{};       // of kUnauthenticated: what was shown in vain
  std::string_view rpc{};  // of kUnauthenticated and kForbidden: "shop.v1.Orders/GetOrder"
};

// Who is shut out: one for the process. It notices who misbehaves, bans them for a while, and keeps the lists. What
// happens on the path of each request is Sentry's, one a worker.
//
// Threads:  safe to use concurrently.
// Memory:   fixed by guard.max_entries; who hashes where is a secret of the process.
// Lifetime: outlives its sentries, its connections() and its exchange().
class Guard {
 public:
  static constexpr size_t kMostListed = 10'000;  // bans that Bans() returns at most

  // `config` has a guard; what is needed of it is copied. Errors: what is wrong with the files of the lists.
  static tl::expected<std::unique_ptr<Guard>, Problems> Build(const config::Config& config);
  ~Guard();

  // Draws the conclusions from what became of a request: points and failures, and perhaps a ban. To be told of every
  // EventOf. Never counts against unix sockets, trusted proxies and allowed networks.
  // Not for requests that go well.
  void Observe(const config::IpAddress& client, const Observation& seen, TimePoint now);

  // What a request of that client would be refused with before anybody looks at its route or credential: as Sentry's
  // Admit says it, but nothing is counted. OK too where somebody is known at an address that is banned.
  Status WhyNot(const config::IpAddress& client, const RequestHead& head, TimePoint now) const;

  // The bans of now, those that end last in front.
  std::vector<Ban> Bans(const Moment& now, size_t most = kMostListed) const;
  size_t ban_count() const { return bans_.size(); }
  // Ends a ban and forgets what led to it. `what` as Ban::what has it. False if there is none.
  bool Lift(std::string_view what, const Moment& now);
  // Errors, for the operator: no address and no identity, one that is never banned, a duration that is none or over
  // kLongestByHand.
  tl::expected<Ban, std::string> BanByHand(std::string_view what, std::chrono::milliseconds duration,
                                           const Moment& now);

  // The bans of the guard that this one replaces hold here, too, as far as this one would impose them. Before anybody asks.
  // What that one has not told other gateways yet is told from here.
  void TakeBansOf(Guard& before, const Moment& now);

  // What the HTTP layer asks who may connect.
  http::ConnectionGate& connections() { return connections_; }
  // For whoever shares bans with other gateways.
  BanExchange& exchange() { return bans_; }

  // For ListRefresher.
  const config::Guard& config() const { return config_; }
  SharedLists& lists() { return lists_; }

  const Counters& counters() const { return counters_; }
  size_t offender_count() const { return offenders_.size(); }

 private:
  friend class Sentry;

  Guard(const config::Config& config, std::shared_ptr<const Lists> lists);
  bool NeverBanned(const config::IpAddress& client) const;
  void Judge(const Subject& subject, const Offence& offence, TimePoint now);

  const config::Guard config_;
  const config::NetworkSet trusted_proxies_;
  Counters counters_;
  const KeyedHash hash_;
  SharedLists lists_;
  const HeaderFilter headers_;
  KnownGood known_good_;
  Offenders offenders_;
  BanBook bans_;
  ConnectionLimits connections_;
};

}  // namespace dragoman::guard
