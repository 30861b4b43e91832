#include <algorithm>
#include <string>
#include <utility>

#include "config/scalar.h"
#include "exchange/secret_name.h"
#include "explain/explainer.h"
#include "rate_limit/limit_text.h"
#include "rpc/caller.h"

// How much: what the limits would charge, and which caps there are.
namespace dragoman::explain {
namespace {

// Headers by which callers are counted may be what they prove themselves with.
bool ShowsHeader(std::string_view name) { return !SoundsSecret(name) && name.find("key") == std::string_view::npos; }

}  // namespace

rate_limit::Caller Explainer::Caller() const { return rpc::CallerOf(*exchange_, identity_); }

// On buckets from which nobody has taken anything: what is refused here is refused whenever it comes.
void Explainer::AskLimits() {
  if (rules_->limits.empty() || !limiter_) return;
  const rate_limit::Caller caller = Caller();
  limits_asked_ = refusal_.ok();
  if (auto verdict = limiter_->TryAdmitHead(rules_->limits, caller, admission_)) Refuse("limits", *std::move(verdict));
}

void Explainer::TellLimits(const std::string_view* wire) {
  if (rules_->limits.empty()) return;
  const rate_limit::Caller caller = Caller();
  const rate_limit::RpcLimits::Tier& tier = rules_->limits.TierOf(caller.tier);
  Explanation::Policy policy{.name = "limits", .verdict = "passes", .what = rules_->limits.description(), .checks = {}};
  if (stage_ == "limits") {
    policy.verdict = "refuses";
    policy.checks.push_back({.what = std::string(refusal_.rule()), .verdict = "fails", .why = std::string(refusal_.message())});
  } else if (!limits_asked_) {
    policy.verdict = "unasked";
  }
  out_.policies.push_back(std::move(policy));
  if (!limits_asked_) return;  // and nobody is known who would be charged
  for (const auto* uses : {&tier.head, &tier.message}) {
    for (const rate_limit::RpcLimits::Use& use : *uses) {
      const config::RateLimit& limit = *use.limit->config;
      const std::vector<config::LimitWindow>* windows = &limit.windows;
      for (const auto& [name, own] : limit.tiers) {
        if (name == use.windows->name) windows = &own;
      }
      std::string key = use.key.Describe(caller, &ShowsHeader);
      if (key.empty()) key = "everybody together";
      const bool named = std::any_of(limit.key.begin(), limit.key.end(), [](const config::LimitKey& part) {
        return part.part == config::LimitKey::Part::kConsumer || part.part == config::LimitKey::Part::kClaim;
      });
      if (taken_for_granted_ && named) key = "whoever the credential proves";
      out_.limits.push_back({.name = limit.name,
                             .windows = rate_limit::DescribeWindows(*windows),
                             .key = std::move(key),
                             .cost = use.field != nullptr && wire != nullptr ? use.field->Read(*wire) : use.cost,
                             .counted = limit.shared && generation_.redis ? "in the store" : "here"});
    }
  }
}

std::optional<Explanation::Bound> Explainer::BoundOf(const Status& refusal) const {
  const config::Limits standing;
  const auto bound = [&](const char* key, uint64_t config::Limits::*of) {
    const bool is_default = config_.limits.*of == standing.*of;
    return Explanation::Bound{.from = std::string("limits.") + key,
                              .value = config::RenderSize(config_.limits.*of),
                              .place = is_default ? "default" : config_.backends.front().at.file};
  };
  switch (refusal.reason()) {
    case Reason::kBodyTooLarge:
      return bound("max_body_bytes", &config::Limits::max_body_bytes);
    case Reason::kUriTooLong:
      return bound("max_request_line_bytes", &config::Limits::max_request_line_bytes);
    case Reason::kHeadersTooLarge:  // or too many of them, which nobody configures
      if (refusal.message().find("bytes") == std::string_view::npos) return std::nullopt;
      return bound("max_header_bytes", &config::Limits::max_header_bytes);
    default:
      return std::nullopt;
  }
}

void Explainer::TellGates() {
  if (rules_->gates.empty()) return;
  out_.policies.push_back({.name = "concurrency",
                           .verdict = refusal_.ok() ? "open" : "unasked",
                           .what = rules_->gates.description(),
                           .checks = {}});
}

}  // namespace dragoman::explain
