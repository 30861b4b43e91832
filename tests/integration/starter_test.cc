#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "shop_fixture.h"

// From a server's address, or a descriptor set, to a configuration that is served: init, fmt, check, serve.
namespace dragoman::integration {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Starter, OfAServersAddressIsServed) {
  Shop shop;
  TempDir folder;
  const std::string file = folder.path("new.yaml");
  const Outcome init = RunToEnd({DragomanProgram(), "init", "--backend", shop.address(), "--output", file});
  ASSERT_EQ(init.exit_code, 0) << init.err;
  EXPECT_EQ(RunToEnd({DragomanProgram(), "fmt", "--check", file}).exit_code, 0);
  const Outcome check = RunToEnd({DragomanProgram(), "check", "--config", file});
  EXPECT_EQ(check.exit_code, 0) << check.err;
  EXPECT_THAT(check.out, HasSubstr("shop.v1.* → shop"));
  EXPECT_THAT(check.out, Not(HasSubstr("warning: "))) << check.out;
}

TEST(Starter, OfADescriptorSetIsServed) {
  Shop shop;
  TempDir folder;
  std::filesystem::copy_file(SHOP_DESCRIPTORS, folder.path("shop.pb"));
  const Outcome init = RunToEnd({DragomanProgram(), "init", "--descriptors", folder.path("shop.pb"), "--backend", shop.address()});
  ASSERT_EQ(init.exit_code, 0) << init.err;
  std::string text = init.out;
  const size_t port = text.find("127.0.0.1:8080");
  ASSERT_NE(port, std::string::npos) << text;
  text.replace(port, 14, "127.0.0.1:0");
  Process gateway({DragomanProgram(), "serve", "--config", folder.Write("new.yaml", text)});
  const std::string address = gateway.WaitForLine("listening on http://");
  EXPECT_EQ(Fetch(address, "GET", "/v1/items/grinder").status, 200) << gateway.err();
}

TEST(Starter, IsReadFromStandardInput) {
  TempDir folder;
  const std::string file = folder.Write("a.yaml", "a:\n    b: [ 1 ]\n");
  const Outcome outcome = RunToEnd({"/bin/sh", "-c", DragomanProgram() + " fmt - < " + file});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "a:\n  b: [1]\n");
}

}  // namespace
}  // namespace dragoman::integration
