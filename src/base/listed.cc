#include "base/listed.h"

#include <algorithm>
#include <utility>

namespace dragoman {

std::string AndMore(std::string text, size_t more) {
  if (more > 0) text.append(" and ").append(std::to_string(more)).append(" more");
  return text;
}

std::string Listed(std::span<const std::string> names, size_t shown) {
  const size_t told = std::min(names.size(), shown);
  std::string text;
  for (const std::string& name : names.first(told)) text.append(text.empty() ? "" : ", ").append(name);
  return AndMore(std::move(text), names.size() - told);
}

}  // namespace dragoman
