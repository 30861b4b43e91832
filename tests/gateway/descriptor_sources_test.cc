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

// Whose error each problem is, in the order of the configuration: "-x--" where it is the second one's.
std::string BlamedFor(const std::string& where) {
  auto config = config::LoadText("d.yaml", R"(
descriptors:
  - file: shop.pb
  - {proto: {roots: [protos/, /srv/third_party]}}
  - {proto: {roots: [.], files: ["users/*.proto"]}}
  - {reflection: {backend: shop}}
backends: {shop: {endpoints: ["127.0.0.1:1"]}}
services: [{name: "*", backend: shop}]
)");
  EXPECT_TRUE(config) << config.error()[0].what;
  Generation generation{Standing{.config = *config}, transcoding::SchemaBuilder().Build().value()};
  DescriptorSources sources(generation);
  sources.Kept({{where, "is wrong"}});
  std::string blamed;
  for (const auto& source : sources.snapshot().sources) blamed += source.error.empty() ? '-' : 'x';
  return blamed;
}

TEST(DescriptorSources, KnowWhoseAProblemIs) {
  EXPECT_EQ(BlamedFor("shop.pb"), "x---");
  EXPECT_EQ(BlamedFor("shop.pb: shop/v1/catalog.proto"), "x---");
  EXPECT_EQ(BlamedFor("shop.pb2"), "----");
  EXPECT_EQ(BlamedFor("d.yaml:3:5"), "x---");
  EXPECT_EQ(BlamedFor("/srv/third_party/a.proto:1:1"), "-x--");
  EXPECT_EQ(BlamedFor("/srv/third_party_too/a.proto:1:1"), "----");
  EXPECT_EQ(BlamedFor("users/v1/users.proto:3:5"), "--x-");
  EXPECT_EQ(BlamedFor("users/v1/users.proto"), "--x-");
  EXPECT_EQ(BlamedFor("reflection of backend \"shop\": a.proto"), "----");
  EXPECT_EQ(BlamedFor("d.yaml:5:34"), "--x-") << "a pattern that matches nothing";
  EXPECT_EQ(BlamedFor("d.yaml:8:12"), "----");
}

TEST(DescriptorSources, KnowAFileBelowARootThatEndsInASlash) { EXPECT_EQ(BlamedFor("protos/shop.proto:1:1"), "-xx-"); }

}  // namespace
}  // namespace dragoman::gateway
