#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "generation/generation.h"

namespace dragoman {

// What a new generation serves otherwise, as RPCs by their names in the order of the alphabet: "shop.v1.Catalog/GetItem".
struct Change {
  std::vector<std::string> added;
  std::vector<std::string> removed;
  std::vector<std::string> changed;  // other routes, options, or definitions of what its messages hold
};

// Cost: some 10 µs a file of the larger schema.
Change Compare(const Generation& before, const Generation& after);

// Tells of it: `event added=1 removed=0 changed=1 added_rpcs=shop.v1.Catalog/DeleteItem …`, of each the first few.
void LogChange(std::string_view event, const Generation& before, const Generation& after);

}  // namespace dragoman
