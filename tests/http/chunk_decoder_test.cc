#include "http/chunk_decoder.h"

#include <gtest/gtest.h>

#include <string>

// What it refuses stands in raw_framing_test.cc.
namespace dragoman::http {
namespace {

TEST(ChunkDecoder, GivesTheSameHoweverTheBytesAreCut) {
  const std::string body =
      "5\r\nhello\r\n1A;ext=1;q=\"a\\\" b\" ; y\r\nabcdefghijklmnopqrstuvwxyz\r\n000\r\nx: "
      "y\r\na-name-longer-than-is-kept: z\r\n\r\n";
  const std::string with_next = body + "NEXT";
  for (size_t cut = 0; cut <= with_next.size(); ++cut) {
    ChunkDecoder decoder;
    decoder.Bound(31);
    Buffer out;
    Result<size_t> first = decoder.Decode(std::string_view(with_next).substr(0, cut), out);
    ASSERT_TRUE(first.has_value()) << cut << ": " << first.error().message();
    EXPECT_EQ(*first, std::min(cut, body.size()));
    Result<size_t> second = decoder.Decode(std::string_view(with_next).substr(*first), out);
    ASSERT_TRUE(second.has_value()) << cut << ": " << second.error().message();
    EXPECT_EQ(*first + *second, body.size()) << cut;
    EXPECT_TRUE(decoder.done());
    EXPECT_EQ(out.view(), "helloabcdefghijklmnopqrstuvwxyz");
  }
}

TEST(ChunkDecoder, KeepsTheBoundOfTheContent) {
  const std::string_view body = "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n";
  for (uint64_t bound : {4u, 5u, 6u}) {
    ChunkDecoder decoder;
    decoder.Bound(bound);
    Buffer out;
    Result<size_t> used = decoder.Decode(body, out);
    EXPECT_EQ(used.has_value(), bound == 6) << bound;
    if (used) continue;
    EXPECT_EQ(used.error().reason(), Reason::kBodyTooLarge);
    EXPECT_EQ(used.error().message(), "the body is larger than " + std::to_string(bound) + " bytes");
    EXPECT_LE(out.size(), bound);
  }
}

TEST(ChunkDecoder, TakesAnythingThatHasNoBound) {
  ChunkDecoder decoder;
  Buffer out;
  for (const std::string_view bytes : {"1\r\na\r\n", "fffffffffffffffe\r\n", "b"}) EXPECT_EQ(*decoder.Decode(bytes, out), bytes.size());
  EXPECT_EQ(out.view(), "ab");
  ChunkDecoder more;
  EXPECT_TRUE(more.Decode("1\r\na\r\n", out).has_value());
  const Result<size_t> used = more.Decode("ffffffffffffffff\r\nb", out);  // 2^64 together
  ASSERT_FALSE(used.has_value());
  EXPECT_EQ(used.error().reason(), Reason::kBodyTooLarge);
}

}  // namespace
}  // namespace dragoman::http
