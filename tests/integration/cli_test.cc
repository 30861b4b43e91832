#include <gtest/gtest.h>

#include "shop_fixture.h"

// The command line: what it prints and how it ends.
namespace dragoman::integration {
namespace {

TEST(Cli, CheckSummarisesAGoodConfiguration) {
  TempDir folder;
  Outcome outcome = RunToEnd({DragomanProgram(), "check", "--config",
                              folder.Write("dragoman.yaml", ConfigText({.endpoints = {"127.0.0.1:1"}}))});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("routes"), std::string::npos) << outcome.out;
}

TEST(Cli, CheckTellsAllProblemsWithTheirPlaces) {
  TempDir folder;
  std::string file = folder.Write("dragoman.yaml",
                                  "listners: []\n"
                                  "descriptors: [{file: \"" SHOP_DESCRIPTORS
                                  "\"}]\n"
                                  "backends: {shop: {endpoints: [\"127.0.0.1:1\"], timeout: fast}}\n"
                                  "services:\n"
                                  "  - {name: \"shop.v1.*\", backend: shpo}\n");
  Outcome outcome = RunToEnd({DragomanProgram(), "check", "--config", file});
  EXPECT_EQ(outcome.exit_code, 1);
  std::string text = outcome.out + outcome.err;
  for (const char* part : {"dragoman.yaml:1:1", "listeners", "dragoman.yaml:3:", "fast", "dragoman.yaml:5:", "shpo"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " is not in\n" << text;
  }
}

TEST(Cli, ServeRefusesWhatCheckRefuses) {
  TempDir folder;
  std::string file = folder.Write("dragoman.yaml", "workers: many\n");
  Outcome outcome = RunToEnd({DragomanProgram(), "serve", "--config", file});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_NE(outcome.err.find("dragoman.yaml:1:10"), std::string::npos) << outcome.err;
}

TEST(Cli, RoutesListsTheTable) {
  TempDir folder;
  std::string file = folder.Write("dragoman.yaml", ConfigText({.endpoints = {"127.0.0.1:1"}}));
  Outcome text = RunToEnd({DragomanProgram(), "routes", "--config", file});
  EXPECT_EQ(text.exit_code, 0) << text.err;
  for (const char* part : {"GET", "/v1/items/{id}", "shop.v1.Catalog/GetItem", "PURGE", "/v1/orders/{id}:cancel",
                           "/shop.v1.Diagnostics/Echo"}) {
    EXPECT_NE(text.out.find(part), std::string::npos) << part << " is not in\n" << text.out;
  }
  Outcome json = RunToEnd({DragomanProgram(), "routes", "--config", file, "--json"});
  EXPECT_EQ(json.exit_code, 0) << json.err;
  EXPECT_EQ(JsonLacks("\"…\"", json.out), "");
  EXPECT_NE(json.out.find("shop.v1.Orders/CancelOrder"), std::string::npos) << json.out;
}

TEST(Cli, VersionAndHelp) {
  Outcome version = RunToEnd({DragomanProgram(), "version"});
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_TRUE(version.out.starts_with("dragoman 0.")) << version.out;
  for (std::vector<std::string> command : {std::vector<std::string>{DragomanProgram(), "--help"},
                                           {DragomanProgram(), "serve", "--help"},
                                           {DragomanProgram(), "check", "--help"}}) {
    Outcome help = RunToEnd(command);
    EXPECT_EQ(help.exit_code, 0);
    EXPECT_NE(help.out.find("dragoman"), std::string::npos) << help.out;
  }
}

TEST(Cli, WrongUsageIsTwo) {
  EXPECT_EQ(RunToEnd({DragomanProgram()}).exit_code, 2);
  EXPECT_EQ(RunToEnd({DragomanProgram(), "sevre"}).exit_code, 2);
  EXPECT_EQ(RunToEnd({DragomanProgram(), "serve", "--confg", "x"}).exit_code, 2);
  EXPECT_EQ(RunToEnd({DragomanProgram(), "check"}).exit_code, 2);
}

TEST(Cli, AMissingFileIsOne) {
  Outcome outcome = RunToEnd({DragomanProgram(), "check", "--config", "/nowhere/dragoman.yaml"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_NE(outcome.err.find("/nowhere/dragoman.yaml"), std::string::npos) << outcome.err;
}

TEST(Cli, ServeNeedsNoFile) {
  Shop shop;
  Process gateway({DragomanProgram(), "serve", "--backend", shop.address(), "--descriptors", SHOP_DESCRIPTORS, "--listen",
                   "127.0.0.1:0"});
  std::string address = gateway.WaitForLine("listening on http://");
  EXPECT_EQ(Fetch(address, "GET", "/v1/items/grinder").status, 200);
}

}  // namespace
}  // namespace dragoman::integration
