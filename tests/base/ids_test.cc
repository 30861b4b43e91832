#include "base/ids.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>

namespace dragoman {
namespace {

// "1b4e28ba-2fa1-41d2-883f-0016d3cca427": x is any hexadecimal digit, y one of 89ab.
bool IsUuid(std::string_view id) {
  static constexpr std::string_view kForm = "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx";
  if (id.size() != kForm.size()) return false;
  for (size_t i = 0; i < id.size(); ++i) {
    const std::string_view allowed = kForm[i] == 'x'   ? std::string_view("0123456789abcdef")
                                     : kForm[i] == 'y' ? std::string_view("89ab")
                                                       : kForm.substr(i, 1);
    if (allowed.find(id[i]) == std::string_view::npos) return false;
  }
  return true;
}

TEST(RequestId, IsARandomUuid) {
  std::set<std::string> ids;
  const auto make = [&] {
    for (int i = 0; i < 1000; ++i) {
      const std::string id(RequestId::Make().view());
      EXPECT_TRUE(IsUuid(id)) << id;
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
