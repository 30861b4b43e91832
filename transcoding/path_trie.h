#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace dragoman::transcoding {

// What a PathIndex is made of: the segments of all templates as a trie in flat arrays. Nodes, edges and rules are
// numbered.
//
//   kVerbs ──"publish"──▶ root of the templates with that verb
//   kPlain              = root of the templates without
//   node ──literal──▶ node   ──*──▶ node   ──**──▶ node, from which the literals behind the `**` go on, the last one
//   first
struct PathTrie {
  static constexpr uint32_t kNone = UINT32_MAX;
  static constexpr uint32_t kVerbs = 0;
  static constexpr uint32_t kPlain = 1;

  struct Node {
    uint32_t star = kNone;
    uint32_t double_star = kNone;
    uint32_t parent = kNone;
    uint32_t first_edge = 0, last_edge = 0;  // half open
    uint32_t first_leaf = 0, last_leaf = 0;
  };
  struct Edge {
    uint32_t parent;
    uint32_t child;
    std::string literal;
  };
  // A rule that ends at a node.
  struct Leaf {
    uint32_t http_method;
    uint32_t rule;
  };
  struct Rule {
    uint32_t target;
    uint32_t segments;  // of the template
    uint32_t prefix;    // of those, before the `**`; all where there is none
    uint32_t first_variable, last_variable;
  };
  // The template's segments that a capture spans.
  struct Variable {
    uint32_t begin, end;
  };

  std::vector<Node> nodes;
  std::vector<Edge> edges;   // grouped by parent
  std::vector<Leaf> leaves;  // grouped by node
  std::vector<Rule> rules;
  std::vector<Variable> variables;
  std::vector<std::string> http_methods;
  std::vector<uint32_t> table;  // open addressing over edges; a power of two, less than half full
  uint32_t max_prefix = 0;      // segments
  uint32_t max_suffix = 0;      // segments behind a `**`
  size_t max_literal = 0;       // bytes

  static size_t Hash(uint32_t parent, std::string_view literal) {
    return std::hash<std::string_view>()(literal) ^ (parent * size_t{0x9E3779B97F4A7C15});
  }
  // The child of a node by the decoded text of a segment, or kNone.
  uint32_t FindChild(uint32_t parent, std::string_view literal) const {
    const size_t mask = table.size() - 1;
    for (size_t slot = Hash(parent, literal) & mask;; slot = (slot + 1) & mask) {
      const uint32_t edge = table[slot];
      if (edge == kNone) return kNone;
      if (edges[edge].parent == parent && edges[edge].literal == literal) return edges[edge].child;
    }
  }
  uint32_t FindHttpMethod(std::string_view name) const {
    for (uint32_t i = 0; i < http_methods.size(); ++i) {
      if (http_methods[i] == name) return i;
    }
    return kNone;
  }
};

}  // namespace dragoman::transcoding
