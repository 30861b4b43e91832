#pragma once

#include <cstddef>
#include <string>

#include "transcoding/status.h"

namespace dragoman::observe {

// The outcomes of requests that are told apart, numbered from 0: a fixed set, whatever clients and backends come up
// with.
//
//   without a reason   each HTTP status of the IANA registry from 200 on, and 499; others by class: "2xx"
//   with a reason      the reason's own status, 499 (the client went away); others by class: "5xx" for a 505
//   "0"                nothing was sent, or what is no HTTP status
inline constexpr size_t kStatusOutcomes = 64;
inline constexpr size_t kOutcomesOfReason = 8;
inline constexpr size_t kReasons = 32;  // room for them; one that is above counts as none
inline constexpr size_t kOutcomes = kStatusOutcomes + (kReasons - 1) * kOutcomesOfReason;

size_t OutcomeOf(int http_status, Reason reason);

struct OutcomeFacts {
  std::string code;  // "404", "5xx", "0"
  Reason reason;
};
// Only for what OutcomeOf has returned.
OutcomeFacts FactsOfOutcome(size_t outcome);

}  // namespace dragoman::observe
