#include "transcoding/request_plan.h"

#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "schema_from_source.h"

namespace dragoman::transcoding {
namespace {

constexpr std::string_view kLibrary = R"(
  syntax = "proto3";
  package lib;
  import "google/api/httpbody.proto";
  import "google/protobuf/timestamp.proto";
  import "google/protobuf/wrappers.proto";
  enum Kind { KIND_UNSPECIFIED = 0; PAPER = 1; AUDIO = 2; }
  message Author { string name = 1; int32 born = 2; Author mentor = 3; }
  message Book {
    string name = 1; string title = 2; Author author = 3; int64 pages = 4; Kind kind = 5;
    oneof format { string isbn = 6; int32 catalog_number = 7; Author ghost = 8; }
    google.protobuf.Timestamp printed = 9;
    optional int32 rating = 10;
  }
  message Request {
    int64 shelf = 1; Book book = 2; string request_id = 3; repeated string tags = 4; repeated Kind kinds = 5; bool draft = 6;
    map<string, string> labels = 7; repeated Book related = 8; google.protobuf.Timestamp since = 9;
    google.protobuf.Int32Value limit = 10; google.api.HttpBody cover = 11; repeated google.protobuf.Timestamp days = 12; double ratio = 13;
    bytes token = 14;
    oneof who { string reader = 15; int32 card = 16; }
  }
)";

class RequestPlanTest : public ::testing::Test {
 protected:
  RequestPlanTest() : schema_(SchemaFromSource(kLibrary)), plans_(schema_), codec_(plans_) {}

  struct Rule {
    std::string_view path;
    std::string_view body;
  };

  // What one request becomes: the message in text format, or "REASON: message".
  std::string Encoded(const Rule& rule, std::vector<std::string_view> captures, std::string_view query,
                      std::string_view json, const RequestOptions& options = {}, std::string_view type = "lib.Request",
                      std::string_view content_type = "") {
    const auto path = HttpTemplate::Parse(rule.path);
    if (!path) return "template: " + path.error();
    const auto plan = RequestPlan::Build(*plans_.Find(type), *path, rule.body);
    if (!plan) return "build: " + plan.error();
    Buffer body(json);
    Buffer wire;
    wire.Append("12345");  // as in front of a gRPC message
    const Status status = plan->Encode(
        {.captures = captures, .query = query, .body = json.empty() ? nullptr : &body, .content_type = content_type},
        options, codec_, wire);
    if (!status.ok()) {
      EXPECT_LE(status.violations().size(), 1u);
      return std::string(FactsOf(status.reason()).name) + ": " + std::string(status.message());
    }
    const std::unique_ptr<google::protobuf::Message> message(
        factory_.GetPrototype(schema_.pool().FindMessageTypeByName(std::string(type)))->New());
    EXPECT_TRUE(message->ParseFromArray(wire.data() + 5, static_cast<int>(wire.size()) - 5));
    std::string text;
    google::protobuf::TextFormat::Printer printer;
    printer.SetSingleLineMode(true);
    printer.PrintToString(*message, &text);
    if (!text.empty()) text.pop_back();
    return text;
  }

  std::string BuildError(std::string_view path, std::string_view body) {
    const auto plan = RequestPlan::Build(*plans_.Find("lib.Request"), *HttpTemplate::Parse(path), body);
    return plan ? "" : plan.error();
  }

