#include "transcoding/request_plan.h"

#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "schema_from_source.h"
#include "transcoding/wire.h"

namespace dragoman::transcoding {
namespace {

constexpr std::string_view kLibrary = R"(
  syntax = "proto3";
  package lib;
  import "google/api/httpbody.proto";
  import "google/protobuf/field_mask.proto";
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
    google.protobuf.FieldMask only = 17;
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
                      std::string_view content_type = "", BodySyntax syntax = BodySyntax::kJson) {
    const auto path = HttpTemplate::Parse(rule.path);
    if (!path) return "template: " + path.error();
    const auto plan = RequestPlan::Build(*plans_.Find(type), *path, rule.body);
    if (!plan) return "build: " + plan.error();
    Buffer body(json);
    Buffer wire;
    wire.Append("12345");  // as in front of a gRPC message
    const Status status = plan->Encode({.captures = captures,
                                        .query = query,
                                        .body = json.empty() ? nullptr : &body,
                                        .content_type = content_type,
                                        .syntax = syntax},
                                       options, codec_, wire);
    if (!status.ok()) {
      EXPECT_LE(status.violations().size(), 1u);
      EXPECT_EQ(wire.view(), "12345");
      return Worded(status);
    }
    return Shown(wire.view().substr(5), type);
  }

  // The same of a body that is a form.
  std::string EncodedForm(const Rule& rule, std::vector<std::string_view> captures, std::string_view query,
                          std::string_view form, const RequestOptions& options = {}) {
    return Encoded(rule, std::move(captures), query, form, options, "lib.Request", "", BodySyntax::kForm);
  }

  static std::string Worded(const Status& status) {
    return std::string(FactsOf(status.reason()).name) + ": " + std::string(status.message());
  }

  // Parsers merge several occurrences of a message, but not all do.
  static void ExpectEachMessageOnce(std::string_view wire, const google::protobuf::Descriptor& type) {
    std::set<int32_t> seen;
    WireCursor cursor(wire);
    uint32_t tag = 0;
    while (!cursor.done()) {
      ASSERT_TRUE(cursor.ReadTag(tag));
      const google::protobuf::FieldDescriptor* field = type.FindFieldByNumber(NumberOf(tag));
      std::string_view content;
      if (field == nullptr || field->message_type() == nullptr) {
        ASSERT_TRUE(cursor.Skip(tag));
        continue;
      }
      ASSERT_TRUE(field->type() == google::protobuf::FieldDescriptor::TYPE_GROUP ? cursor.ReadGroup(field->number(), content)
                                                                                   : cursor.ReadLengthDelimited(content));
      EXPECT_TRUE(field->is_repeated() || seen.insert(field->number()).second) << field->full_name() << " stands twice";
      ExpectEachMessageOnce(content, *field->message_type());
    }
  }

