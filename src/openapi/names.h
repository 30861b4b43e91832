#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

namespace dragoman::openapi {

// Names of which no two are the same: who wants one that is taken gets it with a number.
//
//   Names names("-");   names.Free("Item") → "Item"   names.Free("Item") → "Item-2"   names.Free("Item") → "Item-3"
//
// Cost: of n names n log n, whatever they are.
class Names {
 public:
  // `between`: a name and its number.
  explicit Names(std::string between) : between_(std::move(between)) {}

  // Nobody gets it from now on.
  void Reserve(std::string name) { taken_.insert(std::move(name)); }
  std::string Free(const std::string& wanted);

 private:
  const std::string between_;
  std::set<std::string> taken_;
  std::map<std::string, size_t> next_;  // the number to try, of names that were wanted again
};

}  // namespace dragoman::openapi
