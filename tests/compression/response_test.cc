#include "compression/response.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace dragoman::compression {
namespace {

using coding::Coding;

TEST(IsWorthCoding, HoldsForTextInAllItsForms) {
  for (const char* type :
       {"application/json", "application/json; charset=utf-8", "Application/JSON;charset=utf-8", "application/json ",
        "application/problem+json", "application/x-ndjson", "text/event-stream", "text/event-stream;charset=utf-8",
        "text/plain", "TEXT/HTML", "text/csv", "application/xml", "application/atom+xml", "image/svg+xml",
        "application/javascript", "application/protobuf", "application/x-protobuf", "application/openapi+yaml"}) {
    EXPECT_TRUE(IsWorthCoding(type)) << type;
  }
}

TEST(IsWorthCoding, DoesNotForTheRest) {
  for (const char* type :
       {"", "image/png", "image/jpeg", "video/mp4", "audio/ogg", "application/zip", "application/gzip",
        "application/pdf", "application/octet-stream", "application/zstd", "font/woff2", "json", "textual/plain",
        "application/jsonx", "application/json/x", "multipart/byteranges", ";application/json"}) {
    EXPECT_FALSE(IsWorthCoding(type)) << type;
  }
  EXPECT_FALSE(IsWorthCoding("application/" + std::string(500, 'x') + "+json"));
}

TEST(Codable, IsWhatHasABodyThatTheBackendAllowsToChange) {
  struct Case {
    const char* name;
    int status;
    const char* type;
    std::vector<Header> headers;
    Codable expected;
  };
  for (const Case& c : std::vector<Case>{
           {"JSON", 200, "application/json", {}, Codable::kYes},
           {"an error", 404, "application/problem+json", {}, Codable::kYes},
           {"a picture", 200, "image/png", {}, Codable::kIfForced},
           {"no content type", 200, "", {}, Codable::kNo},
           {"switching protocols", 101, "application/json", {}, Codable::kNo},
           {"204", 204, "application/json", {}, Codable::kNo},
           {"205", 205, "application/json", {}, Codable::kNo},
           {"206", 206, "application/json", {}, Codable::kNo},
           {"304", 304, "application/json", {}, Codable::kNo},
           {"coded already", 200, "application/json", {{"content-encoding", "zstd"}}, Codable::kNo},
           {"coded as itself", 200, "application/json", {{"content-encoding", "identity"}}, Codable::kYes},
           {"no-transform", 200, "application/json", {{"cache-control", "no-transform"}}, Codable::kNo},
           {"no-transform among others",
            200,
            "application/json",
            {{"cache-control", "max-age=60 ,  No-Transform"}},
            Codable::kNo},
           {"no-transform in a second header",
            200,
            "application/json",
            {{"cache-control", "public"}, {"cache-control", "no-transform"}},
            Codable::kNo},
           {"something like it",
            200,
            "application/json",
            {{"cache-control", "no-transformers, x-no-transform"}},
            Codable::kYes},
           {"max-age", 200, "application/json", {{"cache-control", "max-age=60"}}, Codable::kYes},
       }) {
    ResponseHead head{.status = c.status, .content_type = c.type};
    head.headers.assign(c.headers.begin(), c.headers.end());
    EXPECT_EQ(CodableOf(head), c.expected) << c.name;
  }
}

std::string RewrittenText(const std::vector<Header>& headers, Coding used) {
  ResponseHead head{.status = 201, .content_type = "application/json"};
  head.headers.assign(headers.begin(), headers.end());
  std::string etag;
  const ResponseHead rewritten = Rewritten(head, used, etag);
  EXPECT_EQ(rewritten.status, 201);
  EXPECT_EQ(rewritten.content_type, "application/json");
  std::string text;
  for (const Header& header : rewritten.headers)
    text += std::string(header.name) + ": " + std::string(header.value) + "\n";
  return text;
}

TEST(Rewritten, SaysHowAndWhy) {
  EXPECT_EQ(RewrittenText({{"x-request-id", "1"}}, Coding::kGzip),
            "x-request-id: 1\ncontent-encoding: gzip\nvary: Accept-Encoding\n");
  EXPECT_EQ(RewrittenText({}, Coding::kBrotli), "content-encoding: br\nvary: Accept-Encoding\n");
  EXPECT_EQ(RewrittenText({}, Coding::kIdentity), "vary: Accept-Encoding\n");
  EXPECT_EQ(RewrittenText({{"content-encoding", "identity"}}, Coding::kGzip),
            "content-encoding: gzip\nvary: Accept-Encoding\n");
}

TEST(Rewritten, DoesNotRepeatVary) {
  EXPECT_EQ(RewrittenText({{"vary", "Origin"}}, Coding::kIdentity), "vary: Origin\nvary: Accept-Encoding\n");
  EXPECT_EQ(RewrittenText({{"vary", "Origin, accept-encoding"}}, Coding::kIdentity), "vary: Origin, accept-encoding\n");
  EXPECT_EQ(RewrittenText({{"vary", "*"}}, Coding::kIdentity), "vary: *\n");
}

TEST(Rewritten, WeakensWhatNamesTheBytes) {
  EXPECT_EQ(RewrittenText({{"etag", "\"v7\""}}, Coding::kGzip),
            "etag: W/\"v7\"\ncontent-encoding: gzip\nvary: Accept-Encoding\n");
  EXPECT_EQ(RewrittenText({{"etag", "W/\"v7\""}}, Coding::kGzip),
            "etag: W/\"v7\"\ncontent-encoding: gzip\nvary: Accept-Encoding\n");
  EXPECT_EQ(RewrittenText({{"etag", "v7"}}, Coding::kGzip), "content-encoding: gzip\nvary: Accept-Encoding\n");
  EXPECT_EQ(RewrittenText({{"etag", "\"v7\""}, {"accept-ranges", "bytes"}}, Coding::kIdentity),
            "etag: \"v7\"\naccept-ranges: bytes\nvary: Accept-Encoding\n");
  EXPECT_EQ(RewrittenText({{"accept-ranges", "bytes"},
                           {"content-digest", "sha-256=:x:"},
                           {"repr-digest", "sha-256=:x:"},
                           {"content-md5", "x"},
                           {"digest", "x"}},
                          Coding::kGzip),
            "content-encoding: gzip\nvary: Accept-Encoding\n");
}

}  // namespace
}  // namespace dragoman::compression
