#include "observe/outcome.h"

#include <array>
#include <cstdint>

namespace dragoman::observe {
namespace {

constexpr size_t kStatusEnd = 600;
constexpr int kClientGone = 499;
// What IANA's "HTTP Status Code Registry" has from 200 on, but for the obsolete 510, and the 499 that nginx brought up.
constexpr std::array<uint16_t, 58> kStatuses = {
    200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 307, 308, 400, 401,
    402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 418, 421, 422, 423,
    424, 425, 426, 428, 429, 431, 451, 499, 500, 501, 502, 503, 504, 505, 506, 507, 508, 511};
constexpr size_t kClasses = 6;  // "0", "1xx" … "5xx"
static_assert(kStatuses.size() + kClasses == kStatusOutcomes);

// The outcome that each status is without a reason.
constexpr std::array<uint8_t, kStatusEnd> kOutcomeOfStatus = [] {
  std::array<uint8_t, kStatusEnd> outcomes{};
  for (size_t status = 0; status < kStatusEnd; ++status) {
    outcomes[status] = static_cast<uint8_t>(kStatuses.size() + status / 100);
  }
  for (size_t i = 0; i < kStatuses.size(); ++i) outcomes[kStatuses[i]] = static_cast<uint8_t>(i);
  return outcomes;
}();

// Among the outcomes of a reason.
constexpr size_t kOwnStatus = 0;
constexpr size_t kGone = 1;
constexpr size_t kFirstClass = 2;
static_assert(kFirstClass + kClasses == kOutcomesOfReason);

std::string ClassName(size_t hundreds) { return hundreds == 0 ? "0" : std::to_string(hundreds) + "xx"; }

}  // namespace

size_t OutcomeOf(int http_status, Reason reason) {
  const size_t status =
      http_status >= 100 && http_status < static_cast<int>(kStatusEnd) ? static_cast<size_t>(http_status) : 0;
  const auto row = static_cast<size_t>(reason);
  if (row == 0 || row >= kReasons) return kOutcomeOfStatus[status];
  const size_t first = kStatusOutcomes + (row - 1) * kOutcomesOfReason;
  if (http_status == FactsOf(reason).http_status) return first + kOwnStatus;
  return first + (status == kClientGone ? kGone : kFirstClass + status / 100);
}

OutcomeFacts FactsOfOutcome(size_t outcome) {
  if (outcome < kStatuses.size()) return {std::to_string(kStatuses[outcome]), Reason::kNone};
  if (outcome < kStatusOutcomes) return {ClassName(outcome - kStatuses.size()), Reason::kNone};
  const auto reason = static_cast<Reason>(1 + (outcome - kStatusOutcomes) / kOutcomesOfReason);
  const size_t which = (outcome - kStatusOutcomes) % kOutcomesOfReason;
  if (which == kOwnStatus) return {std::to_string(FactsOf(reason).http_status), reason};
  if (which == kGone) return {std::to_string(kClientGone), reason};
  return {ClassName(which - kFirstClass), reason};
}

}  // namespace dragoman::observe
