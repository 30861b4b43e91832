#include "store/reply_reader.h"

#include "redis_fixture.h"

namespace dragoman::store {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;

constexpr ReplyReader::Bounds kBounds = {.max_bytes = 64, .max_elements = 3};

// All that is read of bytes that come in pieces; last why it broke.
std::vector<std::string> Read(std::string_view bytes, size_t piece, const ReplyReader::Bounds& bounds = kBounds) {
  ReplyReader reader(bounds);
  std::vector<std::string> told;
  while (!bytes.empty()) {
    reader.Feed(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    ReplyReader::Outcome outcome{};
    while ((outcome = reader.Read()) == ReplyReader::Outcome::kReply) told.push_back(Told(reader.reply()));
    if (outcome == ReplyReader::Outcome::kBroken) {
      told.push_back("broken: " + std::string(reader.error()));
      return told;
    }
  }
  return told;
}

TEST(ReplyReaderTest, ReadsTheSameHoweverItIsCut) {
  const struct {
    const char* name;
    std::string bytes;
    std::vector<std::string> told;
  } kCases[] = {
      {"status", "+OK\r\n", {"+OK"}},
      {"error", "-OOM command not allowed\r\n", {"-OOM command not allowed"}},
      {"integers",
       ":0\r\n:-9223372036854775808\r\n:9223372036854775807\r\n",
       {":0", ":-9223372036854775808", ":9223372036854775807"}},
      {"texts", "$3\r\na\0\r\r\n$0\r\n\r\n$4\r\n\r\n\r\n\r\n"s, {"$a\0\r"s, "$", "$\r\n\r\n"}},
      {"nil", "$-1\r\n*-1\r\n", {"nil", "nil"}},
      {"array", "*3\r\n:1\r\n$1\r\na\r\n$-1\r\n:5\r\n", {"[:1 $a nil]", ":5"}},
      {"empty array", "*0\r\n:5\r\n", {"[]", ":5"}},
      {"array with an error", "*2\r\n-ERR x\r\n+OK\r\n", {"[-ERR x +OK]"}},
      {"half a reply", ":1\r\n$5\r\nabc", {":1"}},
      {"the largest", "$57\r\n" + std::string(57, 'x') + "\r\n:1\r\n", {"$" + std::string(57, 'x'), ":1"}},
  };
  for (const auto& test : kCases) {
    for (size_t piece = 1; piece <= test.bytes.size(); ++piece) {
      EXPECT_EQ(Read(test.bytes, piece), test.told) << test.name << " in pieces of " << piece;
    }
  }
}

TEST(ReplyReaderTest, BreaksOffWhereNothingCanFollow) {
  const std::string too_long = "broken: a reply of more than 64 bytes";
  const struct {
    const char* name;
    std::string bytes;
    std::string told;
  } kCases[] = {
      {"HTTP", "HTTP/1.1 400 Bad Request\r\n\r\n", "broken: Protocol error, got \"H\" as reply type byte"},
      {"RESP3", "%1\r\n+a\r\n:1\r\n", "broken: Protocol error, got \"%\" as reply type byte"},
      {"an array in an array", "*1\r\n*1\r\n:1\r\n", "broken: an array within an array"},
      {"deeply nested", "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n",
       "broken: an array within an array"},
      {"too many elements", "*4\r\n", "broken: an array of more than 3 values"},
      {"an overflowing count", "*4611686018427387905\r\n", "broken: Multi-bulk length out of range"},
      {"a negative count", "*-2\r\n", "broken: Multi-bulk length out of range"},
      {"a negative length", "$-2\r\n", "broken: Bulk string length out of range"},
      {"too long a text", "$58\r\n" + std::string(58, 'x') + "\r\n", too_long},
      {"a text that will be too long", "$9223372036854775807\r\n" + std::string(64, 'x'), too_long},
      {"a line without an end", "+" + std::string(64, 'x'), too_long},
      {"too long in pieces", "*3\r\n$30\r\n" + std::string(30, 'x') + "\r\n$30\r\n" + std::string(30, 'x') + "\r\n",
       too_long},
      {"no number", ":abc\r\n", "broken: Bad integer value"},
      {"too large a number", ":9223372036854775808\r\n", "broken: Bad integer value"},
  };
  for (const auto& test : kCases) {
    for (size_t piece = 1; piece <= test.bytes.size(); ++piece) {
      EXPECT_THAT(Read(test.bytes, piece), ElementsAre(test.told)) << test.name << " in pieces of " << piece;
    }
  }
}

TEST(ReplyReaderTest, IsAsNewAfterReset) {
  ReplyReader reader(kBounds);
  reader.Feed("*2\r\n:1\r\n");
  EXPECT_EQ(reader.Read(), ReplyReader::Outcome::kMore);
  reader.Reset();
  reader.Feed("?");
  EXPECT_EQ(reader.Read(), ReplyReader::Outcome::kBroken);
  reader.Feed("+OK\r\n");
  EXPECT_EQ(reader.Read(), ReplyReader::Outcome::kBroken);
  reader.Reset();
  reader.Feed("+OK\r\n");
  ASSERT_EQ(reader.Read(), ReplyReader::Outcome::kReply);
  EXPECT_EQ(Told(reader.reply()), "+OK");
}

TEST(ReplyTest, AnErrorBeginsWithItsCode) {
  const struct {
    const char* text;
    const char* code;
  } kCases[] = {{"OOM command not allowed", "OOM"},
                {"NOSCRIPT", "NOSCRIPT"},
                {"ERR x", "ERR"},
                {"", "ERR"},
                {"oom", "ERR"},
                {"Oom x", "ERR"},
                {"A-B x", "ERR"},
                {" X", "ERR"}};
  for (const auto& test : kCases) {
    Reply reply;
    reply.text = test.text;
    EXPECT_EQ(reply.error_code(), test.code) << test.text;
  }
}

}  // namespace
}  // namespace dragoman::store
