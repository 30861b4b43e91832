#include "rate_limit/limits.h"

#include <algorithm>
#include <utility>

#include "rate_limit/limit_text.h"
#include "transcoding/quote.h"

namespace dragoman::rate_limit {
namespace {

// RFC 9651, 3.3.3: what a string may hold, without what would have to be escaped.
bool FitsHeader(const std::string& name) {
  return !name.empty() && name.size() <= Limits::kMaxName &&
         std::all_of(name.begin(), name.end(), [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
}

std::string Policy(const config::LimitWindow& window) {
  return "\"" + window.name + "\";q=" + std::to_string(window.amount) +
         ";w=" + std::to_string(SecondsUp(TicksOf(Duration(window.per))));
}

// What makes a window the same as one of before: what a bucket's state says depends on all of it.
std::string Identity(std::string_view limit, std::string_view tier, size_t place, const config::LimitWindow& window) {
  std::string text = window.kind == config::LimitWindow::Kind::kQuota ? "quota" : "rate";
  for (const uint64_t number : {uint64_t{place}, window.amount, static_cast<uint64_t>(window.per.count()), window.burst}) {
    (text += ' ') += std::to_string(number);
  }
  for (const std::string_view name : {limit, tier}) ((text += ' ') += std::to_string(name.size()) += ' ') += name;
  return text;
}

}  // namespace

const Limit::Tier& Limit::TierOf(std::string_view name) const {
  const auto own = std::find_if(tiers.begin(), tiers.end(), [name](const Tier& tier) { return tier.name == name; });
  return own != tiers.end() ? *own : tiers.front();
}

tl::expected<std::unique_ptr<Limits>, Problems> Limits::Build(const config::Config& config, std::shared_ptr<Counts> counts) {
  std::unique_ptr<Limits> limits(new Limits(counts ? std::move(counts) : std::make_shared<Counts>()));
  Problems problems;
  for (const config::RateLimit& each : config.rate_limits) {
    Limit& limit = limits->limits_.emplace_back(Limit{&each, {}});
    limits->AddTier(each, {}, each.windows, limit, problems);
    for (const auto& [tier, windows] : each.tiers) limits->AddTier(each, tier, windows, limit, problems);
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return limits;
}

void Limits::AddTier(const config::RateLimit& config, std::string_view tier,
                     const std::vector<config::LimitWindow>& windows, Limit& limit, Problems& problems) {
  Limit::Tier& made = limit.tiers.emplace_back(Limit::Tier{tier, {}});
  for (const config::LimitWindow& window : windows) {
    if (!FitsHeader(window.name)) {
      problems.push_back({window.at.ToString(),
                          "a limit's name stands in headers: expected at most " + std::to_string(kMaxName) +
                              " printable ASCII characters without quotes, got " + transcoding::Quote(window.name)});
    }
    auto meter = Meter::Build(window);
    if (!meter) {
      problems.push_back({window.at.ToString(), "limit " + transcoding::Quote(config.name) + ": " + meter.error()});
      continue;
    }
    const size_t index = windows_.size();
    windows_.push_back({.config = &window,
                        .tier = tier,
                        .meter = *meter,
                        .index = index,
                        .apart = SipHash(hash_key(), Identity(config.name, tier, made.windows.size(), window)),
                        .policy = Policy(window),
                        .opening = "\"" + window.name + "\";r=",
                        .excess = SpellExcess(window, config.key)});
    made.windows.push_back(&windows_.back());
  }
}

}  // namespace dragoman::rate_limit
