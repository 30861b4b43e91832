#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "cli/cli.h"
#include "tests/cli/fixture.h"

namespace dragoman::cli {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string With(const std::string& more) { return std::string(Folder::kConfig) + more; }

TEST(CheckFindings, AsText) {
  const Folder folder;
  const std::string file = folder.WriteConfig(With("listeners: [{address: \"0.0.0.0:8080\"}]\nrate_limits: {few: {limits: [{rate: 1/s}]}}\n"));
  const Outcome outcome = RunCommand({"check", "--config", file});
  EXPECT_EQ(outcome.exit_code, kDone) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  EXPECT_THAT(outcome.out, EndsWith("\n\nfindings:\n" + file +
                                    ":4:23: note: whoever reaches 0.0.0.0:8080 may call everything: there is no `authentication`; add it, unless something in front of the "
                                    "gateway asks [no-authentication]\n" +
                                    file +
                                    ":5:15: warning: limit \"few\" holds for nothing: no policy names it under rate_limits; name it, or remove it [unused-rate-limit]\n"
                                    "1 warning, 1 note\n"));
}

TEST(CheckFindings, AThousandAreTenAndHowManyMore) {
  const Folder folder;
  std::string rules = "http_rules:\n";
  for (int i = 0; i < 1000; ++i) rules += "- {selector: library.v1.Library.PutBook, delete: /f" + std::to_string(i) + ", body: \"*\"}\n";
  const std::string file = folder.WriteConfig(With(rules));
  const std::string out = RunCommand({"check", "--config", file}).out;
  EXPECT_THAT(out, HasSubstr(file + ":14:3: warning: DELETE /f9 of library.v1.Library/PutBook: takes a body"));
  EXPECT_THAT(out, Not(HasSubstr("DELETE /f10 of library.v1.Library/PutBook: takes a body")));
  EXPECT_THAT(out, EndsWith("\n… and 990 more of body-on-get; --format json shows all\n1000 warnings, 0 notes\n"));
  EXPECT_THAT(RunCommand({"check", "--config", file, "--format", "json"}).out, HasSubstr("DELETE /f999 of library.v1.Library/PutBook: takes a body"));
}

TEST(CheckFindings, AsJson) {
  const Folder folder;
  const std::string file = folder.WriteConfig(With("rate_limits: {few: {limits: [{rate: 1/s}]}}\n"));
  Outcome outcome = RunCommand({"check", "--config", file, "--format", "json"});
  EXPECT_EQ(outcome.exit_code, kDone);
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(outcome.out, "{\"problems\": [],\n \"findings\": [\n"
                         "  {\"code\": \"unused-rate-limit\", \"severity\": \"warning\", \"file\": \"" + file +
                             "\", \"line\": 4, \"column\": 15, \"message\": \"limit \\\"few\\\" holds for nothing: no policy names it under rate_limits; name it, or remove "
                             "it\"}\n ]}\n");
  outcome = RunCommand({"check", "--config", folder.WriteConfig(With("")), "--format=json"});
  EXPECT_EQ(outcome.out, "{\"problems\": [],\n \"findings\": []}\n");
  outcome = RunCommand({"check", "--config", folder.WriteConfig("workers: many\n"), "--format=json"});
  EXPECT_EQ(outcome.exit_code, kWrongInput);
  EXPECT_EQ(outcome.err, "");
  EXPECT_THAT(outcome.out, HasSubstr("  {\"where\": \"" + file + ":1:10\", \"file\": \"" + file +
                                     "\", \"line\": 1, \"column\": 10, \"message\": \"expected a whole number, got \\\"many\\\"\"}\n ],\n \"findings\": []}\n"));
  outcome = RunCommand({"check", "--config", "/nowhere", "--format=json"});
  EXPECT_EQ(outcome.out, "{\"problems\": [\n  {\"where\": \"/nowhere\", \"message\": \"cannot be read: No such file or directory\"}\n ],\n \"findings\": []}\n");
}

TEST(CheckFindings, ForGithub) {
  const Folder folder;
  const std::string file = folder.WriteConfig(With("listeners: [{address: \"0.0.0.0:8080\"}]\nbackends_: 100%\n"));
  Outcome outcome = RunCommand({"check", "--config", file, "--format", "github"});
  EXPECT_EQ(outcome.exit_code, kWrongInput);
  EXPECT_EQ(outcome.out, "::error file=" + file + ",line=5,col=1,title=dragoman::unknown key \"backends_\"; did you mean \"backends\"?\n");
  folder.WriteConfig(With("listeners: [{address: \"0.0.0.0:8080\"}]\nhttp_rules: [{selector: library.v1.Library.PutBook, get: \"/a%2Cb\"}]\n"));
  outcome = RunCommand({"check", "--config", file, "--format", "github"});
  EXPECT_EQ(outcome.exit_code, kDone);
  EXPECT_THAT(outcome.out, HasSubstr("::notice file=" + file + ",line=4,col=23,title=dragoman no-authentication::whoever reaches 0.0.0.0:8080"));
  EXPECT_THAT(outcome.out, HasSubstr("::notice file=" + file + ",line=5,col=14,title=dragoman differs-from-envoy::GET /a%252Cb of"));
  outcome = RunCommand({"check", "--config", "/no,where", "--format", "github"});
  EXPECT_EQ(outcome.out, "::error title=dragoman::/no,where: cannot be read: No such file or directory\n");
}

TEST(CheckFindings, StandBesideProblems) {
  const Folder folder;
  const std::string file = folder.WriteConfig(With("admin: {address: \"127.0.0.1:1\", token: hush}  # lint: ignore unused-backend\n"
                                                   "http_rules: [{selector: library.v1.Library.Nothing, get: /n}, {selector: library.v1.Library.PutBook, get: /p, body: \"*\"}]\n"));
  Outcome outcome = RunCommand({"check", "--config", file});
  EXPECT_EQ(outcome.exit_code, kWrongInput);
  EXPECT_EQ(outcome.err, file + ":5:14: http_rules: the descriptors have no method \"library.v1.Library.Nothing\"\n1 problem\n");
  EXPECT_THAT(outcome.out, StartsWith("findings:\n" + file + ":4:40: warning: the token of `admin` stands in the file itself"));
  EXPECT_THAT(outcome.out, HasSubstr("\n" + file + ":5:63: warning: GET /p of library.v1.Library/PutBook: takes a body"));
  EXPECT_THAT(outcome.out, EndsWith(" [body-on-get]\n2 warnings, 0 notes; more may be told once the problems are mended\n"));
  outcome = RunCommand({"check", "--config", file, "--format", "json"});
  EXPECT_EQ(outcome.exit_code, kWrongInput);
  EXPECT_THAT(outcome.out, HasSubstr("\"message\": \"http_rules: the descriptors have no method"));
  EXPECT_THAT(outcome.out, HasSubstr("{\"code\": \"plaintext-secret\""));
  outcome = RunCommand({"check", "--config", file, "--format", "github"});
  EXPECT_THAT(outcome.out, HasSubstr("::error file="));
  EXPECT_THAT(outcome.out, HasSubstr("::warning file="));

  folder.WriteConfig(With("admin: {address: \"127.0.0.1:1\", token: hush}\nworkers: many\n"));
  EXPECT_EQ(RunCommand({"check", "--config", file}).out, "more problems, and findings, may be told once these are mended\n");
}

TEST(CheckFindings, TellPlacesInProtos) {
  const Folder folder;
  std::ofstream(folder.path("shop.proto")) << R"(syntax = "proto3";
package shop;
import "google/api/annotations.proto";
service Shop {
  rpc Two(Item) returns (Item) {
    option (google.api.http) = {get: "/v1/{id}"};
  }
  rpc One(Item) returns (Item) {
    option (google.api.http) = {get: "/v1/*"};
  }
  rpc Wrong(Item) returns (Item) { option (google.api.http) = {get: "/v1/{nme}"}; }
  rpc Drop(Item) returns (Item) { option (google.api.http) = {delete: "/v1/{id}" body: "*"}; }
}
message Item { string id = 1; }
)";
  const std::string proto = folder.path("shop.proto");
  const std::string file = folder.WriteConfig("descriptors: [{proto: {roots: [.], files: [shop.proto]}}]\nbackends: {a: {endpoints: [\"127.0.0.1:1\"]}}\nservices: [{name: \"*\", backend: a}]\n");
  Outcome outcome = RunCommand({"check", "--config", file});
  EXPECT_EQ(outcome.err, proto + ":9:5: shop.Shop.One: GET /v1/* matches the same requests as GET /v1/{id} of shop.Shop.Two (" + proto + ":6:5)\n" + proto +
                             ":11:36: shop.Shop.Wrong: GET /v1/{nme}: path variable {nme}: shop.Item has no field \"nme\"\n2 problems\n");
  EXPECT_THAT(outcome.out, StartsWith("findings:\n" + proto + ":12:35: warning: DELETE /v1/{id} of shop.Shop/Drop: takes a body"));
  outcome = RunCommand({"check", "--config", file, "--format", "json"});
  EXPECT_THAT(outcome.out, HasSubstr("\"file\": \"" + proto + "\", \"line\": 9, \"column\": 5, \"message\": \"shop.Shop.One: GET /v1/*"));
  EXPECT_THAT(outcome.out, HasSubstr("\"file\": \"" + proto + "\", \"line\": 12, \"column\": 35, \"message\": \"DELETE /v1/{id}"));
  outcome = RunCommand({"check", "--config", file, "--format", "github"});
  EXPECT_THAT(outcome.out, HasSubstr("::error file=" + proto + ",line=11,col=36,title=dragoman::shop.Shop.Wrong: "));
  EXPECT_THAT(outcome.out, HasSubstr("::warning file=" + proto + ",line=12,col=35,title=dragoman body-on-get::DELETE"));
}

