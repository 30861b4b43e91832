#include "guard/subject.h"

#include "guard_fixture.h"

namespace dragoman::guard {
namespace {

TEST(SubjectTest, ReadsWhatItWrites) {
  const std::string longest(IdentityName::kMaxName, 'x');
  for (const std::string& text :
       std::vector<std::string>{"192.0.2.7", "2001:db8::/64", "basic:alice", "jwt.main:a:b c@192.0.2.7",
                                "192.0.2.7 basic:alice", "2001:db8::/64 jwt.main:7f3a", "basic:" + longest}) {
    const auto subject = Subject::Parse(text);
    ASSERT_TRUE(subject) << text;
    EXPECT_EQ(subject->ToString(), text);
  }
}

TEST(SubjectTest, TakesAnyAddressOfASixtyFour) {
  EXPECT_EQ(Subject::Parse("2001:db8::7")->ToString(), "2001:db8::/64");
  EXPECT_EQ(Subject::Parse("::ffff:192.0.2.7")->ToString(), "192.0.2.7");
}

TEST(SubjectTest, RefusesEverythingElse) {
  for (const std::string& text : std::vector<std::string>{
           "", " ", "192.0.2.0/24", "2001:db8::/48", "192.0.2.7 ", "192.0.2.7 alice", "alice", ":alice",
           "basic:", "ba sic:alice", " basic:alice", "basic:" + std::string(IdentityName::kMaxName + 1, 'x'),
           std::string(IdentityName::kMaxScheme + 1, 'x') + ":alice"}) {
    EXPECT_FALSE(Subject::Parse(text)) << text;
  }
}

TEST(SubjectTest, CutsLongNames) {
  const std::string name(10'000, 'x');
  const Subject subject{{}, {"basic", name}};
  EXPECT_EQ(subject.ToString().size(), 6 + IdentityName::kMaxName);
}

}  // namespace
}  // namespace dragoman::guard
