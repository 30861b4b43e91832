#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "config/load.h"

// descriptors: [{proto: …}]
namespace dragoman::config {
namespace {

using testing::ElementsAre;

tl::expected<Config, Problems> Load(const std::string& descriptors) {
  return LoadText("etc/d.yaml", "descriptors: " + descriptors +
                                    "\nbackends: {s: {endpoints: [\"a:1\"]}}\nservices: [{name: \"*\", backend: s}]\n");
}

std::vector<std::string> ProblemsOf(const std::string& descriptors) {
  std::vector<std::string> lines;
  const auto config = Load(descriptors);
  if (config) return lines;
  for (const Problem& problem : config.error()) lines.push_back(problem.where + ": " + problem.what);
  return lines;
}

TEST(ProtoSource, HasRootsRelativeToTheFileAndPatternsWithTheirPlaces) {
  const auto config = Load("[{proto: {roots: [protos, ., /usr/include], files: [\"shop/v1/*.proto\", a.proto]}}]");
  ASSERT_TRUE(config) << config.error()[0].what;
  ASSERT_EQ(config->descriptors.size(), 1u);
  const DescriptorSource& source = config->descriptors[0];
  EXPECT_EQ(source.file, "");
  EXPECT_EQ(source.at.ToString(), "etc/d.yaml:1:15");
  ASSERT_TRUE(source.proto);
  ASSERT_EQ(source.proto->roots.size(), 3u);
  EXPECT_EQ(source.proto->roots[0].path, "etc/protos");
  EXPECT_EQ(source.proto->roots[0].at.ToString(), "etc/d.yaml:1:32");
  EXPECT_EQ(source.proto->roots[1].path, "etc/");
  EXPECT_EQ(source.proto->roots[2].path, "/usr/include");
  ASSERT_EQ(source.proto->files.size(), 2u);
  EXPECT_EQ(source.proto->files[0].names.text(), "shop/v1/*.proto");
  EXPECT_EQ(source.proto->files[0].at.ToString(), "etc/d.yaml:1:66");
  EXPECT_EQ(source.proto->files[1].names.text(), "a.proto");
}

TEST(ProtoSource, MeansEveryFileWhereItNamesNone) {
  const auto config = Load("[{proto: {roots: [protos]}}]");
  ASSERT_TRUE(config) << config.error()[0].what;
  ASSERT_EQ(config->descriptors[0].proto->files.size(), 1u);
  EXPECT_EQ(config->descriptors[0].proto->files[0].names.text(), "**/*.proto");
  EXPECT_EQ(config->descriptors[0].proto->files[0].at.ToString(), "etc/d.yaml:1:23");
}

TEST(ProtoSource, SaysWhatIsWrongWithIt) {
  EXPECT_THAT(ProblemsOf("[{}]"), ElementsAre("etc/d.yaml:1:15: expected one of file, proto or reflection"));
  EXPECT_THAT(ProblemsOf("[{file: a.pb, proto: {roots: [b]}}]"),
              ElementsAre("etc/d.yaml:1:35: \"proto\" beside \"file\"; expected one of file, proto or reflection"));
  EXPECT_THAT(ProblemsOf("[{proto: {files: [a.proto]}}]"), ElementsAre("etc/d.yaml:1:23: missing key \"roots\""));
  EXPECT_THAT(
      ProblemsOf("[{proto: {roots: [], files: []}}]"),
      ElementsAre("etc/d.yaml:1:31: expected at least one entry", "etc/d.yaml:1:42: expected at least one entry"));
  EXPECT_THAT(ProblemsOf("[{proto: {root: [b]}}]"),
              ElementsAre("etc/d.yaml:1:23: missing key \"roots\"",
                          "etc/d.yaml:1:24: unknown key \"root\"; did you mean \"roots\"?"));
  EXPECT_THAT(
      ProblemsOf("[{proto: {roots: [{}], files: [\"*\", ../a.proto]}}, {file: []}]"),
      ElementsAre("etc/d.yaml:1:32: expected text, got a mapping",
                  "etc/d.yaml:1:45: expected a pattern that ends in .proto, got \"*\"",
                  "etc/d.yaml:1:50: expected a path below a root such as shop/v1/*.proto, without \".\", \"..\" and "
                  "empty parts, got \"../a.proto\"",
                  "etc/d.yaml:1:72: expected text, got a list"));
}

}  // namespace
}  // namespace dragoman::config
