#include <algorithm>
#include <set>

#include "config/scalar.h"
#include "lint/checks.h"
#include "transcoding/quote.h"

namespace dragoman::lint {
namespace {

using config::Concurrency;
using config::LimitWindow;
using transcoding::Quote;
using Kind = LimitWindow::Kind;

std::string TextOf(const LimitWindow& window) {
  return (window.kind == Kind::kRate ? "rate " : "quota ") + config::RenderRate({window.amount, window.per});
}

// The most that `window` lets through in any time that long.
double MostIn(const LimitWindow& window, config::Milliseconds time) {
  const double share = static_cast<double>(time.count()) / static_cast<double>(window.per.count());
  if (window.kind == Kind::kRate) return static_cast<double>(window.burst) + static_cast<double>(window.amount) * share;
  return static_cast<double>(window.amount) * (share < 1 ? 1 : share + 1);
}

// Whatever `other` lets through `window` lets through.
bool IsIdle(const LimitWindow& window, const LimitWindow& other) {
  if (window.kind == Kind::kQuota) return MostIn(other, window.per) <= static_cast<double>(window.amount);
  if (other.kind == Kind::kQuota) return other.amount <= window.burst && MostIn(other, window.per) <= static_cast<double>(window.amount);
  const auto speed = [](const LimitWindow& each) { return static_cast<double>(each.amount) / static_cast<double>(each.per.count()); };
  return other.burst <= window.burst && speed(other) <= speed(window);
}

void CheckWindows(const std::vector<LimitWindow>& windows, const std::string& of, Findings& findings) {
  for (size_t i = 0; i < windows.size(); ++i) {
    for (size_t j = 0; j < windows.size(); ++j) {
      if (i == j || !IsIdle(windows[i], windows[j]) || (i < j && IsIdle(windows[j], windows[i]))) continue;
      findings.Add(kLimitWithoutEffect, windows[i].at,
                   of + ": " + TextOf(windows[i]) + " never refuses anything that " + TextOf(windows[j]) + " lets through; tighten it, or remove it");
      break;
    }
  }
}

// The least that is ever let through at once.
uint64_t LeastAtOnce(const config::RateLimit& limit) {
  uint64_t least = UINT64_MAX;
  const auto look = [&](const std::vector<LimitWindow>& windows) {
    for (const LimitWindow& window : windows) least = std::min(least, window.kind == Kind::kRate ? window.burst : window.amount);
  };
  look(limit.windows);
  for (const auto& [tier, windows] : limit.tiers) look(windows);
  return least;
}

void CheckCosts(const config::Config& config, Findings& findings) {
  for (const config::Policy& policy : config.policies) {
    if (!policy.rate_limits) continue;
    for (const config::LimitUse& use : *policy.rate_limits) {
      const config::RateLimit& limit = config.rate_limits[use.limit];
      if (use.cost <= LeastAtOnce(limit)) continue;
      findings.Add(kCostOverLimit, use.at,
                   "a call costs " + std::to_string(use.cost) + ", and limit " + Quote(limit.name) + " never lets through more than " +
                       std::to_string(LeastAtOnce(limit)) + " at once, so that it is always refused; lower the cost, or raise `burst` or the quota");
    }
  }
}

void CheckTiers(const config::Config& config, Findings& findings) {
  if (config.authentication && config.authentication->api_keys && !config.authentication->api_keys->file.empty()) return;
  std::set<std::string_view> known;
  for (const config::Consumer& consumer : config.consumers) known.insert(consumer.tier);
  const auto check = [&](const auto& tiers, const config::Position& at) {
    for (const auto& [tier, value] : tiers) {
      if (known.contains(tier)) continue;
      findings.Add(kUnknownTier, at, "tier " + Quote(tier) + " is no consumer's, so that what is said of it never holds; give it to one (`consumers`), or remove it");
    }
  };
  for (const config::RateLimit& limit : config.rate_limits) check(limit.tiers, limit.at);
  for (const config::Policy& policy : config.policies) {
    if (policy.concurrency) {
      for (const Concurrency& cap : *policy.concurrency) check(cap.tiers, cap.at);
    }
    if (policy.priority) check(policy.priority->tiers, policy.at);
  }
}

}  // namespace

void CheckLimits(const config::Config& config, Findings& findings) {
  for (const config::RateLimit& limit : config.rate_limits) {
    CheckWindows(limit.windows, "limit " + Quote(limit.name), findings);
    for (const auto& [tier, windows] : limit.tiers) CheckWindows(windows, "limit " + Quote(limit.name) + ", tier " + Quote(tier), findings);
  }
  CheckCosts(config, findings);
  CheckTiers(config, findings);
}

// A cap of a policy over that of every backend behind it.
void CheckCaps(const Generation& generation, Findings& findings) {
  struct Use {
    bool bites = false;
    std::string backend;
    uint32_t cap = 0;
    std::string rpc;
  };
  std::map<const Concurrency*, Use> uses;
  for (const routing::Rpc& rpc : generation.router.rpcs()) {
    if (rpc.policy.concurrency == nullptr) continue;
    const config::Backend* backend = rpc.backend == routing::kNoBackend ? nullptr : &generation.config.backends[rpc.backend];
    for (const Concurrency& cap : *rpc.policy.concurrency) {
      Use& use = uses[&cap];
      if (backend == nullptr || !backend->concurrency || cap.max <= backend->concurrency->max) {
        use.bites = true;
      } else if (use.backend.empty()) {
        use = {use.bites, backend->name, backend->concurrency->max, rpc.name};
      }
    }
  }
  for (const auto& [cap, use] : uses) {
    if (use.bites) continue;
    findings.Add(kCapWithoutEffect, cap->at,
                 std::string(cap->per == Concurrency::Per::kRpc ? use.rpc : "a consumer") + " may have " + std::to_string(cap->max) +
                     " calls at once, but backend " + Quote(use.backend) + " takes " + std::to_string(use.cap) +
                     " of all together, so that this cap never bites; lower it, or remove it");
  }
}

}  // namespace dragoman::lint
