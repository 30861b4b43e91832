#include "exchange/characters.h"

#include <gtest/gtest.h>

#include <string>

namespace dragoman {
namespace {

TEST(IsHeaderValue, AgreesWithLookingAtEachByteWhereverItStands) {
  for (size_t size = 0; size <= 20; ++size) {
    for (size_t at = 0; at < size; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string text(size, 'x');
        text[at] = static_cast<char>(byte);
        text[size - 1 - at / 2] = '\t';  // allowed, and looked at closely
        ASSERT_EQ(IsHeaderValue(text), EveryCharacter(text, IsValueCharacter)) << "size " << size << " at " << at << " byte " << byte;
      }
    }
  }
  EXPECT_TRUE(IsHeaderValue(""));
  EXPECT_TRUE(IsHeaderValue("\xc3\xa4\xff "));
  EXPECT_FALSE(IsHeaderValue("abcdefgh\x7f"));
  EXPECT_FALSE(IsHeaderValue(std::string_view("abc\0", 4)));
}

}  // namespace
}  // namespace dragoman
