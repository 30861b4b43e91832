#include "config/format.h"

#include <algorithm>
#include <utility>

#include "config/yaml_layout.h"

namespace dragoman::config {
namespace {

constexpr int kMostPasses = 4;  // until nothing changes any more: what stood in a column may have to find another one first

// The first node of `left` that means something else in `right`; null: there is none.
const Node* FindDifference(const Node& left, const Node& right) {
  if (left.kind != right.kind || left.text != right.text || left.plain != right.plain || left.items.size() != right.items.size() ||
      left.entries.size() != right.entries.size()) {
    return &left;
  }
  for (size_t i = 0; i < left.items.size(); ++i) {
    if (const Node* found = FindDifference(left.items[i], right.items[i])) return found;
  }
  for (size_t i = 0; i < left.entries.size(); ++i) {
    if (left.entries[i].key != right.entries[i].key) return &left.entries[i].value;
    if (const Node* found = FindDifference(left.entries[i].value, right.entries[i].value)) return found;
  }
  return nullptr;
}

// The first comment that is not there any more; null: all are.
const YamlComment* FindLost(const YamlLayout& before, const YamlLayout& after) {
  const auto& comments = before.comments();
  const auto& kept = after.comments();
  for (size_t i = 0; i < comments.size(); ++i) {
    if (i == kept.size() || comments[i].text != kept[i].text) return &comments[i];
  }
  return nullptr;
}

// Where a line of `after` stood in `before`, which has the same lines but for blank ones.
int LineBefore(std::string_view before, std::string_view after, int line) {
  const auto contents = [](std::string_view text, int most, auto more) {
    int number = 0;
    int seen = 0;
    while (!text.empty() && more(number, seen)) {
      const std::string_view one = text.substr(0, text.find('\n'));
      text.remove_prefix(std::min(one.size() + 1, text.size()));
      ++number;
      if (one.find_first_not_of(" \t\r") != std::string_view::npos) ++seen;
      if (number == most) break;
    }
    return std::pair(number, seen);
  };
  const int ordinal = contents(after, line, [](int, int) { return true; }).second;
  return std::max(1, contents(before, 0, [ordinal](int, int seen) { return seen < ordinal; }).first);
}

tl::unexpected<YamlProblem> Refused(int line, int column) {
  return tl::unexpected(YamlProblem{line, column, "cannot be formatted without changing what it means; write this otherwise"});
}

}  // namespace

tl::expected<std::string, YamlProblem> FormatYaml(std::string_view text) {
  const tl::expected<Node, YamlProblem> before = ParseYaml(text);
  if (!before) return tl::unexpected(before.error());
  const YamlLayout layout(text);
  if (layout.problem()) return tl::unexpected(*layout.problem());
  std::string formatted = layout.text();
  for (int pass = 1;; ++pass) {
    const YamlLayout again(formatted);
    const tl::expected<Node, YamlProblem> after = ParseYaml(formatted);
    if (!after) return Refused(LineBefore(text, formatted, after.error().line), 1);
    if (const Node* node = FindDifference(*before, *after)) return Refused(node->line, node->column);
    if (const YamlComment* comment = FindLost(layout, again)) return Refused(comment->line, comment->column);
    if (again.text() == formatted) return formatted;
    if (pass == kMostPasses) return Refused(1, 1);
    formatted = again.text();
  }
}

}  // namespace dragoman::config
