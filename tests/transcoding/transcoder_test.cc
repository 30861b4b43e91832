#include "transcoding/transcoder.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "schema_from_source.h"

namespace dragoman::transcoding {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

constexpr const char* kLibrary = R"(
syntax = "proto3";
package library;
import "google/api/annotations.proto";
import "google/api/httpbody.proto";
service Library {
  rpc CreateBook(CreateBookRequest) returns (Book) {
    option (google.api.http) = {post: "/v1/shelves/{shelf}/books" body: "book"};
  }
  rpc GetBook(GetBookRequest) returns (Book) {
    option (google.api.http) = {get: "/v1/{name=shelves/*/books/*}" additional_bindings {get: "/v1/title" response_body: "title"}};
  }
  rpc Scan(google.api.HttpBody) returns (google.api.HttpBody) {
    option (google.api.http) = {post: "/v1/scan" body: "*"};
  }
  rpc Sweep(GetBookRequest) returns (Book);
}
message Book { string name = 1; string title = 2; }
message CreateBookRequest { string shelf = 1; Book book = 2; string request_id = 3; }
message GetBookRequest { string name = 1; }
)";

class TranscoderTest : public ::testing::Test {
 protected:
  TranscoderTest() : transcoder_(*Transcoder::Build({{"library.pb", DescriptorSetFromSource(kLibrary)}})) {}

  Result<const Transcoder::Method*> Translate(std::string_view http_method, std::string_view target,
                                              std::string_view body,
                                              std::string_view content_type = "application/json") {
    body_.Clear();
    body_.Append(body);
    message_.Clear();
    return transcoder_.Translate(
        {.http_method = http_method, .target = target, .content_type = content_type, .body = &body_}, codec_, message_);
  }

  Transcoder transcoder_;
  JsonCodec codec_ = transcoder_.NewCodec();
  Buffer body_;
  Buffer message_;
};

TEST_F(TranscoderTest, MakesAMessageOfPathQueryAndBody) {
  const auto method = Translate("POST", "/v1/shelves/7/books?request_id=r", R"({"title": "P"})");
  ASSERT_TRUE(method) << method.error().message();
  EXPECT_EQ((*method)->grpc_path, "/library.Library/CreateBook");
  EXPECT_EQ((*method)->path, "/v1/shelves/{shelf}/books");
  const std::string message(message_.view());  // shelf: "7"  book { title: "P" }  request_id: "r", in whatever order
  EXPECT_EQ(message.size(), 11u);
  EXPECT_THAT(message, HasSubstr("\x0A\x01"
                                 "7"));
  EXPECT_THAT(message, HasSubstr("\x12\x03\x12\x01P"));
  EXPECT_THAT(message, HasSubstr("\x1A\x01r"));
}

TEST_F(TranscoderTest, ReadsAFormWhereTheBodyIsAMessage) {
  ASSERT_TRUE(Translate("POST", "/v1/shelves/7/books", "title=P", "application/x-www-form-urlencoded; charset=utf-8"));
  EXPECT_THAT(std::string(message_.view()), HasSubstr("\x12\x01P"));
  EXPECT_FALSE(Translate("POST", "/v1/shelves/7/books", "title=P", "application/json"));
}

TEST_F(TranscoderTest, TakesAndGivesRawBytes) {
  const auto method = Translate("POST", "/v1/scan", "not {json", "text/x-scan");
  ASSERT_TRUE(method) << method.error().message();
  Buffer body;
  std::string type_scratch;
  const auto content_type = transcoder_.Render(**method, message_.view(), codec_, body, type_scratch);
  ASSERT_TRUE(content_type) << content_type.error().message();
  EXPECT_EQ(*content_type, "text/x-scan");
  EXPECT_EQ(body.view(), "not {json");
}

TEST_F(TranscoderTest, WritesTheReplyAsTheBindingSays) {
  const std::string reply = "\x0A\x01n\x12\x01t";
  for (const auto& [target, expected] :
       {std::pair("/v1/shelves/7/books/1", R"({"name":"n","title":"t"})"), std::pair("/v1/title", R"("t")")}) {
    const auto method = Translate("GET", target, "");
    ASSERT_TRUE(method) << method.error().message();
    EXPECT_EQ((*method)->grpc_path, "/library.Library/GetBook");
    Buffer json;
    std::string type_scratch;
    EXPECT_EQ(*transcoder_.Render(**method, reply, codec_, json, type_scratch), "application/json");
    EXPECT_EQ(json.view(), expected);
  }
}

