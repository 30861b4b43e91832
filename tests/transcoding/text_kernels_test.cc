#include "transcoding/text_kernels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "transcoding/quote.h"

namespace dragoman::transcoding {
namespace {

constexpr size_t kLongest = 200;    // bytes
constexpr size_t kAlignments = 32;  // bytes
constexpr uint32_t kSeed = 20261129;

bool IsSpecial(char c) { return static_cast<uint8_t>(c) < 0x20 || c == '"' || c == '\\'; }
bool IsHigh(char c) { return static_cast<uint8_t>(c) >= 0x80; }

// Bytes at a chosen distance from a place of 32 bytes, with nothing behind them that may be read: the address sanitizer
// sees to that.
class Placed {
 public:
  Placed(std::string_view text, size_t alignment)
      : storage_(new (std::align_val_t(kAlignments)) char[alignment + text.size()]),
        at_(storage_.get() + alignment),
        size_(text.size()) {
    std::copy(text.begin(), text.end(), at_);
  }

  char* begin() const { return at_; }
  char* end() const { return at_ + size_; }
  std::string_view view() const { return {at_, size_}; }

 private:
  struct Free {
    void operator()(char* memory) const { operator delete[](memory, std::align_val_t(kAlignments)); }
  };
  std::unique_ptr<char[], Free> storage_;
  char* at_;
  size_t size_;
};

// Calls `check` with every form, every length and every alignment, and a text of each kind.
template <typename Check>
void OnTexts(Check check) {
  std::mt19937 random(kSeed);
  const std::string_view alphabets[] = {"plain text", "plain \xC3\xA9\xE2\x82\xAC",
                                        "rarely a \" or a \\ in all of this long text", "\"\\\n\x1F\x80\xFF"};
  for (const TextKernels* kernels : AllKernels()) {
    SCOPED_TRACE(kernels->name);
    for (size_t size = 0; size <= kLongest; ++size) {
      for (size_t alignment = 0; alignment < kAlignments; ++alignment) {
        const std::string_view alphabet = alphabets[(size + alignment) % std::size(alphabets)];
        std::string text(size, ' ');
        for (char& c : text) c = alphabet[random() % alphabet.size()];
        ASSERT_NO_FATAL_FAILURE(check(*kernels, Placed(text, alignment))) << Quote(text);
      }
    }
  }
}

// Calls `check` with every form and texts of one unusual byte, at each place of each length.
template <typename Check>
void OnLoneBytes(std::string_view unusual, Check check) {
  for (const TextKernels* kernels : AllKernels()) {
    SCOPED_TRACE(kernels->name);
    for (size_t size = 1; size <= kLongest; ++size) {
      for (size_t place = 0; place < size; ++place) {
        std::string text(size, 'x');
        text[place] = unusual[(size + place) % unusual.size()];
        ASSERT_NO_FATAL_FAILURE(check(*kernels, Placed(text, place % kAlignments))) << Quote(text);
      }
    }
  }
}

void ExpectFound(const TextKernels& kernels, const Placed& text) {
  const char* const expected = std::find_if(text.begin(), text.end(), IsSpecial);
  uint32_t high = 0;
  ASSERT_EQ(kernels.find_special(text.begin(), text.end(), high) - text.begin(), expected - text.begin());
  ASSERT_EQ(high != 0, std::any_of(static_cast<const char*>(text.begin()), expected, IsHigh));
}

void ExpectCopied(const TextKernels& kernels, const Placed& text) {
  const std::string_view all = text.view();
  const auto plain = static_cast<size_t>(std::find_if(all.begin(), all.end(), IsSpecial) - all.begin());
  const Placed copy(std::string(all.size() + kCopySlack, '~'), 0);
  uint32_t high = 0;
  ASSERT_EQ(kernels.copy_plain(text.begin(), text.end(), copy.begin(), high), text.begin() + plain);
  ASSERT_EQ(copy.view().substr(0, plain), all.substr(0, plain));
  ASSERT_EQ(high != 0, std::any_of(all.begin(), all.begin() + static_cast<ptrdiff_t>(plain), IsHigh));
}

// RFC 3629 by the book: a character's value is put together, then judged.
bool IsUtf8Naively(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto first = static_cast<uint8_t>(text[i++]);
    if (first < 0x80) continue;
    const int more = first >= 0xF8 ? -1 : first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : -1;
    if (more < 0) return false;
    uint32_t value = first & (0x3FU >> more);
    for (int k = 0; k < more; ++k, ++i) {
      if (i == text.size() || (text[i] & 0xC0) != 0x80) return false;
      value = value << 6 | (static_cast<uint32_t>(text[i]) & 0x3F);
    }
    constexpr uint32_t kSmallest[] = {0, 0x80, 0x800, 0x10000};
    if (value < kSmallest[more] || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) return false;
  }
  return true;
}

TEST(TextKernels, EveryProcessorHasThePortableFormAndTheBestIsChosen) {
  ASSERT_FALSE(AllKernels().empty());
  EXPECT_STREQ(AllKernels().front()->name, "portable");
  EXPECT_EQ(&Kernels(), AllKernels().back());
}

TEST(TextKernels, FindSpecialCharactersInEveryTextAtEveryAlignment) { OnTexts(ExpectFound); }

TEST(TextKernels, FindALoneSpecialCharacterAtEveryPlace) {
  OnLoneBytes(std::string_view("\"\\\n\0\x1F", 5), ExpectFound);
}

TEST(TextKernels, PassWhatIsNearlySpecial) { OnLoneBytes("\x20\x7F\x80\xA2\xDC\x9F\xFF!#[]", ExpectFound); }

TEST(TextKernels, CopyPlainCharactersOfEveryTextAtEveryAlignment) { OnTexts(ExpectCopied); }

TEST(TextKernels, CopyUpToALoneSpecialCharacterAtEveryPlace) {
  OnLoneBytes(std::string_view("\"\\\n\0\x1F", 5), ExpectCopied);
}

TEST(TextKernels, JudgeUtf8OfEveryTextAtEveryAlignment) {
  OnTexts([](const TextKernels& kernels, const Placed& text) {
    ASSERT_EQ(kernels.is_utf8(text.view()), IsUtf8Naively(text.view()));
  });
}

TEST(TextKernels, JudgeUtf8OfCharactersThatAreCutOrChanged) {
  std::mt19937 random(kSeed);
  const std::string_view characters[] = {"a",
                                         "\xC2\x80",
                                         "\xDF\xBF",
                                         "\xE0\xA0\x80",
                                         "\xED\x9F\xBF",
                                         "\xEE\x80\x80",
                                         "\xEF\xBF\xBF",
                                         "\xF0\x90\x80\x80",
                                         "\xF4\x8F\xBF\xBF"};
  for (const TextKernels* kernels : AllKernels()) {
    SCOPED_TRACE(kernels->name);
    int valid = 0;
    for (size_t size = 0; size <= kLongest; ++size) {
      for (int round = 0; round < 40; ++round) {
        std::string text;
        while (text.size() < size) text += characters[random() % std::size(characters)];
        if (round % 4 == 1) text.resize(size);
        if (round % 4 >= 2 && size > 0) text[random() % text.size()] = static_cast<char>(random() % 256);
        const Placed placed(text, random() % kAlignments);
        const bool expected = IsUtf8Naively(text);
        valid += expected ? 1 : 0;
        ASSERT_EQ(kernels->is_utf8(placed.view()), expected) << Quote(text);
      }
    }
    EXPECT_GT(valid, 2000);
  }
}

// Every sequence of four bytes, of those at which the rules of RFC 3629 change, across the border of two steps.
TEST(TextKernels, JudgeUtf8OfEveryFourBytesAtABorder) {
  constexpr uint8_t kBytes[] = {0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF,
                                0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF};
  for (const TextKernels* kernels : AllKernels()) {
    SCOPED_TRACE(kernels->name);
    for (const size_t place : {size_t{30}, size_t{32}}) {
      std::string text(36, 'x');
      for (const uint8_t first : kBytes) {
        for (const uint8_t second : kBytes) {
          for (const uint8_t third : kBytes) {
            for (const uint8_t fourth : kBytes) {
              const uint8_t bytes[] = {first, second, third, fourth};
              std::memcpy(text.data() + place, bytes, sizeof bytes);
              ASSERT_EQ(kernels->is_utf8(text), IsUtf8Naively(text)) << Quote(text);
            }
          }
        }
      }
    }
  }
}

std::string Base64Naively(std::string_view bytes, std::string_view last_two) {
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + std::string(last_two);
  std::string text;
  for (size_t bit = 0; bit + 6 <= bytes.size() * 8; bit += 6) {
    uint32_t digit = 0;
    for (size_t i = bit; i < bit + 6; ++i)
      digit = digit << 1 | (static_cast<uint8_t>(bytes[i / 8]) >> (7 - i % 8) & 1U);
    text += alphabet[digit];
  }
  return text;
}

std::string RandomBytes(size_t size, std::mt19937& random) {
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random() % 256);
  return bytes;
}

