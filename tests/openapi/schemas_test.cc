#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "document.h"

namespace dragoman::openapi {
namespace {

// A field of the reply of one RPC, as its schema has it.
std::string FieldOf(std::string_view field, std::string_view more = "openapi: {}") {
  const Document document("enum Color { RED = 0; BLUE = 1; } message Sub { string a = 1; } message M {\n" + std::string(field) +
                              " } service S { rpc Get(google.protobuf.Empty) returns (M) { option (google.api.http) = {get: \"/m\"}; } }",
                          more);
  const rapidjson::Value* const properties = rapidjson::Pointer("/components/schemas/shop.v1.M/properties").Get(document.json());
  if (properties == nullptr) return "nothing";
  const std::string keys = document.Keys("/components/schemas/shop.v1.M/properties");
  return document.At("/components/schemas/shop.v1.M/properties/" + keys.substr(0, keys.find(' ')));
}

TEST(Schemas, HaveTheFormOfProtoJson) {
  struct Case {
    std::string field;
    std::string schema;
  };
  const std::string long_form = R"("pattern":"^-?[0-9]+$"})";
  const Case cases[] = {
      {"string a = 1;", R"({"type":"string"})"},
      {"bool a = 1;", R"({"type":"boolean"})"},
      {"bytes a = 1;", R"({"type":"string","contentEncoding":"base64"})"},
      {"int32 a = 1;", R"({"type":"integer","format":"int32"})"},
      {"sfixed32 a = 1;", R"({"type":"integer","format":"int32"})"},
      {"fixed32 a = 1;", R"({"type":"integer","format":"uint32","minimum":0})"},
      {"int64 a = 1;", R"({"type":"string","format":"int64",)" + long_form},
      {"fixed64 a = 1;", R"({"type":"string","format":"uint64","pattern":"^[0-9]+$"})"},
      {"float a = 1;", R"({"type":"number","format":"float"})"},
      {"double a = 1;", R"({"type":"number","format":"double"})"},
      {"Color a = 1;", R"({"$ref":"#/components/schemas/shop.v1.Color"})"},
      {"Sub a = 1;", R"({"$ref":"#/components/schemas/shop.v1.Sub"})"},
      {"repeated Sub a = 1;", R"({"type":"array","items":{"$ref":"#/components/schemas/shop.v1.Sub"}})"},
      {"repeated int64 a = 1;", R"({"type":"array","items":{"type":"string","format":"int64",)" + long_form + "}"},
      {"map<string, Color> a = 1;", R"({"type":"object","additionalProperties":{"$ref":"#/components/schemas/shop.v1.Color"}})"},
      {"map<int64, int32> a = 1;",
       R"({"type":"object","propertyNames":{"pattern":"^-?[0-9]+$"},"additionalProperties":{"type":"integer","format":"int32"}})"},
      {"google.protobuf.Timestamp a = 1;", R"({"type":"string","format":"date-time","examples":["2026-01-01T00:00:00Z"]})"},
      {"google.protobuf.Duration a = 1;", R"({"type":"string","pattern":"^-?[0-9]+(\\.[0-9]{1,9})?s$","examples":["1.500s"]})"},
      {"google.protobuf.FieldMask a = 1;",
       R"({"type":"string","description":"Paths of fields, separated by commas.","examples":["name,price.units"]})"},
      {"google.protobuf.Struct a = 1;", R"({"type":"object","additionalProperties":true})"},
      {"google.protobuf.Value a = 1;", R"({})"},
      {"google.protobuf.ListValue a = 1;", R"({"type":"array","items":{}})"},
      {"google.protobuf.NullValue a = 1;", R"({"type":"null"})"},
      {"google.protobuf.Empty a = 1;", R"({"type":"object"})"},
      {"google.protobuf.StringValue a = 1;", R"({"type":["string","null"]})"},
      {"google.protobuf.Int64Value a = 1;", R"({"type":["string","null"],"format":"int64",)" + long_form},
      {"google.protobuf.BoolValue a = 1;", R"({"type":["boolean","null"]})"},
      {"google.api.HttpBody a = 1;", R"({"$ref":"#/components/schemas/google.api.HttpBody"})"},
      {"string a = 1 [deprecated = true];", R"({"type":"string","deprecated":true})"},
      {"string a = 1 [(google.api.field_behavior) = OUTPUT_ONLY];", R"({"type":"string","readOnly":true})"},
      {"string a = 1 [(google.api.field_behavior) = INPUT_ONLY];", R"({"type":"string","writeOnly":true})"},
      {"string a = 1 [(google.api.field_behavior) = IMMUTABLE];", R"({"type":"string","description":"Cannot be changed once it is set."})"},
      {"oneof kind { string a = 1; int32 b = 2; }", R"({"type":"string","x-oneof":"kind"})"},
      {"// Said before.\n string a = 1;", R"({"type":"string","description":"Said before."})"},
      {"string a = 1;  // said behind", R"({"type":"string","description":"said behind"})"},
  };
  for (const Case& one : cases) EXPECT_EQ(FieldOf(one.field + "\n"), one.schema) << one.field;
}

TEST(Schemas, FollowTheOptionsOfJson) {
  EXPECT_EQ(FieldOf("int64 a = 1;", "json: {int64_as_numbers: true}"), R"({"type":"integer","format":"int64"})");
  EXPECT_EQ(FieldOf("google.protobuf.UInt64Value a = 1;", "json: {int64_as_numbers: true}"),
            R"({"type":["integer","null"],"format":"uint64","minimum":0})");
  const std::string proto =
      "enum Color { RED = 0; BLUE = 1; } message M { Color top_color = 1; M below = 2; optional string note = 3; repeated string tags = 4; }"
      "service S { rpc Get(google.protobuf.Empty) returns (M) { option (google.api.http) = {get: \"/m\"}; } }";
  const Document usual(proto);
  EXPECT_EQ(usual.Keys("/components/schemas/shop.v1.M/properties"), "topColor below note tags");
  EXPECT_EQ(usual.Schema("shop.v1.M", "/required"), R"(["topColor","tags"])");
  EXPECT_EQ(usual.Schema("shop.v1.Color"), R"({"type":"string","enum":["RED","BLUE"]})");
  const Document other(proto, "json: {emit_defaults: false, preserve_proto_names: true, enums_as_integers: true}");
  EXPECT_EQ(other.Keys("/components/schemas/shop.v1.M/properties"), "top_color below note tags");
  EXPECT_EQ(other.Schema("shop.v1.M", "/required"), "nothing");
  EXPECT_EQ(other.Schema("shop.v1.Color"), R"({"type":"integer","enum":[0,1],"x-enum-varnames":["RED","BLUE"]})");
}

TEST(Schemas, OfRequestsAndRepliesAreTwoOnlyWhereTheyDiffer) {
  const Document document(R"(
    message Item { string id = 1 [(google.api.field_behavior) = REQUIRED]; string title = 5; Leaf leaf = 2; Same same = 3; Holder holder = 4; }
    message Leaf { optional string a = 1; }
    message Same { Leaf leaf = 1; Same more = 2; }
    message Holder { Item item = 1; }
    service S { rpc Put(Item) returns (Item) { option (google.api.http) = {put: "/m" body: "*"}; } }
  )");
  EXPECT_EQ(document.Keys("/components/schemas"),
            "Error ErrorDetail shop.v1.Holder shop.v1.Holder-Input shop.v1.Item shop.v1.Item-Input shop.v1.Leaf shop.v1.Same");
  EXPECT_EQ(document.Schema("shop.v1.Item-Input", "/required"), R"(["id"])");
  EXPECT_EQ(document.Schema("shop.v1.Item", "/required"), R"(["id","title"])");
  EXPECT_EQ(document.Schema("shop.v1.Holder-Input", "/properties/item"), R"({"$ref":"#/components/schemas/shop.v1.Item-Input"})");
  EXPECT_EQ(document.Of("put", "/m", "/requestBody/content/application~1json/schema"), R"({"$ref":"#/components/schemas/shop.v1.Item-Input"})");
  EXPECT_EQ(document.Of("put", "/m", "/requestBody/required"), "true");
}

TEST(Schemas, HaveVariantsForRpcsWithJsonOfTheirOwn) {
  const Document document(R"(
    message Item { string the_id = 1; }
    service S { rpc A(Item) returns (Item) { option (google.api.http) = {get: "/a"}; }
                rpc B(Item) returns (Item) { option (google.api.http) = {get: "/b"}; }
                rpc C(Item) returns (Item) { option (google.api.http) = {get: "/c"}; } }
  )",
                          "policies: [{methods: [shop.v1.S/B], json: {preserve_proto_names: true}}, {methods: [shop.v1.S/C], json: {fields_parameter: fields}}]");
  EXPECT_EQ(document.Keys("/components/schemas"), "Error ErrorDetail shop.v1.Item shop.v1.Item-Output shop.v1.Item-Output-2");
  EXPECT_EQ(document.Schema("shop.v1.Item"), R"({"type":"object","properties":{"theId":{"type":"string"}},"required":["theId"]})");
  const std::string reply = "/responses/200/content/application~1json/schema/$ref";
  EXPECT_EQ(document.Of("get", "/a", reply), R"("#/components/schemas/shop.v1.Item")");
  EXPECT_EQ(document.At("/paths/~1c/get/parameters/1/name"), R"("fields")");
  EXPECT_EQ(document.At("/paths/~1b/get/parameters/0/name"), R"("the_id")");
}

TEST(Schemas, OfProto2SayWhatItDoes) {
  const Document document(R"(
    message M { required string a = 1; optional int32 b = 2 [default = 7]; optional Color c = 3 [default = BLUE]; optional group Extra = 4 { optional string x = 1; }
                optional string d = 5 [default = "say \"hi\""]; optional int64 e = 6 [default = -9]; optional bool f = 7 [default = true]; extensions 100 to 200; }
    enum Color { RED = 1; BLUE = 2; }
    extend M { optional string note = 100; }
    service S { rpc Put(M) returns (M) { option (google.api.http) = {put: "/m" body: "*"}; } }
  )",
                          "openapi: {}", "syntax = \"proto2\"; package shop.v1; import \"google/api/annotations.proto\";");
  EXPECT_EQ(document.Schema("shop.v1.M"),
            R"({"type":"object","properties":{"a":{"type":"string"},"b":{"type":"integer","format":"int32","default":7},)"
            R"("c":{"$ref":"#/components/schemas/shop.v1.Color","default":"BLUE"},"extra":{"$ref":"#/components/schemas/shop.v1.M.Extra"},)"
            R"("d":{"type":"string","default":"say \"hi\""},"e":{"type":"string","format":"int64","pattern":"^-?[0-9]+$","default":"-9"},)"
            R"("f":{"type":"boolean","default":true},"[shop.v1.note]":{"type":"string"}},"required":["a"]})");
}

TEST(Schemas, DescribeEnumsByTheirValues) {
  const Document document(R"(
    // How it looks.
    enum Color {
      RED = 0;  // as a rose. Or so
      // As the sea.
      BLUE = 1;
      GREEN = 2;
    }
    message M { Color c = 1; }
    service S { rpc Get(google.protobuf.Empty) returns (M) { option (google.api.http) = {get: "/m"}; } }
  )");
  EXPECT_EQ(document.Schema("shop.v1.Color"),
            R"({"type":"string","description":"How it looks.\n\n* `RED`: as a rose.\n* `BLUE`: As the sea.","enum":["RED","BLUE","GREEN"]})");
}

TEST(Schemas, NamesOfPackagesDoNotClash) {
  const Document document(R"(
    message Error { string a = 1; } message ErrorDetail { string b = 1; }
    service S { rpc Put(Error) returns (ErrorDetail) { option (google.api.http) = {put: "/m" body: "*"}; } }
  )",
                          "openapi: {}", "syntax = \"proto3\"; import \"google/api/annotations.proto\";");
  EXPECT_EQ(document.Keys("/components/schemas"), "Error ErrorDetail Error-2 ErrorDetail-2");
}

TEST(Schemas, OfHostileMessagesAreValid) {
  const Document document(
      "// \xff\xfe \x01 bad bytes\n message M { string a = 1 [json_name = \"a \\\"b\\\\/~\"]; /* \xc0\xaf */ M m = 2; N n = 3; } message N { M m = 1; }"
      "service S { rpc Put(M) returns (N) { option (google.api.http) = {put: \"/m\" body: \"*\"}; } rpc Get(M) returns (N) { option (google.api.http) = {get: \"/m\"}; } }");
  EXPECT_EQ(document.Schema("shop.v1.M", "/properties/a \"b\\~1~0"), R"({"type":"string"})");
  EXPECT_EQ(document.At("/paths/~1m/get/parameters/0/name"), R"("a \"b\\/~")");
  EXPECT_EQ(document.At("/paths/~1m/get/parameters/1/name"), "nothing") << "a message that lies in itself is not gone into: it is a list of names without end";
}

}  // namespace
}  // namespace dragoman::openapi
