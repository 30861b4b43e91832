#include "generation/reflected.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "config/load.h"
#include "generation/descriptors.h"
#include "generation/generation.h"
#include "schema_from_source.h"

namespace dragoman {
namespace {

using reflection::Descriptors;
using reflection::Failure;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

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

// As servers do whose reflection is made of something else than protoc's descriptors.
TEST(Reflected, SaysWhatToDoWhereAServerDescribesItselfWrongly) {
  Descriptors wrong = *Said(kUsers, "users.proto");
  google::protobuf::FileDescriptorSet set;
  ASSERT_TRUE(set.ParseFromString(wrong.set));
  set.mutable_file(0)->mutable_message_type(0)->set_name("no name");
  wrong.set = set.SerializeAsString();
  const auto problems = Problems(kBoth, {{"shop", Said(kShop, "shop.proto")}, {"users", std::make_shared<const Descriptors>(wrong)}});
  ASSERT_FALSE(problems.empty());
  EXPECT_EQ(problems[0], "d.yaml:1:46: what the reflection of backend \"users\" says makes no schema; put it right, or " + std::string(reflection::kFileInstead));
  EXPECT_THAT(problems, testing::Contains(testing::StartsWith("reflection of backend \"users\": users.proto: ")));
}

TEST(Reflected, TellsAtTheSourceWhyABackendSaidNothing) {
  EXPECT_THAT(Problems(kBoth, {{"shop", tl::unexpected(Failure{Failure::Kind::kUnreachable, "backend \"shop\": cannot connect"})}}),
              ElementsAre("d.yaml:1:15: backend \"shop\": cannot connect", "d.yaml:1:46: backend \"users\" has not been asked for its descriptors"));
}

tl::unexpected<Failure> Silent(const std::string& backend, Failure::Kind kind = Failure::Kind::kUnreachable) {
  return tl::unexpected(Failure{kind, "backend \"" + backend + "\": cannot connect"});
}

std::vector<std::string> Rpcs(const Generation& generation) {
  std::vector<std::string> names;
  for (const routing::Rpc& rpc : generation.router.rpcs()) names.push_back(rpc.name);
  return names;
}

// One that is down at the start keeps nobody else away.
TEST(BuildFirst, ServesWhatTheOthersHaveSaid) {
  const auto first = BuildFirst(Configured(kBoth), {{"shop", Said(kShop, "shop.proto")}, {"users", Silent("users")}});
  ASSERT_TRUE(first) << first.error()[0].what;
  EXPECT_THAT(Rpcs(**first), ElementsAre("shop.Shop/Get"));
  EXPECT_EQ((*first)->waiting, "backend \"users\": cannot connect");
  ASSERT_EQ((*first)->awaited.size(), 1u);
  EXPECT_EQ((*first)->awaited[0].backend, "users");
  EXPECT_EQ((*first)->id, 1u);

  const config::Config& config = (*first)->config;
  const Fetched all = {{"shop", Said(kShop, "shop.proto")}, {"users", Said(kUsers, "users.proto")}};
  const auto next = BuildNext(**first, LoadSchema(config, all).value(), AwaitedOf(config, all));
  ASSERT_TRUE(next) << next.error()[0].what;
  EXPECT_THAT(Rpcs(**next), ElementsAre("shop.Shop/Get", "users.Users/Get"));
  EXPECT_EQ((*next)->waiting, "");
  EXPECT_EQ((*next)->id, 2u);
}

TEST(BuildFirst, ServesNothingWhereNobodyHasAnswered) {
  const auto first = BuildFirst(Configured(kBoth), {{"shop", Silent("shop")}, {"users", Silent("users")}});
  ASSERT_TRUE(first) << first.error()[0].what;
  EXPECT_THAT(Rpcs(**first), testing::IsEmpty());
  EXPECT_EQ((*first)->waiting, "backend \"shop\": cannot connect; backend \"users\": cannot connect");
}

// Whatever the configuration says of those who are to come: it is put off, and what they say decides.
TEST(BuildFirst, PutsOffWhatTheConfigurationSaysOfTheMissing) {
  auto loaded = config::LoadText("d.yaml", std::string("descriptors: ") + kBoth +
                                               R"(
backends: {shop: {endpoints: ["127.0.0.1:1"]}, users: {endpoints: ["127.0.0.1:1"]}}
services: [{name: "shop.*", backend: shop}, {name: "users.*", backend: users}]
http_rules: [{selector: users.Users.Get, get: "/v1/users"}, {selector: shop.Shop.Get, get: "/v1/shop"}]
policies: [{methods: ["users.Users/*", "shop.Shop/Get"], timeout: 3s, concurrency: [{max: 3, per: rpc}]}]
compositions:
  - {name: home, get: /v1/home, calls: {user: {method: users.Users/Get}, shop: {method: shop.Shop/Get}}, response: {user: "{user}", shop: "{shop}"}}
  - {name: find, post: /v1/find, body: {fields: {who: [{like: users.M}]}}, calls: {shop: {method: shop.Shop/Get}}, response: {shop: "{shop}"}}
  - {name: store, get: /v1/store, calls: {shop: {method: shop.Shop/Get}}, response: {shop: "{shop}"}}
)");
  ASSERT_TRUE(loaded) << loaded.error()[0].what;
  testing::internal::CaptureStderr();
  const auto first = BuildFirst(*std::move(loaded), {{"shop", Said(kShop, "shop.proto")}, {"users", Silent("users")}});
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr("descriptors_put_off for=\"backend \\\"users\\\": cannot connect\" where=d.yaml:"));
  EXPECT_THAT(log, HasSubstr("note=\"policies: \\\"users.Users/*\\\" selects no method that is served"));
  EXPECT_THAT(log, HasSubstr("note=\"http_rules: the descriptors have no method \\\"users.Users.Get\\\""));
  EXPECT_THAT(log, HasSubstr("note=\"composition \\\"find\\\": the descriptors have no type \\\"users.M\\\"\""));
  EXPECT_THAT(log, Not(HasSubstr("shop.Shop")));
  ASSERT_TRUE(first) << first.error()[0].what;
  EXPECT_THAT(Rpcs(**first), ElementsAre("shop.Shop/Get", "compositions/store"));
  ASSERT_EQ((*first)->compositions.size(), 3u);
  EXPECT_EQ((*first)->compositions[0].configured, nullptr);
  EXPECT_EQ((*first)->compositions[1].configured, nullptr);
  EXPECT_EQ((*first)->compositions[2].name, "compositions/store");
  EXPECT_EQ((*first)->compositions[2].first_call, 0u) << "calls are counted without those that are put off";
  routing::Match match;
  EXPECT_TRUE((*first)->router.Find("GET", "/v1/shop", match));
  EXPECT_FALSE((*first)->router.Find("GET", "/v1/home", match));

