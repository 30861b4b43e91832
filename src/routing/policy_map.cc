#include "routing/policy_map.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "routing/selector.h"
#include "transcoding/nearest.h"
#include "transcoding/quote.h"

namespace dragoman::routing {
namespace {

bool SelectedBy(const config::Policy& policy, std::string_view name) {
  return std::ranges::any_of(policy.methods, [&](const auto& selector) { return Selects(selector.text, name); });
}

// What a selector could have meant.
std::vector<std::string> Selectors(const std::vector<std::string>& names) {
  std::vector<std::string> selectors;
  for (const std::string& name : names) {
    const std::string service = name.substr(0, name.find('/'));
    selectors.push_back(name);
    selectors.push_back(service + "/*");
    if (const size_t dot = service.rfind('.'); dot != std::string::npos) {
      selectors.push_back(service.substr(0, dot) + ".*");
    }
  }
  return selectors;
}

}  // namespace

PolicyMap::PolicyMap(const std::vector<config::Policy>& policies, const std::vector<std::string>& names,
                     Problems& problems, NamesToCome* to_come)
    : policies_(policies) {
  std::vector<std::string> selectors;
  for (const config::Policy& policy : policies) {
    for (const config::Policy::Selector& selector : policy.methods) {
      if (std::ranges::any_of(names, [&](const std::string& name) { return Selects(selector.text, name); })) continue;
      const std::string_view text = selector.text;
      const bool composition = text.starts_with(kCompositions);
      if (selectors.empty()) selectors = Selectors(names);
      Problem dangles = {selector.at.ToString(),
                         "policies: " + transcoding::Quote(text) +
                             (composition ? " selects no composition" : " selects no method that is served") +
                             DidYouMean(text, selectors)};
      const std::string_view service = text.substr(0, text.find('/'));
      if (!composition && to_come != nullptr && to_come->PutOff(service, dangles)) continue;
      problems.push_back(std::move(dangles));
    }
  }
}

RpcPolicy PolicyMap::Find(std::string_view name) const {
  RpcPolicy found;
  for (const config::Policy& policy : policies_) {
    if (!SelectedBy(policy, name)) continue;
    if (policy.authenticate) found.authenticate = &*policy.authenticate;
    if (policy.authorize) found.authorize = &*policy.authorize;
    if (policy.headers) found.headers = &*policy.headers;
    if (policy.timeout) found.timeout = policy.timeout;
    if (policy.cors) found.cors = &*policy.cors;
    if (policy.json) found.json = &*policy.json;
    if (policy.stream_timeout) found.stream_timeout = policy.stream_timeout;
    if (policy.rate_limits) found.rate_limits = &*policy.rate_limits;
    if (policy.concurrency) found.concurrency = &*policy.concurrency;
    if (policy.priority) found.priority = &*policy.priority;
  }
  return found;
}

}  // namespace dragoman::routing
