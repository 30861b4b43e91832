#include "lint/lint.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>
#include <tuple>

#include "config/scalar.h"
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

}  // namespace

std::optional<config::Position> ParsePosition(std::string_view text) {
  config::Position at;
  const size_t second = text.rfind(':');
  if (second == std::string_view::npos || second == 0) return std::nullopt;
  const size_t first = text.rfind(':', second - 1);
  if (first == std::string_view::npos) return std::nullopt;
  const auto line = config::ParseInteger(text.substr(first + 1, second - first - 1));
  const auto column = config::ParseInteger(text.substr(second + 1));
  if (!line || !column) return std::nullopt;
  return config::Position{std::string(text.substr(0, first)), static_cast<int>(*line), static_cast<int>(*column)};
}

Places::Places(const Generation& generation)
    : generation_(generation), covering_(generation.config.services, generation.schema, problems_) {}

config::Position Places::Of(const routing::Route& route) const {
  if (auto at = ParsePosition(route.origin)) return *std::move(at);
  if (route.method == nullptr) return {.file = route.origin};
  const config::Service* entry = EntryOf(*route.method->service());
  if (route.origin == "expose: all" && entry != nullptr) return entry->at;
  return Of(*route.method);
}

config::Position Places::Of(const google::protobuf::MethodDescriptor& method) const {
  return {.file = FileOf(method.file()->name())};
}

std::string Places::FileOf(const std::string& name) const {
  const auto [known, is_new] = files_.try_emplace(name, name);
  if (!is_new) return known->second;
  for (const config::DescriptorSource& source : generation_.config.descriptors) {
    if (!source.proto) continue;
    for (const config::ProtoSource::Root& root : source.proto->roots) {
      const std::filesystem::path path = std::filesystem::path(root.path) / name;
      std::error_code ignored;
      if (std::filesystem::exists(path, ignored)) return known->second = path.lexically_normal().string();
    }
  }
  return name;
}

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
    Add(*group.code, group.at, group.first + (group.more > 0 ? " and " + std::to_string(group.more) + " more" : "") + group.what);
  }
  groups_.clear();
  return std::move(found_);
}

std::vector<Finding> Lint(const Generation& generation) {
  Findings findings(generation);
  CheckRoutes(generation, findings);
  CheckServices(generation, findings);
  CheckPolicies(generation, findings);
  CheckCallers(generation, findings);
  CheckSecrets(generation, findings);
  CheckBounds(generation, findings);
  CheckTimeouts(generation, findings);
  CheckTransport(generation, findings);
  std::vector<Finding> found = findings.Take();
  const auto rank = [](const Finding& each) {
    return std::tuple(each.at.file.ends_with(".proto"), std::string_view(each.at.file), each.at.line, each.at.column, each.code->name);
  };
  std::stable_sort(found.begin(), found.end(), [&](const Finding& a, const Finding& b) { return rank(a) < rank(b); });
  return found;
}

std::span<const Code* const> Codes() { return kCodes; }

const Code* FindCode(std::string_view name) {
  const auto code = std::find_if(kCodes.begin(), kCodes.end(), [name](const Code* each) { return each->name == name; });
  return code == kCodes.end() ? nullptr : *code;
}

std::string UnknownCode(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Code* code : kCodes) names.push_back(code->name);
  return "unknown code " + transcoding::Quote(name) + DidYouMean(name, names);
}

std::string_view NameOf(Severity severity) { return severity == Severity::kWarning ? "warning" : "note"; }

std::string TextOf(const routing::Route& route) { return route.http_method + " " + route.path + " of " + route.rpc; }

}  // namespace dragoman::lint
