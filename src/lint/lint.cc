#include "lint/lint.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "base/listed.h"
#include "config/scalar.h"
#include "generation/descriptors.h"
#include "lint/checks.h"
#include "transcoding/nearest.h"
#include "transcoding/quote.h"

namespace dragoman::lint {
namespace {

constexpr std::array kCodes = {&kAdminExposed,
                               &kAnyAudience,
                               &kBackendCredentialsInTheClear,
                               &kBodyOnGet,
                               &kCapWithoutEffect,
                               &kConsumerWithoutCredential,
                               &kCorsDropsCookies,
                               &kCorsPlainOrigin,
                               &kCostOverLimit,
                               &kCredentialInQuery,
                               &kCredentialsInTheClear,
                               &kDeprecatedExposed,
                               &kDiffersFromEnvoy,
                               &kDrainCutsCalls,
                               &kFieldsParameterHidesField,
                               &kInsecureUrl,
                               &kLimitWithoutEffect,
                               &kMalformedComment,
                               &kNetworkOfEverybody,
                               &kNoAuthentication,
                               &kNobodyMayCall,
                               &kOverriddenService,
                               &kPlaintextSecret,
                               &kPolicyWithoutEffect,
                               &kQueueLongerThanTimeout,
                               &kServiceWithoutRoute,
                               &kShadowedValue,
                               &kTimeoutNeverReached,
                               &kUnknownCode,
                               &kUnknownTier,
                               &kUnreachableRule,
                               &kUnusableScheme,
                               &kUnusedBackend,
                               &kUnusedIgnore,
                               &kUnusedRateLimit,
                               &kUselessSelector};

std::vector<std::string_view> NamesOfCodes() {
  std::vector<std::string_view> names;
  for (const Code* code : kCodes) names.push_back(code->name);
  return names;
}

config::Position PositionOf(transcoding::SourcePlace place) { return {std::move(place.file), place.line, place.column}; }

void CheckConfig(const config::Config& config, Findings& findings) {
  CheckConsumers(config, findings);
  CheckSecrets(config, findings);
  CheckLimits(config, findings);
  CheckTransport(config, findings);
}

std::vector<Finding> InOrder(std::vector<Finding> findings) {
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    if (StandsBefore(a.at, b.at)) return true;
    return !StandsBefore(b.at, a.at) && a.code->name < b.code->name;
  });
  return findings;
}

}  // namespace

bool StandsBefore(const config::Position& a, const config::Position& b) {
  const auto rank = [](const config::Position& at) { return std::tuple(at.file.ends_with(".proto"), std::string_view(at.file), at.line, at.column); };
  return rank(a) < rank(b);
}

Places::Places(const config::Config& config, const transcoding::Schema& schema)
    : declarations_(schema.declarations()), covering_(config.services, schema, problems_) {}

config::Position Places::Of(const routing::Route& route) const {
  if (auto at = config::ParsePosition(route.origin)) return *std::move(at);
  if (route.method == nullptr) return {.file = route.origin};
  const config::Service* entry = EntryOf(*route.method->service());
  if (route.origin == "expose: all" && entry != nullptr) return entry->at;
  return PositionOf(declarations_.OfAnnotation(*route.method));
}

config::Position Places::Of(const google::protobuf::MethodDescriptor& method) const { return PositionOf(declarations_.OfMethod(method)); }

void Findings::AddFor(const Code& code, const config::Position& at, std::string_view subject, std::string what) {
  const std::string key = std::string(code.name) + "\n" + at.ToString() + "\n" + what;
  const auto [group, is_new] = groups_.try_emplace(key);
  if (is_new) {
    group->second = {.code = &code, .at = at, .first = std::string(subject), .what = std::move(what)};
  } else {
    ++group->second.more;
  }
}

std::vector<Finding> Findings::Take() {
  for (auto& [key, group] : groups_) {
    Add(*group.code, group.at, AndMore(group.first, group.more) + group.what);
  }
  groups_.clear();
  return std::move(found_);
}

std::vector<Finding> Lint(const Generation& generation) {
  Findings findings(generation.config, generation.schema);
  CheckConfig(generation.config, findings);
  CheckRoutes(generation.router, findings);
  CheckServices(generation, findings);
  CheckPolicies(generation, findings);
  CheckCallers(generation, findings);
  CheckCaps(generation, findings);
  CheckTimeouts(generation, findings);
  CheckCookies(generation, findings);
  return InOrder(findings.Take());
}

std::vector<Finding> LintUnserved(const config::Config& config, const Fetched& fetched) {
  const auto loaded = LoadSchema(config, fetched);
  const transcoding::Schema none = transcoding::SchemaBuilder().Build().value();
  Findings findings(config, loaded ? *loaded : none);
  CheckConfig(config, findings);
  if (loaded) {
    const transcoding::PlanSet plans(*loaded);
    CheckRoutes(routing::BuildSoundRouter(config, *loaded, plans), findings);
  }
  return InOrder(findings.Take());
}

std::span<const Code* const> Codes() { return kCodes; }

const Code* FindCode(std::string_view name) {
  const auto code = std::find_if(kCodes.begin(), kCodes.end(), [name](const Code* each) { return each->name == name; });
  return code == kCodes.end() ? nullptr : *code;
}

std::string_view NearestCode(std::string_view name) { return NearestName(name, NamesOfCodes()); }

std::string UnknownCode(std::string_view name) { return "unknown code " + transcoding::Quote(name) + DidYouMean(name, NamesOfCodes()); }

std::string_view NameOf(Severity severity) { return severity == Severity::kWarning ? "warning" : "note"; }

std::string TextOf(const routing::Route& route) { return route.http_method + " " + route.path + " of " + route.rpc; }

}  // namespace dragoman::lint
