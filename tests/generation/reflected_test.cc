#include "generation/reflected.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "config/load.h"
#include "generation/generation.h"
#include "schema_from_source.h"

namespace dragoman {
namespace {

using reflection::Descriptors;
using reflection::Failure;
using testing::ElementsAre;

config::Config Configured(const std::string& descriptors, const std::string& endpoint = "127.0.0.1:1") {
  auto config = config::LoadText("d.yaml", "descriptors: " + descriptors + "\nbackends: {shop: {endpoints: [\"" + endpoint +
                                               "\"]}, users: {endpoints: [\"" + endpoint +
                                               "\"]}}\nservices: [{name: \"shop.*\", backend: shop}, {name: \"users.*\", backend: users}]\n");
  EXPECT_TRUE(config) << config.error()[0].what;
  return *std::move(config);
}

std::shared_ptr<const Descriptors> Said(const std::string& source, const std::string& file) {
  return std::make_shared<const Descriptors>(Descriptors{.set = DescriptorSetFromSource(source, file)});
}

std::vector<std::string> Problems(const std::string& descriptors, const Fetched& fetched) {
  std::vector<std::string> lines;
  const auto generation = BuildGeneration(Configured(descriptors), fetched);
  if (generation) return lines;
  for (const Problem& problem : generation.error()) lines.push_back(problem.where + ": " + problem.what);
  return lines;
}

constexpr const char* kBoth = "[{reflection: {backend: shop}}, {reflection: {backend: users}}]";
constexpr const char* kShop = "syntax = \"proto3\"; package shop; message M {} service Shop { rpc Get(M) returns (M); }";
constexpr const char* kUsers = "syntax = \"proto3\"; package users; message M {} service Users { rpc Get(M) returns (M); }";

TEST(Reflected, MergesWhatSeveralBackendsHaveSaid) {
  const auto generation = BuildGeneration(Configured(kBoth), {{"shop", Said(kShop, "shop.proto")}, {"users", Said(kUsers, "users.proto")}});
  ASSERT_TRUE(generation) << generation.error()[0].what;
  EXPECT_EQ((*generation)->router.routes().size(), 2u);
}

TEST(Reflected, NamesBothBackendsThatContradictEachOther) {
  EXPECT_THAT(Problems(kBoth, {{"shop", Said(kShop, "a.proto")}, {"users", Said(kUsers, "a.proto")}}),
              ElementsAre("reflection of backend \"users\": file \"a.proto\" differs from the one of that name in reflection of backend \"shop\"; "
                          "make both from the same sources"));
}

TEST(Reflected, TellsAtTheSourceWhyABackendSaidNothing) {
  EXPECT_THAT(Problems(kBoth, {{"shop", tl::unexpected(Failure{Failure::Kind::kUnreachable, "backend \"shop\": cannot connect"})}}),
              ElementsAre("d.yaml:1:15: backend \"shop\": cannot connect", "d.yaml:1:46: backend \"users\" has not been asked for its descriptors"));
}

TEST(Reflected, AsksNobodyWhereNoSourceIsABackend) { EXPECT_TRUE(FetchReflected(Configured("[{file: a.pb}]")).empty()); }

TEST(Reflected, AsksEachBackendOnceAndSaysWhoDidNotAnswer) {
  const Fetched fetched = FetchReflected(Configured(kBoth, "unix:/nowhere/shop.sock"));
  ASSERT_EQ(fetched.size(), 2u);
  ASSERT_FALSE(fetched.at("shop"));
  EXPECT_EQ(fetched.at("shop").error().kind, Failure::Kind::kUnreachable);
  EXPECT_EQ(fetched.at("shop").error().what, "backend \"shop\": cannot connect to unix:/nowhere/shop.sock: No such file or directory");
  EXPECT_FALSE(fetched.at("users"));
}

}  // namespace
}  // namespace dragoman