  Schema schema_;
  PlanSet plans_;
  JsonCodec codec_;
  google::protobuf::DynamicMessageFactory factory_;
};

TEST_F(RequestPlanTest, MergesPathQueryAndBody) {
  EXPECT_EQ(Encoded({"/v1/shelves/{shelf}/books", "book"}, {"7"}, "request_id=r-12", R"({"title":"Persuasion"})"),
            R"(shelf: 7 book { title: "Persuasion" } request_id: "r-12")");
  EXPECT_EQ(Encoded({"/v1/{book.name=shelves/*/books/*}", "book"}, {"shelves/7/books/2"}, "",
                    R"({"title":"Emma","pages":"474"})"),
            R"(book { name: "shelves/7/books/2" title: "Emma" pages: 474 })");
  EXPECT_EQ(Encoded({"/v1/{book.author.mentor.name}", "*"}, {"Ann"},
                    "book.author.born=1775&book.author.mentor.born=1752", R"({"book":{"author":{"name":"Jane"}}})"),
            R"(book { author { name: "Jane" born: 1775 mentor { name: "Ann" born: 1752 } } })");
  EXPECT_EQ(Encoded({"/v1/books", ""}, {}, "", ""), "");
}

TEST_F(RequestPlanTest, DecodesCapturesByTheirShape) {
  EXPECT_EQ(Encoded({"/v1/{request_id}", ""}, {"p%20q%2Fr+"}, "", ""), R"(request_id: "p q/r+")");
  EXPECT_EQ(Encoded({"/v1/{request_id=a/*}", ""}, {"a/p%20q%2Fr+"}, "", ""), R"(request_id: "a/p q%2Fr+")");
  EXPECT_EQ(Encoded({"/v1/{since}", ""}, {"2024-02-29T12:00:00Z"}, "", ""), "since { seconds: 1709208000 }");
  EXPECT_EQ(Encoded({"/v1/{book.kind}", ""}, {"AUDIO"}, "", ""), "book { kind: AUDIO }");
  EXPECT_EQ(Encoded({"/v1/{limit}", ""}, {"5"}, "", ""), "limit { value: 5 }");
}

TEST_F(RequestPlanTest, RefusesCapturesThatDoNotFit) {
  EXPECT_EQ(Encoded({"/v1/{shelf}", ""}, {"seven"}, "", ""),
            "INVALID_REQUEST: path variable {shelf}: expected an int64, got \"seven\"");
  EXPECT_EQ(Encoded({"/v1/{request_id}", ""}, {"a%2"}, "", ""),
            "INVALID_REQUEST: path variable {request_id}: column 2: expected two hex digits after '%'");
  EXPECT_EQ(Encoded({"/v1/{request_id}", ""}, {"%ff"}, "", "").substr(0, 43),
            "INVALID_REQUEST: path variable {request_id}");
}

// Some servers take empty bytes that are there for bytes that are set.
TEST_F(RequestPlanTest, LeavesOutEmptyBytesWithoutPresence) {
  const auto bytes_of = [&](std::string_view query, std::string_view json) {
    const auto plan = RequestPlan::Build(*plans_.Find("lib.Request"), *HttpTemplate::Parse("/v1"), "*");
    Buffer body(json);
    Buffer wire;
    EXPECT_TRUE(plan->Encode({.captures = {}, .query = query, .body = &body, .content_type = ""}, {}, codec_, wire).ok());
    return std::string(wire.view());
  };
  EXPECT_EQ(bytes_of("", R"({"token": ""})"), "");
  EXPECT_EQ(bytes_of("token=", "{}"), "");
  EXPECT_EQ(bytes_of("", R"({"token": "AA=="})"), std::string("\x72\x01\x00", 3));
  EXPECT_EQ(bytes_of("token=AA", R"({"token": ""})"), std::string("\x72\x01\x00", 3));
  EXPECT_EQ(bytes_of("", R"({"requestId": "", "cover": {"data": ""}})"), std::string("\x1a\x00\x5a\x00", 4));
}

TEST_F(RequestPlanTest, BindsQueryParameters) {
  const struct {
    const char* name;
    std::string_view query;
    std::string_view expected;
  } kCases[] = {
      {"scalars", "shelf=7&request_id=a+b%2Bc&draft=1&ratio=0.5&token=AQI",
       R"(shelf: 7 request_id: "a b+c" draft: true ratio: 0.5 token: "\001\002")"},
      {"nested, by proto and by JSON name", "book.author.name=Jane&requestId=x&book.printed=1970-01-01T00:00:01Z",
       R"(book { author { name: "Jane" } printed { seconds: 1 } } request_id: "x")"},
      {"a flag", "draft", "draft: true"},
      {"an empty flag", "draft=&request_id", R"(request_id: "" draft: true)"},
      {"lists", "tags=a&kinds=AUDIO&tags=b&kinds=1", R"(tags: "a" tags: "b" kinds: AUDIO kinds: PAPER)"},
      {"lists of timestamps", "days=1970-01-01T00:00:01Z&days=1970-01-01T00:00:02Z",
       "days { seconds: 1 } days { seconds: 2 }"},
      {"optional zero", "book.rating=0", "book { rating: 0 }"},
      {"empty pairs", "&&draft&", "draft: true"},
  };
  for (const auto& c : kCases) {
    const std::string got = Encoded({"/v1/books", ""}, {}, c.query, "");
    // proto3 prints no implicit defaults
    std::string expected(c.expected);
    if (const size_t at = expected.find("request_id: \"\" "); at != std::string::npos) expected.erase(at, 15);
    EXPECT_EQ(got, expected) << c.name;
  }
}

TEST_F(RequestPlanTest, RefusesQueryParametersThatMeanNothing) {
  const struct {
    std::string_view query;
    std::string_view expected;
  } kCases[] = {
      {"tag=a", R"(query parameter "tag": lib.Request has no field "tag"; did you mean "tags"?)"},
      {"book.titel=x", R"(query parameter "book.titel": lib.Book has no field "titel"; did you mean "title"?)"},
      {"shelf=1&shelf=1", R"(query parameter "shelf" is given twice, but the field holds a single value)"},
      {"reader=a&card=1", R"(query parameter "card": "reader" of the same oneof is set too)"},
      {"book.isbn=1&book.ghost.name=x", R"(query parameter "book.ghost.name": "isbn" of the same oneof is set too)"},
      {"shelf.x=1", R"(query parameter "shelf.x": "shelf" holds a single value and has no fields)"},
      {"since.seconds=1", R"(query parameter "since.seconds": "since" holds a single value and has no fields)"},
      {"labels=a", R"(query parameter "labels": is a map, which a query cannot set)"},
      {"labels.a=b", R"(query parameter "labels.a": "labels" is a map, which a query cannot set)"},
      {"related.name=a",
       R"(query parameter "related.name": "related" is a list of messages, which a query cannot set)"},
      {"related=a", R"(query parameter "related": is a list of messages, which a query cannot set)"},
      {"book=a", R"(query parameter "book": is a message (lib.Book); name one of its fields)"},
      {"=a", R"(query parameter "": lib.Request has no field "")"},
      {"book.=a", R"(query parameter "book.": lib.Book has no field "")"},
      {"shelf=%zz", R"(query parameter "shelf": column 1: expected two hex digits after '%')"},
      {"%zz=1", R"(query parameter "%zz": column 1: expected two hex digits after '%')"},
      {"shelf=1.5", R"(query parameter "shelf": expected an int64, got "1.5")"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(Encoded({"/v1/books", ""}, {}, c.query, ""), "INVALID_REQUEST: " + std::string(c.expected)) << c.query;
  }
}

TEST_F(RequestPlanTest, ListsTheNamesOfAnEnum) {
  const std::string got = Encoded({"/v1/books", ""}, {}, "book.kind=VELLUM", "");
  for (const char* part : {"INVALID_REQUEST: query parameter \"book.kind\": ", "VELLUM", "PAPER", "AUDIO"}) {
    EXPECT_NE(got.find(part), std::string::npos) << got;
  }
}

TEST_F(RequestPlanTest, IgnoresQueryParametersAsConfigured) {
  RequestOptions options;
  options.ignored_query = {"utm_*", "_"};
  EXPECT_EQ(Encoded({"/v1/books", ""}, {}, "utm_source=a&_=1&shelf=2&utm_=", "", options), "shelf: 2");
  EXPECT_NE(Encoded({"/v1/books", ""}, {}, "__=1", "", options).find("has no field"), std::string::npos);
  options.ignore_unknown_query = true;
  EXPECT_EQ(Encoded({"/v1/books", ""}, {}, "any=1&book.any=2&shelf=2", "", options), "shelf: 2");
}

TEST_F(RequestPlanTest, RefusesSourcesThatDisagree) {
  const Rule all{"/v1/{shelf}", "*"};
  EXPECT_EQ(Encoded(all, {"7"}, "", R"({"shelf":7,"draft":true})"), "shelf: 7 draft: true");
  EXPECT_EQ(Encoded(all, {"7"}, "", R"({"shelf":8})"),
            "INVALID_REQUEST: the path and the body give shelf different values");
  EXPECT_EQ(Encoded(all, {"7"}, "", R"({"shelf":0})"), "shelf: 7");
  EXPECT_EQ(Encoded(all, {"7"}, "shelf=7", ""), "shelf: 7");
  EXPECT_EQ(Encoded(all, {"7"}, "shelf=8", ""), "INVALID_REQUEST: the path and the query give shelf different values");
  EXPECT_EQ(Encoded(all, {"7"}, "request_id=a", R"({"requestId":"b"})"),
            "INVALID_REQUEST: the query and the body give request_id different values");
  EXPECT_EQ(Encoded(all, {"7"}, "request_id=a", R"({"requestId":"a"})"), R"(shelf: 7 request_id: "a")");
  EXPECT_EQ(Encoded(all, {"7"}, "tags=a", R"({"tags":["a"]})"),
            "INVALID_REQUEST: the query and the body give tags different values");
  EXPECT_EQ(Encoded({"/v1/{book.name=b/*}", "book"}, {"b/1"}, "", R"({"name":"b/2"})"),
            "INVALID_REQUEST: the path and the body give book.name different values");
  EXPECT_EQ(Encoded({"/v1/{since}", "*"}, {"1970-01-01T00:00:01Z"}, "", R"({"since":"1970-01-01T00:00:02Z"})"),
            "INVALID_REQUEST: the path and the body give since different values");
}

TEST_F(RequestPlanTest, RefusesTwoMembersOfAOneofAcrossSources) {
  EXPECT_EQ(Encoded({"/v1/{reader}", "*"}, {"ann"}, "", R"({"card":1})"),
            "INVALID_REQUEST: path variable {reader}: \"card\" of the same oneof is set too");
  EXPECT_EQ(Encoded({"/v1/{reader}", "*"}, {"ann"}, "card=1", ""),
            "INVALID_REQUEST: query parameter \"card\": \"reader\" of the same oneof is set too");
  EXPECT_EQ(Encoded({"/v1/{book.ghost.name}", "book"}, {"ann"}, "", R"({"isbn":"1"})"),
            "INVALID_REQUEST: path variable {book.ghost.name}: \"isbn\" of the same oneof is set too");
  EXPECT_EQ(Encoded({"/v1/{reader}", "*"}, {"ann"}, "", R"({"card":null})"), R"(reader: "ann")");
}

TEST_F(RequestPlanTest, TakesTheBodyThatTheRuleNames) {
  EXPECT_EQ(Encoded({"/v1/a", ""}, {}, "", R"({"shelf":1})"),
            "INVALID_REQUEST: this route takes no body; send its fields in the path and query");
  EXPECT_EQ(Encoded({"/v1/a", ""}, {}, "", " {\r\n } "), "");
  EXPECT_EQ(Encoded({"/v1/a", "*"}, {}, "", ""), "");
  EXPECT_EQ(Encoded({"/v1/a", "tags"}, {}, "", R"(["a","b"])"), R"(tags: "a" tags: "b")");
  EXPECT_EQ(Encoded({"/v1/a", "labels"}, {}, "", R"({"a":"b"})"), R"(labels { key: "a" value: "b" })");
  EXPECT_EQ(Encoded({"/v1/a", "request_id"}, {}, "", R"("x")"), R"(request_id: "x")");
  EXPECT_EQ(Encoded({"/v1/a", "requestId"}, {}, "", R"("x")"), R"(request_id: "x")");
  EXPECT_EQ(Encoded({"/v1/a", "book"}, {}, "book.title=x", "{}"),
            "INVALID_REQUEST: query parameter \"book.title\" lies in \"book\", which is the body of this route");
}

TEST_F(RequestPlanTest, PassesRawBodiesThrough) {
  EXPECT_EQ(Encoded({"/v1/{request_id}", "cover"}, {"r"}, "", "\x89PNG", {}, "lib.Request", "image/png"),
            R"(request_id: "r" cover { content_type: "image/png" data: "\211PNG" })");
  EXPECT_EQ(Encoded({"/v1/a", "*"}, {}, "", "{not json", {}, "google.api.HttpBody"), R"(data: "{not json")");
}

TEST_F(RequestPlanTest, RefusesRulesThatCannotWork) {
  const struct {
    std::string_view path, body, expected;
  } kCases[] = {
      {"/{shelv}", "", R"(path variable {shelv}: lib.Request has no field "shelv"; did you mean "shelf"?)"},
      {"/{book.nam}", "", R"(path variable {book.nam}: lib.Book has no field "nam"; did you mean "name"?)"},
      {"/{tags}", "", R"(path variable {tags}: field "tags" is repeated; a path can only set a single value)"},
      {"/{labels}", "", R"(path variable {labels}: field "labels" is a map; a path can only set a single value)"},
      {"/{book}", "", R"(path variable {book}: field "book" is a message (lib.Book); name one of its fields)"},
      {"/{shelf.x}", "", R"(path variable {shelf.x}: field "shelf" is no message and has no fields)"},
      {"/{shelf}/{shelf}", "", "path variable {shelf}: the path binds this field twice"},
      {"/{limit}/{limit.value}", "", "path variable {limit.value}: lies in the same field as {limit}"},
      {"/a", "bok", R"(body: lib.Request has no field "bok"; did you mean "book"?)"},
  };
  for (const auto& c : kCases) EXPECT_EQ(BuildError(c.path, c.body), c.expected) << c.path;
}

}  // namespace
}  // namespace dragoman::transcoding
