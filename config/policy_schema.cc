#include "config/policy_schema.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "config/json_schema.h"
#include "config/schema_parts.h"
#include "config/traffic_schema.h"
#include "config/web_schema.h"
#include "transcoding/nearest.h"
#include "transcoding/quote.h"

namespace dragoman::config {
namespace {

using transcoding::Quote;

using std::chrono::hours;

constexpr size_t kMaxPolicies = 10'000;
constexpr size_t kMaxSelectors = 1000;  // of one policy
constexpr size_t kMaxHeaders = 100;     // of one kind, of one policy

// The schemes that `authentication` sets up, as policies name them; "jwt" stands for all providers.
std::vector<std::string> SchemesOf(const Authentication& authentication) {
  std::vector<std::string> schemes;
  if (authentication.api_keys) schemes.emplace_back("api_key");
  if (!authentication.jwt.empty()) schemes.emplace_back("jwt");
  for (const JwtProvider& provider : authentication.jwt) schemes.push_back("jwt." + provider.name);
  if (authentication.basic) schemes.emplace_back("basic");
  if (authentication.mtls) schemes.emplace_back("mtls");
  if (authentication.introspection) schemes.emplace_back("introspection");
  return schemes;
}

void CheckScheme(const Node& node, const std::vector<std::string>& known, ReadContext& context) {
  if (std::find(known.begin(), known.end(), node.text) != known.end()) return;
  std::string what = "unknown scheme " + Quote(node.text) + DidYouMean(node.text, known);
  if (!known.empty()) {
    what += "; authentication sets up";
    for (size_t i = 0; i < known.size(); ++i) what += (i == 0 ? " " : ", ") + known[i];
  }
  context.Report(node, std::move(what));
}

// authenticate: public | required | {any: [api_key, jwt.main]} | {all: [mtls, jwt]} | {optional: [jwt]}
void ReadAuthenticate(const Node& node, const std::string& path, ReadContext& context, const Config& config,
                      Authenticate& out) {
  using Mode = Authenticate::Mode;
  out.at = context.At(node);
  if (node.kind == Node::Kind::kScalar) {
    if (node.text == "public") {
      out.mode = Mode::kPublic;
    } else if (node.text == "required") {
      out.mode = Mode::kAny;
    } else {
      ReportExpected(context, node, "public, required, or a mapping with any, all or optional");
    }
  } else {
    const std::vector<std::string> known =
        config.authentication ? SchemesOf(*config.authentication) : std::vector<std::string>();
    MappingReader map(node, path, context);
    size_t modes = 0;
    const auto read = [&](std::string_view key, Mode mode) {
      const Node* list = map.Find(key);
      if (list == nullptr) return;
      ++modes;
      out.mode = mode;
      ReadTexts(map, key, out.schemes, Presence::kRequired);
      for (const Node& item : list->items) CheckScheme(item, known, context);
    };
    read("any", Mode::kAny);
    read("all", Mode::kAll);
    read("optional", Mode::kOptional);
    map.Boolean("forward_credentials", out.forward_credentials);
    if (modes > 1) context.Report(node, "expected one of any, all or optional");
  }
  if (!config.authentication && out.mode != Mode::kPublic) {
    context.Report(node, "there is no authentication that could be demanded; set up the key authentication");
  }
}

// scopes: [a, b] (all of them) | {all: [a, b]} | {any: [a, b]}
void ReadNameSet(MappingReader& map, std::string_view key, Authorize::Names& out) {
  const Node* node = map.Find(key);
  if (node == nullptr) return;
  if (node->kind == Node::Kind::kList) return ReadTexts(map, key, out.names, Presence::kRequired);
  MappingReader set(*node, map.PathOf(key), map.context());
  const bool any = set.Find("any") != nullptr;
  const bool all = set.Find("all") != nullptr;
  if (any == all && node->kind == Node::Kind::kMapping) map.context().Report(*node, "expected one of any or all");
  out.any = any;
  if (any != all) ReadTexts(set, any ? "any" : "all", out.names, Presence::kRequired);
}

// claims: {plan: gold, region: {one_of: [eu, us]}, groups: {contains: staff}}
void ReadClaimRule(const Node::Entry& entry, const std::string& path, ReadContext& context,
                   std::vector<Authorize::Claim>& out) {
  using Test = Authorize::Claim::Test;
  Authorize::Claim rule{.claim = entry.key, .test = Test::kEquals, .values = {}, .at = context.At(entry.value)};
  const auto take = [&](const Node& node) {
    if (const std::string* text = ReadText(node, context)) rule.values.push_back(*text);
  };
  if (entry.value.kind == Node::Kind::kScalar) {
    take(entry.value);
  } else {
    MappingReader map(entry.value, path, context);
    const Node* one_of = map.Find("one_of");
    const Node* contains = map.Find("contains");
    if ((one_of == nullptr) == (contains == nullptr)) {
      context.Report(entry.value, "expected a value, {one_of: […]} or {contains: VALUE}");
    } else if (one_of != nullptr) {
      rule.test = Test::kOneOf;
      ReadTexts(map, "one_of", rule.values, Presence::kRequired);
    } else {
      rule.test = Test::kContains;
      take(*contains);
    }
  }
  out.push_back(std::move(rule));
}

void ReadAuthorize(MappingReader& map, const Config& config, Authorize& out) {
  ReadContext& context = map.context();
  ReadNameSet(map, "scopes", out.scopes);
  ReadNameSet(map, "roles", out.roles);
  map.Named("claims", kMaxTexts, [&](const Node::Entry& entry, const std::string& path) {
    ReadClaimRule(entry, path, context, out.claims);
  });
  ReadTexts(map, "consumers", out.consumers);
  // The file of API keys may know more names, and others tomorrow.
  const bool all_known =
      !config.authentication || !config.authentication->api_keys || config.authentication->api_keys->file.empty();
  if (const Node* list = map.Find("consumers"); list != nullptr && all_known) {
    std::vector<std::string_view> names;
    for (const Consumer& consumer : config.consumers) names.push_back(consumer.name);
    for (const Node& item : list->items) {
      if (item.text.empty() || std::find(names.begin(), names.end(), item.text) != names.end()) continue;
      context.Report(item, "unknown consumer " + Quote(item.text) + DidYouMean(item.text, names));
    }
  }
  ReadTexts(map, "tenants", out.tenants);
  map.Named("fields", kMaxTexts, [&](const Node::Entry& entry, const std::string&) {
    const std::optional<IdentityValue> value = ReadIdentityValue(entry.value, context);
    if (value) out.fields.push_back({entry.key, *value, {context.At(entry.value).file, entry.line, entry.column}});
  });
}

void ReadEntries(MappingReader& map, std::string_view key, std::vector<HeaderRules::Entry>& out) {
  map.Named(key, kMaxHeaders, [&](const Node::Entry& entry, const std::string&) {
    const Node name_node{.kind = Node::Kind::kScalar, .text = entry.key, .line = entry.line, .column = entry.column};
    const std::optional<std::string> name = ReadHeaderName(name_node, map.context());
    const std::string* value = ReadText(entry.value, map.context());
    if (!name || value == nullptr) return;
    const bool printable = std::all_of(value->begin(), value->end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
    if (!printable) {
      map.context().Report(entry.value, "expected printable ASCII, which is all that a header carries");
    } else {
      out.push_back({*name, *value});
    }
  });
}

// headers: {request: {set: {}, add: {}, remove: []}, response: {set: {}, add: {}, remove: [], security: true}}
void ReadHeaderRules(MappingReader& map, HeaderRules& out) {
  ReadEntries(map, "set", out.set);
  ReadEntries(map, "add", out.add);
  map.List("remove", kMaxHeaders, [&](const Node& item, const std::string&) {
    if (std::optional<std::string> name = ReadHeaderName(item, map.context())) out.remove.push_back(*std::move(name));
  });
}

// methods: ["shop.v1.Catalog/*", "shop.v1.Orders/GetOrder", "shop.v1.*", "compositions/home", "compositions/*", "*"]
void ReadSelector(const Node& node, ReadContext& context, std::vector<Policy::Selector>& out) {
  const std::string* text = ReadText(node, context);
  if (text == nullptr) return;
  std::string_view service = *text;
  std::string_view method = "*";
  if (const size_t slash = service.find('/'); slash != std::string_view::npos) {
    method = service.substr(slash + 1);
    service = service.substr(0, slash);
  } else if (service.ends_with(".*")) {
    service.remove_suffix(2);
  } else if (service != "*") {
    method = {};
  }
  const std::string_view punctuation = service == "compositions" ? "_-" : "_";
  const bool good =
      (service == "*" || IsProtoName(service)) && (method == "*" || (!method.empty() && IsMadeOf(method, punctuation)));
  if (!good) {
    return ReportExpected(context, node, "methods such as shop.v1.Catalog/GetItem, shop.v1.Catalog/*, shop.v1.* or *");
  }
  out.push_back({*text, context.At(node)});
}

void ReadPolicy(const Node& node, const std::string& path, ReadContext& context, Config& config) {
  MappingReader map(node, path, context);
  Policy policy;
  policy.at = context.At(node);
  map.List(
      "methods", kMaxSelectors,
      [&](const Node& item, const std::string&) { ReadSelector(item, context, policy.methods); }, Presence::kRequired);
  if (const Node* authenticate = map.Find("authenticate")) {
    ReadAuthenticate(*authenticate, map.PathOf("authenticate"), context, config, policy.authenticate.emplace());
  }
  map.Mapping("authorize", [&](MappingReader& authorize, const Node& value) {
    policy.authorize.emplace().at = context.At(value);
    ReadAuthorize(authorize, config, *policy.authorize);
    if (!config.authentication) {
      context.Report(value, "nobody can be authorized without authentication; set up the key authentication");
    }
  });
  map.Mapping("headers", [&](MappingReader& headers, const Node& value) {
    policy.headers.emplace().at = context.At(value);
    headers.Mapping("request",
                    [&](MappingReader& rules, const Node&) { ReadHeaderRules(rules, policy.headers->request); });
    headers.Mapping("response", [&](MappingReader& rules, const Node&) {
      ReadHeaderRules(rules, policy.headers->response);
      rules.Boolean("security", policy.headers->response.security);
    });
  });
  if (map.Find("timeout") != nullptr) {
    map.Duration("timeout", policy.timeout.emplace(Milliseconds(0)), Milliseconds(1), hours(1));
  }
  if (map.Find("stream_timeout") != nullptr) {
    map.Duration("stream_timeout", policy.stream_timeout.emplace(Milliseconds(0)), Milliseconds(1), hours(24));
  }
  ReadCors(map, policy.cors);
  ReadJsonPolicy(map, config.json, policy.json);
  ReadPolicyTraffic(map, config, policy);
  config.policies.push_back(std::move(policy));
}

}  // namespace

std::optional<IdentityValue> ReadIdentityValue(const Node& node, ReadContext& context) {
  using Of = IdentityValue::Of;
  struct Word {
    std::string_view text;
    Of of;
  };
  static constexpr std::array<Word, 4> kWords = {{{"consumer.name", Of::kConsumerName},
                                                  {"consumer.tenant", Of::kTenant},
                                                  {"consumer.tier", Of::kTier},
                                                  {"credential.scheme", Of::kScheme}}};
  const std::string* text = ReadText(node, context);
  if (text == nullptr) return std::nullopt;
  constexpr std::string_view kClaims = "claims.";
  if (text->starts_with(kClaims) && text->size() > kClaims.size()) {
    return IdentityValue{Of::kClaim, text->substr(kClaims.size())};
  }
  for (const Word& word : kWords) {
    if (*text == word.text) return IdentityValue{word.of, {}};
  }
  ReportExpected(context, node, "claims.NAME, consumer.name, consumer.tenant, consumer.tier or credential.scheme");
  return std::nullopt;
}

void ReadPolicies(MappingReader& root, Config& config) {
  root.List("policies", kMaxPolicies,
            [&](const Node& node, const std::string& path) { ReadPolicy(node, path, root.context(), config); });
}

}  // namespace dragoman::config
