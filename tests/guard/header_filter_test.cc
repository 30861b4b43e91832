#include "guard/header_filter.h"

#include "guard_fixture.h"

namespace dragoman::guard {
namespace {

TEST(TextPatternTest, MatchesWithStars) {
  struct Case {
    const char* pattern;
    const char* text;
    bool matches;
  };
  for (const Case& c : {Case{"curl", "curl", true},
                        Case{"curl", "CURL", true},
                        Case{"CURL", "curl", true},
                        Case{"curl", "curl/8", false},
                        Case{"curl/*", "curl/8", true},
                        Case{"curl/*", "libcurl/8", false},
                        Case{"*bot", "GoogleBot", true},
                        Case{"*bot", "GoogleBot/2", false},
                        Case{"*bot*", "GoogleBot/2", true},
                        Case{"*bot*", "bo", false},
                        Case{"*", "", true},
                        Case{"*", "x", true},
                        Case{"", "", true},
                        Case{"", "x", false},
                        Case{"a*a", "a", false},
                        Case{"a*a", "aa", true},
                        Case{"a*b*c", "axxbxxc", true},
                        Case{"a*b*c", "axxcxxb", false},
                        Case{"**a**", "xax", true},
                        Case{"*ab*ab*", "xabx", false},
                        Case{"*ab*ab*", "abab", true},
                        Case{"x*y*", "xy", true},
                        Case{"\xc3\x84*", "\xc3\x84x", true}}) {
    EXPECT_EQ(TextPattern(c.pattern).Matches(c.text), c.matches) << c.pattern << " " << c.text;
  }
}

class HeaderFilterTest : public testing::Test {
 protected:
  std::string Check(std::vector<Header> headers) {
    const std::vector<config::Guard::HeaderRule> rules = {
        {.header = "user-agent", .deny = {"*sqlmap*", "curl/*"}, .required = true, .at = {}},
        {.header = "x-debug", .deny = {"*"}, .required = false, .at = {}}};
    RequestHead head;
    head.headers = headers;
    return GuardText(HeaderFilter(rules).Check(head));
  }
  static std::string GuardText(const Status& status) {
    return status.ok() ? "ok" : std::string(status.message()) + " (" + std::string(status.rule()) + ")";
  }
};

TEST_F(HeaderFilterTest, RefusesByValueAndForWant) {
  EXPECT_EQ(Check({{"user-agent", "Mozilla/5.0"}}), "ok");
  EXPECT_EQ(Check({{"host", "a"}, {"user-agent", "SQLMap/1.7"}}),
            "requests with this header \"user-agent\" are not served here (user_agents)");
  EXPECT_EQ(Check({{"user-agent", "Mozilla"}, {"user-agent", "curl/8"}}),
            "requests with this header \"user-agent\" are not served here (user_agents)");
  EXPECT_EQ(Check({{"host", "a"}}), "header \"user-agent\" is missing; requests need one (user_agents)");
  EXPECT_EQ(Check({{"user-agent", ""}}), "header \"user-agent\" is missing; requests need one (user_agents)");
  EXPECT_EQ(Check({{"user-agent", "Mozilla"}, {"x-debug", "1"}}),
            "requests with this header \"x-debug\" are not served here (headers.x-debug)");
}

}  // namespace
}  // namespace dragoman::guard
