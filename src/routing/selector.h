#pragma once

#include <string_view>

namespace dragoman::routing {

// Whether the selector of a policy means the RPC or composition, as PolicyMap has it: "shop.v1.Catalog/*" means "shop.v1.Catalog/GetItem".
inline bool Selects(std::string_view selector, std::string_view name) {
  if (selector == "*" || selector == name) return true;
  if (!selector.ends_with('*')) return false;
  selector.remove_suffix(1);
  return name.starts_with(selector);  // "shop.v1.", "shop.v1.Catalog/"
}

}  // namespace dragoman::routing
