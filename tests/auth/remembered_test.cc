#include "auth/remembered.h"

#include <gtest/gtest.h>

#include <string>

namespace dragoman::auth {
namespace {

TEST(DigestOf, TellsCredentialsApart) {
  EXPECT_EQ(DigestOf("a"), DigestOf("a"));
  EXPECT_NE(DigestOf("a"), DigestOf("b"));
  EXPECT_NE(DigestOf(""), DigestOf(std::string_view("\0", 1)));
}

TEST(Remembered, HoldsForItsTime) {
  Remembered<std::string> remembered(10);
  remembered.Add(DigestOf("a"), "A", 100, 160);
  ASSERT_NE(remembered.Find(DigestOf("a"), 100), nullptr);
  EXPECT_EQ(*remembered.Find(DigestOf("a"), 159), "A");
  EXPECT_EQ(remembered.Find(DigestOf("b"), 100), nullptr);
  EXPECT_EQ(remembered.Find(DigestOf("a"), 160), nullptr);
  EXPECT_EQ(remembered.size(), 0u);
}

TEST(Remembered, ForgetsWhenTheClockIsSetBack) {
  Remembered<std::string> remembered(10);
  remembered.Add(DigestOf("a"), "A", 100, 160);
  EXPECT_EQ(remembered.Find(DigestOf("a"), 99), nullptr);
}

TEST(Remembered, LetsTheLeastRecentlyUsedGo) {
  Remembered<int> remembered(2);
  remembered.Add(DigestOf("a"), 1, 0, 10);
  remembered.Add(DigestOf("b"), 2, 0, 10);
  ASSERT_NE(remembered.Find(DigestOf("a"), 0), nullptr);
  remembered.Add(DigestOf("c"), 3, 0, 10);
  EXPECT_NE(remembered.Find(DigestOf("a"), 0), nullptr);
  EXPECT_EQ(remembered.Find(DigestOf("b"), 0), nullptr);
  remembered.Add(DigestOf("a"), 4, 0, 10);
  EXPECT_EQ(*remembered.Find(DigestOf("a"), 0), 4);
  EXPECT_EQ(remembered.size(), 2u);
}

TEST(Remembered, BoundsItsMemory) {
  Remembered<int> remembered(4);  // 16 KiB
  for (int i = 0; i < 4; ++i) remembered.Add(DigestOf(std::to_string(i)), i, 0, 10, 6 << 10);
  EXPECT_EQ(remembered.size(), 2u);
  remembered.Add(DigestOf("huge"), 5, 0, 10, 17 << 10);
  EXPECT_EQ(remembered.Find(DigestOf("huge"), 0), nullptr);
  EXPECT_EQ(remembered.size(), 2u);
}

TEST(Remembered, KeepsNothingThatMayNotBeKept) {
  Remembered<int> none(0);
  none.Add(DigestOf("a"), 1, 0, 10);
  EXPECT_EQ(none.size(), 0u);
  Remembered<int> remembered(10);
  remembered.Add(DigestOf("a"), 1, 10, 10);
  EXPECT_EQ(remembered.size(), 0u);
}

}  // namespace
}  // namespace dragoman::auth
