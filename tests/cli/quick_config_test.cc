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
  EXPECT_EQ(config->descriptors[0].at.ToString(), "--descriptors");
  ASSERT_EQ(config->backends.size(), 1u);
  EXPECT_EQ(config->backends[0].name, "default");
  ASSERT_EQ(config->backends[0].endpoints.size(), 1u);
  EXPECT_EQ(config->backends[0].endpoints[0].address, "[::1]:50051");
  ASSERT_EQ(config->services.size(), 1u);
  EXPECT_EQ(config->services[0].name, "*");
  EXPECT_EQ(config->services[0].backend, "default");
  EXPECT_EQ(config->services[0].expose, config::Expose::kDefault);
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
