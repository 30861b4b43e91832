#include "generation/change.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "config/load.h"
#include "generation/descriptors.h"
#include "generation/source_stamp.h"
#include "schema_from_source.h"

namespace dragoman {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ChangeTest : public ::testing::Test {
 protected:
  ChangeTest() : folder_(std::filesystem::temp_directory_path() / ("change_test." + std::to_string(getpid()))) {
    std::filesystem::create_directory(folder_);
    std::ofstream(folder_ / "dragoman.yaml") << "descriptors: [{file: shop.pb}, {proto: {roots: [protos]}}]\n"
                                                "backends: {shop: {endpoints: [\"127.0.0.1:1\"]}}\n"
                                                "services: [{name: \"*\", backend: shop}]\n"
                                                "reload: {watch: true}\n";
    Write("protos/other.proto", "syntax = \"proto3\"; package other; message Other {}");
  }
  ~ChangeTest() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& name, std::string_view text) {
    std::filesystem::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  config::Config Config() const { return config::LoadFile((folder_ / "dragoman.yaml").string()).value(); }
  // Of shop.proto.
  GenerationPtr Build(const std::string& definitions) {
    Write("shop.pb", DescriptorSetFromSource("syntax = \"proto3\"; package shop; import \"google/api/annotations.proto\";" + definitions));
    return BuildGeneration(Config()).value();
  }

  std::filesystem::path folder_;
};

constexpr const char* kItem = "message Item { string id = 1; }\n";
constexpr const char* kGet = R"(service Catalog { rpc Get(Item) returns (Item) { option (google.api.http) = { get: "/v1/items/{id}" }; } })";

TEST_F(ChangeTest, TellsWhatWasAddedRemovedAndChanged) {
  const GenerationPtr before = Build(std::string(kItem) + kGet);
  const GenerationPtr same = Build(std::string(kItem) + kGet);
  EXPECT_EQ(before->schema.fingerprint(), same->schema.fingerprint());
  EXPECT_THAT(Compare(*before, *same).changed, IsEmpty());

  const GenerationPtr more = Build(std::string(kItem) + kGet + R"(service Users { rpc Get(Item) returns (Item) { option (google.api.http) = { get: "/v1/users" }; } })");
  EXPECT_NE(before->schema.fingerprint(), more->schema.fingerprint());
  const Change added = Compare(*before, *more);
  EXPECT_THAT(added.added, ElementsAre("shop.Users/Get"));
  EXPECT_THAT(added.changed, IsEmpty()) << "its file has changed, and nothing that it uses";
  EXPECT_THAT(added.removed, IsEmpty());
  EXPECT_THAT(Compare(*more, *before).removed, ElementsAre("shop.Users/Get"));
}

TEST_F(ChangeTest, TellsOfAFileThatIsImported) {
  const auto build = [&](const std::string& fields) {
    Write("protos/other.proto", "syntax = \"proto3\"; package other; import \"google/api/annotations.proto\"; message Other {" + fields + "}"
          R"( service Others { rpc Get(Other) returns (Other) { option (google.api.http) = { get: "/v1/others" }; } })");
    Write("protos/user.proto", R"(syntax = "proto3"; package user; import "google/api/annotations.proto"; import "other.proto";
          service Users { rpc Get(other.Other) returns (other.Other) { option (google.api.http) = { get: "/v1/users" }; } })");
    return Build(kItem);
  };
  const GenerationPtr before = build("");
  EXPECT_THAT(Compare(*before, *build("string name = 1;")).changed, ElementsAre("other.Others/Get", "user.Users/Get"));
}

TEST_F(ChangeTest, TellsOfTheRpcsWhoseMessagesHoldIt) {
  const std::string rest = R"(
      service Catalog { rpc Get(Item) returns (Item) { option (google.api.http) = { get: "/v1/items" }; } }
      service Users { rpc Get(User) returns (User) { option (google.api.http) = { get: "/v1/users" }; } })";
  const std::string definitions =
      "message Item { Price price = 1; map<string, Note> notes = 2; Item next = 3; }"
      "message Price { Currency currency = 1; } enum Currency { EUR = 0; } message Note { string text = 1; }"
      "message User { string name = 1; }" + rest;
  const GenerationPtr before = Build(definitions);
  const struct {
    const char* name;
    std::string from;
    std::string to;
    std::vector<std::string> changed;
  } kCases[] = {
      {"a message that nothing uses", "message User", "message New {} message User", {}},
      {"a field", "string name = 1;", "string name = 1; int32 age = 2;", {"shop.Users/Get"}},
      {"an enum two messages away", "EUR = 0;", "EUR = 0; USD = 1;", {"shop.Catalog/Get"}},
      {"a message in a map", "string text = 1;", "bytes text = 1;", {"shop.Catalog/Get"}},
      {"an option of a method", "rpc Get(User) returns (User) {", "rpc Get(User) returns (User) { option deprecated = true;", {"shop.Users/Get"}},
      {"a stream", "rpc Get(User) returns (User)", "rpc Get(User) returns (stream User)", {"shop.Users/Get"}},
      {"other messages of the same name", "message User {", "message User { message Name {} Name full = 2;", {"shop.Users/Get"}},
      {"an option of the file", "message Item", "option java_multiple_files = true; message Item", {"shop.Catalog/Get", "shop.Users/Get"}},
      {"a comment", "message Item", "// Of the shelf.\nmessage Item", {}},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    std::string changed = definitions;
    ASSERT_NE(changed.find(test.from), std::string::npos);
    changed.replace(changed.find(test.from), test.from.size(), test.to);
    const GenerationPtr after = Build(changed);
    EXPECT_EQ(Compare(*before, *after).changed, test.changed);
    EXPECT_EQ(Compare(*after, *before).changed, test.changed);
  }
}

