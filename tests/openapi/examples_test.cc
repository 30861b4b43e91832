#include <gtest/gtest.h>

#include <string>

#include "document.h"

namespace dragoman::openapi {
namespace {

std::string ExampleOf(std::string_view fields, std::string_view more = "") {
  const Document document("enum Color { RED = 0; BLUE = 1; } message Sub { string a = 1; Sub more = 2; } message M { string id = 1; " + std::string(fields) +
                              " } service S { rpc Put(M) returns (M) { option (google.api.http) = {put: \"/m/{id}\" body: \"*\"}; } }",
                          more);
  return document.Of("put", "/m/{id}", "/requestBody/content/application~1json/example");
}

TEST(Examples, HaveAValueForEachField) {
  EXPECT_EQ(ExampleOf("string title = 2; int32 a = 3; int64 b = 4; bool c = 5; bytes d = 6; Color e = 7; double f = 8;"),
            R"({"title":"title","a":1,"b":"1","c":true,"d":"AA==","e":"BLUE","f":1})");
  EXPECT_EQ(ExampleOf("google.protobuf.Timestamp a = 2; google.protobuf.Duration b = 3; google.protobuf.FieldMask c = 4; google.protobuf.Int64Value d = 5;"),
            R"({"a":"2026-01-01T00:00:00Z","b":"1s","c":"name","d":"1"})");
  EXPECT_EQ(ExampleOf("repeated string a = 2; map<int32, Color> b = 3; repeated google.protobuf.Empty c = 4; google.protobuf.Value d = 5;"),
            R"({"a":["a"],"b":{"1":"BLUE"},"c":[{}],"d":"value"})");
  EXPECT_EQ(ExampleOf("Color a = 2; int64 the_b = 3;", "json: {enums_as_integers: true, int64_as_numbers: true, preserve_proto_names: true}"), R"({"a":1,"the_b":1})");
}

TEST(Examples, LeaveOutWhatNobodyShouldSend) {
  EXPECT_EQ(ExampleOf("string a = 2 [deprecated = true]; string b = 3 [(google.api.field_behavior) = OUTPUT_ONLY]; oneof o { string c = 4; string d = 5; }"),
            R"({"c":"c"})");
  EXPECT_EQ(ExampleOf(""), "nothing");
}

TEST(Examples, AreBounded) {
  EXPECT_EQ(ExampleOf("Sub sub = 2;"), R"({"sub":{"a":"a","more":{"a":"a"}}})");
  std::string fields;
  for (int i = 2; i < 500; ++i) fields += "string f" + std::to_string(i) + " = " + std::to_string(i) + ";";
  const std::string example = ExampleOf(fields);
  EXPECT_NE(example.find("f101"), std::string::npos);
  EXPECT_EQ(example.find("f102"), std::string::npos);
  // What is left out is looked at, too.
  fields.clear();
  for (int i = 2; i < 3000; ++i) fields += "string f" + std::to_string(i) + " = " + std::to_string(i) + " [deprecated = true];";
  EXPECT_EQ(ExampleOf(fields + "string last = 3000;"), "nothing");
}

}  // namespace
}  // namespace dragoman::openapi
