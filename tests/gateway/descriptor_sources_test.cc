#include "gateway/descriptor_sources.h"

#include <gtest/gtest.h>

#include <memory>

#include "config/load.h"

namespace dragoman::gateway {
namespace {

GenerationPtr Waiting() {
  auto config = config::LoadText("d.yaml", R"(
descriptors: [{reflection: {backend: shop}}, {reflection: {backend: users}}]
backends: {shop: {endpoints: ["127.0.0.1:1"]}, users: {endpoints: ["127.0.0.1:1"]}}
services: [{name: "*", backend: shop}]
)");
  EXPECT_TRUE(config) << config.error()[0].what;
  const auto shop = std::make_shared<const reflection::Descriptors>();
  return BuildFirst(
             *std::move(config),
             {{"shop", shop},
              {"users", tl::unexpected(reflection::Failure{reflection::Failure::Kind::kUnreachable, "is down"})}})
      .value();
}

TEST(DescriptorSources, KnowWhenEachWasHeardOfLast) {
  DescriptorSources sources(*Waiting());
  auto now = sources.snapshot();
  ASSERT_EQ(now.sources.size(), 2u);
  EXPECT_EQ(now.sources[0].name, "shop");
  EXPECT_TRUE(now.sources[0].succeeded);
  EXPECT_FALSE(now.sources[0].failed);
  EXPECT_FALSE(now.sources[1].succeeded);
  EXPECT_TRUE(now.sources[1].failed);
  EXPECT_EQ(now.sources[1].error, "is down");

  sources.Answered("users");
  sources.Failed("shop", "is gone");
  sources.Kept({{"reflection of backend \"users\"", "contradicts shop"}});
  now = sources.snapshot();
  EXPECT_EQ(now.sources[0].error, "is gone");
  EXPECT_TRUE(now.sources[1].succeeded);
  EXPECT_EQ(now.problem, "reflection of backend \"users\": contradicts shop");
  sources.Loaded();
  EXPECT_EQ(sources.snapshot().problem, "");
}

}  // namespace
}  // namespace dragoman::gateway
