#pragma once

#include <string>
#include <vector>

namespace dragoman::config {

// One value of a YAML file and where it stands. Aliases are already replaced by copies of what they name.
struct Node {
  enum class Kind { kNull, kScalar, kList, kMapping };
  struct Entry;

  Kind kind = Kind::kNull;
  std::string text;            // of a scalar
  bool plain = false;          // a scalar without quotes: it may be a number or a boolean
  int line = 1;                // from 1
  int column = 1;              // from 1, in bytes
  std::vector<Node> items;     // of a list
  std::vector<Entry> entries;  // of a mapping, in the order of the file; a key may stand twice
};

struct Node::Entry {
  std::string key;
  int line = 1;  // of the key
  int column = 1;
  Node value;
};

}  // namespace dragoman::config
