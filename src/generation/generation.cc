#include "generation/generation.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/log.h"
#include "config/load.h"
#include "generation/descriptors.h"
#include "generation/own_paths.h"
#include "generation/source_stamp.h"
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

void Append(Problems&& more, Problems& problems) {
  problems.insert(problems.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

// What `built` holds; null where it has none, but problems.
template <typename Part, typename Built>
std::shared_ptr<Part> Take(Built built, Problems& problems) {
  if (built) return *std::move(built);
  Append(std::move(built.error()), problems);
  return nullptr;
}

// With problems, what could be built. `previous`: what it replaces, or null.
Standing BuildStanding(config::Config loaded, const Generation* previous, Problems& problems) {
  auto owned = std::make_shared<const config::Config>(std::move(loaded));
  const config::Config& config = *owned;
  Append(CheckHeaders(config), problems);
  CheckFieldsParameters(config, problems);
  Standing standing{.owned = std::move(owned), .config = config};
  standing.auth = Take<const auth::Setup>(auth::Setup::Build(config), problems);
  standing.trusted_proxies = TrustedProxiesOf(config);
  standing.limits = Take<rate_limit::Limits>(rate_limit::Limits::Build(config, previous ? previous->limits->counts() : nullptr), problems);
  if (config.store) {
    auto options = store::RedisOptions::From(*config.store);
    if (options) {
      standing.redis = *std::move(options);
    } else {
      problems.push_back(options.error());
    }
  }
  standing.gates = std::make_shared<concurrency::GateSet>(config);
  if (config.guard) standing.guard = Take<guard::Guard>(guard::Guard::Build(config), problems);
  standing.listener_tls = BuildTls<tls::ServerContext>(config.listeners, problems, &tls::ServerContext::Build);
  standing.backend_tls = BuildTls<tls::ClientContext>(config.backends, problems, [](const config::ClientTls& tls) {
    return tls::ClientContext::Build(tls, tls::ClientContext::Protocol::kHttp2);
  });
  standing.credentials = std::make_shared<const std::vector<auth::BackendCredentials>>(BuildCredentials(config, problems));
  return standing;
}

// What sets one generation of a configuration apart from others, beside its schema.
struct Circumstances {
  std::string stamp;
  std::vector<Awaited> awaited = {};
  Fetched fetched = {};
  uint64_t id = 1;
};

// `standing` may lack what there are problems with already; then there are more problems, but no generation.
tl::expected<GenerationPtr, Problems> Join(const Standing& standing, transcoding::Schema schema, Circumstances of,
                                           Problems problems = {}) {
  const config::Config& config = standing.config;
  auto plans = std::make_unique<const transcoding::PlanSet>(schema);
  std::vector<std::string> missing;
  for (const Awaited& each : of.awaited) missing.push_back(each.backend);
  auto built = routing::BuildRouter(config, schema, *plans, missing);
  if (!built) Append(std::move(built.error()), problems);
  routing::Router router = built ? *std::move(built) : routing::BuildSoundRouter(config, schema, *plans, missing);
  CheckOwnPaths(config, router, problems);
  auto compositions = composition::BuildPlans(config, schema, *plans, router);
  if (!compositions) Append(std::move(compositions.error()), problems);
  CorsPolicies cors;
  std::vector<rpc::Rules> rules;
  if (standing.auth && standing.limits) {
    rules = CompileRules(config, router, *standing.auth, *standing.limits, *standing.gates, *plans, cors, problems);
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  std::string waiting = TextOf(of.awaited);
  return std::make_shared<const Generation>(
      Generation{standing, std::move(schema), std::move(plans), std::move(router), *std::move(compositions),
                 std::move(rules), CorsOfListeners(config, cors), std::move(of.stamp), std::move(of.awaited),
                 std::move(waiting), std::move(of.fetched), of.id});
}

std::string StampIfWatched(const config::Config& config) {
  return config.reload.watch ? StampOfDescriptors(config) : std::string();
}

// Tells what is put off that was not before. Nobody is told of it where nothing at all is known.
void LogPutOff(const Generation& generation, const Problems& before) {
  if (generation.schema.services().empty()) return;
  for (const Problem& problem : generation.router.put_off()) {
    const bool told = std::ranges::any_of(
        before, [&problem](const Problem& each) { return each.where == problem.where && each.what == problem.what; });
    if (!told)
      LogWarn("descriptors_put_off", {{"for", generation.waiting}, {"where", problem.where}, {"note", problem.what}});
  }
}

// Of all whose descriptors are there.
tl::expected<GenerationPtr, Problems> JoinWithout(std::vector<Awaited> awaited, const Standing& standing,
                                                  const Fetched& fetched, uint64_t id) {
  std::string stamp = StampIfWatched(standing.config);  // before they are read
  auto schema = LoadSchema(standing.config, fetched, {Reading::kAgain, Silent::kLeftOut});
  if (!schema) return tl::unexpected(std::move(schema.error()));
  return Join(standing, *std::move(schema), {std::move(stamp), std::move(awaited), fetched, id});
}

// As if nobody had said anything: what there is cannot be served without the others.
tl::expected<GenerationPtr, Problems> JoinNothing(const std::vector<Awaited>& awaited, const Standing& standing,
                                                  const Fetched& fetched, uint64_t id) {
  std::vector<Awaited> everybody;
  for (const config::DescriptorSource& source : standing.config.descriptors) {
    if (!source.reflection) continue;
    const auto missing = std::ranges::find(awaited, source.reflection->backend, &Awaited::backend);
    everybody.push_back({source.reflection->backend, missing != awaited.end() ? missing->why : ""});
  }
  return Join(standing, transcoding::SchemaBuilder().Build().value(), {{}, std::move(everybody), fetched, id});
}

// Whether it helps to ask again.
bool MayComeYet(reflection::Failure::Kind kind) {
  using Kind = reflection::Failure::Kind;
  return kind == Kind::kUnreachable || kind == Kind::kRefused || kind == Kind::kIncomplete || kind == Kind::kChanged;
}

// Whoever takes longer is asked again, with more time, while the gateway serves.
Fetched FetchSoon(const config::Config& config) {
  constexpr Duration kSoon = std::chrono::seconds(2);
  return FetchReflected(config, {.bounds = {.deadline = kSoon}, .round = kSoon, .connect_timeout = kSoon / 2});
}

bool IsAtTheSamePlace(std::string_view backend, const config::Config& before, const config::Config& after) {
  const auto one = std::ranges::find(before.backends, backend, &config::Backend::name);
  const auto other = std::ranges::find(after.backends, backend, &config::Backend::name);
  return one != before.backends.end() && other != after.backends.end() &&
         std::ranges::equal(one->endpoints, other->endpoints, {}, &config::Endpoint::address, &config::Endpoint::address);
}

uint64_t IdAfter(const Generation* previous) { return previous != nullptr ? previous->id + 1 : 1; }

// All descriptors are there. `previous`: what it replaces, or null.
tl::expected<GenerationPtr, Problems> BuildWhole(config::Config config, const Fetched& fetched, const Generation* previous) {
  Problems problems;
  const Standing standing = BuildStanding(std::move(config), previous, problems);
  std::string stamp = StampIfWatched(standing.config);
  auto schema = LoadSchema(standing.config, fetched,
                           {previous != nullptr || MayChange(standing.config) ? Reading::kAgain : Reading::kOnce, Silent::kProblem});
  if (schema) return Join(standing, *std::move(schema), {std::move(stamp), {}, fetched, IdAfter(previous)}, std::move(problems));
  Append(std::move(schema.error()), problems);
  return tl::unexpected(std::move(problems));
}

// Those that are there. `previous`: likewise.
tl::expected<GenerationPtr, Problems> BuildWhatThereIs(config::Config config, const Fetched& fetched, const Generation* previous) {
  std::vector<Awaited> awaited = AwaitedOf(config, fetched);
  const auto never_comes = [](const auto& said) { return !said.second && !MayComeYet(said.second.error().kind); };
  if (awaited.empty() || std::any_of(fetched.begin(), fetched.end(), never_comes))
    return BuildWhole(std::move(config), fetched, previous);
  Problems problems;
  const Standing standing = BuildStanding(std::move(config), previous, problems);
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  auto rest = JoinWithout(awaited, standing, fetched, IdAfter(previous));
  if (rest) {
    LogPutOff(**rest, {});
    return rest;
  }
  for (const Problem& problem : rest.error()) {
    LogWarn("descriptors_awaited", {{"for", TextOf(awaited)}, {"where", problem.where}, {"error", problem.what}});
  }
  return JoinNothing(awaited, standing, fetched, IdAfter(previous));
}

}  // namespace

rpc::MetadataRules MetadataRulesOf(const Standing& standing) {
  using Prefixed = rpc::MetadataRules::Prefixed;
  const config::Config& config = standing.config;
  std::vector<std::string> asserted = auth::CredentialHeaders(standing.auth->schemes());
  for (const config::Backend& backend : config.backends) {
    if (!backend.credentials) continue;
    for (const auto& entry : backend.credentials->metadata) asserted.push_back(entry.name);
  }
  return rpc::MetadataRules(
      config.forward_headers, config.authentication ? config.authentication->identity : decltype(config.authentication->identity)(),
      asserted, config.grpc_metadata_headers ? Prefixed::kTaken : Prefixed::kDropped);
}

Status NoRoutesYet() {
  return Status(Reason::kBackendUnavailable,
                "there is no such route yet: the gateway waits for descriptors; its log says for which");
}

std::vector<Awaited> AwaitedOf(const config::Config& config, const Fetched& fetched) {
  std::vector<Awaited> awaited;
  for (const config::DescriptorSource& source : config.descriptors) {
    if (!source.reflection) continue;
    const std::string& backend = source.reflection->backend;
    const auto said = fetched.find(backend);
    if (said != fetched.end() && said->second) continue;
    awaited.push_back(
        {backend, said != fetched.end() ? said->second.error().what : "the descriptors of backend " + Quote(backend)});
  }
  return awaited;
}

std::string TextOf(const std::vector<Awaited>& awaited) {
  std::string text;
  for (const Awaited& each : awaited) text += (text.empty() || each.why.empty() ? "" : "; ") + each.why;
  return text;
}

tl::expected<config::Config, Problems> LoadConfigFile(const std::string& path) {
  return config::ReadFile(path).map_error(&AllProblemsOf);
}

Problems AllProblemsOf(config::Draft draft) {
  draft.LeaveOutWhatIsWrong();
  const bool has_descriptors = !draft.IsWrong("descriptors");
  const Fetched fetched = has_descriptors && !draft.IsWrong("backends") ? FetchSoon(draft.config) : Fetched();
  Problems found;
  const Standing standing = BuildStanding(std::move(draft.config), nullptr, found);
  if (has_descriptors) {
    Problems more;
    auto schema = LoadSchema(standing.config, fetched, {Reading::kAgain, Silent::kLeftOut});
    if (!schema) {
      more = std::move(schema.error());
    } else if (auto joined = Join(standing, *std::move(schema), {.stamp = {}, .awaited = AwaitedOf(standing.config, fetched)}); !joined) {
      more = std::move(joined.error());
    }
    Append(std::move(more), found);
  }
  std::erase_if(found, [&draft](const Problem& problem) { return !draft.IsCertain(problem); });
  Append(std::move(found), draft.problems);
  return std::move(draft.problems);
}

tl::expected<GenerationPtr, Problems> BuildGeneration(config::Config config) {
  const Fetched fetched = FetchReflected(config);
  return BuildGeneration(std::move(config), fetched);
}

tl::expected<GenerationPtr, Problems> BuildGeneration(config::Config config, const Fetched& fetched) {
  return BuildWhole(std::move(config), fetched, nullptr);
}

tl::expected<GenerationPtr, Problems> BuildFirst(config::Config config) {
  const Fetched fetched = FetchSoon(config);
  return BuildFirst(std::move(config), fetched);
}

tl::expected<GenerationPtr, Problems> BuildFirst(config::Config config, const Fetched& fetched) {
  return BuildWhatThereIs(std::move(config), fetched, nullptr);
}

tl::expected<GenerationPtr, Problems> BuildReplacement(config::Config config, const Generation& previous) {
  Fetched fetched = FetchSoon(config);
  for (auto& [backend, said] : fetched) {
    const auto before = previous.fetched.find(backend);
    if (!said && before != previous.fetched.end() && before->second && IsAtTheSamePlace(backend, previous.config, config)) said = before->second;
  }
  return previous.waiting.empty() ? BuildWhole(std::move(config), fetched, &previous)
                                  : BuildWhatThereIs(std::move(config), fetched, &previous);
}

tl::expected<GenerationPtr, Problems> BuildNext(const Generation& previous, transcoding::Schema schema,
                                                std::vector<Awaited> awaited, Fetched fetched) {
  const bool told = !previous.schema.services().empty();
  auto next = Join(previous, std::move(schema),
                   {.stamp = previous.stamp, .awaited = std::move(awaited), .fetched = std::move(fetched), .id = previous.id + 1});
  if (next) LogPutOff(**next, told ? previous.router.put_off() : Problems());
  return next;
}

}  // namespace dragoman
