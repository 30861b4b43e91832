#include "tls/server_names.h"

#include <gtest/gtest.h>

namespace dragoman::tls {
namespace {

TEST(ServerNames, FindsANameItselfBeforeAWildcardOfOneLabel) {
  ServerNames names;
  names.Add("shop.example", 0);
  names.Add("*.shop.example", 1);
  names.Add("api.shop.example", 2);
  names.Add("shop.example", 3);  // has one already
  const struct {
    const char* host;
    int expected;  // -1: none
  } kCases[] = {{"shop.example", 0},      {"SHOP.Example", 0},      {"www.shop.example", 1}, {"api.shop.example", 2},
                {"a.b.shop.example", -1}, {".shop.example", -1},    {"example", -1},         {"", -1},
                {"*.shop.example", 1},    {"shop.example.org", -1}, {"shop.example.", -1},   {"www.SHOP.example", 1}};
  for (const auto& c : kCases) {
    const auto found = names.Find(c.host);
    EXPECT_EQ(found ? static_cast<int>(*found) : -1, c.expected) << c.host;
  }
  EXPECT_FALSE(names.Find(std::string(100'000, 'a')));
}

}  // namespace
}  // namespace dragoman::tls
