#include "cli/cors_text.h"

#include <algorithm>
#include <vector>

#include "cli/text.h"

namespace dragoman::cli {
namespace {

std::string Described(const cors::Policy* policy) {
  if (policy == nullptr) return "none";
  return (policy->everybody() || policy->nobody() ? "" : "those of ") + policy->description();
}

// The cookie that a caller of the RPC may show; null: none.
const auth::Place* CookieOf(const auth::Access& access) {
  for (const auth::Access::Group& group : access.groups()) {
    for (const auth::Access::Spot& spot : group.spots) {
      if (spot.place.in == config::CredentialPlace::In::kCookie) return &spot.place;
    }
  }
  return nullptr;
}

}  // namespace

std::string PagesOf(const Generation& generation) {
  const auto& listeners = generation.listener_cors;
  const bool same =
      std::all_of(listeners.begin(), listeners.end(), [&](const auto& each) { return each == listeners.front(); });
  if (same) return listeners.front() ? Described(listeners.front().get()) : std::string();
  std::string text;
  for (size_t i = 0; i < listeners.size(); ++i) {
    text += (i == 0 ? "" : "; ") + generation.config.listeners[i].address + ": " + Described(listeners[i].get());
  }
  return text;
}

std::string OwnPagesOf(const rpc::Rules& rules) {
  return rules.cors ? "; pages: " + rules.cors->description() : std::string();
}

void PrintCorsRemarks(const Generation& generation, std::ostream& out) {
  std::vector<std::vector<std::string>> rows;
  const auto& rpcs = generation.router.rpcs();
  for (size_t i = 0; i < rpcs.size(); ++i) {
    const rpc::Rules& rules = generation.rules[i];
    const auth::Place* cookie = CookieOf(rules.access);
    if (cookie == nullptr) continue;
    const auto lacks = [](const auto& policy) { return policy && !policy->nobody() && !policy->credentials(); };
    const auto& listeners = generation.listener_cors;
    if (rules.cors ? !lacks(rules.cors) : std::none_of(listeners.begin(), listeners.end(), lacks)) continue;
    rows.push_back(
        {"  " + rpcs[i].name,
         "takes " + cookie->ToString() + ", which pages of other origins do not send: `credentials: true` is missing"});
  }
  if (!rows.empty()) out << "\nremarks on cors:\n";
  PrintTable(rows, out);
}

}  // namespace dragoman::cli
