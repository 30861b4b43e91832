#include "config/address.h"

#include <gtest/gtest.h>

namespace dragoman::config {
namespace {

TEST(Address, ReadsEveryFormAndRendersItAgain) {
  struct Case {
    std::string_view text;
    Address::Kind kind;
    std::string_view host;
    int port;
    std::string_view path;
  };
  const Case cases[] = {
      {"127.0.0.1:8080", Address::Kind::kTcp, "127.0.0.1", 8080, ""},
      {"shop.internal:50051", Address::Kind::kTcp, "shop.internal", 50051, ""},
      {"my_shop-1:0", Address::Kind::kTcp, "my_shop-1", 0, ""},
      {"[::1]:65535", Address::Kind::kTcp, "::1", 65535, ""},
      {"[fe80::1%eth0]:1", Address::Kind::kTcp, "fe80::1%eth0", 1, ""},
      {"unix:/run/shop.sock", Address::Kind::kUnix, "", 0, "/run/shop.sock"},
      {"unix:shop.sock", Address::Kind::kUnix, "", 0, "shop.sock"},
  };
  for (const Case& c : cases) {
    const auto address = ParseAddress(c.text);
    ASSERT_TRUE(address) << c.text << ": " << address.error();
    EXPECT_EQ(address->kind, c.kind) << c.text;
    EXPECT_EQ(address->host, c.host) << c.text;
    EXPECT_EQ(address->port, c.port) << c.text;
    EXPECT_EQ(address->path, c.path) << c.text;
    EXPECT_EQ(address->ToString(), c.text);
  }
}

TEST(Address, SaysWhatIsWrong) {
  struct Case {
    std::string text;
    std::string_view why;
  };
  const Case cases[] = {
      {"shop", "the port is missing"},
      {"[::1]", "the port is missing"},
      {"", "the port is missing"},
      {":8080", "the host is missing; 0.0.0.0 is every address of this machine"},
      {"::1:8080", "an IPv6 address stands in brackets, such as [::1]:8080"},
      {"[::1:8080", "the closing bracket is missing"},
      {"[1.2.3.4]:80", "\"1.2.3.4\" is no IPv6 address"},
      {"1.2.3:80", "\"1.2.3\" is no IPv4 address"},
      {"a b:80", "\"a b\" is no host name"},
      {"shop:", "expected a port between 0 and 65535"},
      {"shop:65536", "expected a port between 0 and 65535"},
      {"shop:-1", "expected a port between 0 and 65535"},
      {"shop:80a", "expected a port between 0 and 65535"},
      {"http://shop:80", "an address has no scheme"},
      {"unix:", "the path of the socket is missing"},
      {"unix:/run/", "the path of the socket is missing"},
  };
  for (const Case& c : cases) {
    const auto address = ParseAddress(c.text);
    ASSERT_FALSE(address) << c.text;
    EXPECT_EQ(address.error(),
              "expected host:port, [v6]:port or unix:/path, got \"" + c.text + "\"; " + std::string(c.why));
  }
}

TEST(Address, BoundsWhatTheKernelBounds) {
  const auto socket = ParseAddress("unix:/" + std::string(107, 'a'));
  ASSERT_FALSE(socket);
  EXPECT_TRUE(socket.error().ends_with("; the path of a unix socket has at most 107 bytes")) << socket.error();
  const auto host = ParseAddress(std::string(254, 'a') + ":1");
  ASSERT_FALSE(host);
  EXPECT_TRUE(host.error().ends_with("; a host has at most 253 bytes")) << host.error();
}

}  // namespace
}  // namespace dragoman::config
