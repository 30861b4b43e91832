#include <string>
#include <vector>

#include "coded_exchange_fixture.h"

namespace dragoman::compression {
namespace {

struct RequestCase {
  const char* name;
  const char* content_encoding;
  std::string body;
  std::string expected;
  std::string in_pieces;  // empty: the same
};

std::vector<RequestCase> RequestCases() {
  const std::string text = R"({"title":"Grinder, grinder, grinder"})";
  const std::string gzip = Coded(Coding::kGzip, text);
  const std::string br = Coded(Coding::kBrotli, text);
  const std::string fits(1000, 'x');
  const std::string over(1001, 'x');
  const std::string unsupported = "UNSUPPORTED_MEDIA_TYPE expected gzip or br alone as content-encoding, got ";
  return {
      {"gzip", "gzip", gzip, text, ""},
      {"x-gzip", "X-Gzip", gzip, text, ""},
      {"br", "br", br, text, ""},
      {"identity", "identity", text, text, ""},
      {"nothing at all", "gzip", "", "", ""},
      {"two members", "gzip", gzip + gzip, text + text, ""},
      {"truncated", "gzip", gzip.substr(0, gzip.size() - 1), "INVALID_REQUEST the body ends before its gzip does", ""},
      {"truncated br", "br", br.substr(0, br.size() - 1), "INVALID_REQUEST the body ends before its br does", ""},
      {"garbage behind it", "gzip", gzip + "garbage",
       "INVALID_REQUEST the body is not the gzip that its content-encoding says", ""},
      {"no gzip", "gzip", text, "INVALID_REQUEST the body is not the gzip that its content-encoding says", ""},
      {"gzip said to be br", "br", gzip, "INVALID_REQUEST the body is not the br that its content-encoding says", ""},
      {"zstd", "zstd", text, unsupported + "\"zstd\" [accept-encoding: gzip, br]", ""},
      {"stacked", "gzip, br", text, unsupported + "\"gzip, br\" [accept-encoding: gzip, br]", ""},
      {"as large as may be", "gzip", Coded(Coding::kGzip, fits), fits, ""},
      {"a byte too large", "gzip", Coded(Coding::kGzip, over),
       "BODY_TOO_LARGE the body is larger than 1000 bytes once it is decoded", over},
      {"a byte too large, br", "br", Coded(Coding::kBrotli, over),
       "BODY_TOO_LARGE the body is larger than 1000 bytes once it is decoded", over},
  };
}

TEST_F(CodedExchangeTest, ReadsWhatTheClientCompressed) {
  for (const RequestCase& c : RequestCases()) {
    ScriptedExchange inner(loop_, {{"content-encoding", c.content_encoding}});
    inner.pieces = {c.body};
    EXPECT_EQ(Body(inner), c.expected) << c.name;
    EXPECT_EQ(inner.reads, c.expected.starts_with("UNSUPPORTED") ? 0 : 1) << c.name;
  }
}

TEST_F(CodedExchangeTest, ReadsItInPiecesWhereverTheyAreCut) {
  for (const RequestCase& c : RequestCases()) {
    const std::string& expected = c.in_pieces.empty() ? c.expected : c.in_pieces;
    for (size_t cut = 0; cut <= c.body.size(); ++cut) {
      ScriptedExchange inner(loop_, {{"content-encoding", c.content_encoding}});
      inner.pieces = {c.body.substr(0, cut), c.body.substr(cut)};
      if (cut == 0) inner.pieces.erase(inner.pieces.begin());
      if (cut == c.body.size() && inner.pieces.size() > 1) inner.pieces.pop_back();
      ASSERT_EQ(Pieces(inner), expected) << c.name << ", cut at " << cut;
      EXPECT_TRUE(inner.reads == 0 || inner.last_patience == Patience::kEndless);
    }
  }
}

TEST_F(CodedExchangeTest, LooksAtNoBodyWhereThereIsNone) {
  ScriptedExchange inner(loop_, {{"content-encoding", "zstd"}});
  EXPECT_EQ(Body(inner), "");
  EXPECT_EQ(Pieces(inner), "");
}

// Sixty-four kibibytes that stand for sixty-four mebibytes, again and again.
TEST_F(CodedExchangeTest, ReadsNoMoreWhileItHasWhatWasAskedFor) {
  const std::string member = Coded(Coding::kGzip, std::string(64 << 20, '\n'));
  ScriptedExchange inner(loop_, {{"content-encoding", "gzip"}});
  for (int i = 0; i < 160; ++i) inner.pieces.push_back(member);
  {
    CodedExchange exchange(inner, rules_);
    Serve([&]() -> Task<void> {
      for (int i = 0; i < 512; ++i) {
        const Result<std::string_view> piece = co_await exchange.ReadBodyPiece(Patience::kBodyTimeout);
        EXPECT_TRUE(piece && piece->size() == 64u << 10);
      }
    });
    EXPECT_EQ(inner.reads, 1);
    EXPECT_LE(coding::CodecMemory::InUse(), 64u << 10);
  }
  EXPECT_EQ(coding::CodecMemory::InUse(), 0u);
  EXPECT_EQ(Body(inner), "BODY_TOO_LARGE the body is larger than 1000 bytes once it is decoded");
}

}  // namespace
}  // namespace dragoman::compression
