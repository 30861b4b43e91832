#include "coding/decoder.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "coding/encoder.h"

namespace dragoman::coding {
namespace {

using std::string_literals::operator""s;

constexpr size_t kMost = 1 << 20;

const std::string kHello = "hello hello hello hello hello hello hello";

std::string Coded(Coding coding, std::string_view text) {
  Buffer out;
  EXPECT_TRUE(EncodeWhole(coding, text, out));
  return std::string(out.view());
}

std::string NameOfOutcome(Decoded outcome) {
  switch (outcome) {
    case Decoded::kDone:
      return "done";
    case Decoded::kTooLarge:
      return "too large";
    case Decoded::kCorrupt:
      return "corrupt";
    case Decoded::kTruncated:
      return "truncated";
    case Decoded::kNoMemory:
      return "no memory";
  }
  return "?";
}

// The text, or what is wrong.
std::string Whole(Coding coding, std::string_view in, size_t most = kMost) {
  Buffer out;
  const Decoded outcome = DecodeWhole(coding, in, most, out);
  return outcome == Decoded::kDone ? std::string(out.view()) : NameOfOutcome(outcome);
}

// The same with the input cut into two, and the output given in pieces of `most` bytes.
std::string InPieces(Coding coding, std::string_view in, size_t cut, size_t most) {
  Decoder decoder(coding, CodecMemory::Lifetime::kTurn);
  Buffer out;
  for (std::string_view piece : {in.substr(0, cut), in.substr(cut)}) {
    for (;;) {
      const size_t before = out.size();
      const Decoder::Outcome outcome = decoder.Decode(piece, most, out);
      EXPECT_LE(out.size() - before, most);
      if (outcome == Decoder::Outcome::kCorrupt) return "corrupt";
      if (outcome == Decoder::Outcome::kNoMemory) return "no memory";
      if (outcome == Decoder::Outcome::kMore) break;
      EXPECT_EQ(out.size() - before, most);
    }
    EXPECT_TRUE(piece.empty());
  }
  return decoder.complete() ? std::string(out.view()) : "truncated";
}

struct Case {
  const char* name;
  Coding coding;
  std::string in;
  std::string expected;
};

std::vector<Case> Cases() {
  const std::string gzip = Coded(Coding::kGzip, kHello);
  const std::string br = Coded(Coding::kBrotli, kHello);
  std::string wrong_sum = gzip;
  wrong_sum[wrong_sum.size() - 6] ^= 1;
  std::string wrong_size = gzip;
  wrong_size[wrong_size.size() - 2] ^= 1;
  // CMF FLG, a stored block, Adler-32 (RFC 1950).
  const std::string deflate =
      "\x78\x01\x01\x02\x00\xfd\xff"
      "hi\x01\x3b\x00\xd2"s;
  return {
      {"gzip", Coding::kGzip, gzip, kHello},
      {"what gzip 1.12 makes of it", Coding::kGzip,
       "\x1f\x8b\x08\0\0\0\0\0\0\x03\xcb"
       "H\xcd\xc9\xc9W\xc8 L\x02\0"
       "4O\x07"
       "2)\0\0\0"s,
       kHello},
      {"what zlib makes of it", Coding::kDeflate,
       "x\x9c\xcb"
       "H\xcd\xc9\xc9W\xc8 L\x02\0@\xe1\x0fM"s,
       kHello},
      {"what brotli in node makes of it", Coding::kBrotli,
       "\x1b(\0\xf8\x8d\x94n\xde"
       "DU\x86\x96l o\x51O\x1c\xa0q"s,
       kHello},
      {"gzip of nothing", Coding::kGzip, Coded(Coding::kGzip, ""), ""},
      {"gzip, header with name and comment", Coding::kGzip,
       "\x1f\x8b\x08\x18\x00\x00\x00\x00\x00\x03name\0comment\0"s + gzip.substr(10), kHello},
      {"gzip, two members", Coding::kGzip, gzip + gzip, kHello + kHello},
      {"gzip, an empty member between", Coding::kGzip, gzip + Coded(Coding::kGzip, "") + gzip, kHello + kHello},
      {"gzip, nothing", Coding::kGzip, "", "truncated"},
      {"gzip without its last byte", Coding::kGzip, gzip.substr(0, gzip.size() - 1), "truncated"},
      {"gzip without its trailer", Coding::kGzip, gzip.substr(0, gzip.size() - 8), "truncated"},
      {"gzip, half a header", Coding::kGzip, gzip.substr(0, 5), "truncated"},
      {"gzip, half a second member", Coding::kGzip, gzip + gzip.substr(0, 12), "truncated"},
      {"gzip, wrong checksum", Coding::kGzip, wrong_sum, "corrupt"},
      {"gzip, wrong size", Coding::kGzip, wrong_size, "corrupt"},
      {"gzip and a line break", Coding::kGzip, gzip + "\n", "truncated"},  // half of what a member begins with
      {"gzip and two line breaks", Coding::kGzip, gzip + "\n\n", "corrupt"},
      {"gzip and zeros", Coding::kGzip, gzip + std::string(512, '\0'), "corrupt"},
      {"gzip with an unknown method", Coding::kGzip, "\x1f\x8b\x09"s + gzip.substr(3), "corrupt"},
      {"gzip that is JSON", Coding::kGzip, R"({"a":1})", "corrupt"},
      {"gzip that is deflate", Coding::kGzip, deflate, "corrupt"},
      {"deflate", Coding::kDeflate, deflate, "hi"},
      {"deflate, twice", Coding::kDeflate, deflate + deflate, "corrupt"},
      {"deflate, truncated", Coding::kDeflate, deflate.substr(0, deflate.size() - 1), "truncated"},
      {"deflate, wrong checksum", Coding::kDeflate, deflate.substr(0, deflate.size() - 1) + "\x03", "corrupt"},
      {"deflate that is gzip", Coding::kDeflate, gzip, "corrupt"},
      {"deflate with a preset dictionary", Coding::kDeflate, "\x78\x20\x00\x00\x00\x01"s + deflate.substr(2),
       "corrupt"},
      {"br", Coding::kBrotli, br, kHello},
      {"br of nothing", Coding::kBrotli, "\x06", ""},
      {"br, nothing", Coding::kBrotli, "", "truncated"},
      {"br, truncated", Coding::kBrotli, br.substr(0, br.size() - 1), "truncated"},
      {"br, twice", Coding::kBrotli, br + br, "corrupt"},
      {"br and a line break", Coding::kBrotli, br + "\n", "corrupt"},
      {"br with a large window", Coding::kBrotli, "\x11\x1e"s + br, "corrupt"},
      {"br that is gzip", Coding::kBrotli, gzip, "corrupt"},
  };
}

TEST(Decoder, ReadsWhatTheCodingSaysAndNothingElse) {
  for (const Case& c : Cases()) EXPECT_EQ(Whole(c.coding, c.in), c.expected) << c.name;
}

TEST(Decoder, SaysTheSameWhereverItsInputIsCut) {
  for (const Case& c : Cases()) {
    for (size_t cut = 0; cut <= c.in.size(); ++cut) {
      EXPECT_EQ(InPieces(c.coding, c.in, cut, 1), c.expected) << c.name << ", cut at " << cut;
      EXPECT_EQ(InPieces(c.coding, c.in, cut, 7), c.expected) << c.name << ", cut at " << cut << ", by 7";
      EXPECT_EQ(InPieces(c.coding, c.in, cut, kMost), c.expected) << c.name << ", cut at " << cut << ", whole";
    }
  }
}

TEST(Decoder, CountsWhatComesOut) {
  for (const Coding coding : {Coding::kGzip, Coding::kBrotli}) {
    const std::string coded = Coded(coding, kHello);
    EXPECT_EQ(Whole(coding, coded, kHello.size()), kHello);
    EXPECT_EQ(Whole(coding, coded, kHello.size() - 1), "too large");
    EXPECT_EQ(Whole(coding, coded, 0), "too large");
  }
  EXPECT_EQ(Whole(Coding::kGzip, Coded(Coding::kGzip, ""), 0), "");
}

// Ten mebibytes that stand for ten gibibytes.
TEST(Decoder, StopsABombAtItsBound) {
  const std::string zeros(64 << 20, '\0');
  for (const Coding coding : {Coding::kGzip, Coding::kBrotli}) {
    std::string bomb = Coded(coding, zeros);
    if (coding == Coding::kGzip) {
      const std::string member = bomb;
      for (int i = 1; i < 160; ++i) bomb += member;
    }
    const size_t before = CodecMemory::InUse();
    Buffer out;
    EXPECT_EQ(DecodeWhole(coding, bomb, 4 << 20, out), Decoded::kTooLarge);
    EXPECT_EQ(out.size(), (4u << 20) + 1);
    EXPECT_LE(out.capacity(), 16u << 20);
    EXPECT_EQ(CodecMemory::InUse(), before);

    Decoder decoder(coding, CodecMemory::Lifetime::kTurn);
    std::string_view rest = bomb;
    for (int i = 0; i < 100; ++i) {
      out.Clear();
      ASSERT_EQ(decoder.Decode(rest, 64 << 10, out), Decoder::Outcome::kFull);
      ASSERT_EQ(out.size(), 64u << 10);
      ASSERT_LE(CodecMemory::InUse() - before, 17u << 20);
    }
  }
}

TEST(Decoder, IsRefusedWhereTheCodecsOfTheThreadHaveAllTheMemory) {
  using Lifetime = CodecMemory::Lifetime;
  for (const Coding coding : {Coding::kGzip, Coding::kBrotli}) {
    const std::string coded = Coded(coding, kHello);
    for (const size_t left : {0u, 4u << 10}) {  // less than its tables take
      const CodecMemory::Account hog(Lifetime::kTurn, CodecMemory::kMostBytes - CodecMemory::InUse() - left);
      ASSERT_TRUE(hog.granted());
      Decoder decoder(coding, Lifetime::kLonger);
      std::string_view in = coded;
      Buffer out;
      EXPECT_EQ(decoder.Decode(in, kMost, out), Decoder::Outcome::kNoMemory) << NameOf(coding) << ", " << left;
      EXPECT_EQ(decoder.Decode(in, kMost, out), Decoder::Outcome::kNoMemory) << "for good";
      EXPECT_EQ(Whole(coding, coded), kHello) << "what ends within the turn is served";
    }
    EXPECT_EQ(CodecMemory::InUse(), 0u);
  }
}

}  // namespace
}  // namespace dragoman::coding
