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
  EXPECT_EQ(Left("# lint: ignore\nlisteners: [{address: \"0.0.0.0:1\"}]\n"), (Lines{"4 malformed-comment", "5 no-authentication"}));
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

TEST(Silence, SaysWhatAMistypedCommentMeans) {
  struct Case {
    std::string_view comment, message;  // empty: it is for people alone
  };
  const Case cases[] = {
      {"# lint: ignroe unused-backnd", "expected \"# lint: ignore CODE\", got \"# lint: ignroe unused-backnd\"; did you mean \"# lint: ignore unused-backend\"?"},
      {"#lint ignore any-audience plaintext-secrets",
       "expected \"# lint: ignore CODE\", got \"#lint ignore any-audience plaintext-secrets\"; did you mean \"# lint: ignore any-audience, plaintext-secret\"?"},
      {"# Lint: ignore any-audience", "expected \"# lint: ignore CODE\", got \"# Lint: ignore any-audience\"; did you mean \"# lint: ignore any-audience\"?"},
      {"# lint: ignore", "expected \"# lint: ignore CODE\", got \"# lint: ignore\""},
      {"# lint: any-audience", "expected \"# lint: ignore CODE\", got \"# lint: any-audience\""},
      {"# lint:", "expected \"# lint: ignore CODE\", got \"# lint:\""},
      {"# lint ignores what it does not know", ""},
      {"# linting: ignore this", ""},
      {"# yamllint disable", ""},
  };
  for (const Case& c : cases) {
    const std::vector<Finding> found = Silence({}, {}, "d.yaml", "a: 1\n" + std::string(c.comment) + "\nb: 2\n");
    ASSERT_EQ(found.size(), c.message.empty() ? 0u : 1u) << c.comment;
    if (found.empty()) continue;
    EXPECT_EQ(found[0].code->name, "malformed-comment");
    EXPECT_EQ(found[0].where(), "d.yaml:2:1");
    EXPECT_EQ(found[0].message, c.message);
    EXPECT_TRUE(Silence({}, {"malformed-comment"}, "d.yaml", "a: 1\n" + std::string(c.comment) + "\nb: 2\n").empty());
  }
}

TEST(Silence, TakesBlanksAsTheyCome) {
  for (const char* comment : {"#lint:ignore no-authentication", "## lint:  ignore\tno-authentication", "# lint: ignore no-authentication,"}) {
    EXPECT_EQ(Left("listeners: [{address: \"0.0.0.0:1\"}]  " + std::string(comment) + "\n"), Lines()) << comment;
  }
}

TEST(Silence, TellsNothingUnusedWhereNotAllWasSought) {
  const std::string text = "# lint: ignore unused-backend, unused-backnd\na: 1\n";
  const std::vector<Finding> found = Silence({}, {}, "d.yaml", text, Sought::kSome);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].code->name, "unknown-code");
}

}  // namespace
}  // namespace dragoman::lint
