#include "generation/generation.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

#include "generation/descriptors.h"
#include "rpc/header_names.h"
#include "rpc/json_rules.h"
#include "transcoding/quote.h"

namespace dragoman {
namespace {

using transcoding::Quote;

// Why a client's header of that name must not travel on, which only the whole configuration tells; empty if it may.
std::string_view Withheld(const std::string& name, const config::Config& config) {
  const std::vector<std::string> credentials = auth::CredentialHeaders(auth::SchemesOf(config));
  if (std::find(credentials.begin(), credentials.end(), name) != credentials.end()) return "it carries credentials";
  const auto is_it = [&name](const auto& entry) { return entry.name == name; };
  if (config.authentication &&
      std::any_of(config.authentication->identity.begin(), config.authentication->identity.end(), is_it)) {
    return "authentication.identity sets it";
  }
  for (const config::Backend& backend : config.backends) {
    if (backend.credentials &&
        std::any_of(backend.credentials->metadata.begin(), backend.credentials->metadata.end(), is_it)) {
      return "it is a credential of a backend";
    }
  }
  return {};
}

bool UsesCors(const config::Config& config) {
  return config.cors || std::any_of(config.listeners.begin(), config.listeners.end(), [](const auto& each) { return each.cors.has_value(); }) ||
         std::any_of(config.policies.begin(), config.policies.end(), [](const auto& each) { return each.cors.has_value(); });
}

// Two who say which pages may call would contradict each other.
void CheckCorsHeaders(const config::Headers& headers, Problems& problems) {
  for (const auto* entries : {&headers.response.set, &headers.response.add}) {
    for (const config::HeaderRules::Entry& entry : *entries) {
      if (!entry.name.starts_with("access-control-")) continue;
      problems.push_back({headers.at.ToString(), "header " + Quote(entry.name) + " cannot be set: `cors` sets it"});
    }
  }
}

// What only the stages know to be wrong with headers whose names are right in form.
Problems CheckHeaders(const config::Config& config) {
  Problems problems;
  for (const std::string& name : config.forward_headers) {
    std::string_view why = rpc::CannotForward(name);
    if (why.empty()) why = Withheld(name, config);
    if (!why.empty()) {
      problems.push_back({config.forward_headers_at.ToString(),
                          "header " + Quote(name) + " cannot be forwarded: " + std::string(why)});
    }
  }
  const bool pages = UsesCors(config);
  for (const config::Policy& policy : config.policies) {
    if (!policy.headers) continue;
    rpc::CheckHeaderRules(*policy.headers, problems);
    if (pages) CheckCorsHeaders(*policy.headers, problems);
  }
  if (!config.authentication) return problems;
  for (const config::IdentityMetadata& entry : config.authentication->identity) {
    const std::string_view why = rpc::CannotForward(entry.name);
    if (!why.empty()) {
      problems.push_back({config.authentication->at.ToString(),
                          "identity: metadata " + Quote(entry.name) + " cannot be set: " + std::string(why)});
    }
  }
  return problems;
}

// A parameter cannot choose fields and carry credentials.
void CheckFieldsParameters(const config::Config& config, Problems& problems) {
  const std::vector<std::string> credentials = auth::CredentialParameters(auth::SchemesOf(config));
  for (const config::Policy& policy : config.policies) {
    if (!policy.json) continue;
    const std::string& name = policy.json->fields_parameter;
    if (std::find(credentials.begin(), credentials.end(), name) == credentials.end()) continue;
    problems.push_back({policy.json->at.ToString(),
                        "fields_parameter: query parameter " + Quote(name) + " carries credentials already"});
  }
}

// The policies of cors, each compiled once, whoever shares it.
class CorsPolicies {
 public:
  // Null for null.
  std::shared_ptr<const cors::Policy> Of(const config::Cors* configured) {
    if (configured == nullptr) return nullptr;
    std::shared_ptr<const cors::Policy>& policy = compiled_[configured];
    if (!policy) policy = std::make_shared<const cors::Policy>(*configured);
    return policy;
  }

