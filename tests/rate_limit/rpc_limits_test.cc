#include "rate_limit/rpc_limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "limits_fixture.h"
#include "transcoding/wire.h"

namespace dragoman::rate_limit {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using transcoding::MakeTag;
using transcoding::WireType;
using Part = config::LimitKey::Part;

TEST(RpcLimits, AreEmptyWhereNothingIsSaid) {
  const Shop shop({}, {});
  EXPECT_TRUE(shop.rpc().empty());
  EXPECT_FALSE(shop.rpc().reads_message());
  EXPECT_EQ(shop.rpc().description(), "");
  Problems problems;
  EXPECT_TRUE(RpcLimits(nullptr, shop.limits(), "s/A", &shop.request(), problems).empty());
  EXPECT_TRUE(problems.empty());
}

TEST(RpcLimits, AreDescribedForPeople) {
  const Shop shop({{.name = "per-client",
                    .windows = {Rate("per-client-1s", 10, 1s, 20), Quota("per-client-1h", 1000, 1h)},
                    .tiers = {{"gold", {Rate("per-client", 100, 1s)}}}},
                   {.name = "all", .key = {{Part::kRpc, {}}}, .windows = {Rate("all", 5, 1min)}, .shared = true},
                   {.name = "rows", .key = {{Part::kAddress, {}}}, .windows = {Rate("rows", 5, 1s)}}},
                  {{.limit = 0}, {.limit = 1, .cost = 5}, {.limit = 2, .field = "page_size"}});
  ASSERT_THAT(shop.problems(), ElementsAre());
  EXPECT_EQ(
      shop.rpc().description(),
      "10/s (burst 20) and quota 1000/h by consumer [per-client]; gold: 100/s + 5/m by rpc [all, shared, costs 5] + "
      "5/s by address [rows, costs page_size]");
  EXPECT_TRUE(shop.rpc().reads_message());
}

TEST(RpcLimits, ATierHasItsOwnWindowsWhereALimitHasSomeForIt) {
  const Shop shop({{.name = "a", .windows = {Rate("a", 1, 1s)}, .tiers = {{"gold", {Rate("a-gold", 2, 1s)}}}},
                   {.name = "b", .windows = {Rate("b", 3, 1s)}, .tiers = {{"iron", {Rate("b-iron", 4, 1s)}}}}},
                  {{.limit = 0}, {.limit = 1}});
  EXPECT_EQ(shop.rpc().TierOf("").policy, R"("a";q=1;w=1, "b";q=3;w=1)");
  EXPECT_EQ(shop.rpc().TierOf("gold").policy, R"("a-gold";q=2;w=1, "b";q=3;w=1)");
  EXPECT_EQ(shop.rpc().TierOf("iron").policy, R"("a";q=1;w=1, "b-iron";q=4;w=1)");
  EXPECT_EQ(shop.rpc().TierOf("lead").policy, shop.rpc().TierOf("").policy);
}

TEST(RpcLimits, RefuseAtLoadFieldsThatAreNoCost) {
  const struct {
    std::string field;
    std::string problem;
  } cases[] = {
      {"page_siz", "shop.v1.Request has no field \"page_siz\"; did you mean \"page_size\"?"},
      {"text", "field \"text\" of shop.v1.Request is no whole number, which a cost has to be"},
      {"kind", "field \"kind\" of shop.v1.Request is no whole number, which a cost has to be"},
      {"flag", "field \"flag\" of shop.v1.Request is no whole number, which a cost has to be"},
      {"many", "field \"many\" of shop.v1.Request is a list, which is not one cost"},
      {"pages.size", "field \"pages\" of shop.v1.Request is a list, which is not one cost"},
      {"page", "field \"page\" of shop.v1.Request is a message, which cannot be compared"},
      {"weight", "field \"weight\" of shop.v1.Request is a floating-point number, which cannot be compared"},
  };
  for (const auto& c : cases) {
    const Shop shop({{.name = "a", .windows = {Rate("a", 1, 1s)}}},
                    {{.limit = 0, .field = c.field, .at = {"d.yaml", 7, 9}}});
    EXPECT_THAT(shop.problems(), ElementsAre("d.yaml:7:9: shop.v1.Shop/List: " + c.problem));
  }
}

TEST(RpcLimits, RefuseAtLoadMoreWindowsThanAResponseTellsOf) {
  std::vector<config::LimitWindow> five;
  for (int i = 1; i <= 5; ++i) five.push_back(Rate("w", 1, std::chrono::seconds(i)));
  const Shop shop({{.name = "a", .windows = five}, {.name = "b", .windows = {five[0]}, .tiers = {{"gold", five}}}},
                  {{.limit = 0, .at = {"d.yaml", 7, 9}}, {.limit = 1}});
  EXPECT_THAT(
      shop.problems(),
      ElementsAre("d.yaml:7:9: shop.v1.Shop/List has 10 windows of limits; at most 8 can hold for one request"));
}

TEST(FieldCost, IsWhatTheFieldSaysWithinBounds) {
  const Shop shop({}, {});
  const auto message = [](auto write) {
    Buffer out;
    write(out);
    return std::string(out.view());
  };
  const auto page_size = [](uint64_t value) {
    return [value](Buffer& out) {
      transcoding::AppendVarint(out, MakeTag(1, WireType::kVarint));
      transcoding::AppendVarint(out, value);
    };
  };
  const auto page = [](uint64_t value) {
    return [value](Buffer& out) {
      Buffer inner;
      transcoding::AppendVarint(inner, MakeTag(1, WireType::kVarint));
      transcoding::AppendVarint(inner, value);
      transcoding::AppendVarint(out, MakeTag(2, WireType::kLength));
      transcoding::AppendLengthDelimited(out, inner.view());
    };
  };
  const auto varint = [](int number, uint64_t value) {
    return [number, value](Buffer& out) {
      transcoding::AppendVarint(out, MakeTag(number, WireType::kVarint));
      transcoding::AppendVarint(out, value);
    };
  };
  struct Case {
    const char* name;
    const char* field;
    std::string wire;
    uint64_t cost;
  };
  const Case cases[] = {
      {"a number", "page_size", message(page_size(25)), 25},
      {"unset", "page_size", "", 3},
      {"zero", "page_size", message(page_size(0)), 3},
      {"negative", "page_size", message(page_size(static_cast<uint64_t>(-5))), 3},
      {"at the bound", "page_size", message(page_size(100)), 100},
      {"above the bound", "page_size", message(page_size(101)), 100},
      {"the last of several", "page_size", message(page_size(9)) + message(page_size(25)), 25},
      {"zero behind a number", "page_size", message(page_size(9)) + message(page_size(0)), 3},
      {"malformed", "page_size", message(page_size(9)) + "\xff", 3},
      {"in a message", "page.size", message(page(7)), 7},
      {"in the parts of a message", "page.size", message(page(7)) + message(page(8)), 8},
      {"the largest", "wanted", message(varint(8, UINT64_MAX)), 100},
      {"an optional zero", "wanted", message(varint(8, 0)), 3},
      {"zigzag", "delta", message(varint(10, transcoding::ZigZag64(12))), 12},
      {"negative zigzag", "delta", message(varint(10, transcoding::ZigZag64(-12))), 3},
  };
  for (const Case& c : cases) {
    const config::LimitUse use{.cost = 3, .field = c.field, .max_cost = 100};
    EXPECT_EQ(FieldCost::Build(shop.request(), use)->Read(c.wire), c.cost) << c.name;
  }
}

}  // namespace
}  // namespace dragoman::rate_limit