TEST(CheckFindings, AreStrictOrSilenced) {
  const Folder folder;
  const std::string unused = "rate_limits: {few: {limits: [{rate: 1/s}]}}";
  const std::string file = folder.WriteConfig(With("listeners: [{address: \"0.0.0.0:8080\"}]\n" + unused + "\n"));
  EXPECT_EQ(RunCommand({"check", "--config", file, "--strict"}).exit_code, kWrongInput);
  EXPECT_EQ(RunCommand({"check", "--config", file, "--strict", "--format", "github"}).exit_code, kWrongInput);
  const Outcome left = RunCommand({"check", "--config", file, "--strict", "--ignore", "unused-backend,unused-rate-limit"});
  EXPECT_EQ(left.exit_code, kDone) << "a note is left";
  EXPECT_THAT(left.out, EndsWith("0 warnings, 1 note\n"));
  const Outcome none = RunCommand({"check", "--config", file, "--ignore", "unused-rate-limit", "--ignore=no-authentication"});
  EXPECT_THAT(none.out, Not(HasSubstr("findings")));
  folder.WriteConfig(With(unused + "  # lint: ignore unused-rate-limit\n"));
  EXPECT_EQ(RunCommand({"check", "--config", file, "--strict"}).exit_code, kDone);
}

TEST(CheckFindings, SaysWhatIsWrongWithTheFlags) {
  struct Case {
    std::vector<std::string> arguments;
    std::string_view first_line;
  };
  const Case cases[] = {
      {{"check", "--config", "x", "--format", "xml"}, "dragoman check: --format: expected text, json or github, got \"xml\""},
      {{"check", "--config", "x", "--ignore", "unused-backnd"}, "dragoman check: --ignore: unknown code \"unused-backnd\"; did you mean \"unused-backend\"?"},
      {{"check", "--format", "json"}, "dragoman check: --config FILE is missing"},
      {{"fmt"}, "dragoman fmt: expected a FILE, or - for standard input"},
      {{"fmt", "--check", "--write", "x"}, "dragoman fmt: --check and --write contradict each other"},
      {{"fmt", "--write", "-"}, "dragoman fmt: --write: standard input cannot be written"},
      {{"init"}, "dragoman init: expected --descriptors PATH or --backend ADDRESS"},
      {{"init", "--descriptors", "x", "--force"}, "dragoman init: --force without --output FILE"},
      {{"init", "--descriptors", "x", "--backend", "a"}, "dragoman init: --backend: expected host:port, [v6]:port or unix:/path, got \"a\"; the port is missing"},
  };
  for (const Case& c : cases) {
    const Outcome outcome = RunCommand(c.arguments);
    EXPECT_EQ(outcome.exit_code, kWrongUsage) << c.first_line;
    EXPECT_EQ(outcome.err.substr(0, outcome.err.find('\n')), c.first_line);
  }
}

}  // namespace
}  // namespace dragoman::cli
