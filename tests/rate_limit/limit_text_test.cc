#include "rate_limit/limit_text.h"

#include <gtest/gtest.h>

namespace dragoman::rate_limit {
namespace {

using namespace std::chrono_literals;
using Kind = config::LimitWindow::Kind;
using Part = config::LimitKey::Part;

TEST(LimitText, SpellsDurationsInTheLargestWholeUnit) {
  const struct {
    config::Milliseconds duration;
    std::string text;
  } cases[] = {{250ms, "250 ms"}, {1s, "1 s"},   {90s, "90 s"},      {5min, "5 min"},
               {1h, "1 h"},       {24h, "24 h"}, {1500ms, "1500 ms"}};
  for (const auto& c : cases) EXPECT_EQ(SpellDuration(c.duration), c.text);
}

TEST(LimitText, DescribesWindows) {
  EXPECT_EQ(
      DescribeWindows({{.amount = 10, .per = 1s, .burst = 20}, {.kind = Kind::kQuota, .amount = 1000, .per = 1h}}),
      "10/s (burst 20) and quota 1000/h");
  EXPECT_EQ(DescribeWindows({{.amount = 5, .per = 250ms, .burst = 5}, {.amount = 7, .per = 10min}}),
            "5/250ms and 7/10m");
  EXPECT_EQ(DescribeWindows({{.amount = 5, .per = 1min}}), "5/m");
}

TEST(LimitText, DescribesKeysAndSaysToClientsWhoseRequestsCount) {
  const struct {
    std::vector<config::LimitKey> key;
    std::string description;
    std::string excess;
  } cases[] = {
      {{{Part::kConsumer, {}}}, "by consumer", "more than 10 requests in 1 s by this client (limit w)"},
      {{{Part::kAddress, {}}}, "by address", "more than 10 requests in 1 s from this address (limit w)"},
      {{{Part::kConsumer, {}}, {Part::kRpc, {}}},
       "by consumer and rpc",
       "more than 10 requests of this method in 1 s by this client (limit w)"},
      {{{Part::kClaim, "org.id"}, {Part::kHeader, "x-app"}},
       "by claim org.id and header x-app",
       "more than 10 requests in 1 s with this claim \"org.id\" with this header \"x-app\" (limit w)"},
      {{{Part::kLiteral, "all"}}, "by all together", "more than 10 requests in 1 s by all clients together (limit w)"},
      {{}, "by all together", "more than 10 requests in 1 s by all clients together (limit w)"},
      {{{Part::kRpc, {}}}, "by rpc", "more than 10 requests of this method in 1 s by all clients together (limit w)"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(DescribeKey(c.key), c.description);
    EXPECT_EQ(SpellExcess({.name = "w", .amount = 10, .per = 1s}, c.key), c.excess);
  }
  EXPECT_EQ(SpellExcess({.name = "w", .amount = 1, .per = 1s}, {{Part::kConsumer, {}}}),
            "more than 1 request in 1 s by this client (limit w)");
}

}  // namespace
}  // namespace dragoman::rate_limit
