#include "upstream/grpc_status.h"

#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>

#include <utility>
#include <vector>

namespace dragoman::upstream {
namespace {

TEST(GrpcMessage, IsPercentDecodedAndAlwaysUtf8) {
  const struct {
    const char* encoded;
    const char* decoded;
  } kCases[] = {
      {"", ""},
      {"plain text", "plain text"},
      {"%E2%82%AC 5", "€ 5"},
      {"%e2%82%ac", "€"},
      {"100%", "100%"},
      {"%4", "%4"},
      {"%zz%41", "%zzA"},
      {"a+b", "a+b"},
      {"%FF!", "\xEF\xBF\xBD!"},
      {"%C0%80", "\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"%ED%A0%80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"%F0%9F%8D%8E", "🍎"},
      {"%F4%90%80%80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"%E2%82", "\xEF\xBF\xBD\xEF\xBF\xBD"},
  };
  for (const auto& test : kCases) EXPECT_EQ(DecodeGrpcMessage(test.encoded), test.decoded) << test.encoded;
}

TEST(Base64, IsReadWithPaddingAndWithout) {
  const struct {
    const char* encoded;
    bool ok;
    std::string decoded;
  } kCases[] = {
      {"", true, ""},       {"Zg==", true, "f"},   {"Zg", true, "f"},          {"Zm8=", true, "fo"},
      {"Zm8", true, "fo"},  {"Zm9v", true, "foo"}, {"+/8=", true, "\xFB\xFF"}, {"AA==", true, std::string(1, '\0')},
      {"Z", false, ""},     {"Zg=", false, ""},    {"Z===", false, ""},        {"Zm9v=", false, ""},
      {"Zm 9v", false, ""}, {"-_8=", false, ""},   {"====", false, ""},
  };
  for (const auto& test : kCases) {
    std::string out;
    EXPECT_EQ(DecodeBase64(test.encoded, out), test.ok) << test.encoded;
    if (test.ok) {
      EXPECT_EQ(out, test.decoded) << test.encoded;
    }
  }
}

struct ReplyCase {
  const char* name;
  std::vector<std::pair<const char*, const char*>> headers;
  Code code;
  const char* message;
};

TEST(ReplyStatus, SaysHowTheCallEnded) {
  const std::pair<const char*, const char*> k200{":status", "200"};
  const std::pair<const char*, const char*> kGrpc{"content-type", "application/grpc"};
  const ReplyCase kCases[] = {
      {"OK", {k200, kGrpc, {"grpc-status", "0"}}, Code::kOk, ""},
      {"OK with a message", {k200, kGrpc, {"grpc-status", "0"}, {"grpc-message", "fine"}}, Code::kOk, ""},
      {"a sub-type", {k200, {"content-type", "application/grpc+proto"}, {"grpc-status", "0"}}, Code::kOk, ""},
      {"an error", {k200, kGrpc, {"grpc-status", "5"}, {"grpc-message", "no item 7"}}, Code::kNotFound, "no item 7"},
      {"an unknown number", {k200, kGrpc, {"grpc-status", "17"}, {"grpc-message", "x"}}, Code::kUnknown, "x"},
      {"a word for a number",
       {k200, kGrpc, {"grpc-status", "banana"}},
       Code::kUnknown,
       "backend \"shop\" sent grpc-status \"banana\", which is no number"},
      {"a negative number",
       {k200, kGrpc, {"grpc-status", "-1"}},
       Code::kUnknown,
       "backend \"shop\" sent grpc-status \"-1\", which is no number"},
      {"two of them",
       {k200, kGrpc, {"grpc-status", "5"}, {"grpc-status", "0"}},
       Code::kUnknown,
       "backend \"shop\" sent more than one grpc-status"},
      {"no grpc-status", {k200, kGrpc}, Code::kUnknown, "backend \"shop\" ended the call without a grpc-status"},
      {"grpc-status beats HTTP's",
       {{":status", "503"}, kGrpc, {"grpc-status", "8"}, {"grpc-message", "busy"}},
       Code::kResourceExhausted,
       "busy"},
      {"HTML",
       {{":status", "502"}, {"content-type", "text/html"}},
       Code::kUnavailable,
       "backend \"shop\" answered with HTTP status 502 and content-type \"text/html\" instead of gRPC"},
      {"no content type",
       {{":status", "503"}},
       Code::kUnavailable,
       "backend \"shop\" answered with HTTP status 503 instead of gRPC"},
      {"400", {{":status", "400"}}, Code::kInternal, "backend \"shop\" answered with HTTP status 400 instead of gRPC"},
      {"401",
       {{":status", "401"}},
       Code::kUnauthenticated,
       "backend \"shop\" answered with HTTP status 401 instead of gRPC"},
      {"403",
       {{":status", "403"}},
       Code::kPermissionDenied,
       "backend \"shop\" answered with HTTP status 403 instead of gRPC"},
      {"404",
       {{":status", "404"}},
       Code::kUnimplemented,
       "backend \"shop\" answered with HTTP status 404 instead of gRPC"},
      {"429",
       {{":status", "429"}},
       Code::kUnavailable,
       "backend \"shop\" answered with HTTP status 429 instead of gRPC"},
      {"504",
       {{":status", "504"}},
       Code::kUnavailable,
       "backend \"shop\" answered with HTTP status 504 instead of gRPC"},
      {"500", {{":status", "500"}}, Code::kUnknown, "backend \"shop\" answered with HTTP status 500 instead of gRPC"},
      {"200 with JSON",
       {k200, {"content-type", "application/json"}},
       Code::kUnknown,
       "backend \"shop\" answered with content-type \"application/json\" instead of application/grpc"},
      {"200 with gRPC-Web",
       {k200, {"content-type", "application/grpc-web"}},
       Code::kUnknown,
       "backend \"shop\" answered with content-type \"application/grpc-web\" instead of application/grpc"},
      {"200 with nothing",
       {k200},
       Code::kUnknown,
       "backend \"shop\" answered with no content-type instead of application/grpc"},
  };
  for (const ReplyCase& test : kCases) {
    ReplyStatus reply;
    for (const auto& [name, value] : test.headers) EXPECT_TRUE(reply.Take(name, value));
    const Status status = reply.Resolve("backend \"shop\"");
    EXPECT_EQ(status.code(), test.code) << test.name;
    EXPECT_EQ(status.message(), test.message) << test.name;
    const Reason reason = test.code == Code::kUnavailable ? Reason::kBackendUnavailable
                          : test.code == Code::kInternal  ? Reason::kBackendProtocolError
                                                          : Reason::kNone;  // none has that code
    EXPECT_EQ(status.reason(), reason) << test.name;
  }
}

TEST(ReplyStatus, KeepsDetailsThatAreBase64) {
  ReplyStatus reply;
  EXPECT_TRUE(reply.Take("grpc-status", "3"));
  EXPECT_TRUE(reply.Take("grpc-status-details-bin", "CAMSA2JhZA"));
  EXPECT_EQ(reply.Resolve("x").details(), "\b\3\x12\3bad");
  EXPECT_TRUE(reply.Take("grpc-status-details-bin", "!!"));
  EXPECT_EQ(reply.Resolve("x").details(), "");
}

TEST(ReplyStatus, ForgetsAStatusThatIsNotTheLastWord) {
  ReplyStatus reply;
  EXPECT_TRUE(reply.Take(":status", "200"));
  EXPECT_TRUE(reply.Take("content-type", "application/grpc"));
  EXPECT_TRUE(reply.Take("grpc-status", "0"));
  reply.ForgetStatus();
  EXPECT_TRUE(reply.is_grpc());
  EXPECT_EQ(reply.Resolve("x").message(), "x ended the call without a grpc-status");
  EXPECT_TRUE(reply.Take("grpc-status", "3"));
  EXPECT_EQ(reply.Resolve("x").code(), Code::kInvalidArgument);
}

TEST(ReplyStatus, LeavesMetadataToTheApplication) {
  ReplyStatus reply;
  EXPECT_FALSE(reply.Take("x-http-code", "201"));
  EXPECT_FALSE(reply.Take("trace-bin", "AAA"));
  EXPECT_TRUE(reply.Take("grpc-encoding", "gzip"));
  EXPECT_TRUE(reply.Take("grpc-accept-encoding", "gzip"));
  EXPECT_EQ(reply.encoding(), "gzip");
}

TEST(StatusOfReset, MapsAsGrpcSays) {
  const struct {
    uint32_t http2_code;
    Code code;
    Reason reason;
    const char* message;
  } kCases[] = {
      {NGHTTP2_NO_ERROR, Code::kInternal, Reason::kBackendProtocolError,
       "backend \"shop\" reset the stream with NO_ERROR"},
      {NGHTTP2_PROTOCOL_ERROR, Code::kInternal, Reason::kBackendProtocolError,
       "backend \"shop\" reset the stream with PROTOCOL_ERROR"},
      {NGHTTP2_INTERNAL_ERROR, Code::kInternal, Reason::kBackendProtocolError,
       "backend \"shop\" reset the stream with INTERNAL_ERROR"},
      {NGHTTP2_REFUSED_STREAM, Code::kUnavailable, Reason::kBackendUnavailable,
       "backend \"shop\" reset the stream with REFUSED_STREAM"},
      {NGHTTP2_CANCEL, Code::kCancelled, Reason::kNone, "backend \"shop\" reset the stream with CANCEL"},
      {NGHTTP2_ENHANCE_YOUR_CALM, Code::kResourceExhausted, Reason::kNone,
       "backend \"shop\" reset the stream with ENHANCE_YOUR_CALM"},
      {NGHTTP2_INADEQUATE_SECURITY, Code::kPermissionDenied, Reason::kNone,
       "backend \"shop\" reset the stream with INADEQUATE_SECURITY"},
      {NGHTTP2_HTTP_1_1_REQUIRED, Code::kUnknown, Reason::kNone,
       "backend \"shop\" reset the stream with HTTP_1_1_REQUIRED"},
  };
  for (const auto& test : kCases) {
    const Status status = StatusOfReset(test.http2_code, "backend \"shop\"");
    EXPECT_EQ(status.code(), test.code) << test.message;
    EXPECT_EQ(status.reason(), test.reason) << test.message;
    EXPECT_EQ(status.message(), test.message);
  }
}

}  // namespace
}  // namespace dragoman::upstream
