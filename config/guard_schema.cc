#include "config/guard_schema.h"

#include <algorithm>
#include <chrono>

#include "config/schema_parts.h"
#include "transcoding/quote.h"

namespace dragoman::config {
namespace {

using transcoding::Quote;

using std::chrono::hours;
using std::chrono::seconds;

constexpr size_t kMaxNetworks = 10'000;  // of one list, in the configuration itself
constexpr size_t kMaxHeaderRules = 100;
constexpr uint32_t kMostPoints = 1'000'000;
constexpr uint32_t kMostConnections = 1'000'000;

void ReadNetwork(const Node& node, ReadContext& context, std::vector<Network>& out) {
  const std::string* text = ReadText(node, context);
  if (text == nullptr) return;
  tl::expected<Network, std::string> network = Network::Parse(*text);
  if (network) {
    out.push_back(*network);
  } else {
    context.Report(node, std::move(network.error()));
  }
}

// allow: [10.0.0.0/8, {file: partners.txt}]
void ReadNetworkList(MappingReader& map, std::string_view key, NetworkList& out) {
  ReadContext& context = map.context();
  map.List(key, kMaxNetworks, [&](const Node& node, const std::string& path) {
    if (out.at.line == 0) out.at = context.At(node);
    if (node.kind != Node::Kind::kMapping) return ReadNetwork(node, context, out.networks);
    MappingReader source(node, path, context);
    std::string file;
    source.Text("file", file, Presence::kRequired);
    if (!file.empty()) out.files.push_back(context.Resolve(file));
  });
}

// ban: {first: 1m, longest: 24h}
void ReadBan(MappingReader& map, Guard::Ban& out) {
  map.Mapping("ban", [&](MappingReader& ban, const Node& node) {
    ban.Duration("first", out.first, seconds(1), hours(24 * 30));
    ban.Duration("longest", out.longest, seconds(1), hours(24 * 30));
    if (out.longest < out.first) ban.context().Report(node, "expected a longest ban that is no shorter than the first");
  });
}

// `off`, or a mapping that `read` takes.
template <typename Part, typename Read>
void ReadSwitchable(MappingReader& map, std::string_view key, std::optional<Part>& out, Read read) {
  const Node* node = map.Find(key);
  if (node == nullptr) return;
  if (node->kind == Node::Kind::kScalar && node->text == "off") {
    out.reset();
  } else if (node->kind != Node::Kind::kMapping) {
    ReportExpected(map.context(), *node, "off or a mapping");
  } else {
    map.Mapping(key, [&](MappingReader& part, const Node&) { read(part, *out); });
  }
}

void ReadBruteForce(MappingReader& map, Guard::BruteForce& out) {
  map.Integer<uint32_t>("failures", out.failures, 1, kMostPoints);
  map.Duration("within", out.within, seconds(1), hours(24));
  ReadBan(map, out.ban);
}

void ReadPatterns(MappingReader& map, Guard::Patterns& out) {
  map.Integer<uint32_t>("score", out.score, 1, kMostPoints);
  map.Duration("half_life", out.half_life, seconds(1), hours(24));
  map.Integer<uint32_t>("not_found", out.not_found, 0, kMostPoints);
  map.Integer<uint32_t>("wrong_method", out.wrong_method, 0, kMostPoints);
  map.Integer<uint32_t>("malformed", out.malformed, 0, kMostPoints);
  map.Integer<uint32_t>("unauthenticated", out.unauthenticated, 0, kMostPoints);
  map.Integer<uint32_t>("new_identity", out.new_identity, 0, kMostPoints);
  map.Integer<uint32_t>("new_route", out.new_route, 0, kMostPoints);
  ReadBan(map, out.ban);
}

// {deny: ["*sqlmap*", "curl/*"], required: true}
void ReadHeaderRule(MappingReader& map, const Node& node, Guard::HeaderRule rule, std::vector<Guard::HeaderRule>& out) {
  rule.at = map.context().At(node);
  ReadTexts(map, "deny", rule.deny);
  map.Boolean("required", rule.required);
  if (rule.deny.empty() && !rule.required && node.kind == Node::Kind::kMapping) {
    map.context().Report(node, "expected deny, or required: true");
  }
  if (!rule.header.empty()) out.push_back(std::move(rule));
}

}  // namespace

void ReadTrustedProxies(MappingReader& root, Config& config) {
  root.List("trusted_proxies", kMaxNetworks,
            [&](const Node& node, const std::string&) { ReadNetwork(node, root.context(), config.trusted_proxies); });
}

void ReadGuard(MappingReader& root, Config& config) {
  root.Mapping("guard", [&](MappingReader& map, const Node& node) {
    Guard& guard = config.guard.emplace();
    guard.at = map.context().At(node);
    ReadNetworkList(map, "allow", guard.allow);
    ReadNetworkList(map, "deny", guard.deny);
    map.Duration("reload", guard.reload, seconds(1), hours(24));
    ReadSwitchable(map, "brute_force", guard.brute_force, &ReadBruteForce);
    ReadSwitchable(map, "patterns", guard.patterns, &ReadPatterns);
    map.Mapping("connections", [&](MappingReader& connections, const Node&) {
      connections.Integer<uint32_t>("per_address", guard.connections.per_address, 1, kMostConnections);
      connections.Integer<uint32_t>("new_per_second", guard.connections.new_per_second, 1, kMostConnections);
      guard.connections.burst = std::max<uint32_t>(guard.connections.new_per_second, 1);
      connections.Integer<uint32_t>("burst", guard.connections.burst, 1, kMostConnections);
    });
    map.Mapping("user_agents", [&](MappingReader& rule, const Node& value) {
      ReadHeaderRule(rule, value, {.header = "user-agent", .deny = {}, .at = {}}, guard.headers);
    });
    map.List("headers", kMaxHeaderRules, [&](const Node& item, const std::string& path) {
      MappingReader rule(item, path, map.context());
      std::string header;
      if (const Node* name = rule.Find("name", Presence::kRequired)) {
        header = ReadHeaderName(*name, map.context()).value_or("");
      }
      ReadHeaderRule(rule, item, {.header = std::move(header), .deny = {}, .at = {}}, guard.headers);
    });
    map.Integer<uint32_t>("max_entries", guard.max_entries, 1000, 10'000'000);
    guard.shared = config.store.has_value();
    map.Boolean("shared", guard.shared);
    if (guard.shared && !config.store) {
      map.context().Report(*map.Find("shared"), "there is no store to share it through; set up the key store");
    }
  });
}

}  // namespace dragoman::config
