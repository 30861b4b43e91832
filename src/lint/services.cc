#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <set>
#include <unordered_set>

#include "lint/checks.h"
#include "transcoding/quote.h"

namespace dragoman::lint {
namespace {

using transcoding::Quote;

void CheckCovered(const Generation& generation, Findings& findings) {
  std::set<const google::protobuf::ServiceDescriptor*> reached;
  for (const routing::Rpc& rpc : generation.router.rpcs()) {
    if (rpc.method != nullptr) reached.insert(rpc.method->service());
  }
  std::set<const config::Service*> used;
  for (const google::protobuf::ServiceDescriptor* service : generation.schema.services()) {
    const config::Service* entry = findings.places.EntryOf(*service);
    if (entry == nullptr) continue;
    used.insert(entry);
    if (reached.contains(service) || service->method_count() == 0) continue;
    findings.AddFor(kServiceWithoutRoute, entry->at, service->full_name(),
                    ": has no route, since none of its methods has an annotation or an entry in http_rules; add some, say `expose: all`, or cover it by "
                    "no entry of services");
  }
  for (const config::Service& entry : generation.config.services) {
    if (used.contains(&entry)) continue;
    findings.Add(kOverriddenService, entry.at,
                 "services: " + Quote(entry.name) + " decides for no service, since entries with longer names cover all of them; remove it");
  }
}

void CheckUnused(const Generation& generation, Findings& findings) {
  const config::Config& config = generation.config;
  for (const config::Backend& backend : config.backends) {
    const bool used = std::any_of(config.services.begin(), config.services.end(), [&](const auto& each) { return each.backend == backend.name; });
    if (!used) findings.Add(kUnusedBackend, backend.at, "backend " + Quote(backend.name) + " serves nothing: no entry of services names it; remove it");
  }
  std::unordered_set<size_t> limits;
  for (const config::Policy& policy : config.policies) {
    if (!policy.rate_limits) continue;
    for (const config::LimitUse& use : *policy.rate_limits) limits.insert(use.limit);
  }
  for (size_t i = 0; i < config.rate_limits.size(); ++i) {
    if (limits.contains(i)) continue;
    findings.Add(kUnusedRateLimit, config.rate_limits[i].at,
                 "limit " + Quote(config.rate_limits[i].name) + " holds for nothing: no policy names it under rate_limits; name it, or remove it");
  }
}

void CheckDeprecated(const Generation& generation, Findings& findings) {
  std::unordered_set<size_t> told;
  for (const routing::Route& route : generation.router.routes()) {
    if (route.method == nullptr || told.contains(route.rpc_index)) continue;
    const bool itself = route.method->options().deprecated();
    if (!itself && !route.method->service()->options().deprecated()) continue;
    told.insert(route.rpc_index);
    findings.Add(kDeprecatedExposed, findings.places.Of(*route.method),
                 TextOf(route) + ": " + (itself ? "the method" : "its service") + " is deprecated and exposed; an entry of services without it, or no rule for it, takes it away");
  }
}

// The request has a field of the name that the gateway takes for itself.
void CheckFieldsParameter(const Generation& generation, Findings& findings) {
  for (size_t i = 0; i < generation.rules.size(); ++i) {
    const routing::Rpc& rpc = generation.router.rpcs()[i];
    const std::string& parameter = generation.rules[i].json->request.fields_parameter;
    if (parameter.empty() || rpc.method == nullptr || rpc.policy.json == nullptr) continue;
    if (generation.plans->Get(rpc.method->input_type()).Find(parameter) == nullptr) continue;
    const std::string name = Quote(parameter);
    findings.AddFor(kFieldsParameterHidesField, rpc.policy.json->at, rpc.name,
                    ": query parameter " + name + " chooses fields of the reply; the request's own " + name + " cannot be set there; name it otherwise");
  }
}

}  // namespace

void CheckServices(const Generation& generation, Findings& findings) {
  CheckCovered(generation, findings);
  CheckUnused(generation, findings);
  CheckDeprecated(generation, findings);
  CheckFieldsParameter(generation, findings);
}

}  // namespace dragoman::lint
