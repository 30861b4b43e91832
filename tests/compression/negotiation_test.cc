#include "compression/negotiation.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace dragoman::compression {
namespace {

using config::ContentCoding;

RequestHead HeadWith(const std::vector<Header>& headers) {
  RequestHead head;
  head.headers = headers;
  return head;
}

// "gzip", or "gzip!" where the client takes nothing that is not coded.
std::string Wished(const std::vector<Header>& headers, Shape shape, std::vector<ContentCoding> codings) {
  config::Compression compression;
  compression.codings = std::move(codings);
  const Wish wish = WishOf(HeadWith(headers), compression, shape);
  EXPECT_TRUE(!wish.not_as_is || MayForbidIdentity(HeadWith(headers)));
  return std::string(NameOf(wish.coding)) + (wish.not_as_is ? "!" : "");
}

TEST(Wish, IsTheMostWelcomeCodingOfThoseConfigured) {
  struct Case {
    const char* accept_encoding;
    const char* whole;      // br, gzip configured
    const char* stream;     // the same
    const char* gzip_only;  // gzip configured
  };
  for (const Case& c : std::vector<Case>{
           {"", "identity", "identity", "identity"},
           {"gzip", "gzip", "gzip", "gzip"},
           {"GZIP", "gzip", "gzip", "gzip"},
           {"x-gzip", "gzip", "gzip", "gzip"},
           {"br", "br", "br", "identity"},
           {"gzip, deflate, br", "br", "gzip", "gzip"},
           {"gzip, deflate, br, zstd", "br", "gzip", "gzip"},
           {"deflate", "identity", "identity", "identity"},
           {"zstd, compress", "identity", "identity", "identity"},
           {"identity", "identity", "identity", "identity"},
           {"*", "br", "gzip", "gzip"},
           {"br;q=0.5, gzip;q=0.8", "gzip", "gzip", "gzip"},
           {"br;q=0.8, gzip;q=0.5", "br", "br", "gzip"},
           {"br;q=1, gzip;q=0.999", "br", "br", "gzip"},
           {"gzip;q=0.001", "gzip", "gzip", "gzip"},
           {"gzip;q=0", "identity", "identity", "identity"},
           {"br;q=0, gzip;q=0", "identity", "identity", "identity"},
           {"gzip;q=0, *", "br", "br", "identity"},
           {"br;q=0, *;q=0.3", "gzip", "gzip", "gzip"},
           {"gzip;q=0.5, identity", "identity", "identity", "identity"},
           {"gzip;q=0.5, identity;q=0.5", "gzip", "gzip", "gzip"},
           {"gzip;q=0.5, identity;q=0.6, br;q=0.7", "br", "br", "identity"},
           {"identity;q=0, gzip", "gzip!", "gzip!", "gzip!"},
           {"identity;q=0, gzip;q=0.1, br;q=0.2", "br!", "br!", "gzip!"},
           {"*;q=0", "identity!", "identity!", "identity!"},
           {"*;q=0, gzip", "gzip!", "gzip!", "gzip!"},
           {"identity;q=0", "identity!", "identity!", "identity!"},
           {"identity;q=0, *", "br!", "gzip!", "gzip!"},
           {"identity;q=0.000, zstd", "identity!", "identity!", "identity!"},
           {"gzip;q=nonsense", "identity", "identity", "identity"},
           {"gzip;q=2, br", "br", "br", "identity"},
           {" , gzip ,, ", "gzip", "gzip", "gzip"},
       }) {
    const std::vector<Header> headers = {{"host", "shop"}, {"accept-encoding", c.accept_encoding}};
    const std::vector<ContentCoding> both = {ContentCoding::kBrotli, ContentCoding::kGzip};
    EXPECT_EQ(Wished(headers, Shape::kWhole, both), c.whole) << c.accept_encoding;
    EXPECT_EQ(Wished(headers, Shape::kStream, both), c.stream) << c.accept_encoding;
    EXPECT_EQ(Wished(headers, Shape::kWhole, {ContentCoding::kGzip}), c.gzip_only) << c.accept_encoding;
  }
}

TEST(Wish, FollowsTheOrderOfTheConfiguration) {
  EXPECT_EQ(Wished({{"accept-encoding", "br, gzip"}}, Shape::kWhole, {ContentCoding::kGzip, ContentCoding::kBrotli}),
            "gzip");
  EXPECT_EQ(Wished({{"accept-encoding", "br, gzip"}}, Shape::kWhole, {}), "identity");
}

TEST(Wish, ReadsSeveralHeadersAsOneList) {
  const std::vector<ContentCoding> both = {ContentCoding::kBrotli, ContentCoding::kGzip};
  EXPECT_EQ(Wished({{"accept-encoding", "gzip"}, {"accept", "*/*"}, {"accept-encoding", "br, identity;q=0"}},
                   Shape::kWhole, both),
            "br!");
  EXPECT_EQ(Wished({}, Shape::kWhole, both), "identity");
}

TEST(RequestCoding, IsOneThatIsKnownOrNone) {
  struct Case {
    std::vector<Header> headers;
    const char* expected;
  };
  for (const Case& c : std::vector<Case>{
           {{}, "identity"},
           {{{"content-encoding", ""}}, "identity"},
           {{{"content-encoding", "identity"}}, "identity"},
           {{{"content-encoding", "gzip"}}, "gzip"},
           {{{"content-encoding", "GZip"}}, "gzip"},
           {{{"content-encoding", "x-gzip"}}, "gzip"},
           {{{"content-encoding", "br"}}, "br"},
           {{{"content-encoding", "deflate"}}, "deflate"},
           {{{"content-encoding", " gzip\t"}}, "gzip"},
           {{{"content-encoding", ", gzip,"}}, "gzip"},
           {{{"content-encoding", "identity, gzip"}}, "gzip"},
           {{{"content-encoding", "gzip, gzip"}}, "unsupported"},
           {{{"content-encoding", "br, gzip"}}, "unsupported"},
           {{{"content-encoding", "gzip"}, {"content-encoding", "br"}}, "unsupported"},
           {{{"content-encoding", "gzip"}, {"content-encoding", "identity"}}, "gzip"},
           {{{"content-encoding", "compress"}}, "unsupported"},
           {{{"content-encoding", "zstd"}}, "unsupported"},
           {{{"content-encoding", "gzip;q=1"}}, "unsupported"},
           {{{"content-encoding", "gzi"}}, "unsupported"},
           {{{"content-encoding", "gzipp"}}, "unsupported"},
           {{{"content-encoding", "*"}}, "unsupported"},
       }) {
    const std::optional<coding::Coding> coding = RequestCodingOf(HeadWith(c.headers));
    EXPECT_EQ(coding ? NameOf(*coding) : "unsupported", c.expected)
        << (c.headers.empty() ? "none" : c.headers[0].value);
  }
}

}  // namespace
}  // namespace dragoman::compression
