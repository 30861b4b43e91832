#include "transcoding/path_index.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <utility>

#include "transcoding/nearest.h"
#include "transcoding/path_trie.h"
#include "transcoding/percent.h"

namespace dragoman::transcoding {
namespace {

constexpr uint32_t kNone = PathTrie::kNone;

// A path cut at its slashes, without trailing empty segments; only as far from both ends as the templates of the table
// reach.
class Segments {
 public:
  Segments(std::string_view path, const PathTrie& trie) : path_(path) {
    while (path_.ends_with('/')) path_.remove_suffix(1);
    front_.push_back(1);
    while (front_.size() <= trie.max_prefix + 1 && front_.back() < Beyond()) {
      const size_t slash = path_.find('/', front_.back());
      front_.push_back(slash == std::string_view::npos ? Beyond() : static_cast<uint32_t>(slash + 1));
    }
    back_.push_back(Beyond());
    while (back_.size() <= trie.max_suffix && back_.back() > 1) {
      back_.push_back(static_cast<uint32_t>(path_.rfind('/', back_.back() - 2) + 1));
    }
  }

  // True where there are exactly `count` segments.
  bool EndAt(uint32_t count) const { return front_[count] == Beyond(); }
  // The segment from the front. There must be one, and a template that looks at it.
  std::string_view operator[](uint32_t index) const {
    return path_.substr(front_[index], front_[index + 1] - 1 - front_[index]);
  }
  // True where the last `count` segments stand behind the first `index`.
  bool HasBehind(uint32_t index, uint32_t count) const { return count < back_.size() && back_[count] >= front_[index]; }
  // The segment from the back: 1 is the last one. There must be one, and a template that looks at it.
  std::string_view FromBack(uint32_t count) const {
    return path_.substr(back_[count], back_[count - 1] - 1 - back_[count]);
  }
  // What the segments of a template that a variable spans have taken, with the slashes between them.
  std::string_view Span(const PathTrie::Rule& rule, const PathTrie::Variable& variable) const {
    const uint32_t begin = Begin(rule, variable.begin);
    const uint32_t end = Begin(rule, variable.end) - 1;
    return begin < end ? path_.substr(begin, end - begin) : path_.substr(path_.size());
  }

 private:
  // Where a segment would begin that followed the last one.
  uint32_t Beyond() const { return static_cast<uint32_t>(path_.size() + 1); }
  // Where a segment of the template begins; of the one that would follow its last: Beyond().
  uint32_t Begin(const PathTrie::Rule& rule, uint32_t index) const {
    return index <= rule.prefix ? front_[index] : back_[rule.segments - index];
  }

