#include "config/format.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "config/load.h"
#include "config/yaml_layout.h"

namespace dragoman::config {
namespace {

std::string Formatted(std::string_view text) {
  const auto formatted = FormatYaml(text);
  if (formatted) return *formatted;
  const YamlProblem& problem = formatted.error();
  return std::to_string(problem.line) + ":" + std::to_string(problem.column) + ": " + problem.what;
}

TEST(FormatYaml, WritesOneForm) {
  struct Case {
    std::string_view what;
    std::string_view text;
    std::string_view formatted;
  };
  const Case cases[] = {
      {"nothing", "", ""},
      {"only comments", "\n\n# a\n\n\n#b\n\n", "# a\n\n#b\n"},
      {"indentation", "a:\n    b:\n        c: 1\n    d: 2\n", "a:\n  b:\n    c: 1\n  d: 2\n"},
      {"a list as deep as its key", "a:\n- x\n- y\nb: 1\n", "a:\n  - x\n  - y\nb: 1\n"},
      {"a list of mappings", "a:\n -   b: 1\n     c: 2\n -\n     b: 3\n", "a:\n  - b: 1\n    c: 2\n  -\n    b: 3\n"},
      {"lists in lists", "- - a\n  - b\n-   - c\n", "- - a\n  - b\n- - c\n"},
      {"blanks around a colon", "a : 1\n\"b\"  : 2\nc:\t3\n", "a: 1\n\"b\": 2\nc: 3\n"},
      {"values in a column", "x:\n    a:    1\n    bcd:  {e:   2}\n", "x:\n  a:    1\n  bcd:  {e: 2}\n"},
      {"flow", "a: { b : 1,c: [ 1,2 , 'x' ] , d: { } }\n", "a: {b: 1, c: [1, 2, 'x'], d: {}}\n"},
      {"JSON", "{\"a\":{\"b\":[1,2]},\"c\":null}", "{\"a\": {\"b\": [1, 2]}, \"c\": null}\n"},
      {"JSON over lines", "{\n\t\"a\": [\n\t\t1,\n\t\t2\n\t],\n\t\"b\": {}\n}\n", "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}\n"},
      {"flow that goes on", "a: [x,\n       y,\n  {k: 1,\n l: 2}]\n", "a: [x,\n    y,\n    {k: 1,\n     l: 2}]\n"},
      {"flow that hangs", "a:\n   b: [\n  x, # c\n      # d\n  y\n  ]\n", "a:\n  b: [\n    x,  # c\n    # d\n    y\n  ]\n"},
      {"addresses", "a: [127.0.0.1:8080, \"[::1]:1\", unix:/x]\n", "a: [127.0.0.1:8080, \"[::1]:1\", unix:/x]\n"},
      {"blank lines", "\n\na: 1\n\n\n\nb: 2\n\n\n", "a: 1\n\nb: 2\n"},
      {"ends of lines", "a: 1  \r\nb: 2\t\r\n", "a: 1\nb: 2\n"},
      {"quotes stay", "a: 'x'\nb: \"y\"\nc: z\n'd': 0x10\n", "a: 'x'\nb: \"y\"\nc: z\n'd': 0x10\n"},
      {"a # that begins no comment", "a: b#c\nd: 'x # y'\ne: [a#b]\n", "a: b#c\nd: 'x # y'\ne: [a#b]\n"},
      {"a comment behind", "a: 1 # x\nbb: 22     # y\n", "a: 1  # x\nbb: 22     # y\n"},
      {"comments in a column", "a: 1      # x\n          # goes on\nb: {c:  2} # y\n", "a: 1      # x\n          # goes on\nb: {c: 2}  # y\n"},
      {"comments above", "# top\na:\n    # of b\n    b: 1\n# of c\nc: 2\n", "# top\na:\n  # of b\n  b: 1\n# of c\nc: 2\n"},
      {"what is commented out", "a:\n    b: 1\n    # c: 2\nd:\n    # e: 1\nf: 1\n", "a:\n  b: 1\n  # c: 2\nd:\n  # e: 1\nf: 1\n"},
      {"comments in a list", "a:\n- x\n# of y\n- y\n# of b\nb: 1\n", "a:\n  - x\n  # of y\n  - y\n# of b\nb: 1\n"},
      {"a comment at the end", "a:\n    - x\n    # no more\n", "a:\n  - x\n  # no more\n"},
      {"a text of lines", "a: |\n      x\n        y\n\n      z  \n\n\nb: >-\n    w\n", "a: |\n  x\n    y\n\n  z  \n\nb: >-\n  w\n"},
      {"a text that keeps its end", "a: |+\n    x\n\n\nb: 1\n", "a: |+\n  x\n\n\nb: 1\n"},
      {"a text that says its indentation", "a:\n    b: |2\n          x\n      y\n", "a:\n  b: |2\n        x\n    y\n"},
      {"of another indentation", "a:\n b: |4+\n      x\n     y\n\n\nc: 1\n", "a:\n  b: |2+\n     x\n    y\n\n\nc: 1\n"},
      {"a comment behind a text", "a: |\n    x\n  # c\nb: 1\n", "a: |\n  x\n# c\nb: 1\n"},
      {"a comment behind a text of a list", "a:\n- |+\n    x\n\n   # c\n     # d\n- y\n", "a:\n  - |+\n    x\n\n  # c\n  # d\n  - y\n"},
      {"a comment behind the last text", "a:\n  b: >-\n      x\n    # c\n", "a:\n  b: >-\n    x\n  # c\n"},
      {"a # in a text", "a: |\n    # x\n    y # z\n", "a: |\n  # x\n  y # z\n"},
      {"quotes over lines", "a:\n    b: \"x\n  y\n\n      z\"   # c\n", "a:\n  b: \"x\n y\n\n    z\"   # c\n"},
      {"comments below each other over levels", "a:      # x\n    b: 1    # y\n    c: 22   # z\nd: 333   # w\n", "a:      # x\n  b: 1    # y\n  c: 22   # z\nd: 333   # w\n"},
      {"a plain scalar over lines", "a:\n      x y\n      z\nb: u\n      v # c\n", "a:\n  x y\n  z\nb: u\n      v  # c\n"},
      {"anchors", "a: &x   {b: 1}\nc: *x\nd: [ *x , &y  2 ]\n", "a: &x {b: 1}\nc: *x\nd: [*x, &y 2]\n"},
      {"an anchor of what follows", "a: &x\n    b: 1\nc: *x\n", "a: &x\n  b: 1\nc: *x\n"},
      {"a marker", "---\na:\n    b: 1\n", "---\na:\n  b: 1\n"},
      {"letters of two bytes", "\"ä\":   [ö,\n ü]\n", "\"ä\":   [ö,\n        ü]\n"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Formatted(c.text), c.formatted) << c.what;
    EXPECT_EQ(Formatted(c.formatted), c.formatted) << c.what << ", again";
  }
}

// Which editors choose, and git changes.
TEST(FormatYaml, TakesEitherEndOfLines) {
  const std::string_view texts[] = {
      "# a\na:\n    b: 1  # c\n\n\n    c: [1,\n        2]\n", "a: |\n    x\n\n    y\n  # c\nb: >+\n  z\n\n\nc: 1\n",
      "a: \"x\n\n   y\"\nb: u\n    v\nc: 'w\n  w'\n",       "{\n\t\"a\": [\n\t\t1\n\t]\n}\n",
  };
  for (const std::string_view text : texts) {
    std::string other;
    for (const char c : text) other.append(c == '\n' ? "\r" : "").append(1, c);
    EXPECT_EQ(Formatted(other), Formatted(text));
    EXPECT_EQ(Formatted(text).find("bad YAML"), std::string::npos) << Formatted(text);
  }
}

TEST(FormatYaml, WritesTheSameHoweverAFileIsIndented) {
  const std::string_view one = "a:\n  - b: 1 # c\n    d: {e: 2}\n    f: |\n      x\n    # g\n  - h\n";
  for (const std::string_view other : {"a:\n- b: 1 # c\n  d: { e: 2 }\n  f: |\n   x\n  # g\n- h\n",
                                       "a:\n     -  b: 1 # c\n        d: {e: 2 }\n        f: |\n             x\n        # g\n     -  h\n"}) {
    EXPECT_EQ(Formatted(other), Formatted(one));
  }
}

TEST(FormatYaml, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(Formatted("a: 1\r\nb: 1\r2\r\n"), "2:5: a carriage return that ends no line");
  EXPECT_EQ(Formatted("a: 1\n\tb: 2\n"), "2:1: tabs cannot indent YAML: use spaces");

  EXPECT_EQ(Formatted("a: [1\nb: 2\n"), "2:2: bad YAML: end of sequence flow not found");
  EXPECT_EQ(Formatted("a: 1\n? b\n: 2\n"), "2:1: a complex key (`?`) is not formatted");
  EXPECT_EQ(Formatted("--- {a: 1}\n"), "1:5: expected nothing behind --- on its line");
  EXPECT_EQ(Formatted("a: 1\n\x01\n"), "2:1: control character 1; expected UTF-8 text");
}

TEST(YamlLayout, SaysWhatCommentsSpeakOf) {
  const YamlLayout layout("# top\n\na: 1 # one\n# b\n# more of b\nb: [x,\n  # y\n  y] # two\nc: '# none'\n# end\n");
  std::vector<std::string> found;
  for (const YamlComment& each : layout.comments()) found.push_back(std::to_string(each.line) + ">" + std::to_string(each.subject) + each.text);
  EXPECT_EQ(found, (std::vector<std::string>{"1>3# top", "3>3# one", "4>6# b", "5>6# more of b", "7>8# y", "8>8# two", "10>0# end"}));
}

std::string ReadAll(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Every YAML file of the tree that is one.
std::vector<std::string> Texts() {
  std::vector<std::string> texts;
  for (const char* folder : {"config", "examples", "tests/fuzz/corpus/config"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(std::string(DRAGOMAN_SOURCE_DIR) + "/" + folder)) {
      const std::string name = entry.path().filename().string();
      if (!name.ends_with(".yaml") && name != "smallest.json") continue;
      if (std::string text = ReadAll(entry.path()); ParseYaml(text)) texts.push_back(std::move(text));
    }
  }
  return texts;
}

TEST(FormatYaml, KeepsWhatTheTreesFilesSay) {
  const std::vector<std::string> texts = Texts();
  EXPECT_GE(texts.size(), 10u);
  for (const std::string& text : texts) {
    const auto formatted = FormatYaml(text);
    ASSERT_TRUE(formatted) << text << formatted.error().line << ": " << formatted.error().what;
    EXPECT_EQ(LoadText("d.yaml", text).has_value(), LoadText("d.yaml", *formatted).has_value());
  }
}

TEST(FormatYaml, ChangesNothingInTheExamples) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(std::string(DRAGOMAN_SOURCE_DIR) + "/examples")) {
    if (entry.path().filename() != "dragoman.yaml") continue;
    const std::string text = ReadAll(entry.path());
    EXPECT_EQ(Formatted(text), text) << entry.path();
  }
  const std::string text = ReadAll(std::string(DRAGOMAN_SOURCE_DIR) + "/config/dragoman.yaml");
  EXPECT_EQ(Formatted(text), text);
}

// Files of the tree with comments, blank lines and blanks thrown in where YAML allows them.
TEST(FormatYaml, KeepsCommentsWhereverTheyStand) {
  const std::vector<std::string> texts = Texts();
  const uint32_t seed = 20261130;
  std::mt19937 random(seed);
  const auto one_in = [&](uint32_t n) { return random() % n == 0; };
  for (int round = 0; round < 300; ++round) {
    std::istringstream lines(texts[random() % texts.size()]);
    std::string text;
    size_t comments = 0;
    for (std::string line; std::getline(lines, line);) {
      if (one_in(4)) {
        text += std::string(random() % 12, ' ') + "# c" + std::to_string(comments++) + "\n";
      }
      if (one_in(6)) text += "\n";
      text += line;
      if (one_in(5) && !line.empty()) text += std::string(1 + random() % 6, ' ') + "# c" + std::to_string(comments++);
      if (one_in(8)) text += "  ";
      text += "\n";
    }
    if (!ParseYaml(text)) continue;
    const auto formatted = FormatYaml(text);
    ASSERT_TRUE(formatted) << "seed " << seed << ", round " << round << "\n" << text << formatted.error().line << ": " << formatted.error().what;
    for (size_t i = 0; i < comments; ++i) {
      const std::string comment = "# c" + std::to_string(i);
      const auto count = [&](const std::string& in) {
        size_t n = 0;
        for (size_t at = in.find(comment); at != std::string::npos; at = in.find(comment, at + 1)) ++n;
        return n;
      };
      EXPECT_EQ(count(*formatted), count(text)) << comment;
    }
  }
}

}  // namespace
}  // namespace dragoman::config
