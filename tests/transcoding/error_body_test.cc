#include "transcoding/error_body.h"

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>

#include <string>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "schema_from_source.h"

namespace dragoman::transcoding {
namespace {

class ErrorBodyTest : public ::testing::Test {
 protected:
  ErrorBodyTest() : schema_(SchemaFromSource("syntax = \"proto3\";")), plans_(schema_), codec_(plans_) {}

  std::string Rendered(ErrorFormat format, const Status& status) {
    Buffer out;
    ErrorBody(format, plans_).Render(status, codec_, out);
    return std::string(out.view());
  }

  Schema schema_;
  PlanSet plans_;
  JsonCodec codec_;
};

Status FromBackend(const google::rpc::Status& sent) {
  return Status(CodeFromNumber(sent.code()), sent.message()).WithDetails(sent.SerializeAsString());
}

TEST_F(ErrorBodyTest, SpellsABackendsErrorInEachFormat) {
  const Status status(Code::kNotFound, "no item \"x\"");
  EXPECT_EQ(Rendered(ErrorFormat::kStatus, status), R"({"code":5,"message":"no item \"x\"","details":[]})");
  EXPECT_EQ(Rendered(ErrorFormat::kAip193, status),
            R"({"error":{"code":404,"status":"NOT_FOUND","message":"no item \"x\"","details":[]}})");
  EXPECT_EQ(
      Rendered(ErrorFormat::kProblem, status),
      R"({"type":"about:blank","title":"Not Found","status":404,"detail":"no item \"x\"","code":"NOT_FOUND","details":[]})");
}

TEST_F(ErrorBodyTest, GivesItsOwnRefusalsAReason) {
  const Status status(Reason::kMethodNotAllowed, "use GET");
  EXPECT_EQ(Rendered(ErrorFormat::kStatus, status),
            R"({"code":12,"message":"use GET","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo",)"
            R"("reason":"METHOD_NOT_ALLOWED","domain":"dragoman"}]})");
  EXPECT_EQ(Rendered(ErrorFormat::kAip193, status).substr(0, 43), R"({"error":{"code":405,"status":"UNIMPLEMENTE)");
  EXPECT_EQ(
      Rendered(ErrorFormat::kProblem, status),
      R"({"type":"about:blank","title":"Method Not Allowed","status":405,"detail":"use GET","code":"UNIMPLEMENTED",)"
      R"("reason":"METHOD_NOT_ALLOWED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo",)"
      R"("reason":"METHOD_NOT_ALLOWED","domain":"dragoman"}]})");
}

TEST_F(ErrorBodyTest, NamesTheFieldsOfBadInput) {
  const Status status = Status(Reason::kInvalidField, "bad").With({"a.b", "line 1, column 2: \"x\""}).With({"", "y"});
  EXPECT_EQ(
      Rendered(ErrorFormat::kStatus, status),
      R"({"code":3,"message":"bad","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"INVALID_FIELD",)"
      R"("domain":"dragoman"},{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"a.b",)"
      R"("description":"line 1, column 2: \"x\""},{"description":"y"}]}]})");
}

TEST_F(ErrorBodyTest, KeepsKnownDetailsAndUnknownOnesButNoDebugInfo) {
  google::rpc::Status sent;
  sent.set_code(9);
  sent.set_message("m");
  google::rpc::ErrorInfo info;
  info.set_reason("OUT_OF_STOCK");
  info.set_domain("shop");
  sent.add_details()->PackFrom(info);
  google::rpc::DebugInfo debug;
  debug.set_detail("secret stack");
  sent.add_details()->PackFrom(debug);
  sent.add_details()->PackFrom(debug);
  sent.mutable_details(2)->set_type_url("google.rpc.DebugInfo");
  google::protobuf::Any* unknown = sent.add_details();
  unknown->set_type_url("type.googleapis.com/shop.Unknown");
  unknown->set_value("\x01\x02");
  google::protobuf::Any* broken = sent.add_details();
  broken->set_type_url("type.googleapis.com/google.rpc.RetryInfo");
  broken->set_value("\xff");
  EXPECT_EQ(
      Rendered(ErrorFormat::kStatus, FromBackend(sent)),
      R"({"code":9,"message":"m","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"OUT_OF_STOCK","domain":"shop"},)"
      R"({"@type":"type.googleapis.com/shop.Unknown","value":"AQI="},)"
      R"({"@type":"type.googleapis.com/google.rpc.RetryInfo","value":"/w=="}]})");
}

