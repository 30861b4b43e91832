#include "coding/encoder.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "coding/decoder.h"

namespace dragoman::coding {
namespace {

using Use = Encoder::Use;
using Then = Encoder::Then;

constexpr Coding kCodings[] = {Coding::kGzip, Coding::kBrotli};
constexpr Use kUses[] = {Use::kAtOnce, Use::kInTurns, Use::kStream};

std::string Items(size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) {
    text += R"({"id":"item-)" + std::to_string(i) + R"(","title":"Hand grinder","stock":")" + std::to_string(i * 7919) +
            "\"}\n";
  }
  return text;
}

std::string Noise(size_t size) {
  std::minstd_rand random(7);
  std::string noise(size, '\0');
  for (char& c : noise) c = static_cast<char>(random());
  return noise;
}

TEST(Encoder, MakesWhatTheDecoderReads) {
  const std::string texts[] = {"", "a", "{}", Items(100), Items(20'000), Noise(300'000), std::string(5 << 20, ' ')};
  for (const Coding coding : kCodings) {
    for (const Use use : kUses) {
      for (const std::string& text : texts) {
        const std::unique_ptr<Encoder> encoder = Encoder::Make(coding, use);
        ASSERT_NE(encoder, nullptr);
        Buffer coded;
        ASSERT_TRUE(encoder->Encode(text, Then::kEnd, coded));
        Buffer decoded;
        ASSERT_EQ(DecodeWhole(coding, coded.view(), text.size(), decoded), Decoded::kDone);
        EXPECT_TRUE(decoded.view() == text) << NameOf(coding) << " of " << text.size() << " bytes";
      }
    }
  }
}

TEST(Encoder, MakesJsonSmaller) {
  const std::string text = Items(400);
  for (const Coding coding : kCodings) {
    Buffer coded;
    ASSERT_TRUE(EncodeWhole(coding, text, coded));
    EXPECT_LT(coded.size(), text.size() / 4) << NameOf(coding);
  }
}

TEST(Encoder, DoesNotCareHowItsInputIsCut) {
  const std::string text = Items(3);
  for (const Coding coding : kCodings) {
    for (size_t cut = 0; cut <= text.size(); ++cut) {
      const std::unique_ptr<Encoder> encoder = Encoder::Make(coding, Use::kAtOnce);
      Buffer coded;
      ASSERT_TRUE(encoder->Encode(text.substr(0, cut), Then::kMore, coded));
      ASSERT_TRUE(encoder->Encode(text.substr(cut), Then::kEnd, coded));
      Buffer decoded;
      ASSERT_EQ(DecodeWhole(coding, coded.view(), text.size(), decoded), Decoded::kDone);
      ASSERT_TRUE(decoded.view() == text) << NameOf(coding) << ", cut at " << cut;
    }
  }
}

// What a client of a stream waits for: each message whole, although more follow.
TEST(Encoder, FlushesAllThatItWasGiven) {
  const std::vector<std::string> messages = {Items(1), "", "\n", Items(1000), ": \n\n", Noise(100'000), Items(2), ""};
  for (const Coding coding : kCodings) {
    const std::unique_ptr<Encoder> encoder = Encoder::Make(coding, Use::kStream);
    Decoder decoder(coding, CodecMemory::Lifetime::kTurn);
    for (const std::string& message : messages) {
      Buffer coded;
      ASSERT_TRUE(encoder->Encode(message, Then::kFlush, coded));
      Buffer decoded;
      std::string_view in = coded.view();
      ASSERT_EQ(decoder.Decode(in, message.size() + 1, decoded), Decoder::Outcome::kMore);
      ASSERT_TRUE(decoded.view() == message) << NameOf(coding) << ", a message of " << message.size() << " bytes";
      ASSERT_FALSE(decoder.complete());
    }
    Buffer end;
    ASSERT_TRUE(encoder->Encode({}, Then::kEnd, end));
    Buffer nothing;
    std::string_view in = end.view();
    EXPECT_EQ(decoder.Decode(in, 1, nothing), Decoder::Outcome::kMore);
    EXPECT_TRUE(decoder.complete());
    EXPECT_TRUE(nothing.empty());
  }
}

// A stream's share is settled when it begins: it must never fail in its middle.
TEST(Encoder, OfAStreamTakesNoMoreThanItWasPromised) {
  for (const Coding coding : kCodings) {
    const size_t before = CodecMemory::InUse();
    const std::unique_ptr<Encoder> encoder = Encoder::Make(coding, Use::kStream);
    const size_t promised = CodecMemory::InUse() - before;
    EXPECT_LE(promised, 1280u << 10);
    for (const std::string& message : {Items(1), Noise(4 << 20), Items(100'000), std::string(4 << 20, 'x'), Items(7)}) {
      for (const Then then : {Then::kMore, Then::kFlush}) {
        Buffer coded;
        ASSERT_TRUE(encoder->Encode(message, then, coded));
      }
      EXPECT_EQ(CodecMemory::InUse() - before, promised) << NameOf(coding) << ", " << message.size() << " bytes";
    }
  }
}

TEST(Encoder, IsRefusedWhereTheCodecsOfTheThreadHaveAllTheMemory) {
  for (const Coding coding : kCodings) {
    std::vector<std::unique_ptr<Encoder>> encoders;
    while (std::unique_ptr<Encoder> encoder = Encoder::Make(coding, Use::kStream))
      encoders.push_back(std::move(encoder));
    EXPECT_GE(encoders.size(), coding == Coding::kGzip ? 900u : 50u) << NameOf(coding);
    EXPECT_LE(CodecMemory::InUse(), CodecMemory::kMostBytes);
    for (const auto& encoder : encoders) {
      Buffer coded;
      ASSERT_TRUE(encoder->Encode(Items(10), Then::kEnd, coded)) << NameOf(coding);
    }
    EXPECT_EQ(Encoder::Make(coding, Use::kStream), nullptr);
    EXPECT_NE(Encoder::Make(coding, Use::kAtOnce), nullptr) << "what ends within the turn is served";
    encoders.clear();
    EXPECT_EQ(CodecMemory::InUse(), 0u);
    EXPECT_NE(Encoder::Make(coding, Use::kStream), nullptr);
  }
}

TEST(Encoder, IsMadeForWhatIsWrittenOnly) {
  EXPECT_EQ(Encoder::Make(Coding::kIdentity, Use::kAtOnce), nullptr);
  EXPECT_EQ(Encoder::Make(Coding::kDeflate, Use::kAtOnce), nullptr);
}

}  // namespace
}  // namespace dragoman::coding
