#include "routing/policy_map.h"

#include <algorithm>
#include <string_view>

#include "transcoding/nearest.h"
#include "transcoding/quote.h"

namespace dragoman::routing {
namespace {

using google::protobuf::MethodDescriptor;

bool Selects(std::string_view selector, const MethodDescriptor& method) {
  if (selector == "*") return true;
  const std::string& service = method.service()->full_name();
  const size_t slash = selector.find('/');
  if (slash == std::string_view::npos) {  // "shop.v1.*"
    selector.remove_suffix(1);
    return std::string_view(service).starts_with(selector);
  }
  const std::string_view name = selector.substr(slash + 1);
  return selector.substr(0, slash) == service && (name == "*" || name == method.name());
}

bool Selects(const config::Policy& policy, const MethodDescriptor& method) {
  return std::ranges::any_of(policy.methods, [&](const auto& selector) { return Selects(selector.text, method); });
}

}  // namespace

PolicyMap::PolicyMap(const std::vector<config::Policy>& policies, const std::vector<const MethodDescriptor*>& methods,
                     Problems& problems)
    : policies_(policies) {
  std::vector<std::string> names;
  for (const config::Policy& policy : policies) {
    for (const config::Policy::Selector& selector : policy.methods) {
      if (std::ranges::any_of(methods, [&](const auto* method) { return Selects(selector.text, *method); })) continue;
      if (names.empty()) {
        for (const MethodDescriptor* method : methods) {
          const std::string& service = method->service()->full_name();
          names.push_back(service + "/" + method->name());
          names.push_back(service + "/*");
          names.push_back(method->file()->package() + ".*");
        }
      }
      problems.push_back({selector.at.ToString(), "policies: " + transcoding::Quote(selector.text) +
                                                      " selects no method that is served" +
                                                      DidYouMean(selector.text, names)});
    }
  }
}

RpcPolicy PolicyMap::Find(const MethodDescriptor& method) const {
  RpcPolicy found;
  for (const config::Policy& policy : policies_) {
    if (!Selects(policy, method)) continue;
    if (policy.authenticate) found.authenticate = &*policy.authenticate;
    if (policy.authorize) found.authorize = &*policy.authorize;
    if (policy.headers) found.headers = &*policy.headers;
    if (policy.timeout) found.timeout = policy.timeout;
    if (policy.rate_limits) found.rate_limits = &*policy.rate_limits;
    if (policy.concurrency) found.concurrency = &*policy.concurrency;
    if (policy.priority) found.priority = &*policy.priority;
  }
  return found;
}

}  // namespace dragoman::routing