 private:
  std::unordered_map<const config::Cors*, std::shared_ptr<const cors::Policy>> compiled_;
};

std::vector<std::shared_ptr<const cors::Policy>> CorsOfListeners(const config::Config& config, CorsPolicies& policies) {
  const config::Cors* const common = config.cors ? &*config.cors : nullptr;
  std::vector<std::shared_ptr<const cors::Policy>> listeners;
  for (const config::Listener& listener : config.listeners) {
    listeners.push_back(policies.Of(listener.cors ? &*listener.cors : common));
  }
  return listeners;
}

// How long a call, or a composition's, may take.
Duration TimeoutOf(const config::Config& config, const routing::Rpc& rpc) {
  if (rpc.composition) return rpc.policy.timeout.value_or(config.compositions[*rpc.composition].timeout);
  const config::Backend& backend = config.backends[rpc.backend];
  if (!rpc.streaming.any()) return rpc.policy.timeout.value_or(backend.timeout);
  const std::optional<config::Milliseconds> timeout =
      rpc.policy.stream_timeout ? rpc.policy.stream_timeout : backend.stream_timeout;
  return timeout ? Duration(*timeout) : Duration::max();
}

// What policies say of each RPC and composition. A problem of a policy that many RPCs share is told once.
std::vector<rpc::Rules> CompileRules(const config::Config& config, const routing::Router& router,
                                             const auth::Setup& auth, const rate_limit::Limits& limits,
                                             concurrency::GateSet& gates, const transcoding::PlanSet& plans,
                                             CorsPolicies& cors, Problems& problems) {
  std::vector<rpc::Rules> rules;
  rpc::JsonRulesSet json(config, auth::CredentialParameters(auth.schemes()));
  for (const routing::Rpc& rpc : router.rpcs()) {
    Problems found;
    const config::Headers none;
    const config::Headers& headers = rpc.policy.headers ? *rpc.policy.headers : none;
    const bool composed = rpc.composition.has_value();
    rules.push_back({.access = auth::Access(rpc, config, auth.schemes(), plans, found),
                     .request = rpc::HeaderRules(headers.request),
                     .response = rpc::HeaderRules(headers.response),
                     .timeout = TimeoutOf(config, rpc),
                     .limits = rate_limit::RpcLimits(rpc.policy.rate_limits, limits, rpc.name,
                                                     composed ? nullptr : &plans.GetDeferred(rpc.method->input_type()), found),
                     .gates = gates.Compile(rpc.name, composed ? std::nullopt : std::optional(rpc.backend),
                                            rpc.policy.concurrency, rpc.policy.priority, found),
                     .cors = cors.Of(rpc.policy.cors),
                     .json = json.Of(rpc.policy.json)});
    for (Problem& problem : found) {
      const bool told = std::any_of(problems.begin(), problems.end(),
                                    [&problem](const Problem& each) { return each.where == problem.where; });
      if (!told) problems.push_back(std::move(problem));
    }
  }
  return rules;
}

// What `build` makes of a member's `tls`; null where it has none, or a problem.
template <typename Context, typename Members, typename Build>
std::vector<std::shared_ptr<const Context>> BuildTls(const Members& members, Problems& problems, Build build) {
  std::vector<std::shared_ptr<const Context>> contexts;
  for (const auto& member : members) {
    contexts.push_back(nullptr);
    if (!member.tls) continue;
    auto built = build(*member.tls);
    if (built) {
      contexts.back() = *std::move(built);
    } else {
      problems.insert(problems.end(), built.error().begin(), built.error().end());
    }
  }
  return contexts;
}

std::shared_ptr<const TrustedProxies> TrustedProxiesOf(const config::Config& config) {
  if (config.trusted_proxies.empty()) return nullptr;
  return std::make_shared<const TrustedProxies>(config.trusted_proxies);
}

std::vector<auth::BackendCredentials> BuildCredentials(const config::Config& config, Problems& problems) {
  std::vector<auth::BackendCredentials> credentials;
  for (const config::Backend& backend : config.backends) {
    auto built = auth::BackendCredentials::Build(backend);
    if (built) {
      credentials.push_back(*std::move(built));
    } else {
      problems.insert(problems.end(), built.error().begin(), built.error().end());
    }
  }
  return credentials;
}

}  // namespace

tl::expected<std::shared_ptr<const Generation>, Problems> BuildGeneration(config::Config loaded) {
  auto owned = std::make_unique<const config::Config>(std::move(loaded));
  const config::Config& config = *owned;
  Problems problems = CheckHeaders(config);
  CheckFieldsParameters(config, problems);
  const auto collect = [&problems](Problems& more) {
    std::move(more.begin(), more.end(), std::back_inserter(problems));
  };

  auto auth = auth::Setup::Build(config);
  if (!auth) collect(auth.error());
  auto limits = rate_limit::Limits::Build(config);
  if (!limits) collect(limits.error());
  std::optional<store::RedisOptions> redis;
  if (config.store) {
    auto options = store::RedisOptions::From(*config.store);
    if (options) {
      redis = *std::move(options);
    } else {
      problems.push_back(options.error());
    }
  }
  auto gates = std::make_unique<concurrency::GateSet>(config);
  std::unique_ptr<guard::Guard> guard;
  if (config.guard) {
    auto built = guard::Guard::Build(config);
    if (built) {
      guard = *std::move(built);
    } else {
      collect(built.error());
    }
  }
  auto listener_tls = BuildTls<tls::ServerContext>(config.listeners, problems, &tls::ServerContext::Build);
  auto backend_tls = BuildTls<tls::ClientContext>(config.backends, problems, [](const config::ClientTls& tls) {
    return tls::ClientContext::Build(tls, tls::ClientContext::Protocol::kHttp2);
  });
  auto credentials = BuildCredentials(config, problems);
  auto schema = LoadSchema(config);
  if (!schema) {
    collect(schema.error());
    return tl::unexpected(std::move(problems));
  }
  auto plans = std::make_unique<const transcoding::PlanSet>(*schema);
  auto router = routing::BuildRouter(config, *schema, *plans);
  if (!router) collect(router.error());
  std::vector<composition::Plan> compositions;
  if (router) {
    auto built = composition::BuildPlans(config, *schema, *plans, *router);
    if (built) {
      compositions = *std::move(built);
    } else {
      collect(built.error());
    }
  }
  CorsPolicies cors;
  std::vector<rpc::Rules> rules;
  if (router && auth && limits) rules = CompileRules(config, *router, **auth, **limits, *gates, *plans, cors, problems);
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return std::make_shared<const Generation>(Generation{.owned = std::move(owned),
                                                       .config = config,
                                                       .schema = *std::move(schema),
                                                       .plans = std::move(plans),
                                                       .router = *std::move(router),
                                                       .compositions = std::move(compositions),
                                                       .auth = *std::move(auth),
                                                       .trusted_proxies = TrustedProxiesOf(config),
                                                       .guard = std::move(guard),
                                                       .limits = *std::move(limits),
                                                       .gates = std::move(gates),
                                                       .redis = std::move(redis),
                                                       .rules = std::move(rules),
                                                       .listener_cors = CorsOfListeners(config, cors),
                                                       .listener_tls = std::move(listener_tls),
                                                       .backend_tls = std::move(backend_tls),
                                                       .credentials = std::move(credentials)});
}

}  // namespace dragoman
