#include "upstream/grpc_frame.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "frame_server.h"

namespace dragoman::upstream {
namespace {

using frames::Framed;

using Outcome = MessageReader::Outcome;

std::vector<std::string> TakeAll(MessageReader& reader, Outcome& last) {
  std::vector<std::string> messages;
  std::string_view message;
  while ((last = reader.Next(message)) == Outcome::kMessage) messages.emplace_back(message);
  return messages;
}

TEST(MessageReader, CutsAtEveryByteAlike) {
  const std::vector<std::string> expected = {"abc", "", std::string(300, 'x'), "z"};
  std::string bytes;
  for (const std::string& message : expected) bytes += Framed(message);
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    MessageReader reader(1000);
    Outcome last{};
    reader.Append(std::string_view(bytes).substr(0, cut));
    std::vector<std::string> messages = TakeAll(reader, last);
    reader.Append(std::string_view(bytes).substr(cut));
    for (std::string& message : TakeAll(reader, last)) messages.push_back(std::move(message));
    EXPECT_EQ(messages, expected) << "cut at " << cut;
    EXPECT_EQ(last, Outcome::kMore);
    EXPECT_EQ(reader.untaken(), 0u);
  }
}

TEST(MessageReader, ALentMessageStaysWhileMoreArrives) {
  MessageReader reader(1 << 20);
  reader.Append(Framed("first") + Framed("second").substr(0, 7));
  std::string_view message;
  ASSERT_EQ(reader.Next(message), Outcome::kMessage);
  for (int i = 0; i < 1000; ++i) reader.Append(i == 0 ? Framed("second").substr(7) : Framed(std::string(500, 'y')));
  EXPECT_EQ(message, "first");
  ASSERT_EQ(reader.Next(message), Outcome::kMessage);
  EXPECT_EQ(message, "second");
  EXPECT_EQ(reader.untaken(), 999u * 505u);
}

TEST(MessageReader, ManyMessagesBehindEachOtherAreMovedToTheFront) {
  MessageReader reader(1 << 20);
  std::string_view message;
  for (int i = 0; i < 5000; ++i) {
    reader.Append(Framed(std::to_string(i)) + Framed(std::string(40, 'x')));
    ASSERT_EQ(reader.Next(message), Outcome::kMessage);
    if (i % 2 == 0) continue;
    ASSERT_EQ(reader.Next(message), Outcome::kMessage);
  }
}

TEST(MessageReader, TellsCompressedMessagesWhereTheyAreExpected) {
  const std::string bytes = Framed("gz", 1) + Framed("plain") + Framed("", 1) + "\2";
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    MessageReader reader(1000);
    reader.ExpectCompressed();
    EXPECT_FALSE(reader.compressed());
    std::vector<std::string> seen;
    Outcome last{};
    for (const std::string_view piece : {std::string_view(bytes).substr(0, cut), std::string_view(bytes).substr(cut)}) {
      reader.Append(piece);
      std::string_view message;
      while ((last = reader.Next(message)) == Outcome::kMessage) {
        seen.push_back(std::string(message) + (reader.compressed() ? " compressed" : ""));
      }
    }
    EXPECT_EQ(seen, (std::vector<std::string>{"gz compressed", "plain", " compressed"})) << "cut at " << cut;
    EXPECT_EQ(last, Outcome::kBadFlag);
  }
}

TEST(MessageReader, RefusesByThePrefix) {
  const struct {
    const char* name;
    std::string bytes;
    Outcome outcome;
  } kCases[] = {
      {"nothing", "", Outcome::kMore},
      {"half a prefix", std::string("\0\0", 2), Outcome::kMore},
      {"half a message", std::string("\0\0\0\0\4ab", 7), Outcome::kMore},
      {"compressed", std::string("\1", 1), Outcome::kCompressed},
      {"another flag", std::string("\2", 1), Outcome::kBadFlag},
      {"text", "HTTP/1.1 400", Outcome::kBadFlag},
      {"a byte too much", std::string("\0\0\0\0\13", 5), Outcome::kTooLarge},
      {"four gigabytes", std::string("\0\xff\xff\xff\xff", 5), Outcome::kTooLarge},
      {"just enough", std::string("\0\0\0\0\12", 5), Outcome::kMore},
  };
  for (const auto& test : kCases) {
    MessageReader reader(10);
    reader.Append(test.bytes);
    std::string_view message;
    EXPECT_EQ(reader.Peek(), test.outcome) << test.name;
    EXPECT_EQ(reader.Next(message), test.outcome) << test.name;
  }
}

}  // namespace
}  // namespace dragoman::upstream
