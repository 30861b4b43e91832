#include "generation/generation.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "config/load.h"
#include "schema_from_source.h"
#include "transcoding/built_in_files.h"

namespace dragoman {
namespace {

using ::testing::ElementsAre;

constexpr const char* kShop = R"(
  syntax = "proto3";
  package shop;
  import "google/api/annotations.proto";
  message Item { string id = 1; }
  service Catalog { rpc Get(Item) returns (Item) { option (google.api.http) = { get: "/v1/items/{id}" }; } }
)";

class GenerationTest : public ::testing::Test {
 protected:
  GenerationTest() : folder_(std::filesystem::temp_directory_path() / ("generation_test." + std::to_string(getpid()))) {
    std::filesystem::create_directory(folder_);
    std::ofstream(folder_ / "shop.pb", std::ios::binary) << DescriptorSetFromSource(kShop);
  }
  ~GenerationTest() override { std::filesystem::remove_all(folder_); }

  // Loads the YAML as if it lay beside shop.pb. Problems as "where: what", the folder left out.
  std::vector<std::string> Problems(const std::string& yaml) {
    std::ofstream(folder_ / "dragoman.yaml") << yaml;
    auto config = LoadConfigFile((folder_ / "dragoman.yaml").string());
    if (!config) return Lines(config.error());
    auto generation = BuildGeneration(std::move(*config));
    if (!generation) return Lines(generation.error());
    routes_ = (*generation)->router.routes().size();
    return {};
  }

  void Write(const std::string& name, std::string_view text) {
    const std::filesystem::path path = folder_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }

  size_t routes_ = 0;

 private:
  std::vector<std::string> Lines(const dragoman::Problems& problems) const {
    std::vector<std::string> lines;
    for (const Problem& problem : problems) {
      std::string line = problem.where + ": " + problem.what;
      const std::string prefix = folder_.string() + "/";
      for (size_t at = line.find(prefix); at != std::string::npos; at = line.find(prefix))
        line.erase(at, prefix.size());
      lines.push_back(line);
    }
    return lines;
  }

  std::filesystem::path folder_;
};

// In one go: of the file, of what it names, of the descriptors, of what compares the two.
TEST_F(GenerationTest, TellsAllThatIsWrong) {
  EXPECT_THAT(Problems("descriptors: [{file: shop.pb}]\n"
                       "backends: {shop: {endpoints: [\"127.0.0.1:1\"], timeout: soon, tls: {ca: {file: nowhere.pem}}}}\n"
                       "services: [{name: \"shop.*\", backend: shop}]\n"
                       "workers: many\n"
                       "http_rules: [{selector: shop.Catalog.Gte, get: /v1}]\n"
                       "listeners: [{address: \"127.0.0.1:0\", tls: {certificates: [{certificate: {file: no.crt}, private_key: {file: no.key}}]}}]\n"
                       "policies: [{methods: [shop.Catlog/Get], timeout: 1s}]\n"
                       "store: {redis: {url: \"http://a\"}}\n"),
              testing::UnorderedElementsAre(
                  testing::StartsWith("dragoman.yaml:2:56: expected a duration"), testing::StartsWith("dragoman.yaml:4:10: expected a whole number"),
                  testing::StartsWith("dragoman.yaml:5:14: http_rules: the descriptors have no method \"shop.Catalog.Gte\"; did you mean"),
                  testing::HasSubstr("no.crt"), testing::HasSubstr("no.key"), testing::HasSubstr("shop.Catlog"), testing::StartsWith("dragoman.yaml:8:")));
}

TEST_F(GenerationTest, GoesOnAfterRulesThatCannotBeRoutes) {
  EXPECT_THAT(Problems("descriptors: [{file: shop.pb}]\n"
                       "backends: {shop: {endpoints: [\"127.0.0.1:1\"]}}\n"
                       "services: [{name: \"shop.*\", backend: shop}]\n"
                       "http_rules: [{selector: shop.Catalog.Get, get: \"/v1/{nothing}\"}]\n"
                       "compositions: [{name: home, get: /home, calls: {a: {method: shop.Catalog/Gte}}, response: {a: \"{a}\"}}]\n"),
              ElementsAre(testing::HasSubstr("nothing"), testing::HasSubstr("shop.Catalog/Gte")));
}

// Whose rules might be among what is wrong, or whose service.
TEST_F(GenerationTest, TellsNothingThatMayNotBeSo) {
  EXPECT_THAT(Problems("descriptors: [{file: shop.pb}]\n"
                       "backends: {shop: {endpoints: [\"127.0.0.1:1\"]}}\n"
                       "services: [{name: \"shop.*\", backend: shpo}]\n"
                       "http_rules: [{selector: shop.Catalog.Get, get: /v1}]\n"
                       "policies: [{methods: [shop.Catalog/Get], timeout: 1s}]\n"),
              ElementsAre("dragoman.yaml:3:38: unknown backend \"shpo\"; did you mean \"shop\"?"));
}

TEST_F(GenerationTest, RefusesAParameterThatChoosesFieldsAndCarriesCredentials) {
  EXPECT_THAT(Problems("descriptors: [{file: shop.pb}]\n"
                       "backends: {shop: {endpoints: [\"127.0.0.1:1\"]}}\n"
                       "services: [{name: \"shop.*\", backend: shop}]\n"
                       "authentication: {api_keys: {in: [{query: fields}]}}\n"
                       "policies: [{methods: [\"*\"], json: {fields_parameter: fields}}]\n"),
              ElementsAre("dragoman.yaml:5:35: fields_parameter: query parameter \"fields\" carries credentials already"));
}

TEST_F(GenerationTest, CompilesWhatTheThreeLinesName) {
  EXPECT_THAT(Problems("descriptors: [{file: shop.pb}]\n"
                       "backends: {shop: {endpoints: [\"127.0.0.1:1\"]}}\n"
                       "services: [{name: \"shop.*\", backend: shop}]\n"),
              ElementsAre());
  EXPECT_EQ(routes_, 1u);
}

TEST_F(GenerationTest, NamesAFileThatCannotBeRead) {
  EXPECT_THAT(Problems("descriptors: [{file: missing.pb}]\n"
                       "backends: {shop: {endpoints: [\"127.0.0.1:1\"]}}\n"
                       "services: [{name: \"shop.*\", backend: shop}]\n"),
              ElementsAre("dragoman.yaml:1:15: cannot read missing.pb: No such file or directory"));
}

TEST_F(GenerationTest, ReportsTheProblemsOfSeveralStagesTogether) {
  EXPECT_THAT(Problems("descriptors: [{file: shop.pb}]\n"
                       "backends: {shop: {endpoints: [\"127.0.0.1:1\"]}}\n"
                       "services: [{name: \"shop.*\", backend: shop}]\n"
                       "forward_headers: [te, x-tenant]\n"
                       "http_rules: [{selector: shop.Catalog.Get, get: \"/v1/{ident}\"}]\n"),
              ElementsAre("dragoman.yaml:4:19: header \"te\" cannot be forwarded: it concerns one connection only",
                          testing::HasSubstr("path variable {ident}: shop.Item has no field \"ident\"")));
}

// The rest of a configuration whose first line is `descriptors`.
std::string Serving(const std::string& descriptors) {
  return "descriptors: " + descriptors +
         "\nbackends: {shop: {endpoints: [\"127.0.0.1:1\"]}}\nservices: [{name: \"shop.*\", backend: shop}]\n";
}

constexpr const char* kCatalog = R"(syntax = "proto3";
package shop;
import "google/api/annotations.proto";
import "shop/item.proto";
service Catalog {
  rpc Get(Item) returns (Item) { option (google.api.http) = { get: "/v1/items/{id}" }; }
}
)";
constexpr const char* kItem = "syntax = \"proto3\";\npackage shop;\nmessage Item { string id = 1; }\n";

