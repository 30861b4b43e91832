#include "transcoding/json_blocks.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <string_view>

namespace dragoman::transcoding {
namespace {

template <typename AnyBlock>
class Blocks : public ::testing::Test {};

#if DRAGOMAN_SSE2
using Forms = ::testing::Types<PortableBlock, Sse2Block>;
#else
using Forms = ::testing::Types<PortableBlock>;
#endif
TYPED_TEST_SUITE(Blocks, Forms);

template <typename Is>
uint32_t MaskNaively(std::string_view text, Is is) {
  uint32_t mask = 0;
  for (size_t i = 0; i < kBlock; ++i) mask |= is(text[i], i) ? uint32_t{1} << i : 0;
  return mask;
}

bool IsOneOf(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

template <typename AnyBlock>
void ExpectMasks(std::string_view text, std::string_view other) {
  const AnyBlock block = AnyBlock::Load(text.data());
  EXPECT_EQ(block.High(), MaskNaively(text, [](char c, size_t) { return static_cast<uint8_t>(c) >= 0x80; }));
  EXPECT_EQ(block.Special(),
            MaskNaively(text, [](char c, size_t) { return static_cast<uint8_t>(c) < 0x20 || c == '"' || c == '\\'; }));
  EXPECT_EQ(block.SpecialOrHigh(), block.Special() | block.High());
  EXPECT_EQ(block.Nesting(), MaskNaively(text, [](char c, size_t) { return IsOneOf(c, "\"{}[]"); }));
  EXPECT_EQ(block.Equal('\n'), MaskNaively(text, [](char c, size_t) { return c == '\n'; }));
  EXPECT_EQ(block.Equal(AnyBlock::Load(other.data())),
            MaskNaively(text, [other](char c, size_t i) { return c == other[i]; }));
}

TYPED_TEST(Blocks, AnswerForEveryByteAtEveryPlace) {
  for (const char around : {'x', '\0', '"', '\xFF'}) {
    const std::string other(kBlock, around);
    for (size_t place = 0; place < kBlock; ++place) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string text = other;
        text[place] = static_cast<char>(byte);
        ExpectMasks<TypeParam>(text, other);
      }
    }
  }
}

TYPED_TEST(Blocks, AnswerForRandomBytes) {
  std::mt19937 random(20261129);
  for (int i = 0; i < 20000; ++i) {
    std::string text(kBlock, '\0'), other(kBlock, '\0');
    for (char& c : text) c = static_cast<char>(random() % 256);
    for (char& c : other)
      c = static_cast<char>(random() % 3 == 0 ? random() % 256 : text[static_cast<size_t>(&c - other.data())]);
    ExpectMasks<TypeParam>(text, other);
  }
}

TYPED_TEST(Blocks, AreStoredAsTheyWereLoaded) {
  const std::string_view text = "\x01\x80\xFFsixteen bytes";
  ASSERT_EQ(text.size(), kBlock);
  char copy[kBlock];
  TypeParam::Load(text.data()).Store(copy);
  EXPECT_EQ(std::string_view(copy, kBlock), text);
}

TYPED_TEST(Blocks, AreMadeOfTwoWords) {
  const std::string_view text = "eight...\x80 more!!";
  uint64_t low = 0, high = 0;
  std::memcpy(&low, text.data(), sizeof low);
  std::memcpy(&high, text.data() + sizeof low, sizeof high);
  char copy[kBlock];
  TypeParam::Of(low, high).Store(copy);
  EXPECT_EQ(std::string_view(copy, kBlock), text.substr(0, kBlock));
  EXPECT_EQ(TypeParam::Of(low, high).High(), 1U << 8);
}

}  // namespace
}  // namespace dragoman::transcoding
