#include "observe/outcome.h"

#include <gtest/gtest.h>

#include <climits>
#include <set>
#include <string>

namespace dragoman::observe {
namespace {

constexpr size_t kKnownReasons = static_cast<size_t>(Reason::kQuotaExceeded) + 1;

std::string TextOf(int http_status, Reason reason) {
  const OutcomeFacts facts = FactsOfOutcome(OutcomeOf(http_status, reason));
  return facts.code + " " + std::string(FactsOf(facts.reason).name);
}

TEST(Outcome, IsTheStatusAndTheReason) {
  struct Case {
    int http_status;
    Reason reason;
    const char* text;
  };
  const Case cases[] = {
      {200, Reason::kNone, "200 "},
      {404, Reason::kNone, "404 "},
      {404, Reason::kRouteNotFound, "404 ROUTE_NOT_FOUND"},
      {429, Reason::kRateLimited, "429 RATE_LIMITED"},
      {429, Reason::kQuotaExceeded, "429 QUOTA_EXCEEDED"},
      {499, Reason::kNone, "499 "},
      {499, Reason::kInvalidJson, "499 INVALID_JSON"},
      {505, Reason::kInvalidRequest, "5xx INVALID_REQUEST"},
      {417, Reason::kInvalidRequest, "4xx INVALID_REQUEST"},
      {200, Reason::kBackendProtocolError, "2xx BACKEND_PROTOCOL_ERROR"},
      {0, Reason::kDraining, "0 DRAINING"},
      {0, Reason::kNone, "0 "},
  };
  for (const Case& each : cases) EXPECT_EQ(TextOf(each.http_status, each.reason), each.text);
}

TEST(Outcome, AStatusThatNobodyKnowsIsCountedByItsClass) {
  EXPECT_EQ(TextOf(299, Reason::kNone), "2xx ");
  EXPECT_EQ(TextOf(599, Reason::kNone), "5xx ");
  EXPECT_EQ(TextOf(100, Reason::kNone), "1xx ");
  for (const int none : {INT_MIN, -200, -1, 1, 99, 600, 99'999, INT_MAX}) EXPECT_EQ(TextOf(none, Reason::kNone), "0 ");
}

// Whatever comes, there are no more outcomes than these, and each has a text of its own.
TEST(Outcome, AreAFixedSet) {
  std::set<size_t> outcomes;
  std::set<std::string> texts;
  for (size_t reason = 0; reason < kKnownReasons; ++reason) {
    for (int status = -1000; status < 2000; ++status) {
      const size_t outcome = OutcomeOf(status, static_cast<Reason>(reason));
      ASSERT_LT(outcome, kOutcomes);
      outcomes.insert(outcome);
      texts.insert(TextOf(status, static_cast<Reason>(reason)));
    }
  }
  EXPECT_EQ(outcomes.size(), kStatusOutcomes + (kKnownReasons - 1) * kOutcomesOfReason);
  EXPECT_EQ(texts.size(), outcomes.size());
}

TEST(Outcome, AReasonBeyondAllRoomCountsAsNone) {
  EXPECT_EQ(TextOf(404, static_cast<Reason>(kReasons)), "404 ");
  EXPECT_EQ(TextOf(404, static_cast<Reason>(255)), "404 ");
}

}  // namespace
}  // namespace dragoman::observe
