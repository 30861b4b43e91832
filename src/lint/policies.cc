#include <algorithm>
#include <array>

#include "lint/checks.h"
#include "routing/selector.h"
#include "transcoding/quote.h"

namespace dragoman::lint {
namespace {

using config::Policy;
using routing::Rpc;

// A key of a policy: whether one has it, and which RPCs it can mean anything to.
struct Key {
  std::string_view name;
  bool (*has)(const Policy& policy);
  bool (*concerns)(const Rpc& rpc);
};

bool Everything(const Rpc&) { return true; }
bool Unary(const Rpc& rpc) { return !rpc.streaming.any(); }
bool Streams(const Rpc& rpc) { return rpc.streaming.any(); }

constexpr std::array<Key, 10> kKeys = {{
    {"authenticate", [](const Policy& policy) { return policy.authenticate.has_value(); }, &Everything},
    {"authorize", [](const Policy& policy) { return policy.authorize.has_value(); }, &Everything},
    {"headers", [](const Policy& policy) { return policy.headers.has_value(); }, &Everything},
    {"timeout", [](const Policy& policy) { return policy.timeout.has_value(); }, &Unary},
    {"stream_timeout", [](const Policy& policy) { return policy.stream_timeout.has_value(); }, &Streams},
    {"cors", [](const Policy& policy) { return policy.cors.has_value(); }, &Everything},
    {"json", [](const Policy& policy) { return policy.json.has_value(); }, &Everything},
    {"rate_limits", [](const Policy& policy) { return policy.rate_limits.has_value(); }, &Everything},
    {"concurrency", [](const Policy& policy) { return policy.concurrency.has_value(); }, &Everything},
    {"priority", [](const Policy& policy) { return policy.priority.has_value(); }, &Everything},
}};

}  // namespace

void CheckPolicies(const Generation& generation, Findings& findings) {
  const std::vector<Policy>& policies = generation.config.policies;
  const std::vector<Rpc>& rpcs = generation.router.rpcs();
  std::vector<std::vector<const Rpc*>> selected(policies.size());
  for (size_t i = 0; i < policies.size(); ++i) {
    for (const Policy::Selector& selector : policies[i].methods) {
      bool any = false;
      for (const Rpc& rpc : rpcs) {
        if (!routing::Selects(selector.text, rpc.name)) continue;
        any = true;
        selected[i].push_back(&rpc);
      }
      if (any) continue;
      findings.Add(kUselessSelector, selector.at,
                   "policies: " + transcoding::Quote(selector.text) + " selects only methods that have no route and that no composition calls; give them one, or remove it");
    }
  }
  for (const Key& key : kKeys) {
    std::vector<bool> decided(rpcs.size(), false);
    for (size_t i = policies.size(); i-- > 0;) {
      if (!key.has(policies[i]) || selected[i].empty()) continue;
      bool concerns = false;
      bool decides = false;
      for (const Rpc* rpc : selected[i]) {
        if (!key.concerns(*rpc)) continue;
        concerns = true;
        const auto place = static_cast<size_t>(rpc - rpcs.data());
        decides = decides || !decided[place];
        decided[place] = true;
      }
      if (decides) continue;
      const std::string what = "policies: `" + std::string(key.name) + "` of this entry holds for no RPC: ";
      findings.Add(kPolicyWithoutEffect, policies[i].at,
                   what + (concerns ? "later entries say it for all that this one selects; remove it, or put the entry behind those"
                                    : (key.name == "timeout" ? "all that it selects stream; say stream_timeout"
                                                             : "none that it selects streams; say timeout")));
    }
  }
}

}  // namespace dragoman::lint
