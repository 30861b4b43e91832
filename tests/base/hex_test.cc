#include "base/hex.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace dragoman {
namespace {

TEST(RenderHex, WritesTwoDigitsAByte) {
  EXPECT_EQ(RenderHex(std::array<uint8_t, 4>{0x00, 0x0f, 0xa0, 0xff}), "000fa0ff");
  EXPECT_EQ(RenderHex({}), "");
}

TEST(AppendHex, AppendsToWhatIsThere) {
  std::string text = "h";
  AppendHex(std::array<uint8_t, 1>{0x7e}, text);
  EXPECT_EQ(text, "h7e");
}

}  // namespace
}  // namespace dragoman