// As a service passes on what another said.
TEST_F(ErrorBodyTest, ShowsNoDebugInfoWithinOtherDetails) {
  google::rpc::DebugInfo debug;
  debug.set_detail("secret stack");
  google::rpc::Status below;
  below.set_code(5);
  below.add_details()->PackFrom(debug);
  google::rpc::ErrorInfo info;
  info.set_reason("GONE");
  below.add_details()->PackFrom(info);
  google::protobuf::Any any;
  any.PackFrom(debug);
  google::rpc::Status sent;
  sent.set_code(9);
  sent.add_details()->PackFrom(any);
  sent.add_details()->PackFrom(below);
  any.PackFrom(info);
  sent.add_details()->PackFrom(any);
  EXPECT_EQ(Rendered(ErrorFormat::kStatus, FromBackend(sent)),
            R"({"code":9,"message":"","details":[{"@type":"type.googleapis.com/google.rpc.Status","code":5,)"
            R"("details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"GONE"}]},)"
            R"({"@type":"type.googleapis.com/google.protobuf.Any","value":{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"GONE"}}]})");
  // However deep, and in what is too deep nothing is looked for.
  for (int i = 0; i < 20; ++i) {
    google::protobuf::Any outer;
    outer.PackFrom(any);
    any = outer;
    google::rpc::Status deep;
    deep.add_details()->PackFrom(any);
    const std::string text = Rendered(ErrorFormat::kStatus, FromBackend(deep));
    EXPECT_EQ(text.find("GONE") != std::string::npos, i < 7) << i << text;
  }
}

// A message that was cut within a character, a name of a type likewise.
TEST_F(ErrorBodyTest, TextsThatAreNoUtf8SpoilNoOtherDetail) {
  google::rpc::Status sent;
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(2);
  sent.add_details()->PackFrom(retry);
  const std::string good = sent.SerializeAsString();
  const std::string message("\x12\x02\xc3\x28", 4);
  const std::string type("\x1a\x08\x0a\x02x\xff\x12\x02\x01\x02", 10);
  const Status status = Status(Code::kNotFound, "m").WithDetails(message + type + good);
  EXPECT_EQ(Rendered(ErrorFormat::kStatus, status),
            R"({"code":5,"message":"m","details":[{"@type":"x)"
            "\xEF\xBF\xBD"
            R"(","value":"AQI="},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"2s"}]})");
  EXPECT_EQ(RetryAfterSeconds(status), 2);
  // Half a detail is none, and then there are none.
  EXPECT_EQ(Rendered(ErrorFormat::kStatus, Status(Code::kNotFound, "m").WithDetails(good + "\x1a\x05")), R"({"code":5,"message":"m","details":[]})");
}

TEST_F(ErrorBodyTest, AddsItsFactsToTheErrorOfABackend) {
  EXPECT_EQ(Rendered(ErrorFormat::kStatus, Status(Code::kNotFound, "gone").WithFact("part", "user")),
            R"({"code":5,"message":"gone","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"PART_FAILED",)"
            R"("domain":"dragoman","metadata":{"part":"user"}}]})");
  EXPECT_EQ(Rendered(ErrorFormat::kStatus,
                     Status(Reason::kOverloaded, "full").WithRule("backend shop").WithFact("part", "user")),
            R"({"code":14,"message":"full","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"OVERLOADED",)"
            R"("domain":"dragoman","metadata":{"rule":"backend shop","part":"user"}}]})");
}

TEST_F(ErrorBodyTest, MendsAMessageThatIsNoUtf8) {
  EXPECT_EQ(Rendered(ErrorFormat::kStatus, Status(Code::kUnknown, "a\xff\xc3\xa9\xe2\x82")),
            "{\"code\":2,\"message\":\"a\xEF\xBF\xBD\xc3\xa9\xEF\xBF\xBD\xEF\xBF\xBD\",\"details\":[]}");
}

TEST(RetryAfterSeconds, RoundsUpWhatRetryInfoSays) {
  google::rpc::Status sent;
  sent.set_code(14);
  EXPECT_EQ(RetryAfterSeconds(FromBackend(sent)), std::nullopt);
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(2);
  retry.mutable_retry_delay()->set_nanos(1);
  sent.add_details()->PackFrom(retry);
  EXPECT_EQ(RetryAfterSeconds(FromBackend(sent)), 3);
  EXPECT_EQ(RetryAfterSeconds(Status(Code::kUnavailable, "m").WithDetails("\xff")), std::nullopt);
  // No google.protobuf.Duration.
  for (const int64_t seconds : {INT64_MAX, INT64_MIN, int64_t{-1}, int64_t{315'576'000'001}}) {
    retry.mutable_retry_delay()->set_seconds(seconds);
    sent.mutable_details(0)->PackFrom(retry);
    EXPECT_EQ(RetryAfterSeconds(FromBackend(sent)), std::nullopt) << seconds;
  }
}

}  // namespace
}  // namespace dragoman::transcoding
