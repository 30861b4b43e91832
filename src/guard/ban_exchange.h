#pragma once

#include <span>
#include <vector>

#include "guard/ban.h"

namespace dragoman::guard {

// What gateways that share their bans tell one another.
struct BanNews {
  Ban ban;
  bool lifted = false;  // then of `ban` only `what` counts, and `since`: when it was lifted
};

// One gateway's side of sharing bans: whoever carries them takes what is new here and merges what others tell, about
// once a second.
//
//   for (const BanNews& news : exchange.TakeNews(100, Moment::Now())) Publish(news);
//   exchange.Merge(FetchThoseOfOthers(), Moment::Now());
//
// What was merged does not become news again, and to hear of one's own news changes nothing. News that is believed
// wrong (no such subject, an address that must not be banned, over already, longer than the longest ban) is dropped or
// cut. Threads: safe to use concurrently.
class BanExchange {
 public:
  virtual ~BanExchange() = default;
  // The oldest news first, each once. What nobody takes is bounded: the oldest is forgotten.
  virtual std::vector<BanNews> TakeNews(size_t most, const Moment& now) = 0;
  virtual void Merge(std::span<const BanNews> news, const Moment& now) = 0;
};

}  // namespace dragoman::guard