TEST_F(TranscoderTest, HasAMethodForEachBindingAndNoneForWhatIsNotAnnotated) {
  std::vector<std::string> paths;
  for (const Transcoder::Method& method : transcoder_.methods())
    paths.push_back(method.http_method + " " + method.path);
  EXPECT_THAT(paths, ElementsAre("POST /v1/shelves/{shelf}/books", "GET /v1/{name=shelves/*/books/*}", "GET /v1/title",
                                 "POST /v1/scan"));
}

TEST_F(TranscoderTest, SaysWhatWasWrongAndLeavesTheOutputAlone) {
  message_.Append("before");
  Buffer body(R"({"titel": "P"})");
  const auto unknown =
      transcoder_.Translate({.http_method = "POST", .target = "/v1/shelves/7/books", .body = &body}, codec_, message_);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().reason(), Reason::kUnknownField);
  EXPECT_EQ(message_.view(), "before");

  const auto nowhere = Translate("GET", "/v1/nowhere", "");
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().http_status(), 404);
  EXPECT_EQ(nowhere.error().message(), "no route for GET \"/v1/nowhere\"");

  const auto wrong = Translate("DELETE", "/v1/scan", "");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().http_status(), 405);
  EXPECT_THAT(wrong.error().headers(), ElementsAre(Pair("allow", "POST")));
  Buffer answer;
  EXPECT_EQ(transcoder_.RenderError(wrong.error(), codec_, answer), "application/json");
  EXPECT_THAT(std::string(answer.view()), HasSubstr("METHOD_NOT_ALLOWED"));
}

TEST(TranscoderBuild, ReportsEveryProblemOfTheSchema) {
  const std::string source = R"(
syntax = "proto3";
package shop;
import "google/api/annotations.proto";
service Shop {
  rpc A(Item) returns (Item) { option (google.api.http) = {get: "/v1/{id"}; }
  rpc B(Item) returns (Item) { option (google.api.http) = {get: "/v1/{nme}" response_body: "idd"}; }
  rpc C(Item) returns (Item) { option (google.api.http) = {body: "*"}; }
  rpc D(Item) returns (Item) { option (google.api.http) = {get: "/v2/{id}"}; }
  rpc E(Item) returns (Item) { option (google.api.http) = {get: "/v2/*"}; }
}
message Item { string id = 1; }
)";
  const auto transcoder = Transcoder::Build({{"shop.pb", DescriptorSetFromSource(source)}});
  ASSERT_FALSE(transcoder);
  std::vector<std::string> where;
  for (const Problem& problem : transcoder.error()) where.push_back(problem.where);
  EXPECT_THAT(where, ElementsAre("test.proto:6:3", "test.proto:7:3", "test.proto:7:3", "test.proto:8:3", "test.proto:10:3"));
  EXPECT_EQ(transcoder.error().back().what, "shop.Shop.E: GET /v2/* matches the same requests as GET /v2/{id} of shop.Shop.D (test.proto:9:3)");
}

TEST(TranscoderBuild, NamesTheMethodWhereASchemaTellsNoLines) {
  google::protobuf::FileDescriptorSet set;
  ASSERT_TRUE(set.ParseFromString(DescriptorSetFromSource(R"(
syntax = "proto3";
package shop;
import "google/api/annotations.proto";
service Shop {
  rpc D(Item) returns (Item) { option (google.api.http) = {get: "/v2/{id}"}; }
  rpc E(Item) returns (Item) { option (google.api.http) = {get: "/v2/*"}; }
}
message Item { string id = 1; }
)")));
  set.mutable_file(0)->clear_source_code_info();
  const auto transcoder = Transcoder::Build({{"shop.pb", set.SerializeAsString()}});
  ASSERT_FALSE(transcoder);
  EXPECT_EQ(transcoder.error().front().where, "annotation of shop.Shop.E (test.proto)");
  EXPECT_EQ(transcoder.error().front().what, "GET /v2/* matches the same requests as GET /v2/{id} of annotation of shop.Shop.D (test.proto)");
}

TEST(TranscoderBuild, RefusesWhatIsNoDescriptorSet) {
  const auto transcoder = Transcoder::Build({{"shop.pb", "rubbish"}});
  ASSERT_FALSE(transcoder);
  EXPECT_EQ(transcoder.error().front().where, "shop.pb");
}

}  // namespace
}  // namespace dragoman::transcoding
