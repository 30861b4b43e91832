#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "config/load.h"
#include "config_text.h"

namespace dragoman::config {
namespace {

using testing::ElementsAre;

Config Loaded(std::string_view more) {
  auto config = LoadText("d.yaml", With(more));
  EXPECT_TRUE(config) << (config ? "" : config.error().front().where + ": " + config.error().front().what);
  return config ? *std::move(config) : Config();
}

TEST(OpenApi, IsOffWhereNothingIsSaid) { EXPECT_FALSE(Loaded("").openapi); }

TEST(OpenApi, HasDefaults) {
  const Config config = Loaded("openapi: {}");
  ASSERT_TRUE(config.openapi);
  EXPECT_EQ(config.openapi->path, "/openapi.json");
  EXPECT_EQ(config.openapi->docs, "/docs");
  EXPECT_EQ(config.openapi->title, "API");
  EXPECT_EQ(config.openapi->version, "1");
  EXPECT_EQ(config.openapi->description, "");
  EXPECT_THAT(config.openapi->servers, ElementsAre());
  EXPECT_EQ(config.openapi->at.ToString(), "d.yaml:3:10");
}

TEST(OpenApi, IsRead) {
  const Config config = Loaded(
      "openapi: {path: /api/v1.json, docs: off, title: Shop, version: 2.1, description: All., servers: [\"https://api.example/shop\", /shop]}");
  ASSERT_TRUE(config.openapi);
  EXPECT_EQ(config.openapi->path, "/api/v1.json");
  EXPECT_FALSE(config.openapi->docs);
  EXPECT_EQ(config.openapi->title, "Shop");
  EXPECT_EQ(config.openapi->version, "2.1");
  EXPECT_EQ(config.openapi->description, "All.");
  EXPECT_THAT(config.openapi->servers, ElementsAre("https://api.example/shop", "/shop"));
}

TEST(OpenApi, SaysWhatIsWrong) {
  struct Case {
    std::string text;
    std::string problem;
  };
  const std::string a_path = R"(expected a path of letters, digits, "/", "-", ".", "_" and "~", such as /openapi.json)";
  const std::string a_server = "expected a URL such as https://api.example/shop, or a path such as /shop";
  const Case cases[] = {
      {"openapi: yes", "3:10: expected a mapping, got \"yes\""},
      {"openapi: {pth: /a}", "3:11: unknown key \"pth\"; did you mean \"path\"?"},
      {"openapi: {path: a.json}", "3:17: " + a_path + ", got \"a.json\""},
      {"openapi: {path: /a//b}", "3:17: " + a_path + ", got \"/a//b\""},
      {"openapi: {path: \"/a?b\"}", "3:17: " + a_path + ", got \"/a?b\""},
      {"openapi: {docs: docs}", "3:17: " + a_path + ", or off, got \"docs\""},
      {"openapi: {path: /a, docs: /a}", "3:27: docs and path are both \"/a\""},
      {"openapi: {servers: [api.example]}", "3:21: " + a_server + ", got \"api.example\""},
      {"openapi: {servers: [\"https://a b\"]}", "3:21: " + a_server + ", got \"https://a b\""},
      {"openapi: {title: \"" + std::string((64 << 10) + 1, 'a') + "\"}", "3:18: expected at most 64 KiB of text"},
  };
  for (const Case& one : cases) {
    EXPECT_THAT(ProblemsOf(With(one.text)), ElementsAre("d.yaml:" + one.problem)) << one.text.substr(0, 100);
  }
}

}  // namespace
}  // namespace dragoman::config
