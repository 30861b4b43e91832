// What any backend may send by reflection: schemas that are huge, or made to cost.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "document.h"
#include "openapi/openapi.h"
#include "openapi/parameters.h"

namespace dragoman::openapi {
namespace {

constexpr std::string_view kNotAllListed = "Not all query parameters are listed: any field of the request with a scalar form is one, by its path.";

// "message NAME { … }" of so many fields, each as `declaration` has it without number: "string f".
std::string Message(const std::string& name, const std::string& declaration, int count, const std::string& options = "") {
  std::string text = "message " + name + " {";
  for (int i = 1; i <= count; ++i) text += declaration + std::to_string(i) + " = " + std::to_string(i) + options + ";";
  return text + "}\n";
}

// M0 has so many fields of M1, which has as many of M2, and so on; nothing in them has a scalar form.
std::string Fan(int width) {
  std::string text;
  for (int level = 0; level < 6; ++level) text += Message("M" + std::to_string(level), "M" + std::to_string(level + 1) + " f", width);
  return text + "message M6 {}\n";
}

// `first`, then additional bindings "NAME/0", "NAME/1" …
std::string Rule(const std::string& first, const std::string& path, int count, const std::string& more = "") {
  std::string text = "option (google.api.http) = {" + first;
  for (int i = 0; i < count; ++i) text += " additional_bindings {" + path + std::to_string(i) + "\"" + more + "}";
  return text + "};";
}

TEST(Bounds, OfTheFieldsThatAreLookedAtForAQuery) {
  // 60^5 paths, none of which leads to a parameter.
  const Document fan("service S { rpc Get(M0) returns (M6) { option (google.api.http) = {get: \"/m\"}; } }" + Fan(60));
  EXPECT_EQ(fan.Of("get", "/m", "/parameters"), "nothing");
  EXPECT_EQ(fan.Of("get", "/m", "/description"), '"' + std::string(kNotAllListed) + '"');
  // Fields that are no parameters count, too.
  for (const std::string& field : {std::string("repeated Leaf f"), std::string("map<string, string> f"), std::string("string f")}) {
    const std::string options = field == "string f" ? " [(google.api.field_behavior) = OUTPUT_ONLY]" : "";
    std::string messages = "message Leaf {} message M0 { string first = 1; M1 a = 2; M1 b = 3; M1 c = 4; string last = 5; }";
    messages += Message("M1", field, 9000, options);
    const Document document("service S { rpc Get(M0) returns (Leaf) { option (google.api.http) = {get: \"/m\"}; } }" + messages);
    EXPECT_EQ(document.Of("get", "/m", "/parameters/0/name"), R"("first")") << field;
    EXPECT_EQ(document.Of("get", "/m", "/parameters/1"), "nothing") << field;
    EXPECT_EQ(document.Of("get", "/m", "/description"), '"' + std::string(kNotAllListed) + '"') << field;
  }
}

TEST(Bounds, LeaveLargeMessagesWhole) {
  const Document document("service S { rpc Get(M0) returns (Leaf) { option (google.api.http) = {get: \"/m\"}; } }"
                          "message Leaf {} message M0 { M1 a = 2; string last = 5; }" + Message("M1", "repeated Leaf f", 9000));
  EXPECT_EQ(document.Of("get", "/m", "/parameters/0/name"), R"("last")");
  EXPECT_EQ(document.Of("get", "/m", "/description"), "nothing");
}

TEST(Bounds, OperationsOfManyBindingsAreNamedAsTheyAreWritten) {
  constexpr int kCount = 5000;
  const Document document("message M { string id = 1; } service S { rpc Get(M) returns (M) { " + Rule("get: \"/first\"", "get: \"/m/", kCount) + "} }");
  EXPECT_EQ(document.Of("get", "/first", "/operationId"), R"("S_Get")");
  EXPECT_EQ(document.Of("get", "/m/0", "/operationId"), R"("S_Get_2")");
  EXPECT_EQ(document.Of("get", "/m/1234", "/operationId"), R"("S_Get_1236")");
  EXPECT_EQ(document.Of("get", "/m/4999", "/operationId"), R"("S_Get_5001")");
}

// A reference at a time, what differs at the end of a chain makes all of it differ.
TEST(Bounds, OfDifferencesThatAreFarAway) {
  constexpr int kCount = 5000;
  std::string messages;
  for (int i = 0; i < kCount; ++i) messages += "message M" + std::to_string(i) + " { M" + std::to_string(i + 1) + " next = 1; }\n";
  messages += "message M" + std::to_string(kCount) + " { optional string id = 1 [(google.api.field_behavior) = REQUIRED]; }";
  const Document document("service S { rpc Put(M0) returns (M0) { option (google.api.http) = {put: \"/m\" body: \"*\"}; } }" + messages);
  EXPECT_EQ(document.Of("put", "/m", "/requestBody/content/application~1json/schema/$ref"), R"("#/components/schemas/shop.v1.M0-Input")");
  EXPECT_EQ(document.Schema("shop.v1.M4321-Input", "/properties/next/$ref"), R"("#/components/schemas/shop.v1.M4322-Input")");
  EXPECT_EQ(document.Schema("shop.v1.M5000-Input", "/required"), R"(["id"])");
  EXPECT_EQ(document.json()["components"]["schemas"].MemberCount(), 2u + 2 * (kCount + 1));
}

TEST(Bounds, OfTheFieldsThatAreLookedAtForAllQueries) {
  // Each of the operations takes as much as one may.
  constexpr int kCount = 2 * kMaxAllQueryFields / kMaxQueryFields;
  const Document document("message M { string id = 1; M0 fan = 2; } service S { rpc Get(M) returns (M6) { " + Rule("get: \"/a\"", "get: \"/m/", kCount) + "} }" +
                          Fan(60));
  EXPECT_EQ(document.Of("get", "/a", "/parameters/0/name"), R"("id")");
  EXPECT_EQ(document.Of("get", "/m/0", "/parameters/0/name"), R"("id")");
  EXPECT_EQ(document.Of("get", "/m/99", "/parameters"), "nothing");
  for (const char* path : {"/a", "/m/0", "/m/99"}) EXPECT_EQ(document.Of("get", path, "/description"), '"' + std::string(kNotAllListed) + '"') << path;
}

TEST(Bounds, OfTheDocument) {
  const GenerationPtr generation = Generate("message M { string id = 1; string name = 2; } service S { rpc Put(M) returns (M) { " +
                                            Rule("put: \"/a/{id}\" body: \"*\"", "put: \"/{id}/b", 9, " body: \"*\"") + "} }");
  ASSERT_NE(generation, nullptr);
  const std::string whole = Render(*generation).value();
  EXPECT_EQ(Render(*generation, whole.size()), whole);
  for (size_t size = 0; size < whole.size(); size += 1 + size / 20) EXPECT_FALSE(Render(*generation, size)) << size;
  EXPECT_EQ(Render(*generation, whole.size() - 1).error(), "larger than " + std::to_string(whole.size() - 1) + " bytes");
  EXPECT_EQ(Render(*generation, 5).error(), "larger than 5 bytes, which the first 1 of its 10 paths are already");
}

// Each binding has the message written out, since its path has one of the fields.
TEST(Bounds, OfTheDocumentOfMessagesThatAreWrittenOut) {
  const GenerationPtr generation = Generate(Message("M", "string f", 10'000) + "service S { rpc Put(M) returns (M) { " +
                                            Rule("put: \"/a\" body: \"*\"", "put: \"/{f1}/b", 5000, " body: \"*\"") + "} }");
  ASSERT_NE(generation, nullptr);
  const tl::expected<std::string, std::string> document = Render(*generation);
  ASSERT_FALSE(document) << document->size();
  EXPECT_TRUE(document.error().starts_with("larger than 128 MiB, which the first ")) << document.error();
  EXPECT_TRUE(document.error().ends_with(" of its 5001 paths are already")) << document.error();
}

// What holds of a message that has it, or leads to one that has.
std::vector<bool> Reached(std::vector<bool> has, const std::vector<std::vector<size_t>>& refers) {
  for (bool more = true; more;) {
    more = false;
    for (size_t i = 0; i < refers.size(); ++i) {
      for (const size_t other : refers[i]) {
        if (has[i] || !has[other]) continue;
        has[i] = more = true;
      }
    }
  }
  return has;
}

// Of messages that refer to each other at random: requests have schemas of their own where a required field can be reached, RPCs with other names
// where a name is to be spelled otherwise.
TEST(Bounds, LeaveDifferencesExact) {
  constexpr size_t kMessages = 60;
  for (unsigned seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    std::vector<std::vector<size_t>> refers(kMessages);
    std::vector<bool> required(kMessages);
    std::vector<bool> spelled(kMessages);
    std::string messages;
    std::string usual = "service S {";
    std::string other = "service T {";
    for (size_t i = 0; i < kMessages; ++i) {
      const std::string name = "M" + std::to_string(i);
      const std::string signature = "rpc Put" + name + "(" + name + ") returns (" + name + ") { option (google.api.http) = {put: \"/";
      usual += signature + "s/" + name + "\" body: \"*\"}; }\n";
      other += signature + "t/" + name + "\" body: \"*\"}; }\n";
      required[i] = random() % 12 == 0;
      spelled[i] = random() % 12 == 0;
      messages += "message " + name + " { optional string " + (spelled[i] ? "the_id" : "id") + " = 1" +
                  (required[i] ? " [(google.api.field_behavior) = REQUIRED];" : ";");
      for (unsigned field = 2; random() % 3 != 0 && field < 6; ++field) {
        refers[i].push_back(random() % kMessages);
        messages += "M" + std::to_string(refers[i].back()) + " f" + std::to_string(field) + " = " + std::to_string(field) + ";";
      }
      messages += "}\n";
    }
    const Document document(usual + "}\n" + other + "}\n" + messages, "policies: [{methods: [\"shop.v1.T/*\"], json: {preserve_proto_names: true}}]");
    std::map<std::string, size_t> counts;  // of schemas, by message
    for (const auto& schema : document.json()["components"]["schemas"].GetObject()) {
      const std::string name = schema.name.GetString();
      ++counts[name.substr(0, name.find('-'))];
    }
    required = Reached(std::move(required), refers);
    spelled = Reached(std::move(spelled), refers);
    for (size_t i = 0; i < kMessages; ++i) {
      const std::string name = "M" + std::to_string(i);
      EXPECT_EQ(counts["shop.v1." + name], (required[i] ? 2u : 1u) * (spelled[i] ? 2u : 1u)) << name;
      const std::string schema = "/requestBody/content/application~1json/schema/$ref";
      const std::string reply = "/responses/200/content/application~1json/schema/$ref";
      EXPECT_EQ(document.Of("put", "/s/" + name, schema) == document.Of("put", "/s/" + name, reply), !required[i]) << name;
      EXPECT_EQ(document.Of("put", "/s/" + name, reply) == document.Of("put", "/t/" + name, reply), !spelled[i]) << name;
      EXPECT_EQ(document.Of("put", "/s/" + name, schema) == document.Of("put", "/t/" + name, schema), !spelled[i]) << name;
    }
  }
}

}  // namespace
}  // namespace dragoman::openapi
