#include "transcoding/nearest.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace dragoman {
namespace {

TEST(NearestName, FindsWhatWasMeant) {
  const std::vector<std::string> names = {"endpoints", "timeout", "id", "idle_timeout", "max_body_bytes"};
  struct Case {
    std::string_view name;
    std::string_view nearest;
  };
  const Case cases[] = {
      {"endpoint", "endpoints"},            // one missing
      {"endpionts", "endpoints"},           // neighbours swapped
      {"Endpoints", "endpoints"},           // case is free
      {"tiemout", "timeout"},               //
      {"max_body_byte", "max_body_bytes"},  //
      {"maxbodybytes", "max_body_bytes"},   // two missing
      {"ix", "id"},                         // one edit is allowed in a short name
      {"xy", ""},                           // but not two
      {"completely_different", ""},         //
      {"", ""},                             //
      {"timeout", "timeout"},               //
      {std::string_view("endpoints\0\0\0\0", 13), ""},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(NearestName(c.name, names), c.nearest) << c.name;
  }
}

TEST(NearestName, TakesTheFirstOfEquals) {
  EXPECT_EQ(NearestName("bat", std::vector<std::string_view>{"cat", "hat"}), "cat");
  EXPECT_EQ(NearestName("bat", std::vector<const char*>{"cart", "hat"}), "hat");
}

TEST(NearestName, IgnoresNamesThatAreTooLong) {
  const std::string name(65, 'a');
  EXPECT_EQ(NearestName(name, std::vector<std::string>{name}), "");
}

TEST(NearestName, NeverOffersTheEmptyName) { EXPECT_EQ(NearestName("a", std::vector<std::string>{""}), ""); }

TEST(NearestName, MakesTheQuestion) {
  EXPECT_EQ(DidYouMean("endpoint", std::vector<std::string>{"endpoints"}), "; did you mean \"endpoints\"?");
  EXPECT_EQ(DidYouMean("endpoint", std::vector<std::string>{"services"}), "");
}

TEST(EditDistance, CountsUpToItsLimit) {
  EXPECT_EQ(EditDistance("kitten", "sitting", 5), 3u);
  EXPECT_EQ(EditDistance("kitten", "sitting", 2), 3u);
  EXPECT_EQ(EditDistance("kitten", "sitting", 1), 2u);
  EXPECT_EQ(EditDistance("ab", "ba", 3), 1u);
  EXPECT_EQ(EditDistance("", "abc", 3), 3u);
  EXPECT_EQ(EditDistance("same", "same", 0), 0u);
}

}  // namespace
}  // namespace dragoman
