#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "config/load.h"

// descriptors: [{reflection: …}], and reload
namespace dragoman::config {
namespace {

using testing::ElementsAre;

tl::expected<Config, Problems> Load(const std::string& descriptors, const std::string& more = {}) {
  return LoadText("d.yaml", "descriptors: " + descriptors +
                                "\nbackends: {shop: {endpoints: [\"a:1\"]}, users: {endpoints: [\"b:1\"]}}\nservices: [{name: \"*\", backend: shop}]\n" + more);
}

std::vector<std::string> ProblemsOf(const std::string& descriptors, const std::string& more = {}) {
  std::vector<std::string> lines;
  const auto config = Load(descriptors, more);
  if (config) return lines;
  for (const Problem& problem : config.error()) lines.push_back(problem.where + ": " + problem.what);
  return lines;
}

TEST(ReflectionSource, NamesABackendAndHowOftenItIsAsked) {
  const auto config = Load("[{reflection: {backend: shop, refresh: 30s}}, {reflection: {backend: users}}, {file: a.pb}]");
  ASSERT_TRUE(config) << config.error()[0].what;
  ASSERT_EQ(config->descriptors.size(), 3u);
  ASSERT_TRUE(config->descriptors[0].reflection);
  EXPECT_EQ(config->descriptors[0].reflection->backend, "shop");
  EXPECT_EQ(config->descriptors[0].reflection->refresh, Milliseconds(30'000));
  EXPECT_EQ(config->descriptors[0].at.ToString(), "d.yaml:1:15");
  EXPECT_FALSE(config->descriptors[1].reflection->refresh);
  EXPECT_FALSE(config->descriptors[2].reflection);
}

TEST(ReflectionSource, SaysWhatIsWrongWithIt) {
  EXPECT_THAT(ProblemsOf("[{reflection: {}}]"), ElementsAre("d.yaml:1:28: missing key \"backend\""));
  EXPECT_THAT(ProblemsOf("[{reflection: {backend: shp}}]"), ElementsAre("d.yaml:1:15: unknown backend \"shp\"; did you mean \"shop\"?"));
  EXPECT_THAT(ProblemsOf("[{reflection: {backend: maps}}]"), ElementsAre("d.yaml:1:15: unknown backend \"maps\""));
  EXPECT_THAT(ProblemsOf("[{reflection: {backend: shop}}, {reflection: {backend: shop}}]"),
              ElementsAre("d.yaml:1:46: backend \"shop\" is asked twice; first at d.yaml:1:15"));
  EXPECT_THAT(ProblemsOf("[{reflection: {backend: shop, refresh: 999ms}}, {reflection: {backend: users, refresh: 25h}}]"),
              ElementsAre("d.yaml:1:53: expected between 1s and 24h, got 999ms", "d.yaml:1:101: expected between 1s and 24h, got 25h"));
  EXPECT_THAT(ProblemsOf("[{reflection: {backend: shop, every: 30s}}]"), ElementsAre("d.yaml:1:44: unknown key \"every\""));
  EXPECT_THAT(ProblemsOf("[{file: a.pb, reflection: {backend: shop}}]"),
              ElementsAre("d.yaml:1:40: \"reflection\" beside \"file\"; expected one of file, proto or reflection"));
}

TEST(Reload, WatchesNothingUnlessToldTo) {
  EXPECT_FALSE(Load("[{file: a.pb}]")->reload.watch);
  EXPECT_TRUE(Load("[{file: a.pb}]", "reload: {watch: true}\n")->reload.watch);
  EXPECT_THAT(ProblemsOf("[{file: a.pb}]", "reload: {watch: often, wacth: true}\n"),
              ElementsAre("d.yaml:4:17: expected true or false, got \"often\"", "d.yaml:4:24: unknown key \"wacth\"; did you mean \"watch\"?"));
}

}  // namespace
}  // namespace dragoman::config
