#include "transcoding/json_escape.h"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <string>
#include <vector>

namespace dragoman::transcoding {
namespace {

// What `text` becomes behind something that stands already; "refused" where it is no UTF-8.
std::string Escaped(const std::string& text) {
  // Storage of exactly its size, so that a read beyond it shows under the address sanitizer.
  const std::vector<char> exact(text.begin(), text.end());
  Buffer out("before");
  const bool good = AppendEscaped({exact.data(), exact.size()}, out);
  EXPECT_TRUE(out.view().starts_with("before"));
  if (good) return std::string(out.view().substr(6));
  EXPECT_EQ(out.view(), "before");
  return "refused";
}

// The same of a short text within longer storage.
std::string EscapedWithin(const std::string& text, char behind, size_t readable) {
  std::vector<char> storage(text.begin(), text.end());
  storage.insert(storage.end(), readable, behind);
  const std::string_view within(storage.data(), text.size());
  std::vector<char> room(RoomForShort(text));
  const char* end = PutShortEscaped(within, storage.data() + storage.size(), room.data());
  const std::string escaped =
      end == nullptr ? "refused" : std::string(room.data(), static_cast<size_t>(end - room.data()));
  std::vector<char> exact_room(kRoomForPlain);
  end = PutPlain(within, storage.data() + storage.size(), exact_room.data());
  if (end != nullptr) {
    EXPECT_EQ(std::string_view(exact_room.data(), static_cast<size_t>(end - exact_room.data())), escaped);
  }
  return escaped;
}

// What RapidJSON reads of a text that is one string.
std::string ReadBack(const std::string& json) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseValidateEncodingFlag>(json.data(), json.size());
  if (document.HasParseError() || !document.IsString()) return "no string";
  return {document.GetString(), document.GetStringLength()};
}

// A text of each length that is copied in a way of its own: by words, by blocks, by a loop of text_kernels.h.
constexpr size_t kLongest = 140;

TEST(AppendEscaped, LeavesPlainTextAsItIs) {
  std::string text;
  for (size_t size = 0; size <= kLongest; ++size) {
    EXPECT_EQ(Escaped(text), '"' + text + '"');
    text += static_cast<char>('a' + size % 26);
  }
}

TEST(AppendEscaped, FindsWhatMustBeEscapedWhereverItStands) {
  for (size_t size = 1; size <= kLongest; ++size) {
    for (size_t place = 0; place < size; ++place) {
      for (const char special : {'"', '\\', '\n', '\x1f', '\0'}) {
        std::string text(size, 'x');
        text[place] = special;
        ASSERT_EQ(ReadBack(Escaped(text)), text) << size << " bytes, at " << place;
      }
    }
  }
}

TEST(AppendEscaped, ChecksUtf8WhereverItStands) {
  for (size_t size = 2; size <= kLongest; ++size) {
    for (size_t place = 0; place + 1 < size; ++place) {
      std::string text(size, 'x');
      text.replace(place, 2, "é");
      ASSERT_EQ(Escaped(text), '"' + text + '"') << size << " bytes, at " << place;
      text[place + 1] = 'x';
      ASSERT_EQ(Escaped(text), "refused") << size << " bytes, at " << place;
    }
  }
}

TEST(AppendEscaped, DoesNotMindWhatStandsBehindAShortText) {
  for (size_t size = 0; size <= kShortText; ++size) {
    for (const std::string_view end : {"", "x", "\"", "\x1f", "é", "\x80", "\xC3"}) {
      if (end.size() > size) continue;
      const std::string text = std::string(size - end.size(), 'x') + std::string(end);
      for (const char behind : {'x', '"', '\0', '\x80', '\xA9'}) {
        for (const size_t readable : {0, 1, 15, 16, 40}) {
          ASSERT_EQ(EscapedWithin(text, behind, readable), Escaped(text))
              << size << " bytes, " << readable << " behind";
        }
      }
    }
  }
}

TEST(AppendEscaped, RefusesWrongBytesBehindAnEscape) {
  for (size_t size = 2; size <= kLongest; ++size) {
    std::string text(size, 'x');
    text.front() = '"';
    text.back() = '\x80';
    ASSERT_EQ(Escaped(text), "refused") << size << " bytes";
  }
}

}  // namespace
}  // namespace dragoman::transcoding