TEST(TextKernels, EncodeBase64OfEveryLength) {
  std::mt19937 random(kSeed);
  for (const TextKernels* kernels : AllKernels()) {
    SCOPED_TRACE(kernels->name);
    for (size_t size = 0; size <= kLongest; ++size) {
      const Placed bytes(RandomBytes(size, random), size % kAlignments);
      const Placed text(std::string((size + 2) / 3 * 4, '~'), 0);
      const size_t taken = kernels->encode_base64(bytes.view(), text.begin());
      ASSERT_LE(taken, size);
      ASSERT_EQ(taken % 3, 0u);
      ASSERT_EQ(text.view().substr(0, taken / 3 * 4), Base64Naively(bytes.view().substr(0, taken), "+/"));
    }
  }
}

TEST(TextKernels, DecodeBase64OfEveryLengthInEitherAlphabet) {
  std::mt19937 random(kSeed);
  for (const TextKernels* kernels : AllKernels()) {
    SCOPED_TRACE(kernels->name);
    for (size_t size = 0; size <= kLongest; ++size) {
      for (const std::string_view last_two : {"+/", "-_", "-/"}) {
        const std::string bytes = RandomBytes(size, random);
        const Placed text(Base64Naively(bytes, last_two), size % kAlignments);
        const Placed decoded(std::string(text.view().size() * 3 / 4, '~'), 0);
        const size_t taken = kernels->decode_base64(text.view(), decoded.begin());
        ASSERT_LE(taken, text.view().size());
        ASSERT_EQ(taken % 4, 0u);
        ASSERT_EQ(decoded.view().substr(0, taken / 4 * 3), bytes.substr(0, taken / 4 * 3));
      }
    }
  }
}

TEST(TextKernels, DecodeNoBase64BeyondWhatIsNoDigit) {
  for (const TextKernels* kernels : AllKernels()) {
    SCOPED_TRACE(kernels->name);
    for (int byte = 0; byte < 256; ++byte) {
      std::string text(128, 'A');
      const size_t place = static_cast<size_t>(byte) % text.size();
      text[place] = static_cast<char>(byte);
      std::string decoded(96, '~');
      const size_t taken = kernels->decode_base64(text, decoded.data());
      const bool digit = std::isalnum(byte) != 0 || (byte != 0 && std::strchr("+/-_", byte) != nullptr);
      if (!digit) {
        ASSERT_LE(taken, place) << byte;
      }
    }
  }
}

}  // namespace
}  // namespace dragoman::transcoding
