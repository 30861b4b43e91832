#include "cli/text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>

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

TEST(Text, PrintsProblemsByTheirPlaces) {
  std::ostringstream to;
  PrintProblems({{"shop.pb: a.proto", "no"}, {"p/b.proto:2:1", "no"}, {"a.yaml:10:2", "no"}, {"p/b.proto:1:9", "one"}, {"p/b.proto:1:9", "another"}, {"a.yaml:9:3", "no"}, {"a.yaml:9:2", "no"}}, to);
  EXPECT_EQ(to.str(),
            "a.yaml:9:2: no\na.yaml:9:3: no\na.yaml:10:2: no\np/b.proto:1:9: one\np/b.proto:1:9: another\np/b.proto:2:1: no\nshop.pb: a.proto: no\n7 problems\n");
}

TEST(Text, LeavesProblemsWithoutColumnsAsTheyCame) {
  std::ostringstream to;
  PrintProblems({{"keys:9", "a"}, {"keys:10", "b"}, {"a.yaml:1:1", "c"}, {"keys:2", "d"}}, to);
  EXPECT_EQ(to.str(), "a.yaml:1:1: c\nkeys:9: a\nkeys:10: b\nkeys:2: d\n4 problems\n");
}

TEST(Text, OfManyAlikePrintsTenAndHowManyMore) {
  Problems problems = {{"a.yaml:500:1", "expected a number, got \"x\""}};
  for (int i = 1; i <= 1000; ++i) {
    const std::string n = std::to_string(i);
    problems.push_back({"a.yaml:" + n + ":1", "a.B" + n + ".Get: path template \"/v" + n + "/{id\", column " + n + ": expected '}', got \"the end\""});
  }
  std::ostringstream to;
  PrintProblems(problems, to, kCheckShowsAll);
  const std::string text = to.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 13);
  EXPECT_NE(text.find("\na.yaml:10:1: a.B10.Get: path"), std::string::npos);
  EXPECT_NE(text.find("\na.yaml:500:1: expected a number, got \"x\"\n… and 990 more like that of a.yaml:1:1; check --format json shows all\n1001 problems\n"), std::string::npos)
      << text;
}

TEST(Text, AlignsColumnsByCodePoints) {
  std::ostringstream to;
  PrintTable({{"a", "→ é", "x"}, {"long", "y", "z"}, {"b"}}, to);
  EXPECT_EQ(to.str(), "a     → é  x\nlong  y    z\nb\n");
}

}  // namespace
}  // namespace dragoman::cli
