// The formats beneath the codec: UTF-8, base64, wire bytes, length prefixes, names, quoted text.
#include <gtest/gtest.h>

#include <bit>
#include <cstdlib>
#include <limits>
#include <string>

#include "transcoding/base64.h"
#include "transcoding/length_prefixes.h"
#include "transcoding/name_table.h"
#include "transcoding/number_text.h"
#include "transcoding/quote.h"
#include "transcoding/utf8.h"
#include "transcoding/wire.h"

namespace dragoman::transcoding {
namespace {

TEST(Utf8, AcceptsEveryCharacterAndNothingElse) {
  for (uint32_t code_point = 0; code_point <= 0x10FFFF; ++code_point) {
    if (code_point == 0xD800) code_point = 0xE000;
    char bytes[4];
    const std::string_view text(bytes, static_cast<size_t>(PutUtf8(bytes, code_point) - bytes));
    ASSERT_TRUE(IsUtf8(text)) << code_point;
    ASSERT_EQ(Utf8CharacterSize(text), text.size());
    if (text.size() > 1) {
      ASSERT_FALSE(IsUtf8(text.substr(0, text.size() - 1))) << code_point;
    }
  }
  for (const std::string_view text :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3(", "eight by\xffte", "\xe2\x82", "a\xf0\x9f\x98"}) {
    EXPECT_FALSE(IsUtf8(text)) << Quote(text);
  }
  EXPECT_TRUE(IsUtf8(""));
  EXPECT_TRUE(IsUtf8(std::string_view("\0", 1)));
}

TEST(Base64, RoundTripsEveryLength) {
  std::string bytes;
  for (int i = 0; i < 260; ++i) {
    Buffer text;
    AppendBase64(bytes, text);
    EXPECT_EQ(text.size() % 4, 0u);
    std::string unpadded(text.view());
    while (unpadded.ends_with('=')) unpadded.pop_back();
    for (std::string_view form : {text.view(), std::string_view(unpadded)}) {
      Buffer back;
      EXPECT_TRUE(AppendFromBase64(form, back));
      EXPECT_EQ(back.view(), bytes);
    }
    bytes += static_cast<char>(i * 7);
  }
}

TEST(Base64, RefusesWhatIsNone) {
  for (const std::string_view text :
       {"A", "AAAAA", "A=", "AA=", "AAA==", "AAAA=", "====", "=", "A A ", "AA\n", "A*==", "AA=A", "AB==CD=="}) {
    Buffer out("x");
    EXPECT_FALSE(AppendFromBase64(text, out)) << text;
    EXPECT_EQ(out.view(), "x");
  }
}

TEST(Wire, VarintsRoundTrip) {
  for (int shift = 0; shift < 64; ++shift) {
    for (const uint64_t value : {uint64_t{1} << shift, (uint64_t{1} << shift) - 1, ~uint64_t{0} >> shift}) {
      Buffer out;
      AppendVarint(out, value);
      EXPECT_EQ(out.size(), static_cast<size_t>(VarintSize(value)));
      uint64_t back = 0;
      WireCursor in(out.view());
      ASSERT_TRUE(in.ReadVarint(back));
      EXPECT_EQ(back, value);
      EXPECT_TRUE(in.done());
      const size_t size = out.size();
      WireCursor cut(out.view().substr(0, size - 1));
      EXPECT_FALSE(cut.ReadVarint(back));
      for (const char behind : {'\0', '\x7F', '\xFF'}) {
        out.Truncate(size);
        for (int i = 0; i < 10; ++i) {
          out.Append(behind);
          WireCursor longer(out.view());
          ASSERT_TRUE(longer.ReadVarint(back));
          ASSERT_EQ(back, value);
          ASSERT_EQ(longer.at(), out.data() + size);
          // What stands behind may be looked at, but does not belong to it.
          const char* const readable = out.data() + out.size();
          WireCursor within(out.view().substr(0, size), readable);
          ASSERT_TRUE(within.ReadVarint(back));
          ASSERT_EQ(back, value);
          ASSERT_TRUE(within.done());
          WireCursor cut_within(out.view().substr(0, size - 1), readable);
          ASSERT_FALSE(cut_within.ReadVarint(back));
        }
      }
    }
  }
  for (const int32_t value : {0, 1, -1, std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::max()}) {
    EXPECT_EQ(UnZigZag32(ZigZag32(value)), value);
    EXPECT_EQ(UnZigZag64(ZigZag64(int64_t{value} << 31)), int64_t{value} << 31);
  }
}

TEST(LengthPrefixes, AreRightAtEveryDepthAndSize) {
  for (const size_t size : {0u, 100u, 125u, 126u, 127u, 128u, 16380u, 16384u}) {
    Buffer out("head");
    LengthPrefixes prefixes;
    prefixes.Start(out);
    for (int i = 0; i < 5; ++i) {
      out.Append('\x0A');
      prefixes.Open();
      out.Append("\x10\x01");
    }
    out.Append(std::string(size, 'x'));
    prefixes.CloseTo(2);
    out.Append("tail");
    prefixes.CloseTo(0);
    prefixes.Finish();
    std::string_view rest = out.view();
    ASSERT_TRUE(rest.starts_with("head"));
    rest.remove_prefix(4);
    for (int i = 0; i < 5; ++i) {
      WireCursor in(rest);
      uint32_t tag = 0;
      ASSERT_TRUE(in.ReadTag(tag) && in.ReadLengthDelimited(rest)) << size;
      ASSERT_TRUE(rest.starts_with("\x10\x01"));
      rest.remove_prefix(2);
      EXPECT_EQ(in.done(), i != 2);  // "tail" stands behind the third
    }
    EXPECT_EQ(rest, std::string(size, 'x'));
  }
}

TEST(NameTable, FindsEveryNameAndNoOther) {
  std::vector<std::string> texts;
  for (int i = 0; i < 500; ++i) texts.push_back("name" + std::to_string(i * i));
  texts.push_back("");
  std::vector<std::pair<std::string_view, int32_t>> names;
  for (size_t i = 0; i < texts.size(); ++i) names.emplace_back(texts[i], static_cast<int32_t>(i));
  names.emplace_back("name0", 77);  // the first holds
  NameTable table;
  EXPECT_EQ(table.Find("name0"), nullptr);
  table.Build(names);
  for (size_t i = 0; i < texts.size(); ++i) {
    ASSERT_NE(table.Find(texts[i]), nullptr);
    EXPECT_EQ(*table.Find(texts[i]), static_cast<int32_t>(i));
  }
  EXPECT_EQ(table.Find("name2"), nullptr);
  EXPECT_EQ(table.Find("nam"), nullptr);
}

TEST(Quote, IsShortAndAlwaysUtf8) {
  EXPECT_EQ(Quote("a\"b\\"), R"("a\"b\\")");
  EXPECT_EQ(Excerpt("a\"b\\"), R"(a"b\)");
  EXPECT_EQ(Quote("\n\t\x01\x7f"), R"("\n\t\u0001\u007F")");
  EXPECT_EQ(Quote("a\xff"), "\"a\uFFFD\"");
  EXPECT_EQ(Quote(std::string(65, 'x')), "\"" + std::string(64, 'x') + "…\"");
  EXPECT_EQ(Quote(std::string(63, 'x') + "é"), "\"" + std::string(63, 'x') + "…\"");
}

TEST(NumberText, EveryFloatRoundTrips) {
  for (uint64_t bits = 0; bits < (uint64_t{1} << 32); bits += 99'991) {
    const float value = std::bit_cast<float>(static_cast<uint32_t>(bits));
    Buffer out;
    AppendFloating(value, out);
    if (out.view().starts_with('"')) continue;
    const float back = std::strtof(std::string(out.view()).c_str(), nullptr);
    ASSERT_EQ(std::bit_cast<uint32_t>(back), static_cast<uint32_t>(bits)) << out.view();
  }
}

}  // namespace
}  // namespace dragoman::transcoding
