#include "exchange/header_block.h"

#include <gtest/gtest.h>

#include <string>

namespace dragoman {
namespace {

TEST(HeaderBlock, EntriesSurviveItsGrowth) {
  HeaderBlock block;
  for (int i = 0; i < 1000; ++i) block.Add("name-" + std::to_string(i), std::string(static_cast<size_t>(i % 50), 'v'));
  block.Add("", "");
  ASSERT_EQ(block.size(), 1001u);
  for (int i = 0; i < 1000; ++i) {
    const Header& entry = block.entries()[static_cast<size_t>(i)];
    EXPECT_EQ(entry.name, "name-" + std::to_string(i));
    EXPECT_EQ(entry.value, std::string(static_cast<size_t>(i % 50), 'v'));
  }
}

TEST(HeaderBlock, CountsAsHttp2Does) {
  HeaderBlock block;
  EXPECT_EQ(block.bytes(), 0u);
  block.Add("ab", "cde");
  block.Add("f", "");
  EXPECT_EQ(block.bytes(), 6u + 64u);
  block.Clear();
  EXPECT_EQ(block.bytes(), 0u);
}

}  // namespace
}  // namespace dragoman
