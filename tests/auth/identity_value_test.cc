#include "auth/identity_value.h"

#include <gtest/gtest.h>

namespace dragoman::auth {
namespace {

using Of = config::IdentityValue::Of;

const Consumer kConsumer{.name = "möbile%", .tenant = "acme", .tier = ""};

Identity Somebody() {
  return {.scheme = "jwt.m",
          .consumer = &kConsumer,
          .claims = *jose::Claims::Parse(R"({"sub":"joe","n":-7,"ok":true,"f":1.5,"list":["a,b",3,null,"c"],"none":[{}],)"
                                         R"("deep":{"x":"y"},"a.b":"whole"})")};
}

std::string TextOf(Of of, std::string claim = {}) {
  Buffer out;
  return AppendText(Somebody(), {of, std::move(claim)}, out) ? std::string(out.view()) : "(nothing)" + std::string(out.view());
}

TEST(AppendText, SpellsClaimsAsMetadataCarryThem) {
  EXPECT_EQ(TextOf(Of::kClaim, "sub"), "joe");
  EXPECT_EQ(TextOf(Of::kClaim, "n"), "-7");
  EXPECT_EQ(TextOf(Of::kClaim, "ok"), "true");
  EXPECT_EQ(TextOf(Of::kClaim, "deep.x"), "y");
  EXPECT_EQ(TextOf(Of::kClaim, "a.b"), "whole");
  EXPECT_EQ(TextOf(Of::kClaim, "list"), "a%2Cb,3,c");
  for (const std::string claim : {"f", "none", "deep", "absent", "sub.x"}) EXPECT_EQ(TextOf(Of::kClaim, claim), "(nothing)");
  EXPECT_EQ(TextOf(Of::kConsumerName), "m%C3%B6bile%25");
  EXPECT_EQ(TextOf(Of::kTenant), "acme");
  EXPECT_EQ(TextOf(Of::kTier), "(nothing)");
  EXPECT_EQ(TextOf(Of::kScheme), "jwt.m");
}

TEST(AppendText, LeavesThemAsTheyAreWherePlain) {
  Buffer out;
  ASSERT_TRUE(AppendText(Somebody(), {Of::kConsumerName, {}}, out, TextForm::kPlain));
  ASSERT_TRUE(AppendText(Somebody(), {Of::kClaim, "list"}, out, TextForm::kPlain));
  EXPECT_EQ(out.view(), "möbile%a,b,3,c");
}

TEST(Holds, ComparesWithAValueOrAnyOfAList) {
  const Identity somebody = Somebody();
  EXPECT_TRUE(Holds(somebody, {Of::kClaim, "sub"}, "joe"));
  EXPECT_FALSE(Holds(somebody, {Of::kClaim, "sub"}, "jo"));
  EXPECT_TRUE(Holds(somebody, {Of::kClaim, "list"}, "3"));
  EXPECT_TRUE(Holds(somebody, {Of::kClaim, "list"}, "a,b"));
  EXPECT_FALSE(Holds(somebody, {Of::kClaim, "list"}, ""));
  EXPECT_FALSE(Holds(somebody, {Of::kClaim, "absent"}, ""));
  EXPECT_TRUE(Holds(somebody, {Of::kTenant, {}}, "acme"));
  EXPECT_FALSE(Holds(somebody, {Of::kTier, {}}, "")) << "nobody's tier is nobody's own";
  EXPECT_FALSE(Holds(Identity{}, {Of::kTenant, {}}, ""));
}

}  // namespace
}  // namespace dragoman::auth
