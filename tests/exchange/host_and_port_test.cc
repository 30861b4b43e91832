#include "exchange/host_and_port.h"

#include <gtest/gtest.h>

namespace dragoman {
namespace {

TEST(IsHostAndPort, KnowsOneHost) {
  for (const char* text : {"a", "shop.example", "shop.example:8443", "192.0.2.7:0", "[2001:db8::1]", "[::1]:65535",
                           "a%20b", "a_b", "shop.example:"}) {
    EXPECT_TRUE(IsHostAndPort(text)) << text;
  }
  for (const char* text : {"", ":80", "a:b", "a:65536", "a:123456", "a,b", "a b", "user@a", "[]", "[::1", "[x]",
                           "[::1]80", "a%2", "a/b", "a\\b", "\"a\"", "2001:db8::1"}) {
    EXPECT_FALSE(IsHostAndPort(text)) << text;
  }
}

}  // namespace
}  // namespace dragoman
