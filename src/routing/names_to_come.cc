#include "routing/names_to_come.h"

#include <algorithm>
#include <utility>

#include "routing/selector.h"

namespace dragoman::routing {

NamesToCome::NamesToCome(const std::vector<config::Service>& entries, const transcoding::Schema& schema,
                         const std::vector<std::string>& missing)
    : everything_(!missing.empty() && schema.services().empty()) {
  for (const config::Service& entry : entries) {
    if (std::ranges::find(missing, entry.backend) == missing.end()) continue;
    const bool known = std::ranges::any_of(
        schema.services(), [&](const auto* service) { return Selects(entry.name, service->full_name()); });
    if (!known) entries_.push_back(entry.name);
  }
}

bool NamesToCome::Has(std::string_view name) const {
  if (everything_) return true;
  return std::ranges::any_of(entries_, [name](std::string_view entry) {
    return Selects(entry, name) || Selects(name, entry);  // "users.v1.*" also stands for "users.v1.Users"
  });
}

bool NamesToCome::PutOff(std::string_view name, Problem dangles) {
  if (!Has(name)) return false;
  put_off_.push_back(std::move(dangles));
  return true;
}

}  // namespace dragoman::routing