  std::string Shown(std::string_view wire, std::string_view type) {
    ExpectEachMessageOnce(wire, *schema_.pool().FindMessageTypeByName(std::string(type)));
    const std::unique_ptr<google::protobuf::Message> message(
        factory_.GetPrototype(schema_.pool().FindMessageTypeByName(std::string(type)))->New());
    EXPECT_TRUE(message->ParseFromArray(wire.data(), static_cast<int>(wire.size())));
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

TEST_F(RequestPlanTest, PassesOverTheParameterThatChoosesFieldsOfTheReply) {
  RequestOptions options;
  options.fields_parameter = "request_id";
  EXPECT_EQ(Encoded({"/v1/shelves/{shelf}", "book"}, {"7"}, "request_id=a,b&draft&request_id=c", R"({"title":"x"})", options),
            R"(shelf: 7 book { title: "x" } draft: true)");
  EXPECT_EQ(Encoded({"/v1/shelves/{shelf}", ""}, {"7"}, "request%5fid=a", "", options), "shelf: 7");
  EXPECT_EQ(Encoded({"/v1/shelves/{shelf}", ""}, {"7"}, "requestId=a", "", options), R"(shelf: 7 request_id: "a")");
  // A body may have a field of that name, also as a form.
  EXPECT_EQ(Encoded({"/v1", "*"}, {}, "request_id=a", R"({"request_id":"r"})", options), R"(request_id: "r")");
  EXPECT_EQ(EncodedForm({"/v1", "*"}, {}, "request_id=a", "request_id=r", options), R"(request_id: "r")");
}

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

TEST_F(RequestPlanTest, WritesAMessageOfSeveralSourcesAsOne) {
  // The body, then variables and parameters at every depth; what stands between them stays where it is.
  EXPECT_EQ(Encoded({"/v1/{book.author.mentor.name}/{shelf}/{book.name}", "*"}, {"Ann", "7", "b"},
                    "since=2026-01-01T00:00:00Z&book.author.mentor.mentor.name=Eve&book.author.mentor.mentor.born=1",
                    R"({"requestId":"r","book":{"title":"t","author":{"born":1775}},"related":[{"name":"x"},{"name":"y"}]})"),
            R"(shelf: 7 book { name: "b" title: "t" author { born: 1775 mentor { name: "Ann" mentor { name: "Eve" born: 1 } } } } )"
            R"(request_id: "r" related { name: "x" } related { name: "y" } since { seconds: 1767225600 })");
  EXPECT_EQ(Encoded({"/v1", ""}, {}, "book.name=a&tags=1&book.author.name=b&tags=2&book.author.born=3&book.rating=0", ""),
            R"(book { name: "a" author { name: "b" born: 3 } rating: 0 } tags: "1" tags: "2")");
  EXPECT_EQ(EncodedForm({"/v1/{book.name}", "book"}, {"n"}, "", "title=t&author.name=a&author.mentor.born=5&author.born=6"),
            R"(book { name: "n" title: "t" author { name: "a" born: 6 mentor { born: 5 } } })");
  EXPECT_EQ(Encoded({"/v1/{book.name}", "book"}, {"n"}, "", R"({"author":{}})"), R"(book { name: "n" author { } })");
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
            "INVALID_REQUEST: the query and the body both give tags; a list comes from one of them");
  EXPECT_EQ(Encoded({"/v1/{book.name=b/*}", "book"}, {"b/1"}, "", R"({"name":"b/2"})"),
            "INVALID_REQUEST: the path and the body give book.name different values");
  EXPECT_EQ(Encoded({"/v1/{since}", "*"}, {"1970-01-01T00:00:01Z"}, "", R"({"since":"1970-01-01T00:00:02Z"})"),
            "INVALID_REQUEST: the path and the body give since different values");
}

// A mask is a list inside, which would be two lists in one.
TEST_F(RequestPlanTest, TakesTheSameValueFromTwoSourcesOnce) {
  EXPECT_EQ(Encoded({"/v1", "*"}, {}, "only=tags,draft", R"({"only":"tags,draft"})"), R"(only { paths: "tags" paths: "draft" })");
  EXPECT_EQ(Encoded({"/v1/{only}", "*"}, {"tags,draft"}, "", R"({"only":"tags,draft"})"), R"(only { paths: "tags" paths: "draft" })");
  EXPECT_EQ(Encoded({"/v1/{only}", "*"}, {"tags"}, "only=tags", R"({"only":"tags"})"), R"(only { paths: "tags" })");
  EXPECT_EQ(Encoded({"/v1/{only}", "*"}, {"tags"}, "only=draft", R"({"only":"tags"})"),
            "INVALID_REQUEST: the path and the query give only different values");
  EXPECT_EQ(Encoded({"/v1", "*"}, {}, "only=tags", R"({"only":"draft"})"),
            "INVALID_REQUEST: the query and the body give only different values");
}

// Each parameter is looked for in the body.
TEST_F(RequestPlanTest, RefusesManyParametersBesideABodyOfManyValues) {
  const auto tags = [](size_t count) {
    std::string list;
    for (size_t i = 0; i < count; ++i) list += i == 0 ? R"("")" : R"(,"")";
    return R"({"tags":[)" + list + "]}";
  };
  const std::string query = "request_id=a&draft=true&ratio=1&token=YQ&reader=b&limit=3&book.name=n&book.title=t&book.pages=4&book.kind=AUDIO&book.rating=1";
  const std::string refused = "INVALID_REQUEST: the query has too many parameters beside a body of so many values; send them in the body";
  EXPECT_NE(Encoded({"/v1", "*"}, {}, query, tags(90'000)), refused);
  std::string many = query;
  for (int depth = 1; depth < 12; ++depth) {
    std::string author = "&book.author.";
    for (int i = 1; i < depth; ++i) author += "mentor.";
    many += author + "name=x" + author + "born=1";
  }
  EXPECT_NE(Encoded({"/v1", "*"}, {}, many, tags(10'000)), refused);
  EXPECT_EQ(Encoded({"/v1", "*"}, {}, many, tags(200'000)), refused);
}

TEST_F(RequestPlanTest, RefusesTwoVariablesOfOneOneof) {
  EXPECT_EQ(BuildError("/v1/{reader}/{card}", ""),
            "path variable {card}: lies in the same oneof as {reader}, of which \"reader\" would be lost");
  EXPECT_EQ(BuildError("/v1/{book.isbn}/{book.ghost.name}", "*"),
            "path variable {book.ghost.name}: lies in the same oneof as {book.isbn}, of which \"isbn\" would be lost");
  EXPECT_EQ(BuildError("/v1/{book.ghost.name}/{book.ghost.born}", ""), "");
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

TEST_F(RequestPlanTest, BindsForms) {
  const Rule all{"/v1/books", "*"};
  const Rule book{"/v1/{request_id}", "book"};
  const struct {
    const char* name;
    std::string_view form;
    std::string_view expected;
  } kWhole[] = {
      {"scalars", "shelf=7&request_id=a+b%2Bc&draft=1&ratio=0.5&token=AQI",
       R"(shelf: 7 request_id: "a b+c" draft: true ratio: 0.5 token: "\001\002")"},
      {"nested, by either name", "book.author.name=Jane&requestId=x",
       R"(book { author { name: "Jane" } } request_id: "x")"},
      {"lists", "tags=a&kinds=AUDIO&tags=b&kinds=1", R"(tags: "a" tags: "b" kinds: AUDIO kinds: PAPER)"},
      {"a flag", "draft", "draft: true"},
      {"everything is decoded", "request_id=%E2%82%AC%2F%26%3D+", "request_id: \"\\342\\202\\254/&= \""},
      {"empty pairs", "&&draft&", "draft: true"},
      {"unknown", "tag=a",
       R"(INVALID_REQUEST: form field "tag": lib.Request has no field "tag"; did you mean "tags"?)"},
      {"twice", "shelf=1&shelf=1",
       R"(INVALID_REQUEST: form field "shelf" is given twice, but the field holds a single value)"},
      {"two of a oneof", "reader=a&card=1",
       R"(INVALID_REQUEST: form field "card": "reader" of the same oneof is set too)"},
      {"a map", "labels=a", R"(INVALID_REQUEST: form field "labels": is a map, which a form cannot set)"},
      {"a list of messages", "related.name=a",
       R"(INVALID_REQUEST: form field "related.name": "related" is a list of messages, which a form cannot set)"},
      {"a message", "book=a", R"(INVALID_REQUEST: form field "book": is a message (lib.Book); name one of its fields)"},
      {"no number", "shelf=", R"(INVALID_REQUEST: form field "shelf": expected an int64, got "")"},
      {"a bad escape", "shelf=%zz",
       R"(INVALID_REQUEST: form field "shelf": column 1: expected two hex digits after '%')"},
      {"a bad escape in a name", "%zz=1",
       R"(INVALID_REQUEST: form field "%zz": column 1: expected two hex digits after '%')"},
  };
  for (const auto& c : kWhole) EXPECT_EQ(EncodedForm(all, {}, "", c.form), c.expected) << c.name;

  EXPECT_EQ(EncodedForm(book, {"r"}, "shelf=2", "title=Emma&author.name=Jane&pages=474"),
            R"(shelf: 2 book { title: "Emma" author { name: "Jane" } pages: 474 } request_id: "r")");
  EXPECT_EQ(EncodedForm(book, {"r"}, "", "book.title=Emma"),
            "INVALID_REQUEST: form field \"book.title\": lib.Book has no field \"book\"");
  EXPECT_EQ(EncodedForm({"/v1/{book.name=b/*}", "book"}, {"b/1"}, "", "title=Emma"),
            R"(book { name: "b/1" title: "Emma" })");

  RequestOptions options;
  options.ignored_query = {"utm_*"};
  EXPECT_EQ(EncodedForm(all, {}, "", "utm_source=%zz&shelf=2", options), "shelf: 2");
  options.ignore_unknown_query = true;
  EXPECT_EQ(EncodedForm(all, {}, "", "any=1&shelf=2", options), "shelf: 2");
}

TEST_F(RequestPlanTest, HoldsFormsAgainstPathAndQuery) {
  const Rule all{"/v1/{shelf}", "*"};
  EXPECT_EQ(EncodedForm(all, {"7"}, "draft=1", "shelf=7&tags=a"), R"(shelf: 7 tags: "a" draft: true)");
  EXPECT_EQ(EncodedForm(all, {"7"}, "", "shelf=8"),
            "INVALID_REQUEST: the path and the body give shelf different values");
  EXPECT_EQ(EncodedForm(all, {"7"}, "", "shelf=0"), "shelf: 7");
  EXPECT_EQ(EncodedForm(all, {"7"}, "request_id=a", "requestId=b"),
            "INVALID_REQUEST: the query and the body give request_id different values");
  EXPECT_EQ(EncodedForm(all, {"7"}, "request_id=a", "requestId=a"), R"(shelf: 7 request_id: "a")");
  EXPECT_EQ(EncodedForm(all, {"7"}, "tags=a", "tags=a"),
            "INVALID_REQUEST: the query and the body both give tags; a list comes from one of them");
  EXPECT_EQ(EncodedForm({"/v1/{reader}", "*"}, {"ann"}, "", "card=1"),
            "INVALID_REQUEST: path variable {reader}: \"card\" of the same oneof is set too");
  EXPECT_EQ(EncodedForm({"/v1/a", "book"}, {}, "book.title=x", "title=x"),
            "INVALID_REQUEST: query parameter \"book.title\" lies in \"book\", which is the body of this route");
}

TEST_F(RequestPlanTest, BoundsForms) {
  std::string form;
  for (int i = 0; i < 1000; ++i) form += "tags=a&";
  EXPECT_EQ(EncodedForm({"/v1", "*"}, {}, "", form).size(), 10'000u - 1);
  EXPECT_EQ(EncodedForm({"/v1", "*"}, {}, "", form + "tags=a"), "INVALID_REQUEST: the form has more than 1000 fields");

  RequestOptions options;
  options.json.max_depth = 4;
  EXPECT_EQ(EncodedForm({"/v1", "*"}, {}, "", "book.author.mentor.name=x", options),
            R"(book { author { mentor { name: "x" } } })");
  EXPECT_EQ(EncodedForm({"/v1", "*"}, {}, "", "book.author.mentor.mentor.name=x", options),
            "INVALID_REQUEST: form field \"book.author.mentor.mentor.name\": nested more than 4 levels deep");
  EXPECT_EQ(Encoded({"/v1", "*"}, {}, "book.author.mentor.mentor.name=x", "", options),
            "INVALID_REQUEST: query parameter \"book.author.mentor.mentor.name\": nested more than 4 levels deep");
  std::string deep = "book.author";
  for (int i = 0; i < 100'000; ++i) deep += ".mentor";
  EXPECT_NE(EncodedForm({"/v1", "*"}, {}, "", deep + ".name=x").find("nested more than 100 levels deep"),
            std::string::npos);
}

TEST_F(RequestPlanTest, KnowsWhereAFormCanBe) {
  const auto accepts = [&](std::string_view body, std::string_view type = "lib.Request") {
    return RequestPlan::Build(*plans_.Find(type), *HttpTemplate::Parse("/v1"), body)->accepts_form();
  };
  EXPECT_TRUE(accepts("*"));
  EXPECT_TRUE(accepts("book"));
  for (const char* body : {"", "shelf", "tags", "labels", "related", "since", "limit", "cover"})
    EXPECT_FALSE(accepts(body)) << body;
  EXPECT_FALSE(accepts("*", "google.api.HttpBody"));
}

// The first message of a stream has all that the request says, the others their element.
TEST_F(RequestPlanTest, EncodesTheMessagesOfAStream) {
  const auto messages = [&](const Rule& rule, std::string_view capture, std::string_view query,
                            std::vector<std::string_view> elements) {
    const auto plan = RequestPlan::Build(*plans_.Find("lib.Request"), *HttpTemplate::Parse(rule.path), rule.body);
    std::string shown;
    TextPlace place{.line = 1, .column = 3};
    for (const std::string_view element : elements) {
      Buffer body(element);
      Buffer wire("12345");
      const Status status =
          shown.empty() ? plan->Encode({.captures = {&capture, 1}, .query = query, .body = &body, .body_begins = place},
                                       {}, codec_, wire)
                        : plan->EncodeNext(body, place, {}, codec_, wire);
      shown += status.ok() ? Shown(wire.view().substr(5), "lib.Request") : Worded(status);
      shown += " | ";
      ++place.line;
    }
    return shown;
  };
  EXPECT_EQ(messages({"/v1/{shelf}", "*"}, "7", "draft=1", {R"({"tags":["a"]})", R"({"shelf":8})", "{}"}),
            R"(shelf: 7 tags: "a" draft: true | shelf: 8 |  | )");
  EXPECT_EQ(messages({"/v1/{shelf}", "book"}, "7", "draft=1", {R"({"title":"Emma"})", R"({"title":"Lady Susan"})"}),
            R"(shelf: 7 book { title: "Emma" } draft: true | book { title: "Lady Susan" } | )");
  EXPECT_EQ(messages({"/v1/{shelf}", "request_id"}, "7", "", {R"("a")", R"("b")"}),
            R"(shelf: 7 request_id: "a" | request_id: "b" | )");
  EXPECT_EQ(messages({"/v1/{shelf}", "*"}, "7", "", {R"({"tag":1})", R"({"tag":2})", "\n {", "{\"book\": 7}"}),
            "UNKNOWN_FIELD: line 1, column 4: unknown field \"tag\" in lib.Request; did you mean \"tags\"? | "
            "UNKNOWN_FIELD: line 2, column 4: unknown field \"tag\" in lib.Request; did you mean \"tags\"? | "
            "INVALID_JSON: line 4, column 3: expected a name in double quotes or '}', got the end of the text | "
            "INVALID_FIELD: line 4, column 12: book: expected an object, got 7 | ");
}

TEST_F(RequestPlanTest, EncodesRawBodiesInPieces) {
  const auto messages = [&](std::string_view type, const Rule& rule, std::string_view capture,
                            std::vector<std::string_view> pieces) {
    const auto plan = RequestPlan::Build(*plans_.Find(type), *HttpTemplate::Parse(rule.path), rule.body);
    const std::span<const std::string_view> captures(&capture, capture.empty() ? 0 : 1);
    std::string shown;
    for (const std::string_view piece : pieces) {
      Buffer wire("12345");
      if (shown.empty()) {
        EXPECT_TRUE(plan->Encode({.captures = captures, .query = "", .content_type = "image/png", .raw = piece}, {},
                                 codec_, wire)
                        .ok());
      } else {
        plan->EncodeNextRaw(piece, wire);
      }
      shown += Shown(wire.view().substr(5), type) + " | ";
    }
    return shown;
  };
  EXPECT_EQ(
      messages("lib.Request", {"/v1/{shelf}", "cover"}, "7", {"\x89PN", "G", "\n"}),
      R"(shelf: 7 cover { content_type: "image/png" data: "\211PN" } | cover { data: "G" } | cover { data: "\n" } | )");
  EXPECT_EQ(messages("google.api.HttpBody", {"/v1", "*"}, "", {"a", "b"}),
            R"(content_type: "image/png" data: "a" | data: "b" | )");
  EXPECT_EQ(messages("lib.Request", {"/v1/{shelf}", "cover"}, "7", {""}),
            R"(shelf: 7 cover { content_type: "image/png" } | )");
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
