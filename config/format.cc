#include "config/format.h"

#include <algorithm>
#include <utility>

#include "config/yaml_layout.h"

namespace dragoman::config {
namespace {

bool SameMeaning(const Node& left, const Node& right) {
  if (left.kind != right.kind || left.text != right.text || left.plain != right.plain) return false;
  return std::equal(left.items.begin(), left.items.end(), right.items.begin(), right.items.end(), &SameMeaning) &&
         std::equal(left.entries.begin(), left.entries.end(), right.entries.begin(), right.entries.end(),
                    [](const Node::Entry& a, const Node::Entry& b) { return a.key == b.key && SameMeaning(a.value, b.value); });
}

bool SameComments(const YamlLayout& left, const YamlLayout& right) {
  return std::equal(left.comments().begin(), left.comments().end(), right.comments().begin(), right.comments().end(),
                    [](const YamlComment& a, const YamlComment& b) { return a.text == b.text; });
}

}  // namespace

tl::expected<std::string, YamlProblem> FormatYaml(std::string_view text) {
  const tl::expected<Node, YamlProblem> before = ParseYaml(text);
  if (!before) return tl::unexpected(before.error());
  const YamlLayout layout(text);
  if (layout.problem()) return tl::unexpected(*layout.problem());
  const tl::expected<Node, YamlProblem> after = ParseYaml(layout.text());
  const YamlLayout again(layout.text());
  if (!after || !SameMeaning(*before, *after) || !SameComments(layout, again) || again.text() != layout.text()) {
    return tl::unexpected(YamlProblem{1, 1, "cannot be formatted without changing what it means"});
  }
  return layout.text();
}

}  // namespace dragoman::config
