#include "cli/quick_config.h"

#include <gtest/gtest.h>

namespace dragoman::cli {
namespace {

TEST(QuickConfig, ServesEveryServiceOfOneBackend) {
  const auto config = QuickConfig("[::1]:50051", "shop.pb", "unix:/run/d.sock");
  ASSERT_TRUE(config) << config.error();
  ASSERT_EQ(config->listeners.size(), 1u);
  EXPECT_EQ(config->listeners[0].address, "unix:/run/d.sock");
  ASSERT_EQ(config->descriptors.size(), 1u);
  EXPECT_EQ(config->descriptors[0].file, "shop.pb");
  EXPECT_FALSE(config->descriptors[0].proto);
  EXPECT_EQ(config->descriptors[0].at.ToString(), "--descriptors");
  ASSERT_EQ(config->backends.size(), 1u);
  EXPECT_EQ(config->backends[0].name, "default");
  ASSERT_EQ(config->backends[0].endpoints.size(), 1u);
  EXPECT_EQ(config->backends[0].endpoints[0].address, "[::1]:50051");
  ASSERT_EQ(config->services.size(), 1u);
  EXPECT_EQ(config->services[0].name, "*");
  EXPECT_EQ(config->services[0].backend, "default");
  EXPECT_EQ(config->services[0].expose, config::Expose::kDefault);
  ASSERT_TRUE(config->openapi);
  EXPECT_EQ(config->openapi->docs, "/docs");
  EXPECT_EQ(config->openapi->at.ToString(), "--backend");
}

TEST(QuickConfig, AsksTheBackendWithoutDescriptors) {
  const auto config = QuickConfig("shop:50051", std::nullopt, "a:1");
  ASSERT_TRUE(config) << config.error();
  ASSERT_EQ(config->descriptors.size(), 1u);
  EXPECT_EQ(config->descriptors[0].file, "");
  ASSERT_TRUE(config->descriptors[0].reflection);
  EXPECT_EQ(config->descriptors[0].reflection->backend, config->backends.at(0).name);
  EXPECT_FALSE(config->descriptors[0].reflection->refresh);
  EXPECT_EQ(config->descriptors[0].at.ToString(), "--backend");
}

TEST(QuickConfig, TakesAFolderOfSourcesOrOneOfThem) {
  struct Case {
    const char* path;
    const char* root;
    const char* files;
  };
  for (const Case& c : {Case{"/tmp", "/tmp", "**/*.proto"},
                        {"protos/api.proto", "protos", "api.proto"},
                        {"api.proto", ".", "api.proto"},
                        {"/api.proto", "/", "api.proto"}}) {
    SCOPED_TRACE(c.path);
    const auto config = QuickConfig("a:1", c.path, "a:1");
    ASSERT_TRUE(config) << config.error();
    ASSERT_EQ(config->descriptors.size(), 1u);
    const auto& proto = config->descriptors[0].proto;
    ASSERT_TRUE(proto);
    EXPECT_EQ(proto->roots.at(0).path, c.root);
    EXPECT_EQ(proto->files.at(0).names.text(), c.files);
    EXPECT_EQ(proto->files.at(0).at.ToString(), "--descriptors");
  }
  EXPECT_EQ(QuickConfig("a:1", "[a].proto", "a:1").error(),
            "--descriptors: expected a pattern whose only wildcards are * and **, got \"[a].proto\"");
}

TEST(QuickConfig, NamesTheFlagWhoseAddressIsNone) {
  EXPECT_EQ(QuickConfig("shop", "a.pb", "a:1").error(),
            "--backend: expected host:port, [v6]:port or unix:/path, got \"shop\"; the port is missing");
  EXPECT_EQ(QuickConfig("shop:0", "a.pb", "a:1").error(), "--backend: expected a port between 1 and 65535, got 0");
  EXPECT_EQ(QuickConfig("shop:1", "a.pb", "8080").error(),
            "--listen: expected host:port, [v6]:port or unix:/path, got \"8080\"; the port is missing");
}

}  // namespace
}  // namespace dragoman::cli
