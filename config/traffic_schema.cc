#include "config/traffic_schema.h"

#include <algorithm>
#include <chrono>

#include "config/scalar.h"
#include "config/schema_parts.h"
#include "transcoding/nearest.h"
#include "transcoding/quote.h"

namespace dragoman::config {
namespace {

using transcoding::Quote;

using std::chrono::hours;
using std::chrono::minutes;

constexpr size_t kMaxRateLimits = 1000;
constexpr size_t kMaxWindows = 8;  // of one limit
constexpr size_t kMaxTiers = 100;
constexpr size_t kMaxKeyParts = 8;
constexpr size_t kMaxLimitsOfPolicy = 16;
constexpr size_t kMaxConcurrencyOfPolicy = 2;  // of RPCs and of consumers
constexpr uint64_t kMostOfWindow = 1'000'000'000;
constexpr uint32_t kMostCalls = 1'000'000;
constexpr Milliseconds kShortestWindow{10};

// rate: 10/s
std::optional<Rate> ReadRate(const Node& node, ReadContext& context) {
  const std::string* text = ReadText(node, context);
  if (text == nullptr) return std::nullopt;
  const std::optional<Rate> rate = ParseRate(*text);
  if (!rate || rate->amount < 1 || rate->amount > kMostOfWindow || rate->per < kShortestWindow) {
    ReportExpected(context, node, "a number and a time such as 10/s, 1000/h or 5/15m, at most 1000000000 in at least 10ms");
    return std::nullopt;
  }
  return rate;
}

// limits: [{rate: 10/s, burst: 20}, {quota: 1000/h}]
void ReadWindow(const Node& node, const std::string& path, ReadContext& context, std::vector<LimitWindow>& out) {
  MappingReader map(node, path, context);
  LimitWindow window;
  window.at = context.At(node);
  const Node* rate = map.Find("rate");
  const Node* quota = map.Find("quota");
  const Node* burst = map.Find("burst");
  map.Integer<uint64_t>("burst", window.burst, 1, kMostOfWindow);
  if (node.kind != Node::Kind::kMapping) return;
  if ((rate == nullptr) == (quota == nullptr)) return context.Report(node, "expected one of rate or quota");
  if (quota != nullptr && burst != nullptr) context.Report(*burst, "\"burst\" beside \"quota\", which is there at once anyway");
  window.kind = rate != nullptr ? LimitWindow::Kind::kRate : LimitWindow::Kind::kQuota;
  const std::optional<Rate> read = ReadRate(rate != nullptr ? *rate : *quota, context);
  if (!read) return;
  window.amount = read->amount;
  window.per = read->per;
  if (burst == nullptr) window.burst = window.amount;
  out.push_back(std::move(window));
}

// What headers and logs call the windows: the limit's name, and where there are several the time behind it.
void NameWindows(const std::string& limit, ReadContext& context, std::vector<LimitWindow>& windows) {
  for (LimitWindow& window : windows) {
    window.name = windows.size() == 1 ? limit : limit + "-" + RenderDuration(window.per);
    const auto twin = std::find_if(windows.begin(), windows.end(), [&](const LimitWindow& each) {
      return &each < &window && each.name == window.name;
    });
    if (twin != windows.end()) {
      context.Report(window.at, "two windows of " + RenderDuration(window.per) + "; first at " + twin->at.ToString());
    }
  }
}

// key: [consumer, address, rpc, {claim: sub}, {header: x-tenant}, {literal: eu}]
void ReadKeyPart(const Node& node, const std::string& path, ReadContext& context, std::vector<LimitKey>& out) {
  using Part = LimitKey::Part;
  static constexpr std::string_view kWords = "consumer, address, rpc, {claim: …}, {header: …} or {literal: …}";
  if (node.kind == Node::Kind::kScalar) {
    if (node.text == "consumer") return out.push_back({Part::kConsumer, {}});
    if (node.text == "address") return out.push_back({Part::kAddress, {}});
    if (node.text == "rpc") return out.push_back({Part::kRpc, {}});
    return ReportExpected(context, node, kWords);
  }
  MappingReader map(node, path, context);
  const size_t before = out.size();
  std::string text;
  map.Text("claim", text);
  if (!text.empty()) out.push_back({Part::kClaim, std::exchange(text, {})});
  map.Text("literal", text);
  if (!text.empty()) out.push_back({Part::kLiteral, std::exchange(text, {})});
  if (const Node* header = map.Find("header")) {
    if (std::optional<std::string> name = ReadHeaderName(*header, context)) out.push_back({Part::kHeader, *std::move(name)});
  }
  if (out.size() > before + 1) context.Report(node, "expected one of " + std::string(kWords));
}

// rate_limits: {per-client: {key: [consumer], limits: [{rate: 10/s}], tiers: {gold: [{rate: 100/s}]}, shared: true, without_store: local}}
void ReadRateLimit(const Node::Entry& entry, const std::string& path, ReadContext& context, const Config& config,
                   std::vector<RateLimit>& out) {
  RateLimit limit;
  limit.name = entry.key;
  limit.at = {context.At(entry.value).file, entry.line, entry.column};
  if (!IsName(entry.key)) {
    context.Report(limit.at, "expected a limit's name of " + std::string(kNameShape) + ", got " + Quote(entry.key));
  }
  const auto twin = std::find_if(out.begin(), out.end(), [&](const RateLimit& each) { return each.name == limit.name; });
  if (twin != out.end()) {
    context.Report(limit.at, "limit " + Quote(limit.name) + " stands twice; first at " + twin->at.ToString());
  }
  MappingReader map(entry.value, path, context);
  if (map.Find("key") != nullptr) {
    limit.key.clear();
    map.List(
        "key", kMaxKeyParts,
        [&](const Node& node, const std::string& part) { ReadKeyPart(node, part, context, limit.key); },
        Presence::kRequired);
  }
  map.List(
      "limits", kMaxWindows,
      [&](const Node& node, const std::string& window) { ReadWindow(node, window, context, limit.windows); },
      Presence::kRequired);
  NameWindows(limit.name, context, limit.windows);
  map.Named("tiers", kMaxTiers, [&](const Node::Entry& tier, const std::string& tier_path) {
    std::vector<LimitWindow> windows;
    if (tier.value.kind != Node::Kind::kList || tier.value.items.empty() || tier.value.items.size() > kMaxWindows) {
      return ReportExpected(context, tier.value, "a list of 1 to 8 items as of limits");
    }
    for (const Node& node : tier.value.items) ReadWindow(node, tier_path + "[]", context, windows);
    NameWindows(limit.name, context, windows);
    limit.tiers.emplace_back(tier.key, std::move(windows));
  });
  limit.shared = config.store.has_value();
  map.Boolean("shared", limit.shared);
  if (limit.shared && !config.store) {
    context.Report(*map.Find("shared"), "there is no store to share it through; set up the key store");
  }
  using WithoutStore = RateLimit::WithoutStore;
  map.Choice<WithoutStore>(
      "without_store", limit.without_store,
      {{"local", WithoutStore::kLocal}, {"deny", WithoutStore::kDeny}, {"allow", WithoutStore::kAllow}});
  out.push_back(std::move(limit));
}

// rate_limits: [per-client, {limit: search, cost: 5}, {limit: bytes, cost: {field: page_size, otherwise: 1, max: 1000}}]
void ReadLimitUse(const Node& node, const std::string& path, ReadContext& context, const Config& config,
                  std::vector<LimitUse>& out) {
  LimitUse use;
  use.at = context.At(node);
  const auto find = [&](const Node& name) {
    const std::string* text = ReadText(name, context);
    if (text == nullptr) return false;
    std::vector<std::string_view> names;
    for (const RateLimit& limit : config.rate_limits) names.push_back(limit.name);
    const auto known = std::find(names.begin(), names.end(), *text);
    if (known == names.end()) {
      context.Report(name, "unknown limit " + Quote(*text) + DidYouMean(*text, names));
      return false;
    }
    use.limit = static_cast<size_t>(known - names.begin());
    return true;
  };
  bool found = false;
  if (node.kind == Node::Kind::kScalar) {
    found = find(node);
  } else {
    MappingReader map(node, path, context);
    if (const Node* name = map.Find("limit", Presence::kRequired)) found = find(*name);
    if (const Node* cost = map.Find("cost"); cost != nullptr && cost->kind == Node::Kind::kMapping) {
      map.Mapping("cost", [&](MappingReader& field, const Node&) {
        field.Text("field", use.field, Presence::kRequired);
        field.Integer<uint64_t>("otherwise", use.cost, 0, kMostOfWindow);
        field.Integer<uint64_t>("max", use.max_cost, 1, kMostOfWindow);
      });
    } else {
      map.Integer<uint64_t>("cost", use.cost, 0, kMostOfWindow);
    }
  }
  const bool twice = std::any_of(out.begin(), out.end(), [&](const LimitUse& each) { return each.limit == use.limit; });
  if (found && twice) return context.Report(node, "limit " + Quote(config.rate_limits[use.limit].name) + " stands twice");
  if (found) out.push_back(std::move(use));
}

void ReadQueue(MappingReader& map, Concurrency& out) {
  map.Integer<uint32_t>("queue", out.queue, 0, kMostCalls);
  map.Duration("queue_timeout", out.queue_timeout, Milliseconds(1), minutes(1));
}

void ReadMax(MappingReader& map, const Node& node, Concurrency& out) {
  out.at = map.context().At(node);
  if (map.Find("max", Presence::kRequired) == nullptr) return;
  out.max = 1;
  map.Integer<uint32_t>("max", out.max, 1, kMostCalls);
}

// concurrency: [{max: 100, queue: 50, queue_timeout: 100ms}, {per: consumer, max: 5, tiers: {gold: 20}}]
void ReadConcurrency(const Node& node, const std::string& path, ReadContext& context, std::vector<Concurrency>& out) {
  using Per = Concurrency::Per;
  MappingReader map(node, path, context);
  Concurrency concurrency;
  map.Choice<Per>("per", concurrency.per, {{"rpc", Per::kRpc}, {"consumer", Per::kConsumer}});
  ReadMax(map, node, concurrency);
  ReadQueue(map, concurrency);
  map.Named("tiers", kMaxTiers, [&](const Node::Entry& tier, const std::string&) {
    const int64_t max = tier.value.plain ? ParseInteger(tier.value.text).value_or(0) : 0;
    if (concurrency.per != Per::kConsumer) context.Report(tier.value, "only consumers have tiers; expected per: consumer");
    if (max < 1 || max > kMostCalls) return ReportExpected(context, tier.value, "a number between 1 and 1000000");
    concurrency.tiers.emplace_back(tier.key, static_cast<uint32_t>(max));
  });
  const bool twice = std::any_of(out.begin(), out.end(), [&](const Concurrency& each) { return each.per == concurrency.per; });
  if (twice) return context.Report(node, "a second entry for the same per");
  if (concurrency.max > 0) out.push_back(std::move(concurrency));
}

std::optional<Priority> ReadPriority(const Node& node, ReadContext& context) {
  if (node.text == "low") return Priority::kLow;
  if (node.text == "normal") return Priority::kNormal;
  if (node.text == "high") return Priority::kHigh;
  ReportExpected(context, node, "low, normal or high");
  return std::nullopt;
}

// priority: high | {otherwise: normal, tiers: {gold: high, free: low}}
void ReadPriorities(MappingReader& policy, const Node& node, Priorities& out) {
  ReadContext& context = policy.context();
  if (node.kind == Node::Kind::kScalar) {
    out.otherwise = ReadPriority(node, context).value_or(out.otherwise);
    return;
  }
  policy.Mapping("priority", [&](MappingReader& map, const Node&) {
    if (const Node* otherwise = map.Find("otherwise")) out.otherwise = ReadPriority(*otherwise, context).value_or(out.otherwise);
    map.Named("tiers", kMaxTiers, [&](const Node::Entry& tier, const std::string&) {
      if (const auto priority = ReadPriority(tier.value, context)) out.tiers.emplace_back(tier.key, *priority);
    });
  });
}

}  // namespace

void ReadStore(MappingReader& root, Config& config) {
  root.Mapping("store", [&](MappingReader& store, const Node&) {
    store.Mapping(
        "redis",
        [&](MappingReader& redis, const Node& node) {
          Redis& out = config.store.emplace();
          out.at = redis.context().At(node);
          ReadRequiredSource(redis, "url", Secrecy::kPublic, out.url);
          if (constexpr std::string_view kUnix = "unix:"; out.url.value.starts_with(kUnix)) {
            out.url.value = std::string(kUnix) + redis.context().Resolve(std::string_view(out.url.value).substr(kUnix.size()));
          }
          redis.Text("prefix", out.prefix);
          redis.Duration("timeout", out.timeout, Milliseconds(1), minutes(1));
          redis.Duration("connect_timeout", out.connect_timeout, Milliseconds(1), minutes(1));
        },
        Presence::kRequired);
  });
}

void ReadRateLimits(MappingReader& root, Config& config) {
  root.Named("rate_limits", kMaxRateLimits, [&](const Node::Entry& entry, const std::string& path) {
    ReadRateLimit(entry, path, root.context(), config, config.rate_limits);
  });
}

void ReadBackendConcurrency(MappingReader& map, Concurrency& out) {
  map.Mapping("concurrency", [&](MappingReader& concurrency, const Node& node) {
    ReadMax(concurrency, node, out);
    ReadQueue(concurrency, out);
  });
}

void ReadPolicyTraffic(MappingReader& map, const Config& config, Policy& policy) {
  ReadContext& context = map.context();
  if (map.Find("rate_limits") != nullptr) {
    std::vector<LimitUse>& uses = policy.rate_limits.emplace();
    map.List("rate_limits", kMaxLimitsOfPolicy, [&](const Node& node, const std::string& path) {
      ReadLimitUse(node, path, context, config, uses);
    });
  }
  if (map.Find("concurrency") != nullptr) {
    std::vector<Concurrency>& all = policy.concurrency.emplace();
    map.List("concurrency", kMaxConcurrencyOfPolicy, [&](const Node& node, const std::string& path) {
      ReadConcurrency(node, path, context, all);
    });
  }
  if (const Node* priority = map.Find("priority")) ReadPriorities(map, *priority, policy.priority.emplace());
}

}  // namespace dragoman::config