  std::string_view path_;
  boost::container::small_vector<uint32_t, 33> front_;  // where segments begin; behind the last one Beyond()
  boost::container::small_vector<uint32_t, 9> back_;    // Beyond(), then where segments begin, from the last one on
};

// The child of a node by a segment, which is compared decoded: a request's `%61` is the template's `a`. An invalid
// escape is no literal.
uint32_t FindLiteral(const PathTrie& trie, uint32_t node, std::string_view segment) {
  if (trie.nodes[node].last_edge == 0 || segment.size() > 3 * trie.max_literal) return kNone;
  if (segment.find('%') == std::string_view::npos) return trie.FindChild(node, segment);
  boost::container::small_vector<char, 256> decoded(segment.size(), boost::container::default_init);
  const auto size = PercentDecodeTo(segment, PercentDecoding::kFull, decoded.data());
  return size ? trie.FindChild(node, {decoded.data(), *size}) : kNone;
}

bool EndsRule(const PathTrie::Node& node) { return node.first_leaf < node.last_leaf; }

// Where a walk stands: `depth` segments have been taken by the time it is at `node`.
struct Step {
  uint32_t node;
  uint32_t depth;
  bool is_double_star = false;  // the node is where a `**` begins, which stands behind `depth` segments
};

// The end of a walk, from a `**` on: as far as the literals behind it fit, from the path's last segment on; then back,
// so that the longest of them is shown first.
template <typename Fits>
bool WalkDoubleStar(const PathTrie& trie, const Segments& segments, const Step& from, const Fits& fits) {
  uint32_t node = from.node;
  for (uint32_t count = 1; segments.HasBehind(from.depth, count); ++count) {
    const uint32_t child = FindLiteral(trie, node, segments.FromBack(count));
    if (child == kNone) break;
    node = child;
  }
  for (;; node = trie.nodes[node].parent) {
    if (EndsRule(trie.nodes[node]) && fits(node)) return true;
    if (node == from.node) return false;
  }
}

// Shows `fits` each node where a rule's path fits, in matching order, until it returns true; then returns true itself.
// Shows `passes` each step on the way, fitting or not.
template <typename Fits, typename Passes>
bool Walk(const PathTrie& trie, const Segments& segments, const Step& from, const Fits& fits, const Passes& passes) {
  boost::container::small_vector<Step, 32> pending;  // a stack: what is tried first comes last
  pending.push_back(from);
  while (!pending.empty()) {
    Step step = pending.back();
    pending.pop_back();
    if (step.is_double_star) {
      if (WalkDoubleStar(trie, segments, step, fits)) return true;
      continue;
    }
    for (bool deeper = true; deeper;) {  // down to what is tried first, leaving the rest pending
      passes(step);
      const PathTrie::Node& node = trie.nodes[step.node];
      const bool at_end = segments.EndAt(step.depth);
      if (at_end && EndsRule(node) && fits(step.node)) return true;
      if (node.double_star != kNone) pending.push_back({node.double_star, step.depth, true});
      if (at_end || (node.star == kNone && node.last_edge == 0)) break;

      const std::string_view segment = segments[step.depth];
      const uint32_t literal = FindLiteral(trie, step.node, segment);
      const uint32_t star = segment.empty() ? kNone : node.star;
      if (literal != kNone && star != kNone) pending.push_back({star, step.depth + 1});
      step = {literal != kNone ? literal : star, step.depth + 1};
      deeper = step.node != kNone;
    }
  }
  return false;
}

constexpr auto kPassBy = [](const Step&) {};

// Calls `read(root, segments)` with each way to read the path, until it returns true: with what follows the last `:` as
// verb, if some rule has that verb; then with no verb.
template <typename Read>
void ForEachReading(const PathTrie& trie, std::string_view path, Read read) {
  if (!path.starts_with('/')) return;
  if (trie.nodes[PathTrie::kVerbs].last_edge > 0) {
    std::string_view trimmed = path;
    while (trimmed.ends_with('/')) trimmed.remove_suffix(1);
    size_t mark = trimmed.size();
    while (mark > 0 && trimmed[mark - 1] != ':' && trimmed[mark - 1] != '/') --mark;
    if (mark > 0 && trimmed[mark - 1] == ':') {
      const uint32_t root = FindLiteral(trie, PathTrie::kVerbs, trimmed.substr(mark));
      if (root != kNone && read(root, Segments(trimmed.substr(0, mark - 1), trie))) return;
    }
  }
  read(PathTrie::kPlain, Segments(path, trie));
}

}  // namespace

PathIndex::PathIndex(std::unique_ptr<const PathTrie> trie) : trie_(std::move(trie)) {}
PathIndex::PathIndex(PathIndex&&) noexcept = default;
PathIndex& PathIndex::operator=(PathIndex&&) noexcept = default;
PathIndex::~PathIndex() = default;

std::optional<uint32_t> PathIndex::Match(std::string_view http_method, std::string_view path,
                                         Captures& captures) const {
  const PathTrie& trie = *trie_;
  captures.clear();
  // What is wanted at a node, best first.
  const std::array<uint32_t, 3> wanted = {trie.FindHttpMethod(http_method),
                                          http_method == "HEAD" ? trie.FindHttpMethod("GET") : kNone,
                                          trie.FindHttpMethod("*")};
  std::optional<uint32_t> target;
  ForEachReading(trie, path, [&](uint32_t root, const Segments& segments) {
    const auto fits = [&](uint32_t node) {
      const auto begin = trie.leaves.begin() + trie.nodes[node].first_leaf;
      const auto end = trie.leaves.begin() + trie.nodes[node].last_leaf;
      for (const uint32_t method : wanted) {
        if (method == kNone) continue;
        const auto leaf = std::find_if(begin, end, [&](const auto& each) { return each.http_method == method; });
        if (leaf == end) continue;
        const PathTrie::Rule& rule = trie.rules[leaf->rule];
        for (uint32_t i = rule.first_variable; i < rule.last_variable; ++i) {
          captures.push_back(segments.Span(rule, trie.variables[i]));
        }
        target = rule.target;
        return true;
      }
      return false;
    };
    return Walk(trie, segments, {.node = root, .depth = 0}, fits, kPassBy);
  });
  return target;
}

std::vector<std::string_view> PathIndex::HttpMethods(std::string_view path) const {
  const PathTrie& trie = *trie_;
  std::vector<bool> found(trie.http_methods.size());
  ForEachReading(trie, path, [&](uint32_t root, const Segments& segments) {
    const auto collect = [&](uint32_t node) {
      for (uint32_t i = trie.nodes[node].first_leaf; i < trie.nodes[node].last_leaf; ++i) {
        found[trie.leaves[i].http_method] = true;
      }
      return false;
    };
    return Walk(trie, segments, {.node = root, .depth = 0}, collect, kPassBy);
  });
  std::vector<std::string_view> names;
  for (size_t i = 0; i < found.size(); ++i) {
    if (found[i]) names.push_back(trie.http_methods[i]);
  }
  return names;
}

std::optional<uint32_t> PathIndex::Nearest(std::string_view path, std::string_view http_method) const {
  constexpr size_t kMaxSteps = 32;
  constexpr size_t kMaxSegment = 32;  // bytes of a segment that is compared
  int comparisons_left = 32;
  const PathTrie& trie = *trie_;
  std::optional<uint32_t> nearest;
  const auto take = [&](uint32_t node) {
    if (node == kNone || trie.nodes[node].first_leaf == trie.nodes[node].last_leaf) return false;
    const std::span leaves(trie.leaves.begin() + trie.nodes[node].first_leaf, trie.leaves.begin() + trie.nodes[node].last_leaf);
    const auto same = std::ranges::find_if(leaves, [&](const PathTrie::Leaf& leaf) { return trie.http_methods[leaf.http_method] == http_method; });
    nearest = trie.rules[(same != leaves.end() ? *same : leaves.front()).rule].target;
    return true;
  };
  ForEachReading(trie, path, [&](uint32_t root, const Segments& segments) {
    std::vector<Step> steps;
    const auto note = [&](const Step& step) {
      if (steps.size() < kMaxSteps) steps.push_back(step);
    };
    Walk(
        trie, segments, {.node = root, .depth = 0}, [](uint32_t) { return false; }, note);

    // A literal misspelt: with it put right, the rest must fit.
    for (const Step& step : steps) {
      const PathTrie::Node& node = trie.nodes[step.node];
      if (segments.EndAt(step.depth) || node.last_edge == 0) continue;
      const std::string_view segment = segments[step.depth];
      if (segment.size() > kMaxSegment) continue;
      const size_t limit = NearEnough(segment);
      for (uint32_t i = node.first_edge; i < node.last_edge && comparisons_left-- > 0; ++i) {
        if (EditDistance(segment, trie.edges[i].literal, limit) > limit) continue;
        if (Walk(trie, segments, {.node = trie.edges[i].child, .depth = step.depth + 1}, take, kPassBy)) return true;
      }
    }
    // A segment too few, or one too many.
    for (const Step& step : steps) {
      if (step.depth == 0) continue;
      const PathTrie::Node& node = trie.nodes[step.node];
      if (!segments.EndAt(step.depth)) {
        if (segments.EndAt(step.depth + 1) && take(step.node)) return true;
      } else if (take(node.star) || (node.last_edge > 0 && take(trie.edges[node.first_edge].child))) {
        return true;
      }
    }
    return false;
  });
  return nearest;
}

}  // namespace dragoman::transcoding
