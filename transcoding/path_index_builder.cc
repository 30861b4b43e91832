#include <algorithm>
#include <compare>
#include <cstddef>
#include <unordered_map>
#include <utility>

#include "transcoding/path_index.h"
#include "transcoding/path_trie.h"

namespace dragoman::transcoding {
namespace {

using SegmentKind = HttpTemplate::SegmentKind;

// How many segments stand before the `**`; all where there is none.
size_t PrefixLength(const HttpTemplate& path) {
  const auto is_double_star = [](const auto& segment) { return segment.kind == SegmentKind::kDoubleStar; };
  return static_cast<size_t>(std::ranges::find_if(path.segments, is_double_star) - path.segments.begin());
}

// Where rules of one verb differ first decides: the end before a literal before `*` before `**`.
std::strong_ordering CompareSegments(const HttpTemplate& left, const HttpTemplate& right) {
  for (size_t i = 0;; ++i) {
    if (i == left.segments.size() || i == right.segments.size()) return left.segments.size() <=> right.segments.size();
    const HttpTemplate::Segment& a = left.segments[i];
    const HttpTemplate::Segment& b = right.segments[i];
    if (a.kind != b.kind) return a.kind <=> b.kind;
    if (a.kind == SegmentKind::kDoubleStar && left.segments.size() != right.segments.size()) {
      return right.segments.size() <=> left.segments.size();  // the longer suffix first
    }
    if (a.literal != b.literal) return a.literal <=> b.literal;
  }
}

// "HEAD" before "GET", which serves it too; "*" behind all others.
int HttpMethodRank(std::string_view http_method) { return http_method == "HEAD" ? 0 : http_method == "*" ? 2 : 1; }

}  // namespace

struct PathIndexBuilder::State {
  uint32_t AddNode(uint32_t parent) {
    trie.nodes.emplace_back().parent = parent;
    leaves.emplace_back();
    return static_cast<uint32_t>(trie.nodes.size() - 1);
  }
  uint32_t LiteralChild(uint32_t parent, const std::string& literal) {
    const auto [entry, is_new] = literal_children.try_emplace(std::to_string(parent) + '/' + literal, PathTrie::kNone);
    if (is_new) {
      entry->second = AddNode(parent);
      trie.edges.push_back({.parent = parent, .child = entry->second, .literal = literal});
      trie.max_literal = std::max(trie.max_literal, literal.size());
    }
    return entry->second;
  }
  uint32_t WildcardChild(uint32_t parent, uint32_t PathTrie::Node::*which) {
    if (trie.nodes[parent].*which == PathTrie::kNone) {
      const uint32_t child = AddNode(parent);
      trie.nodes[parent].*which = child;
    }
    return trie.nodes[parent].*which;
  }
  uint32_t HttpMethod(std::string_view name) {
    const uint32_t known = trie.FindHttpMethod(name);
    if (known != PathTrie::kNone) return known;
    trie.http_methods.emplace_back(name);
    return static_cast<uint32_t>(trie.http_methods.size() - 1);
  }
  // The node at which rules of that shape end.
  uint32_t NodeOf(const HttpTemplate& path, size_t prefix) {
    uint32_t node = path.verb.empty() ? PathTrie::kPlain : LiteralChild(PathTrie::kVerbs, path.verb);
    for (size_t i = 0; i < prefix; ++i) {
      const HttpTemplate::Segment& segment = path.segments[i];
      node = segment.kind == SegmentKind::kLiteral ? LiteralChild(node, segment.literal)
                                                   : WildcardChild(node, &PathTrie::Node::star);
    }
    if (prefix == path.segments.size()) return node;
    node = WildcardChild(node, &PathTrie::Node::double_star);
    for (size_t i = path.segments.size(); --i > prefix;) node = LiteralChild(node, path.segments[i].literal);
    return node;
  }
  void Freeze();

