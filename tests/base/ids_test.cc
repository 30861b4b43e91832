#include "base/ids.h"

#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <string>
#include <thread>

namespace dragoman {
namespace {

TEST(RequestId, IsARandomUuid) {
  const std::regex uuid("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  std::set<std::string> ids;
  const auto make = [&] {
    for (int i = 0; i < 1000; ++i) {
      const std::string id(RequestId::Make().view());
      EXPECT_TRUE(std::regex_match(id, uuid)) << id;
      EXPECT_TRUE(ValidRequestId(id)) << id;
      ids.insert(id);
    }
  };
  make();
  std::thread(make).join();  // another generator
  EXPECT_EQ(ids.size(), 2000u);
}

TEST(ValidRequestId, TakesWhatIsSafeEverywhere) {
  for (const std::string_view id : {"1", "r-12", "1b4e28ba-2fa1-41d2-883f-0016d3cca427", "01ARZ3NDEKTSV4RRFFQ69G5FAV",
                                    "q83vEjRWeJA=/+", "web:7@eu", "Root=1-67891233-abcdef012345678912345678"}) {
    EXPECT_TRUE(ValidRequestId(id)) << id;
  }
  for (const std::string_view id : {"", " ", "a b", "a,b", "a\nb", "a\"b", "a;b", "\xc3\xa9", "a%20", "<a>"}) {
    EXPECT_FALSE(ValidRequestId(id)) << id;
  }
  EXPECT_TRUE(ValidRequestId(std::string(128, 'a')));
  EXPECT_FALSE(ValidRequestId(std::string(129, 'a')));
}

}  // namespace
}  // namespace dragoman
