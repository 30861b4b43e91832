#include "jose/base64url.h"

#include <gtest/gtest.h>

#include <string>

namespace dragoman::jose {
namespace {

TEST(Base64Url, ReadsOneSpellingOnly) {
  struct Case {
    const char* name;
    std::string text;
    bool read;
    std::string bytes;
  };
  const Case cases[] = {
      {"nothing", "", true, ""},
      {"one byte", "Zg", true, "f"},
      {"two bytes", "Zm8", true, "fo"},
      {"three bytes", "Zm9v", true, "foo"},
      {"both special characters", "-_8", true, "\xFB\xFF"},
      {"the other alphabet", "+/8", false, ""},
      {"padding", "Zg==", false, ""},
      {"half a padding", "Zg=", false, ""},
      {"a lone character", "Z", false, ""},
      {"a lone character behind", "Zm9vZ", false, ""},
      {"white space", "Zm 9v", false, ""},
      {"a line's end", "Zm9v\n", false, ""},
      {"a NUL", std::string("Zm9\0", 4), false, ""},
      {"a byte over ASCII", "Zm9\xC3", false, ""},
      {"four bits that stand for nothing", "Zh", false, ""},
      {"two bits that stand for nothing", "Zm9", false, ""},
      {"a dot", "Zm.v", false, ""},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    Buffer out("before");
    EXPECT_EQ(AppendFromBase64Url(c.text, out), c.read);
    EXPECT_EQ(out.view(), "before" + c.bytes);
  }
}

TEST(Base64Url, OfEveryLastCharacterOnlyTheCanonicalOnesAreRead) {
  int two = 0, three = 0;
  for (int c = 0; c < 256; ++c) {
    Buffer out;
    two += AppendFromBase64Url(std::string("Z") + static_cast<char>(c), out);
    three += AppendFromBase64Url(std::string("Zm") + static_cast<char>(c), out);
  }
  EXPECT_EQ(two, 4);
  EXPECT_EQ(three, 16);
}

}  // namespace
}  // namespace dragoman::jose