  PathTrie trie;
  std::unordered_map<std::string, uint32_t> literal_children;  // by "parent/literal"
  std::vector<std::vector<PathTrie::Leaf>> leaves;             // by node
  std::vector<Clash> clashes;
};

// Puts the leaves and edges of each node side by side, and fills the hash table.
void PathIndexBuilder::State::Freeze() {
  for (size_t i = 0; i < trie.nodes.size(); ++i) {
    trie.nodes[i].first_leaf = static_cast<uint32_t>(trie.leaves.size());
    trie.leaves.insert(trie.leaves.end(), leaves[i].begin(), leaves[i].end());
    trie.nodes[i].last_leaf = static_cast<uint32_t>(trie.leaves.size());
  }
  std::ranges::stable_sort(trie.edges, {}, &PathTrie::Edge::parent);
  size_t slots = 2;
  while (slots <= 2 * trie.edges.size()) slots *= 2;
  trie.table.assign(slots, PathTrie::kNone);
  for (uint32_t i = 0; i < trie.edges.size(); ++i) {
    const PathTrie::Edge& edge = trie.edges[i];
    PathTrie::Node& parent = trie.nodes[edge.parent];
    if (parent.last_edge == 0) parent.first_edge = i;
    parent.last_edge = i + 1;
    size_t slot = PathTrie::Hash(edge.parent, edge.literal) & (slots - 1);
    while (trie.table[slot] != PathTrie::kNone) slot = (slot + 1) & (slots - 1);
    trie.table[slot] = i;
  }
}

PathIndexBuilder::PathIndexBuilder() : state_(std::make_unique<State>()) {
  state_->AddNode(PathTrie::kNone);  // kVerbs
  state_->AddNode(PathTrie::kNone);  // kPlain
}
PathIndexBuilder::~PathIndexBuilder() = default;

void PathIndexBuilder::Add(std::string_view http_method, const HttpTemplate& path, uint32_t target) {
  PathTrie& trie = state_->trie;
  const size_t prefix = PrefixLength(path);
  const uint32_t node = state_->NodeOf(path, prefix);
  const uint32_t method = state_->HttpMethod(http_method);
  const auto clash = std::ranges::find(state_->leaves[node], method, &PathTrie::Leaf::http_method);
  if (clash != state_->leaves[node].end()) {
    state_->clashes.push_back({.first = trie.rules[clash->rule].target, .second = target});
    return;
  }
  state_->leaves[node].push_back({.http_method = method, .rule = static_cast<uint32_t>(trie.rules.size())});

  PathTrie::Rule rule{.target = target,
                      .segments = static_cast<uint32_t>(path.segments.size()),
                      .prefix = static_cast<uint32_t>(prefix),
                      .first_variable = static_cast<uint32_t>(trie.variables.size()),
                      .last_variable = 0};
  for (const HttpTemplate::Variable& variable : path.variables) {
    trie.variables.push_back(
        {.begin = static_cast<uint32_t>(variable.begin), .end = static_cast<uint32_t>(variable.end)});
  }
  rule.last_variable = static_cast<uint32_t>(trie.variables.size());
  trie.rules.push_back(rule);
  trie.max_prefix = std::max(trie.max_prefix, rule.prefix);
  if (rule.prefix < rule.segments) trie.max_suffix = std::max(trie.max_suffix, rule.segments - rule.prefix - 1);
}

tl::expected<PathIndex, std::vector<PathIndexBuilder::Clash>> PathIndexBuilder::Build() && {
  if (!state_->clashes.empty()) return tl::unexpected(std::move(state_->clashes));
  state_->Freeze();
  return PathIndex(std::make_unique<const PathTrie>(std::move(state_->trie)));
}

bool TriedBefore(std::string_view http_method, const HttpTemplate& path, std::string_view other_http_method,
                 const HttpTemplate& other_path) {
  if (path.verb.empty() != other_path.verb.empty()) return other_path.verb.empty();
  if (path.verb != other_path.verb) return path.verb < other_path.verb;
  const auto order = CompareSegments(path, other_path);
  if (order != 0) return order < 0;
  const int rank = HttpMethodRank(http_method);
  const int other_rank = HttpMethodRank(other_http_method);
  return rank != other_rank ? rank < other_rank : http_method < other_http_method;
}

}  // namespace dragoman::transcoding
