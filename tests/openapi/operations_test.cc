#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "document.h"

namespace dragoman::openapi {
namespace {

std::string Service(std::string_view methods) { return "service Catalog {" + std::string(methods) + "}"; }

TEST(Operations, TellWhatAuthorsSay) {
  const Document document(R"(
    // What the shop sells. All of it.
    service Catalog {
      // By id, or by name. Nothing else
      // will do.
      rpc GetItem(Item) returns (Item) { option (google.api.http) = {get: "/items/{id}" additional_bindings {get: "/i/{id}"}}; option deprecated = true; }
      rpc ListItems(google.protobuf.Empty) returns (Item) { option (google.api.http) = {get: "/items"}; }
    }
    message Item {
      string id = 1;  // never empty
    }
  )",
                          "openapi: {title: Shop, version: \"2\", description: All., servers: [\"https://api.example\", /shop]}");
  EXPECT_EQ(document.Keys(""), "openapi info servers tags paths components");
  EXPECT_EQ(document.At("/openapi"), R"("3.1.0")");
  EXPECT_EQ(document.At("/info"), R"({"title":"Shop","version":"2","description":"All."})");
  EXPECT_EQ(document.At("/servers"), R"([{"url":"https://api.example"},{"url":"/shop"}])");
  EXPECT_EQ(document.At("/tags"), R"([{"name":"Catalog","description":"What the shop sells. All of it.","x-service":"shop.v1.Catalog"}])");
  EXPECT_EQ(document.Keys("/paths"), "/i/{id} /items /items/{id}");
  EXPECT_EQ(document.Of("get", "/items/{id}", "/summary"), R"("By id, or by name.")");
  EXPECT_EQ(document.Of("get", "/items/{id}", "/description"), R"("By id, or by name. Nothing else\nwill do.")");
  EXPECT_EQ(document.Of("get", "/items/{id}", "/deprecated"), "true");
  EXPECT_EQ(document.Of("get", "/items/{id}", "/operationId"), R"("Catalog_GetItem")");
  EXPECT_EQ(document.Of("get", "/i/{id}", "/operationId"), R"("Catalog_GetItem_2")");
  EXPECT_EQ(document.Of("get", "/items/{id}", "/tags"), R"(["Catalog"])");
  EXPECT_EQ(document.Of("get", "/items/{id}", "/parameters"),
            R"([{"name":"id","in":"path","description":"never empty","required":true,"schema":{"type":"string"},"example":"id"}])");
  EXPECT_EQ(document.Of("get", "/items", "/summary"), R"("List items")");
  EXPECT_EQ(document.Of("get", "/items", "/deprecated"), "nothing");
  EXPECT_EQ(document.Of("get", "/items", "/parameters"), "nothing");
  EXPECT_EQ(document.Of("get", "/items", "/x-rpc"), R"("shop.v1.Catalog/ListItems")");
}

TEST(Operations, HaveNoCommentsWhereNobodyAskedForThem) {
  const Document document(R"(
    // Said.
    message M { string a = 1; }
    service S { rpc Get(google.protobuf.Empty) returns (M) { option (google.api.http) = {get: "/m"}; } }
  )",
                          "");
  EXPECT_EQ(document.Schema("shop.v1.M", "/description"), "nothing");
  EXPECT_EQ(document.At("/info"), R"({"title":"API","version":"1"})");
}

TEST(Operations, SetPathVariablesBySegments) {
  const Document document(Service(R"(
    rpc Get(M) returns (M) { option (google.api.http) = {get: "/{name=shelves/*/books/*}"}; }
    rpc Read(M) returns (M) { option (google.api.http) = {get: "/files/{name=**}"}; }
    rpc Skip(M) returns (M) { option (google.api.http) = {get: "/x/*/{count}/{color}/{at}/{wrapped}"}; }
  )") + " enum Color { RED = 0; } message M { string name = 1; int64 count = 2; Color color = 3; google.protobuf.Timestamp at = 4; google.protobuf.Int32Value wrapped = 5; }");
  EXPECT_EQ(document.Keys("/paths"), "/files/{name} /shelves/{shelvesId}/books/{booksId} /x/{xId}/{count}/{color}/{at}/{wrapped}");
  EXPECT_EQ(document.Of("get", "/shelves/{shelvesId}/books/{booksId}", "/parameters/1"),
            R"({"name":"booksId","in":"path","description":"Part of `name`, which is `shelves/{shelvesId}/books/{booksId}`.","required":true,"schema":{"type":"string"}})");
  EXPECT_EQ(document.Of("get", "/files/{name}", "/parameters/0"),
            R"({"name":"name","in":"path","description":"Any number of path segments: slashes stand for themselves and are not escaped.","required":true,)"
            R"("schema":{"type":"string"},"example":"name","x-multi-segment":true})");
  const std::string skip = "/x/{xId}/{count}/{color}/{at}/{wrapped}";
  EXPECT_EQ(document.Of("get", skip, "/parameters/0/description"), R"("Any value: it has no meaning.")");
  EXPECT_EQ(document.Of("get", skip, "/parameters/1/schema"), R"({"type":"string","format":"int64","pattern":"^-?[0-9]+$"})");
  EXPECT_EQ(document.Of("get", skip, "/parameters/2/schema"), R"({"$ref":"#/components/schemas/shop.v1.Color"})");
  EXPECT_EQ(document.Of("get", skip, "/parameters/3/schema/format"), R"("date-time")");
  EXPECT_EQ(document.Of("get", skip, "/parameters/4/schema"), R"({"type":"integer","format":"int32"})");
}

TEST(Operations, OfOneShapeShareAPath) {
  const Document document(Service(R"(
    rpc Get(M) returns (M) { option (google.api.http) = {get: "/m/{id}"}; }
    rpc Put(M) returns (M) { option (google.api.http) = {put: "/m/{name}" body: "*"}; }
    rpc All(M) returns (M) { option (google.api.http) = {get: "/m/{name=**}"}; }
    rpc Find(M) returns (M) { option (google.api.http) = {custom {kind: "SEARCH" path: "/m/{id}"}}; }
    rpc Any(M) returns (M) { option (google.api.http) = {custom {kind: "*" path: "/m/{id}"} body: "*"}; }
  )") + " message M { string id = 1; string name = 2; }");
  EXPECT_EQ(document.Keys("/paths"), "/m/{id}");
  EXPECT_EQ(document.Keys("/paths/~1m~1{id}"), "get put post delete patch x-additionalOperations x-other-routes");
  EXPECT_EQ(document.Of("put", "/m/{id}", "/parameters/0/description"), R"("Sets `name`.")");
  EXPECT_EQ(document.Of("get", "/m/{id}", "/operationId"), R"("Catalog_Get")");
  EXPECT_EQ(document.Of("post", "/m/{id}", "/x-rpc"), R"("shop.v1.Catalog/Any")");
  EXPECT_EQ(document.At("/paths/~1m~1{id}/x-additionalOperations/SEARCH/x-rpc"), R"("shop.v1.Catalog/Find")");
  EXPECT_EQ(document.At("/paths/~1m~1{id}/x-other-routes"), R"([{"method":"GET","path":"/m/{name=**}","rpc":"shop.v1.Catalog/All"}])");
}

TEST(Operations, BindTheQueryToFieldsAtAnyLevel) {
  const Document document(Service(R"(rpc List(M) returns (google.protobuf.Empty) { option (google.api.http) = {get: "/m/{parent}/{sub.id}"}; })") + R"(
    enum Color { RED = 0; }
    message Sub { string id = 1; int32 page_size = 2 [deprecated = true]; Deep deep = 3; }
    message Deep { bool x = 1; Sub back = 2; }
    message M {
      string parent = 1; Sub sub = 2; repeated Color colors = 3; repeated Sub subs = 4; map<string, string> map = 5;
      google.protobuf.Timestamp after = 6; google.protobuf.DoubleValue min = 7; google.protobuf.Struct any = 8; google.protobuf.Value value = 9;
      string token = 10 [(google.api.field_behavior) = REQUIRED]; string out = 11 [(google.api.field_behavior) = OUTPUT_ONLY];
      repeated google.protobuf.Duration lengths = 12;
    }
  )");
  std::string names;
  const std::string path = "/m/{parent}/{sub.id}";
  for (int i = 0; document.Of("get", path, "/parameters/" + std::to_string(i)) != "nothing"; ++i) {
    names += document.Of("get", path, "/parameters/" + std::to_string(i) + "/name");
  }
  EXPECT_EQ(names, R"("parent""sub.id""sub.pageSize""sub.deep.x""colors""after""min""token""lengths")");
  EXPECT_EQ(document.Of("get", path, "/parameters/2"),
            R"({"name":"sub.pageSize","in":"query","deprecated":true,"schema":{"type":"integer","format":"int32"}})");
  EXPECT_EQ(document.Of("get", path, "/parameters/4/schema"), R"({"type":"array","items":{"$ref":"#/components/schemas/shop.v1.Color"}})");
  EXPECT_EQ(document.Of("get", path, "/parameters/6/schema"), R"({"type":"number","format":"double"})");
  EXPECT_EQ(document.Of("get", path, "/parameters/7/required"), "true");
}

TEST(Operations, ListABoundedNumberOfQueryParameters) {
  std::string fields;
  for (int i = 1; i <= 3000; ++i) fields += "string f" + std::to_string(i) + " = " + std::to_string(i) + ";";
  const Document document(Service(R"(rpc Get(M) returns (google.protobuf.Empty) { option (google.api.http) = {get: "/m"}; })") + " message M {" + fields + "}");
  EXPECT_EQ(document.Of("get", "/m", "/parameters/199/name"), R"("f200")");
  EXPECT_EQ(document.Of("get", "/m", "/parameters/200"), "nothing");
  EXPECT_EQ(document.Of("get", "/m", "/description"),
            R"("There are more query parameters than the 200 that are listed: any field of the request with a scalar form, by its path.")");
}

TEST(Operations, OfMessagesThatFanOutStayBounded) {
  // 40 messages, each with three of the next: 3^40 paths, were there no bound.
  std::string messages;
  for (int i = 0; i < 40; ++i) {
    const std::string next = "M" + std::to_string(i + 1);
    messages += "message M" + std::to_string(i) + " {" + next + " a = 1; " + next + " b = 2; " + next + " c = 3; string s = 4; }";
  }
  const Document document(Service(R"(rpc Get(M0) returns (M0) { option (google.api.http) = {get: "/m"}; })") + messages + " message M40 { string s = 1; }");
  EXPECT_EQ(document.Of("get", "/m", "/parameters/0/name"), R"("a.a.a.a.s")");
}

TEST(Operations, HaveBodiesOfAllKinds) {
  const Document document(Service(R"(
    rpc Whole(M) returns (M) { option (google.api.http) = {post: "/whole/{id}" body: "*"}; }
    rpc Sub_(M) returns (M) { option (google.api.http) = {patch: "/sub/{sub.id}" body: "sub"}; }
    rpc Tags(M) returns (M) { option (google.api.http) = {put: "/tags" body: "tags"}; }
    rpc Number(M) returns (M) { option (google.api.http) = {put: "/number" body: "number"}; }
    rpc Map(M) returns (M) { option (google.api.http) = {put: "/map" body: "map" response_body: "map"}; }
    rpc File(M) returns (google.api.HttpBody) { option (google.api.http) = {put: "/file" body: "file"}; }
    rpc Raw(google.api.HttpBody) returns (M) { option (google.api.http) = {post: "/raw" body: "*" response_body: "sub"}; }
    rpc Flat(Sub) returns (M) { option (google.api.http) = {post: "/flat" body: "*"}; }
  )") + R"(
    message Sub { string id = 1; int32 n = 2; }
    message M { string id = 1; Sub sub = 2; repeated string tags = 3; int64 number = 4; map<string, int32> map = 5; google.api.HttpBody file = 6; }
  )");
  const std::string body = "/requestBody/content/application~1json/schema";
  EXPECT_EQ(document.Of("post", "/whole/{id}", body + "/properties/id"), "nothing") << "the path has it";
  EXPECT_EQ(document.Of("post", "/whole/{id}", body + "/properties/number/type"), R"("string")");
  EXPECT_EQ(document.Of("post", "/whole/{id}", "/parameters/1"), "nothing") << "a query has no meaning beside a whole body";
  EXPECT_EQ(document.Of("patch", "/sub/{sub.id}", body), R"({"type":"object","properties":{"n":{"type":"integer","format":"int32"}}})");
  EXPECT_EQ(document.Of("put", "/tags", body), R"({"type":"array","items":{"type":"string"}})");
  EXPECT_EQ(document.Of("put", "/number", body), R"({"type":"string","format":"int64","pattern":"^-?[0-9]+$"})");
  EXPECT_EQ(document.Of("put", "/map", body), R"({"type":"object","additionalProperties":{"type":"integer","format":"int32"}})");
  EXPECT_EQ(document.Of("put", "/map", "/responses/200/content/application~1json/schema"),
            R"({"type":"object","additionalProperties":{"type":"integer","format":"int32"}})");
  EXPECT_EQ(document.Of("put", "/file", "/requestBody/content"), R"({"*/*":{"schema":{"type":"string","format":"binary"}}})");
  EXPECT_EQ(document.Of("put", "/file", "/responses/200/content"), R"({"*/*":{"schema":{"type":"string","format":"binary"}}})");
  EXPECT_EQ(document.Of("post", "/raw", "/requestBody/content"), R"({"*/*":{"schema":{"type":"string","format":"binary"}}})");
  EXPECT_EQ(document.Of("post", "/raw", "/responses/200/content/application~1json/schema"),
            R"({"anyOf":[{"$ref":"#/components/schemas/shop.v1.Sub"},{"type":"null"}]})");
  EXPECT_EQ(document.Keys("/paths/~1flat/post/requestBody/content"), "application/json application/x-www-form-urlencoded");
  EXPECT_EQ(document.Keys("/paths/~1whole~1{id}/post/requestBody/content"), "application/json");
}

TEST(Operations, TellOfStreams) {
  const Document document(Service(R"(
    rpc Watch(M) returns (stream M) { option (google.api.http) = {get: "/watch"}; }
    rpc Upload(stream M) returns (M) { option (google.api.http) = {post: "/upload" body: "*"}; }
    rpc Chat(stream M) returns (stream M) { option (google.api.http) = {post: "/watch" body: "*"}; }
    rpc Bytes(google.protobuf.Empty) returns (stream google.api.HttpBody) { option (google.api.http) = {get: "/bytes"}; }
  )") + " message M { string id = 1; }");
  const std::string ref = R"({"$ref":"#/components/schemas/shop.v1.M"})";
  const std::string input = R"({"$ref":"#/components/schemas/shop.v1.M-Input"})";
  EXPECT_EQ(document.Of("get", "/watch", "/responses/200/content"),
            R"({"application/json":{"schema":{"type":"array","items":)" + ref + R"(}},"application/x-ndjson":{"schema":{"type":"string"},"x-itemSchema":)" + ref +
                R"(},"text/event-stream":{"schema":{"type":"string"},"x-itemSchema":)" + ref + "}}");
  EXPECT_EQ(document.Of("post", "/upload", "/requestBody/content"),
            R"({"application/x-ndjson":{"schema":{"type":"string","description":"A message on each line."},"x-itemSchema":)" + input +
                R"(},"application/json":{"schema":{"type":"array","items":)" + input + "}}}");
  EXPECT_EQ(document.Of("get", "/watch", "/x-streaming"), R"("replies")");
  EXPECT_EQ(document.Of("post", "/watch", "/x-streaming"), R"("both")");
  EXPECT_EQ(document.Of("get", "/watch", "/x-websocket"), "nothing") << "a WebSocket on that path leads to Chat";
  EXPECT_EQ(document.Of("post", "/watch", "/x-websocket/subprotocol"), R"("dragoman.json")");
  EXPECT_EQ(document.Of("post", "/upload", "/x-streaming"), R"("requests")");
  EXPECT_EQ(document.Of("get", "/bytes", "/responses/200/content"), R"({"*/*":{"schema":{"type":"string","format":"binary"}}})");
}

TEST(Operations, HaveErrorsAsTheyAreSpelled) {
  const std::string proto = Service(R"(rpc Get(M) returns (M) { option (google.api.http) = {get: "/m"}; } rpc Put(M) returns (M) { option (google.api.http) = {put: "/m" body: "*"}; })") +
                            " message M { string id = 1; }";
  const Document status(proto);
  EXPECT_EQ(status.Of("get", "/m", "/responses/default"),
            R"({"description":"An error: of the service, or one of the gateway's own, whose `ErrorInfo` has the reason: 400 `INVALID_REQUEST`, )"
            R"(503 `BACKEND_UNAVAILABLE`, 504 `DEADLINE_EXCEEDED`, 502 `BACKEND_PROTOCOL_ERROR`, 502 `RESPONSE_TOO_LARGE`, 500 `REPLY_NOT_RENDERABLE`, )"
            R"(503 `DRAINING`.","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Error"}}}})");
  EXPECT_NE(status.Of("put", "/m", "/responses/default/description").find("400 `INVALID_JSON`, 400 `INVALID_FIELD`"), std::string::npos);
  EXPECT_EQ(status.Schema("Error", "/required"), R"(["code","message","details"])");
  EXPECT_EQ(Document(proto, "errors: {format: aip193}").Schema("Error", "/properties/error/required"), R"(["code","status","message","details"])");
  const Document problem(proto, "errors: {format: problem}");
  EXPECT_EQ(problem.Schema("Error", "/required"), R"(["type","title","status","detail","code","details"])");
  EXPECT_EQ(problem.Keys("/paths/~1m/get/responses/default/content"), "application/problem+json");
}

TEST(Operations, OfTwoServicesOfOneNameAreToldApart) {
  const Document document(R"(message Outer {} service Catalog { rpc Get(Outer) returns (Outer) { option (google.api.http) = {get: "/m"}; } } service Compositions { rpc Get(Outer) returns (Outer) { option (google.api.http) = {get: "/c"}; } })");
  EXPECT_EQ(document.Of("get", "/m", "/tags"), R"(["Catalog"])");
  EXPECT_EQ(document.Of("get", "/c", "/tags"), R"(["shop.v1.Compositions"])");
  EXPECT_EQ(document.Of("get", "/c", "/operationId"), R"("shop_v1_Compositions_Get")");
}

}  // namespace
}  // namespace dragoman::openapi
