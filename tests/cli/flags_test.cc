#include "cli/flags.h"

#include <gtest/gtest.h>

#include <vector>

namespace dragoman::cli {
namespace {

constexpr Flag kKnown[] = {{"config", "FILE", ""}, {"json", "", ""}};

TEST(Flags, ReadsBothSpellings) {
  const std::vector<std::string_view> spaced = {"--json", "--config", "a.yaml"};
  const std::vector<std::string_view> joined = {"--config=a=b.yaml"};
  const auto first = Flags::Parse(kKnown, spaced);
  ASSERT_TRUE(first) << first.error();
  EXPECT_TRUE(first->Has("json"));
  EXPECT_EQ(first->Find("config"), "a.yaml");
  EXPECT_FALSE(first->Has("help"));
  const auto second = Flags::Parse(kKnown, joined);
  ASSERT_TRUE(second) << second.error();
  EXPECT_EQ(second->Find("config"), "a=b.yaml");
  EXPECT_FALSE(second->Has("json"));
  EXPECT_EQ(second->Find("json"), std::nullopt);
}

TEST(Flags, TakesAValueThatMayBeLeftOut) {
  constexpr Flag kGraph[] = {{"graph", "[text|mermaid]", "", "text"}, {"json", "", ""}};
  struct Case {
    std::vector<std::string_view> arguments;
    std::string_view value;
  };
  const Case cases[] = {{{"--graph"}, "text"},
                        {{"--graph", "--json"}, "text"},
                        {{"--graph", "mermaid"}, "mermaid"},
                        {{"--graph=mermaid"}, "mermaid"}};
  for (const Case& c : cases) {
    const auto flags = Flags::Parse(kGraph, c.arguments);
    ASSERT_TRUE(flags) << flags.error();
    EXPECT_EQ(flags->Find("graph"), c.value);
  }
}

TEST(Flags, TakesOperandsAndFlagsThatStandSeveralTimes) {
  constexpr Flag kMany[] = {{.name = "ignore", .value = "CODE", .help = "", .many = true}};
  const std::vector<std::string_view> arguments = {"a.yaml", "--ignore", "x", "-", "--ignore=y"};
  const auto flags = Flags::Parse(kMany, arguments, 2);
  ASSERT_TRUE(flags) << flags.error();
  EXPECT_EQ(flags->operands(), (std::vector<std::string_view>{"a.yaml", "-"}));
  EXPECT_EQ(flags->All("ignore"), (std::vector<std::string_view>{"x", "y"}));
  EXPECT_EQ(Flags::Parse(kMany, arguments, 1).error(), "one argument too many: \"-\"");
}

TEST(Flags, KnowsHelpEverywhere) {
  for (const std::string_view help : {"--help", "-h"}) {
    const auto flags = Flags::Parse({}, std::vector<std::string_view>{help});
    ASSERT_TRUE(flags) << flags.error();
    EXPECT_TRUE(flags->Has("help"));
  }
}

TEST(Flags, SaysWhatIsWrong) {
  struct Case {
    std::vector<std::string_view> arguments;
    std::string_view error;
  };
  const Case cases[] = {
      {{"--confg", "x"}, "unknown flag \"--confg\"; did you mean \"--config\"?"},
      {{"--confg=x"}, "unknown flag \"--confg\"; did you mean \"--config\"?"},
      {{"--hepl"}, "unknown flag \"--hepl\"; did you mean \"--help\"?"},
      {{"--verbose"}, "unknown flag \"--verbose\""},
      {{"-c", "x"}, "unknown flag \"-c\""},
      {{"--"}, "unknown flag \"--\""},
      {{"-"}, "unknown flag \"-\""},
      {{"--config"}, "--config needs a value: --config FILE"},
      {{"--json=yes"}, "--json takes no value"},
      {{"--json", "--json"}, "--json stands twice"},
      {{"--config", "a", "--config", "b"}, "--config stands twice"},
      {{"a.yaml"}, "expected a flag, got \"a.yaml\""},
      {{""}, "expected a flag, got \"\""},
  };
  for (const Case& c : cases) {
    const auto flags = Flags::Parse(kKnown, c.arguments);
    ASSERT_FALSE(flags) << c.error;
    EXPECT_EQ(flags.error(), c.error);
  }
}

}  // namespace
}  // namespace dragoman::cli
