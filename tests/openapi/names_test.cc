#include "openapi/names.h"

#include <gtest/gtest.h>

#include <string>

namespace dragoman::openapi {
namespace {

TEST(Names, AreAllDifferent) {
  Names names("-");
  names.Reserve("Error");
  EXPECT_EQ(names.Free("Item"), "Item");
  EXPECT_EQ(names.Free("Item"), "Item-2");
  EXPECT_EQ(names.Free("Item-3"), "Item-3");
  EXPECT_EQ(names.Free("Item"), "Item-4");
  EXPECT_EQ(names.Free("Item-3"), "Item-3-2");
  EXPECT_EQ(names.Free("Error"), "Error-2");
}

TEST(Names, AreAsManyAsAreWanted) {
  Names names("");
  for (int i = 0; i < 100'000; ++i) names.Free("id");
  EXPECT_EQ(names.Free("id"), "id100001");
}

}  // namespace
}  // namespace dragoman::openapi
