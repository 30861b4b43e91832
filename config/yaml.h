#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "config/node.h"

namespace dragoman::config {

// Where something is wrong with the text, and what.
struct YamlProblem {
  int line = 1;
  int column = 1;
  std::string what;
};

inline constexpr size_t kMaxFileBytes = 4u << 20;
inline constexpr size_t kMaxNodes = 200'000;  // values and keys, those that anchors keep and aliases repeat included
inline constexpr size_t kMaxTextBytes = 16u << 20;  // of all values and keys, likewise
inline constexpr int kMaxNesting = 32;              // mappings and lists inside each other

// Reads one YAML (or JSON) document. An empty text is a kNull node.
//
// Errors: syntax, control characters, more than one document, tags, keys that are no scalars, an alias within what it
// names, and more than kMaxFileBytes, kMaxNodes, kMaxTextBytes or kMaxNesting.   Cost: within those bounds, whatever
// the aliases say.
tl::expected<Node, YamlProblem> ParseYaml(std::string_view text);

}  // namespace dragoman::config