  const Fetched all = {{"shop", Said(kShop, "shop.proto")}, {"users", Said(kUsers, "users.proto")}};
  const auto next = BuildNext(**first, LoadSchema((*first)->config, all).value());
  ASSERT_TRUE(next) << next.error()[0].what;
  EXPECT_THAT(Rpcs(**next), ElementsAre("shop.Shop/Get", "users.Users/Get", "compositions/home", "compositions/find",
                                        "compositions/store"));
  // Who has come says otherwise than the configuration.
  const Fetched other = {
      {"shop", Said(kShop, "shop.proto")},
      {"users", Said("syntax = \"proto3\"; package users; message M {} service Other { rpc Get(M) returns (M); }",
                     "users.proto")}};
  EXPECT_FALSE(BuildNext(**first, LoadSchema((*first)->config, other).value()));
}

// It cannot be told whose it is: what it was meant to guard must not be served without it.
TEST(BuildFirst, ServesNothingWhileAPolicyMayBeMisspelt) {
  for (const char* selector : {"shop.Shop/Gte", "shop.Shpo/*", "shpo.*"}) {
    auto loaded = config::LoadText("d.yaml", std::string("descriptors: ") + kBoth + R"(
backends: {shop: {endpoints: ["127.0.0.1:1"]}, users: {endpoints: ["127.0.0.1:1"]}}
services: [{name: "shop.*", backend: shop}, {name: "users.*", backend: users}]
policies: [{methods: [")" + selector + R"("], timeout: 3s}]
)");
    ASSERT_TRUE(loaded) << loaded.error()[0].what;
    testing::internal::CaptureStderr();
    const auto first =
        BuildFirst(*std::move(loaded), {{"shop", Said(kShop, "shop.proto")}, {"users", Silent("users")}});
    EXPECT_THAT(testing::internal::GetCapturedStderr(),
                HasSubstr("where=d.yaml:4:23 error=\"policies: \\\"" + std::string(selector)));
    ASSERT_TRUE(first) << first.error()[0].what;
    EXPECT_THAT(Rpcs(**first), testing::IsEmpty()) << selector;
    const Fetched some = {{"shop", Said(kShop, "shop.proto")}};
    EXPECT_FALSE(BuildNext(**first,
                           LoadSchema((*first)->config, some, {Reading::kAgain, dragoman::Silent::kLeftOut}).value(),
                           AwaitedOf((*first)->config, some)));
    const Fetched all = {{"shop", Said(kShop, "shop.proto")}, {"users", Said(kUsers, "users.proto")}};
    EXPECT_FALSE(BuildNext(**first, LoadSchema((*first)->config, all).value()));
  }
}

// Where nobody had answered at the start, names are told once somebody has.
TEST(BuildNext, TellsWhatIsPutOffOnce) {
  testing::internal::CaptureStderr();
  const auto first = BuildFirst(Configured(kBoth), {{"shop", Silent("shop")}, {"users", Silent("users")}});
  ASSERT_TRUE(first) << first.error()[0].what;
  EXPECT_THAT(testing::internal::GetCapturedStderr(), Not(HasSubstr("put_off")));
  const Fetched some = {{"shop", Said(kShop, "shop.proto")}, {"users", Silent("users")}};
  const auto build = [&](const Generation& previous) {
    return BuildNext(previous, LoadSchema(previous.config, some, {Reading::kAgain, dragoman::Silent::kLeftOut}).value(),
                     AwaitedOf(previous.config, some));
  };
  testing::internal::CaptureStderr();
  const auto second = build(**first);
  ASSERT_TRUE(second) << second.error()[0].what;
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              HasSubstr("services: the descriptors have no service \\\"users.*\\\""));
  testing::internal::CaptureStderr();
  EXPECT_TRUE(build(**second));
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(BuildFirst, WaitsWithoutRoutesWhereTheRestCannotStandAlone) {
  google::protobuf::FileDescriptorSet set;
  ASSERT_TRUE(set.ParseFromString(DescriptorSetFromSource(kShop, "shop.proto")));
  set.mutable_file(0)->add_dependency("users.proto");
  const auto shop = std::make_shared<const Descriptors>(Descriptors{.set = set.SerializeAsString()});
  testing::internal::CaptureStderr();
  const auto first = BuildFirst(Configured(kBoth), {{"shop", shop}, {"users", Silent("users")}});
  EXPECT_THAT(
      testing::internal::GetCapturedStderr(),
      testing::HasSubstr("descriptors_awaited for=\"backend \\\"users\\\": cannot connect\" where=\"reflection of"));
  ASSERT_TRUE(first) << first.error()[0].what;
  EXPECT_THAT(Rpcs(**first), testing::IsEmpty());
  EXPECT_EQ((*first)->waiting, "backend \"users\": cannot connect");
  EXPECT_EQ((*first)->awaited.size(), 2u);
  const Fetched all = {{"shop", shop}, {"users", Said(kUsers, "users.proto")}};
  const auto next = BuildNext(**first, LoadSchema((*first)->config, all).value());
  ASSERT_TRUE(next) << next.error()[0].what;
  EXPECT_EQ((*next)->router.rpcs().size(), 2u);
}

TEST(BuildFirst, RefusesWhatAskingAgainDoesNotMend) {
  const auto first = BuildFirst(Configured(kBoth),
                                {{"shop", Silent("shop", Failure::Kind::kNotImplemented)}, {"users", Silent("users")}});
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error()[0].what, "backend \"shop\": cannot connect");
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

TEST(BuildReplacement, TakesWhatABackendHasSaidBeforeWhereItDoesNotAnswer) {
  const auto before = BuildGeneration(Configured(kBoth), {{"shop", Said(kShop, "shop.proto")}, {"users", Said(kUsers, "users.proto")}});
  ASSERT_TRUE(before);
  const auto after = BuildReplacement(Configured(kBoth), **before);
  ASSERT_TRUE(after) << after.error()[0].what;
  EXPECT_TRUE((*after)->waiting.empty());
  EXPECT_EQ((*after)->router.routes().size(), (*before)->router.routes().size());
}

TEST(BuildReplacement, TakesNothingThatWasSaidElsewhere) {
  const auto before = BuildGeneration(Configured(kBoth), {{"shop", Said(kShop, "shop.proto")}, {"users", Said(kUsers, "users.proto")}});
  ASSERT_TRUE(before);
  const auto moved = BuildReplacement(Configured(kBoth, "127.0.0.2:1"), **before);
  ASSERT_FALSE(moved);
  EXPECT_THAT(moved.error()[0].what, HasSubstr("cannot connect to 127.0.0.2:1"));
}

TEST(BuildReplacement, LeavesNobodyOutUnlessSomebodyWasMissingBefore) {
  const auto waiting = BuildFirst(Configured(kBoth), {{"shop", Said(kShop, "shop.proto")}, {"users", Silent("users")}});
  ASSERT_TRUE(waiting);
  const auto after = BuildReplacement(Configured(kBoth), **waiting);
  ASSERT_TRUE(after) << after.error()[0].what;
  EXPECT_FALSE((*after)->waiting.empty());
  EXPECT_EQ((*after)->id, 2u);
  const auto whole = BuildGeneration(Configured(kBoth), {{"shop", Said(kShop, "shop.proto")}, {"users", Said(kUsers, "users.proto")}});
  ASSERT_TRUE(whole);
  const auto only_shop = BuildNext(**whole, LoadSchema((*whole)->config, (*whole)->fetched).value(), {}, {{"shop", Said(kShop, "shop.proto")}});
  ASSERT_TRUE(only_shop);
  EXPECT_FALSE(BuildReplacement(Configured(kBoth), **only_shop)) << "users has never said anything";
}

}  // namespace
}  // namespace dragoman
