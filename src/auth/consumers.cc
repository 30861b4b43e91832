#include "auth/consumers.h"

#include <utility>

namespace dragoman::auth {

ConsumerDirectory::ConsumerDirectory(const std::vector<config::Consumer>& consumers) {
  for (const config::Consumer& each : consumers) {
    Add({.name = each.name,
         .tenant = each.tenant,
         .tier = each.tier,
         .scopes = each.scopes,
         .roles = each.roles,
         .disabled = each.disabled});
  }
}

const Consumer* ConsumerDirectory::FindByName(std::string_view name) const {
  const auto found = names_.find(name);
  return found == names_.end() ? nullptr : found->second;
}

const Consumer& ConsumerDirectory::Add(Consumer consumer) {
  const Consumer& added = consumers_.emplace_back(std::move(consumer));
  names_.emplace(added.name, &added);
  return added;
}

}  // namespace dragoman::auth
