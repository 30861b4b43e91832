#include "generation/own_paths.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "config/load.h"
#include "routing/router.h"
#include "schema_from_source.h"
#include "transcoding/message_plan.h"

namespace dragoman {
namespace {

constexpr const char* kFiles = R"(
  syntax = "proto3";
  package files;
  message Name { string name = 1; }
  service Files { rpc Get(Name) returns (Name); }
)";

// What there is to say of one rule beside an `openapi`.
std::vector<std::string> ProblemsOf(const std::string& rule, const std::string& openapi, bool of_a_file = true) {
  const std::string yaml = "descriptors: [{file: files.pb}]\nbackends: {files: {endpoints: [\"127.0.0.1:1\"]}}\n"
                           "services: [{name: files.Files, backend: files}]\nhttp_rules: [{selector: files.Files.Get, " + rule + "}]\nopenapi: " + openapi + "\n";
  tl::expected<config::Config, Problems> config = config::LoadText("dragoman.yaml", yaml);
  if (!config) return {config.error().front().what};
  if (!of_a_file) config->openapi->at = {.file = "--backend"};
  const transcoding::Schema schema = SchemaFromSource(kFiles);
  const transcoding::PlanSet plans(schema);
  const auto router = routing::BuildRouter(*config, schema, plans);
  if (!router) return {router.error().front().what};
  Problems problems;
  CheckOwnPaths(*config, *router, problems);
  std::vector<std::string> lines;
  for (const Problem& problem : problems) lines.push_back(problem.where + ": " + problem.what);
  return lines;
}

using Lines = std::vector<std::string>;

TEST(OwnPaths, MayNotBeTakenByARule) {
  EXPECT_EQ(ProblemsOf("get: \"/{name=**}\"", "{}"),
            Lines{"dragoman.yaml:5:10: GET /openapi.json leads to files.Files/Get, by \"GET /{name=**}\" (dragoman.yaml:4:14), so that the document would never be "
                  "seen; choose another `path`, or let the rule take fewer paths"});
  EXPECT_EQ(ProblemsOf("get: \"/docs/{name}\"", "{}"),
            Lines{"dragoman.yaml:5:10: GET /docs/page.css leads to files.Files/Get, by \"GET /docs/{name}\" (dragoman.yaml:4:14), so that the page would never be "
                  "seen; choose another `docs`, or `docs: off`, or let the rule take fewer paths"});
}

TEST(OwnPaths, MayBeBesideRules) {
  EXPECT_EQ(ProblemsOf("get: \"/docs/{name}\"", "{docs: off}"), Lines{});
  EXPECT_EQ(ProblemsOf("get: \"/v1/{name=**}\"", "{}"), Lines{});
  EXPECT_EQ(ProblemsOf("post: /docs, body: \"*\"", "{}"), Lines{});
}

TEST(OwnPaths, YieldWhereNoFileAsksForThem) { EXPECT_EQ(ProblemsOf("get: \"/{name=**}\"", "{}", false), Lines{}); }

}  // namespace
}  // namespace dragoman
