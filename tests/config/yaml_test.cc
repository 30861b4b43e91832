#include "config/yaml.h"

#include <gtest/gtest.h>

#include <string>

namespace dragoman::config {
namespace {

std::string Render(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull:
      return "null";
    case Node::Kind::kScalar:
      return node.plain ? node.text : "'" + node.text + "'";
    case Node::Kind::kList: {
      std::string text = "[";
      for (const Node& item : node.items) text += (text.size() > 1 ? ", " : "") + Render(item);
      return text + "]";
    }
    case Node::Kind::kMapping: {
      std::string text = "{";
      for (const Node::Entry& entry : node.entries)
        text += (text.size() > 1 ? ", " : "") + entry.key + ": " + Render(entry.value);
      return text + "}";
    }
  }
  return {};
}

TEST(ParseYaml, MakesNodes) {
  struct Case {
    std::string_view text;
    std::string_view tree;
  };
  const Case cases[] = {
      {"", "null"},
      {"# nothing\n", "null"},
      {"a: 1\nb: \"1\"\nc:\n", "{a: 1, b: '1', c: null}"},
      {"a: {b: [1, two, '3']}", "{a: {b: [1, two, '3']}}"},
      {"{\n\t\"a\": [true, null],\n\t\"b\": {}\n}", "{a: [true, null], b: {}}"},
      {"a: 1\na: 2\n", "{a: 1, a: 2}"},
      {"x: &x {k: v}\ny: [*x, *x]\n", "{x: {k: v}, y: [{k: v}, {k: v}]}"},
      {"&k key: 1\nother: *k\n", "{key: 1, other: key}"},
  };
  for (const Case& c : cases) {
    const auto root = ParseYaml(c.text);
    ASSERT_TRUE(root) << c.text << ": " << root.error().what;
    EXPECT_EQ(Render(*root), c.tree) << c.text;
  }
}

TEST(ParseYaml, KeepsThePositionsOfKeysAndValues) {
  const auto root = ParseYaml("a:\n  - b: x\n    long_key:   y\n");
  ASSERT_TRUE(root);
  const Node& item = root->entries[0].value.items[0];
  EXPECT_EQ(item.line, 2);
  EXPECT_EQ(item.column, 5);
  EXPECT_EQ(item.entries[1].line, 3);
  EXPECT_EQ(item.entries[1].column, 5);
  EXPECT_EQ(item.entries[1].value.column, 17);
}

TEST(ParseYaml, SaysWhatIsWrongAndWhere) {
  struct Case {
    std::string_view name;
    std::string text;
    int line;
    int column;
    std::string_view what;
  };
  const Case cases[] = {
      {"open list", "a: [1, 2\nb: 3\n", 2, 2, "bad YAML: end of sequence flow not found"},
      {"open quote", "a: 1\nb: \"two\nc: 3\n\n", 3, 5, "bad YAML: illegal EOF in scalar"},
      {"two values", "a: b: c\n", 1, 5, "bad YAML: illegal map value"},
      {"indentation", "a:\n  b: 1\n c: 2\n", 3, 2, "bad YAML: end of map not found"},
      {"a tab that indents", "a:\n  b: 1\n\tc: 2\n", 3, 1, "tabs cannot indent YAML: use spaces"},
      {"a tab behind blanks", "a:\n  \tb: 1\n", 2, 3, "tabs cannot indent YAML: use spaces"},
      {"a tab behind what is wrong", "a: b: c\nd:\n\te: 1\n", 1, 5, "bad YAML: illegal map value"},
      {"tabs of JSON", "{\n\t\"a\": 1\n\t\"b\": 2\n}\n", 3, 5, "bad YAML: end of map flow not found"},
      {"alias without anchor", "a: *x\n", 1, 4, "bad YAML: the referenced anchor is not defined"},
      {"alias of itself", "a: &x [*x]\n", 1, 8, "bad YAML: an alias stands within what it names"},
      {"tag", "a: !env FOO\n", 1, 4, "bad YAML: tags are not understood, such as \"!env\""},
      {"list as key", "[a]: 1\n", 1, 1, "bad YAML: expected a name as key"},
      {"two documents", "a: 1\n---\nb: 2\n", 3, 1, "a second document; expected one"},
      {"end of transmission", "a: 1\nb: \x04\n", 2, 4, "control character 4; expected UTF-8 text"},
      {"UTF-16", std::string("a\0:\0", 4), 1, 2, "control character 0; expected UTF-8 text"},
      {"too deep", std::string(33, '[') + std::string(33, ']'), 1, 33, "bad YAML: nested more than 32 levels deep"},
      {"too large", std::string(kMaxFileBytes + 1, ' '), 1, 1, "the file has more than 4MiB"},
  };
  for (const Case& c : cases) {
    const auto root = ParseYaml(c.text);
    ASSERT_FALSE(root) << c.name;
    EXPECT_EQ(root.error().what, c.what) << c.name;
    EXPECT_EQ(root.error().line, c.line) << c.name;
    EXPECT_EQ(root.error().column, c.column) << c.name;
  }
}

TEST(ParseYaml, ReadsWhatIsJustDeepEnough) { EXPECT_TRUE(ParseYaml(std::string(32, '[') + std::string(32, ']'))); }

TEST(ParseYaml, BoundsWhatAliasesMultiply) {
  // Ten values, ten times ten, …: "billion laughs".
  std::string values = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string alias = "*a" + std::to_string(i - 1);
    values += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + alias;
    for (int j = 1; j < 10; ++j) values += ", " + alias;
    values += "]\n";
  }
  const auto laughs = ParseYaml(values);
  ASSERT_FALSE(laughs);
  EXPECT_EQ(laughs.error().what, "bad YAML: more than 200000 values");

  std::string text = "a: &a " + std::string(1u << 20, 'x') + "\nb: [*a";
  for (int i = 0; i < 20; ++i) text += ", *a";
  const auto long_text = ParseYaml(text + "]\n");
  ASSERT_FALSE(long_text);
  EXPECT_EQ(long_text.error().what, "bad YAML: more than 16MiB of text");

  // Depth counts what an alias brings along.
  std::string deep = "a: &a " + std::string(20, '[') + std::string(20, ']') + "\nb: " + std::string(20, '[') + "*a" +
                     std::string(20, ']');
  const auto too_deep = ParseYaml(deep);
  ASSERT_FALSE(too_deep);
  EXPECT_EQ(too_deep.error().what, "bad YAML: nested more than 32 levels deep");
}

}  // namespace
}  // namespace dragoman::config
