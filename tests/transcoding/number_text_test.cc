// Numbers both ways, beside the standard library's.
#include "transcoding/number_text.h"

#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "transcoding/message_plan.h"
#include "transcoding/scalar.h"
#include "transcoding/wire.h"

namespace dragoman::transcoding {
namespace {

constexpr uint32_t kSeed = 20261129;

template <typename Number>
std::string TextOf(Number number) {
  Buffer out("x");
  if constexpr (std::is_floating_point_v<Number>) {
    AppendFloating(number, out);
  } else {
    AppendDecimal(number, out);
  }
  return std::string(out.view().substr(1));
}

template <typename Integer>
void ExpectIntegersAsTheLibraryWritesThem() {
  std::mt19937_64 random(kSeed);
  std::vector<Integer> values = {0, std::numeric_limits<Integer>::min(), std::numeric_limits<Integer>::max()};
  for (Integer power = 1; power <= std::numeric_limits<Integer>::max() / 10; power *= 10) {
    for (const Integer value : {power, static_cast<Integer>(power - 1), static_cast<Integer>(power * 10 - 1)}) {
      values.push_back(value);
      values.push_back(static_cast<Integer>(0 - value));
    }
  }
  for (int i = 0; i < 20000; ++i) values.push_back(static_cast<Integer>(random() >> (random() % 64)));
  for (const Integer value : values) ASSERT_EQ(TextOf(value), std::to_string(value));
}

TEST(NumberText, WritesIntegersAsTheLibraryDoes) {
  ExpectIntegersAsTheLibraryWritesThem<int64_t>();
  ExpectIntegersAsTheLibraryWritesThem<uint64_t>();
}

TEST(NumberText, PadsWithZeros) {
  for (size_t digits = 1; digits <= 9; ++digits) {
    char text[9];
    EXPECT_EQ(PutPadded(text, 7, digits), text + digits);
    EXPECT_EQ(std::string(text, digits), std::string(digits - 1, '0') + "7");
  }
}

TEST(NumberText, FindsEightDigitsAtOnce) {
  for (uint64_t value = 0; value < 100'000'000; value += value % 10'000 < 9'900 ? 97 : 1) {
    const uint64_t digits = EightDigits(value);
    uint64_t back = 0;
    for (int i = 0; i < 8; ++i) {
      const uint64_t digit = digits >> 8 * i & 0xFF;
      ASSERT_LE(digit, 9) << value;
      back = back * 10 + digit;
    }
    ASSERT_EQ(back, value);
  }
}

// The shortest digits by the library, where JSON has them without an exponent.
template <typename Float>
std::string ShortestFixed(Float value) {
  char text[64];
  return std::string(text, std::to_chars(text, text + sizeof text, value, std::chars_format::fixed).ptr);
}

template <typename Float>
void ExpectShortest(Float value) {
  const Float magnitude = std::fabs(value);
  if (magnitude < Float(1e-5) || magnitude >= Float(1e15)) return;
  ASSERT_EQ(TextOf(value), ShortestFixed(value));
}

template <typename Float>
void ExpectShortestOfFewDecimalsAndTheirNeighbours() {
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 200000; ++i) {
    const auto digits = static_cast<Float>(random() >> (24 + random() % 40));
    const Float value = digits / std::pow(Float{10}, static_cast<Float>(random() % 12)) * (i % 2 == 0 ? 1 : -1);
    ExpectShortest(value);
    ExpectShortest(std::nextafter(value, Float{0}));
    ExpectShortest(std::nextafter(value, std::numeric_limits<Float>::infinity()));
  }
}

TEST(NumberText, WritesTheShortestDecimals) {
  ExpectShortestOfFewDecimalsAndTheirNeighbours<double>();
  ExpectShortestOfFewDecimalsAndTheirNeighbours<float>();
}

TEST(NumberText, WritesTheShortestDecimalsAtTheBoundsOfWhatIsDoneByHand) {
  for (const double bound : {1e-5, 1e2, 1e7, 1e15}) {
    for (double value :
         {bound, std::nextafter(bound, 0), std::nextafter(bound, 1e300), bound + 1e-8, bound - 1e-8, bound + 0.5}) {
      ExpectShortest(value);
      ExpectShortest(static_cast<float>(value));
    }
  }
  EXPECT_EQ(TextOf(9999999.99999999), "9999999.99999999");
  EXPECT_EQ(TextOf(0.00001), "0.00001");
  EXPECT_EQ(TextOf(99.9999F), "99.9999");
}

TEST(NumberText, ReadsBackWhateverItWrites) {
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 200000; ++i) {
    const auto value = std::bit_cast<double>(random());
    if (!std::isfinite(value)) continue;
    const std::string text = TextOf(value);
    double back = 0;
    ASSERT_EQ(ParseDouble(text, TextKind::kJsonNumber, back), Conversion::kOk) << text;
    ASSERT_EQ(std::bit_cast<uint64_t>(back), std::bit_cast<uint64_t>(value)) << text;
  }
}

TEST(NumberText, ReadsDecimalsAsTheLibraryDoes) {
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 200000; ++i) {
    std::string text = std::to_string(random() >> (random() % 64));
    if (const size_t point = random() % (text.size() + 2); point > 0 && point < text.size()) text.insert(point, ".");
    if (text.size() > 1 && text[0] == '0' && text[1] != '.') continue;
    if (random() % 2 == 0) text.insert(0, "-");
    if (random() % 8 == 0) text += "e-" + std::to_string(random() % 30);
    double value = 0;
    ASSERT_EQ(ParseDouble(text, TextKind::kJsonNumber, value), Conversion::kOk) << text;
    ASSERT_EQ(std::bit_cast<uint64_t>(value), std::bit_cast<uint64_t>(std::strtod(text.c_str(), nullptr))) << text;
  }
}

// Digits, read the long way round; nothing where one is none.
std::optional<uint64_t> DigitsNaively(std::string_view text) {
  uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<uint64_t>(c - '0');
  }
  return value;
}

TEST(NumberText, ReadsIntegersOfEveryLengthAndNothingElse) {
  FieldPlan field;
  field.type = google::protobuf::FieldDescriptor::TYPE_FIXED64;
  std::mt19937_64 random(kSeed);
  for (size_t size = 1; size <= 19; ++size) {
    for (int round = 0; round < 2000; ++round) {
      std::string text(size, '0');
      for (char& c : text) c = static_cast<char>('0' + random() % 10);
      if (size > 1 && text[0] == '0') text[0] = '1';
      if (round % 2 == 1) text[random() % size] = static_cast<char>(random() % 256);
      if (text.find_first_of(".eE-") != std::string::npos || (size > 1 && text[0] == '0')) continue;
      const std::optional<uint64_t> expected = DigitsNaively(text);
      Buffer out;
      const Conversion conversion = AppendScalar(field, text, TextKind::kJsonString, out);
      ASSERT_EQ(conversion == Conversion::kOk, expected.has_value()) << text;
      if (!expected) continue;
      uint64_t value = 0;
      ASSERT_TRUE(WireCursor(out.view()).ReadFixed(value));
      ASSERT_EQ(value, *expected) << text;
    }
  }
}

}  // namespace
}  // namespace dragoman::transcoding
