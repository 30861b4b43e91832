#include "base/listed.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace dragoman {
namespace {

TEST(Listed, NamesTheFirstAndCountsTheRest) {
  const std::vector<std::string> names = {"a", "b", "c"};
  EXPECT_EQ(Listed(names, 3), "a, b, c");
  EXPECT_EQ(Listed(names, 2), "a, b and 1 more");
  EXPECT_EQ(Listed(names, 1), "a and 2 more");
  EXPECT_EQ(Listed({}, 2), "");
}

TEST(AndMore, SaysNothingOfNone) {
  EXPECT_EQ(AndMore("a", 0), "a");
  EXPECT_EQ(AndMore("a", 12), "a and 12 more");
}

}  // namespace
}  // namespace dragoman
