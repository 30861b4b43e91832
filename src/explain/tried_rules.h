#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "explain/explanation.h"
#include "routing/router.h"

namespace dragoman::explain {

// The rules of a table, as a request sees them.
struct TriedRules {
  static constexpr size_t kMost = 16;       // shown …
  static constexpr size_t kMostUnfit = 6;   // … of them with another path

  std::vector<Explanation::Rule> shown;  // the one that won, then the nearest ones first; of equals in matching order
  uint64_t others = 0;
};

// `won`: what the router says; null: none. Cost: all templates are read anew.
TriedRules TryRules(const routing::Router& router, std::string_view http_method, std::string_view target,
                    const routing::Route* won);

}  // namespace dragoman::explain
