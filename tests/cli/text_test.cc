#include "cli/text.h"

#include <gtest/gtest.h>

#include <sstream>

namespace dragoman::cli {
namespace {

TEST(Text, Counts) {
  EXPECT_EQ(Counted(0, "route"), "0 routes");
  EXPECT_EQ(Counted(1, "route"), "1 route");
  EXPECT_EQ(Counted(2, "route"), "2 routes");
}

TEST(Text, PrintsProblemsAndHowManyTheyAre) {
  std::ostringstream to;
  PrintProblems({{"a.yaml:1:2", "expected true"}, {"shop.pb", "not a set"}}, to);
  EXPECT_EQ(to.str(), "a.yaml:1:2: expected true\nshop.pb: not a set\n2 problems\n");
}

TEST(Text, AlignsColumnsByCodePoints) {
  std::ostringstream to;
  PrintTable({{"a", "→ é", "x"}, {"long", "y", "z"}, {"b"}}, to);
  EXPECT_EQ(to.str(), "a     → é  x\nlong  y    z\nb\n");
}

}  // namespace
}  // namespace dragoman::cli
