#include "cli/cors_text.h"

#include <algorithm>

namespace dragoman::cli {
namespace {

std::string Described(const cors::Policy* policy) {
  if (policy == nullptr) return "none";
  return (policy->everybody() || policy->nobody() ? "" : "those of ") + policy->description();
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

}  // namespace dragoman::cli