TEST_F(ChangeTest, TellsOfExtensions) {
  const auto build = [&](const std::string& extension) {
    Write("protos/old.proto", "syntax = \"proto2\"; package old; import \"google/api/annotations.proto\"; message Other { extensions 10 to 20; }"
          R"( message Far { optional Other other = 1; } service Others { rpc Get(Far) returns (Far) { option (google.api.http) = { get: "/v1/others" }; } })");
    if (extension.empty()) {
      std::filesystem::remove(folder_ / "protos/more.proto");
    } else {
      Write("protos/more.proto", "syntax = \"proto2\"; package more; import \"old.proto\"; extend old.Other { " + extension + " }");
    }
    return Build(kItem);
  };
  const GenerationPtr before = build("optional string note = 10;");
  EXPECT_THAT(Compare(*before, *build("optional bytes note = 10;")).changed, ElementsAre("old.Others/Get"));
  EXPECT_THAT(Compare(*before, *build("optional string note = 10; optional string more = 11;")).changed, ElementsAre("old.Others/Get"));
  const std::string within = "optional string note = 10; } message Holder { extend old.Other { optional string held = 12; }";
  EXPECT_THAT(Compare(*before, *build(within)).changed, ElementsAre("old.Others/Get"));
  EXPECT_THAT(Compare(*build(within), *before).changed, ElementsAre("old.Others/Get"));
  const GenerationPtr none = build("");
  EXPECT_THAT(Compare(*before, *none).changed, ElementsAre("old.Others/Get"));
  EXPECT_THAT(Compare(*none, *before).changed, ElementsAre("old.Others/Get"));
}

TEST_F(ChangeTest, TheNextGenerationCountsOnWithWhatStands) {
  const GenerationPtr before = Build(std::string(kItem) + kGet);
  const GenerationPtr next = BuildNext(*before, LoadSchema(before->config, {}).value()).value();
  EXPECT_EQ(next->limits, before->limits);
  EXPECT_EQ(next->gates, before->gates);
  EXPECT_EQ(next->credentials, before->credentials);
  EXPECT_EQ(&next->config, &before->config);
  EXPECT_EQ(next->router.routes().size(), 1u);
}

TEST_F(ChangeTest, WhatCanBeReadButOnceIsRefusedWhereItIsReadAgain) {
  ASSERT_EQ(mkfifo((folder_ / "shop.pb").c_str(), 0600), 0);
  const auto built = BuildGeneration(Config());
  ASSERT_FALSE(built);
  EXPECT_THAT(built.error().front().what, ::testing::HasSubstr("shop.pb is no regular file, which could be read but once"));
}

TEST_F(ChangeTest, AStampTellsOneStateOfTheFilesFromAnother) {
  Write("shop.pb", "one");
  const config::Config config = Config();
  const std::string first = StampOfDescriptors(config);
  EXPECT_EQ(StampOfDescriptors(config), first);
  Write("protos/deep/new.proto", "");
  const std::string with_new = StampOfDescriptors(config);
  EXPECT_NE(with_new, first);
  Write("protos/notes.txt", "nothing that could be imported");
  EXPECT_EQ(StampOfDescriptors(config), with_new);
  Write("shop.pb", "longer");
  const std::string longer = StampOfDescriptors(config);
  EXPECT_NE(longer, with_new);
  std::filesystem::remove(folder_ / "shop.pb");
  EXPECT_NE(StampOfDescriptors(config), longer);
  std::filesystem::create_directory_symlink("..", folder_ / "protos/deep/circle");
  EXPECT_EQ(StampOfDescriptors(config), StampOfDescriptors(config));  // and ends
}

TEST_F(ChangeTest, AConfigurationIsMadeOfItsFileAndTheTextsThatItNames) {
  Write("token.txt", "first");
  Write("bearer.txt", "first");
  Write("dragoman.yaml",
        "descriptors: [{file: shop.pb}]\n"
        "backends: {shop: {endpoints: [\"127.0.0.1:1\"], credentials: {bearer: {file: bearer.txt}}}}\n"
        "services: [{name: \"*\", backend: shop}]\n"
        "admin: {address: \"127.0.0.1:0\", token: {file: token.txt}}\n");
  const std::string path = (folder_ / "dragoman.yaml").string();
  const ConfigurationFiles files = ReadConfiguration(path).value().files;
  EXPECT_THAT(files.files, ElementsAre(path, (folder_ / "token.txt").string()));
  EXPECT_EQ(StampOfFiles(files.files), files.stamp);
  Write("bearer.txt", "another, which is followed anyway");
  Write("shop.pb", "what descriptors say is no text of the configuration");
  EXPECT_EQ(StampOfFiles(files.files), files.stamp);
  Write("token.txt", "another");
  EXPECT_NE(StampOfFiles(files.files), files.stamp);
  Write("dragoman.yaml", "descriptors: [");
  EXPECT_FALSE(ReadConfiguration(path));
}

TEST_F(ChangeTest, AnotherConfigurationGoesOnCounting) {
  const GenerationPtr before = Build(std::string(kItem) + kGet);
  const GenerationPtr after = BuildReplacement(Config(), *before).value();
  EXPECT_EQ(after->id, before->id + 1);
  EXPECT_NE(&after->config, &before->config);
  EXPECT_EQ(after->limits->counts(), before->limits->counts());
  EXPECT_TRUE(Compare(*before, *after).changed.empty());
  Write("dragoman.yaml", "descriptors: [{file: nowhere.pb}]\nbackends: {shop: {endpoints: [\"127.0.0.1:1\"]}}\nservices: [{name: \"*\", backend: shop}]\n");
  EXPECT_FALSE(BuildReplacement(Config(), *before));
}

}  // namespace
}  // namespace dragoman
