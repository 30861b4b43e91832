#include "lint/ignores.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/lint/fixture.h"

namespace dragoman::lint {
namespace {

// What is left of the findings of a text, as "4 unused-rate-limit".
std::vector<std::string> Left(const std::string& more, const std::set<std::string, std::less<>>& codes = {}) {
  const Folder folder;
  const std::string text = Folder::Text(more);
  std::vector<std::string> left;
  for (const Finding& finding : Silence(folder.Findings(text), codes, folder.file(), text)) {
    left.push_back(std::to_string(finding.at.line) + " " + std::string(finding.code->name));
  }
  return left;
}

using Lines = std::vector<std::string>;

TEST(Silence, ByCode) {
  const std::string text = "listeners: [{address: \"0.0.0.0:1\"}]\nrate_limits: {few: {limits: [{rate: 1/s}]}}\n";
  EXPECT_EQ(Left(text), (Lines{"4 no-authentication", "5 unused-rate-limit"}));
  EXPECT_EQ(Left(text, {"no-authentication"}), (Lines{"5 unused-rate-limit"}));
  EXPECT_EQ(Left(text, {"no-authentication", "unused-rate-limit"}), Lines());
}

TEST(Silence, ByACommentWhereItIsMeant) {
  const std::string listener = "listeners: [{address: \"0.0.0.0:1\"}]";
  EXPECT_EQ(Left(listener + "  # lint: ignore no-authentication\n"), Lines());
  EXPECT_EQ(Left("# lint: ignore no-authentication\n" + listener + "\n"), Lines());
  EXPECT_EQ(Left("# lint: ignore no-authentication\n# of the proxy\n\n" + listener + "\n"), Lines());
  EXPECT_EQ(Left("#   lint: ignore unused-backend, no-authentication\nbackends_too: {b: {endpoints: [\"127.0.0.1:2\"]}}\n" + listener + "\n"),
            (Lines{"2 unused-backend", "4 unused-ignore"}));
  EXPECT_EQ(Left("listeners:\n  # lint: ignore no-authentication\n  - address: 0.0.0.0:1\n  - address: 0.0.0.0:2\n"), (Lines{"7 no-authentication"}));
}

TEST(Silence, OnlyWhatItNames) {
  EXPECT_EQ(Left("# lint: ignore\nlisteners: [{address: \"0.0.0.0:1\"}]\n"), (Lines{"5 no-authentication"}));
  EXPECT_EQ(Left("listeners: [{address: \"0.0.0.0:1\"}]\n# lint: ignore no-authentication\n"), (Lines{"4 no-authentication", "5 unused-ignore"}));
  EXPECT_EQ(Left("listeners: [{address: \"0.0.0.0:1\"}]  # lint: ignore no-authentification\n"), (Lines{"4 no-authentication", "4 unknown-code"}));
  EXPECT_EQ(Left("access_log: {path: \"# lint: ignore no-authentication\"}\n"), Lines());
  EXPECT_EQ(Left("# lint: ignore nothing\n", {"unknown-code"}), Lines());
}

TEST(Silence, SaysWhatIsWrongWithAComment) {
  const Folder folder;
  const std::string text = Folder::Text("log: {level: info}  # lint: ignore unused-backnd, unused-backend\n");
  const std::vector<Finding> found = Silence({}, {}, folder.file(), text);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].where(), folder.file() + ":4:21");
  EXPECT_EQ(found[0].message, "unknown code \"unused-backnd\"; did you mean \"unused-backend\"?");
  EXPECT_EQ(found[1].message, "\"unused-backend\" is ignored here, but not found on this line or the next one; remove the comment");
}

}  // namespace
}  // namespace dragoman::lint
