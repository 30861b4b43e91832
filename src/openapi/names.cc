#include "openapi/names.h"

namespace dragoman::openapi {

std::string Names::Free(const std::string& wanted) {
  if (taken_.insert(wanted).second) return wanted;
  size_t& next = next_.try_emplace(wanted, 2).first->second;
  while (true) {
    std::string name = wanted + between_ + std::to_string(next++);
    if (taken_.insert(name).second) return name;
  }
}

}  // namespace dragoman::openapi
