#pragma once

#include <string>
#include <string_view>

#include "concurrency/consumer_gates.h"
#include "concurrency/gate.h"
#include "config/config.h"
#include "transcoding/status.h"

namespace dragoman::concurrency {

// The cap that a call ran into.
struct Cap {
  std::string_view subject;  // whose it is: `backend "shop"`, "this caller"
  std::string_view rule;     // "backend shop", "rpc", "consumer"
  uint32_t max;
  uint32_t queue;
};

// The words for a call that was not admitted, by `outcome`: kOverloaded with retry-after and the rule; of kLeft
// Code::kCancelled.
//
//   backend "shop" has 8 calls under way and 100 waiting, as many as it may: try again in 5 s
//   this caller has 1 call under way, as many as it may: try again in 1 s
//   rpc shop.v1.Catalog/GetItem has 8 calls under way, as many as it may, and this one's turn did not come in time: …
//   rpc shop.v1.Catalog/GetItem has 8 calls under way, as many as it may, and calls of higher priority go first: …
Status Refusal(const Cap& cap, Outcome outcome, uint32_t retry_after);

// More callers have calls under way than the table holds.
Status TooManyCallers(size_t most);

// "at most 20 at once, 10 wait up to 100 ms"
std::string Describe(const config::Concurrency& limits);

}  // namespace dragoman::concurrency