TEST_F(GenerationTest, CompilesSources) {
  Write("protos/shop/catalog.proto", kCatalog);
  Write("protos/shop/item.proto", kItem);
  EXPECT_THAT(Problems(Serving("[{proto: {roots: [protos], files: [\"shop/*.proto\"]}}]")), ElementsAre());
  EXPECT_EQ(routes_, 1u);
  EXPECT_THAT(Problems(Serving("[{proto: {roots: [protos]}}]")), ElementsAre());
  EXPECT_EQ(routes_, 1u);
}

TEST_F(GenerationTest, TellsTheProblemsOfAllSourcesTogether) {
  Write("protos/shop/catalog.proto", kCatalog);
  Write("protos/bad.proto", "syntax = \"proto3\";\nmessage Bad {\n  int32 x\n}\n");
  EXPECT_THAT(
      Problems(Serving("[{proto: {roots: [protos]}}, {file: gone.pb}, {proto: {roots: [nowhere]}}]") +
               "forward_headers: [te]\n"),
      ElementsAre("dragoman.yaml:4:19: header \"te\" cannot be forwarded: it concerns one connection only",
                  "protos/bad.proto:4:1: Missing field number.",
                  "protos/shop/catalog.proto:4:1: imports \"shop/item.proto\", which is neither built in nor in protos",
                  "dragoman.yaml:1:43: cannot read gone.pb: No such file or directory",
                  "dragoman.yaml:1:77: cannot read nowhere: No such file or directory"));
}

TEST_F(GenerationTest, MergesSourcesWithSetsAndNamesBothOfAConflict) {
  Write("protos/test.proto", kShop);
  // As protoc writes it: with options interpreted and names resolved.
  google::protobuf::FileDescriptorSet set;
  *set.add_file() = transcoding::ProtoOf(*SchemaFromSource(kShop).files().at(0));
  Write("shop.pb", set.SerializeAsString());
  EXPECT_THAT(Problems(Serving("[{file: shop.pb}, {proto: {roots: [protos]}}]")), ElementsAre());
  EXPECT_EQ(routes_, 1u);
  EXPECT_THAT(Problems(Serving("[{proto: {roots: [protos]}}, {file: shop.pb}]")), ElementsAre());
  Write("protos/test.proto", kItem);
  EXPECT_THAT(Problems(Serving("[{file: shop.pb}, {proto: {roots: [protos]}}]")),
              ElementsAre("protos: file \"test.proto\" differs from the one of that name in shop.pb; make both from the same "
                          "sources"));
}

}  // namespace
}  // namespace dragoman
