#include "config/access_schema.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "config/peer_schema.h"
#include "config/policy_schema.h"
#include "config/scalar.h"
#include "config/schema_parts.h"
#include "transcoding/quote.h"

namespace dragoman::config {
namespace {

using transcoding::Quote;

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr size_t kMaxPlaces = 16;      // of one credential
constexpr size_t kMaxProviders = 100;  // of JWT
constexpr size_t kMaxConsumers = 10'000;
constexpr size_t kMaxCredentials = 100;  // of one kind, of one consumer
constexpr size_t kMaxIdentity = 100;
constexpr size_t kSha256Digits = 64;
constexpr uint64_t kMaxCacheEntries = 1'000'000;

// in: [{header: x-api-key}, {query: api_key}, {cookie: api_key}]
void ReadPlaces(MappingReader& map, std::vector<CredentialPlace>& out) {
  using In = CredentialPlace::In;
  if (map.Find("in") == nullptr) return;
  out.clear();
  map.List(
      "in", kMaxPlaces,
      [&](const Node& node, const std::string& path) {
        MappingReader place(node, path, map.context());
        size_t found = 0;
        const auto add = [&](std::string_view key, In in) {
          const Node* value = place.Find(key);
          if (value == nullptr) return;
          ++found;
          std::optional<std::string> name;
          if (in == In::kHeader) {
            name = ReadHeaderName(*value, map.context());
          } else if (const std::string* text = ReadText(*value, map.context())) {
            if (IsMadeOf(*text, "-_.")) name = *text;
            if (!name) ReportExpected(map.context(), *value, "a name of letters, digits, \"-\", \"_\" and \".\"");
          }
          if (name) out.push_back({in, *std::move(name)});
        };
        add("header", In::kHeader);
        add("query", In::kQuery);
        add("cookie", In::kCookie);
        if (found != 1 && node.kind == Node::Kind::kMapping) {
          map.context().Report(node, "expected one of header, query or cookie");
        }
      },
      Presence::kRequired);
}

// jwks: {url: "https://issuer.example/keys", refresh: 5m} | {file: keys.json} | {discovery: true}
void ReadJwks(MappingReader& map, const Node& node, const JwtProvider& provider, Jwks& out) {
  HttpTarget target;
  const bool fetched = ReadHttpTarget(map, "url", target, Presence::kOptional);
  std::string file;
  map.Text("file", file);
  bool discovery = false;
  map.Boolean("discovery", discovery);
  map.Duration("refresh", out.refresh, seconds(1), hours(24));
  map.Duration("cooldown", out.cooldown, seconds(1), hours(1));
  if (static_cast<int>(fetched) + static_cast<int>(!file.empty()) + static_cast<int>(discovery) != 1) {
    map.context().Report(node, "expected one of file, url or discovery: true");
  }
  if (!file.empty())
    out.text = TextSource{TextSource::Kind::kFile, map.context().Resolve(file), map.context().At(node)};
  if (fetched) out.url = std::move(target);
  if (!discovery) return;
  if (!provider.issuer.starts_with("https://") && !provider.issuer.starts_with("http://")) {
    map.context().Report(node, "discovery needs an issuer that is a URL");
  }
  target.url = provider.issuer;
  target.at = map.context().At(node);
  out.issuer = std::move(target);
}

// jwt: [{name: main, issuer: "https://issuer.example", audiences: [shop], jwks: {…}}]
void ReadJwtProvider(const Node& node, const std::string& path, ReadContext& context,
                     std::vector<JwtProvider>& providers) {
  MappingReader map(node, path, context);
  JwtProvider provider;
  provider.at = context.At(node);
  if (const Node* name = map.Find("name", Presence::kRequired)) {
    const std::string* text = ReadText(*name, context);
    if (text != nullptr && !IsName(*text)) ReportExpected(context, *name, "a name of " + std::string(kNameShape));
    if (text != nullptr) provider.name = *text;
    for (const JwtProvider& other : providers) {
      if (other.name == provider.name && !provider.name.empty()) {
        context.Report(*name, "provider " + Quote(provider.name) + " stands twice; first at " + other.at.ToString());
      }
    }
  }
  map.Text("issuer", provider.issuer, Presence::kRequired);
  ReadTexts(map, "audiences", provider.audiences);
  map.Choice<bool>("audience_match", provider.all_audiences, {{"any", false}, {"all", true}});
  map.Boolean("any_audience", provider.any_audience);
  ReadTexts(map, "algorithms", provider.algorithms);
  map.Mapping("jwks", [&](MappingReader& jwks, const Node& value) { ReadJwks(jwks, value, provider, provider.jwks); });
  ReadSource(map, "secret", Secrecy::kSecret, provider.secret);
  map.Duration("leeway", provider.leeway, seconds(0), minutes(10));
  ReadTexts(map, "required_claims", provider.required_claims);
  ReadPlaces(map, provider.in);
  map.Text("consumer_claim", provider.consumer_claim);
  map.Integer<uint64_t>("cache_entries", provider.cache_entries, 0, kMaxCacheEntries);
  providers.push_back(std::move(provider));
}

// introspection: {url: "https://issuer.example/introspect", client_id: gateway, client_secret: {env: SECRET}}
void ReadIntrospection(MappingReader& map, Introspection& out) {
  ReadHttpTarget(map, "url", out.endpoint, Presence::kRequired);
  map.Text("client_id", out.client_id, Presence::kRequired);
  ReadRequiredSource(map, "client_secret", Secrecy::kSecret, out.client_secret);
  ReadTexts(map, "audiences", out.audiences);
  map.Text("consumer_claim", out.consumer_claim);
  map.Duration("cache", out.cache, seconds(0), hours(1));
  map.Integer<uint64_t>("cache_entries", out.cache_entries, 1, kMaxCacheEntries);
}

// authentication: {api_keys: {file: keys.jsonl}, jwt: […], identity: {x-user: claims.sub}}
void ReadAuthentication(MappingReader& map, Authentication& out) {
  ReadContext& context = map.context();
  map.Mapping("api_keys", [&](MappingReader& keys, const Node& node) {
    out.api_keys.emplace().at = context.At(node);
    ReadPlaces(keys, out.api_keys->in);
    keys.Text("file", out.api_keys->file);
    if (!out.api_keys->file.empty()) out.api_keys->file = context.ResolveText(out.api_keys->file);
  });
  map.List("jwt", kMaxProviders,
           [&](const Node& node, const std::string& path) { ReadJwtProvider(node, path, context, out.jwt); });
  map.Mapping("basic", [&](MappingReader& basic, const Node& node) {
    out.basic.emplace().at = context.At(node);
    basic.Text("realm", out.basic->realm);
    if (out.basic->realm.find_first_of("\"\\\r\n") != std::string::npos) {
      context.Report(node, "expected a realm without quotes and backslashes");
    }
    basic.Duration("cache", out.basic->cache, seconds(0), hours(1));
  });
  map.Mapping("mtls", [&](MappingReader&, const Node& node) { out.mtls = Mtls{.at = context.At(node)}; });
  map.Mapping("introspection", [&](MappingReader& introspection, const Node& node) {
    out.introspection.emplace().at = context.At(node);
    ReadIntrospection(introspection, *out.introspection);
  });
  map.Named("identity", kMaxIdentity, [&](const Node::Entry& entry, const std::string&) {
    const Node key{.kind = Node::Kind::kScalar, .text = entry.key, .line = entry.line, .column = entry.column};
    const std::optional<std::string> name = ReadHeaderName(key, context);
    const std::optional<IdentityValue> value = ReadIdentityValue(entry.value, context);
    if (name && value) out.identity.push_back({*name, *value});
  });
}

bool SetsUpAScheme(const Authentication& authentication) {
  return authentication.api_keys || !authentication.jwt.empty() || authentication.basic || authentication.mtls ||
         authentication.introspection;
}

// keys: [{sha256: "9f86…", expires: 2027-01-31}]
void ReadKey(const Node& node, const std::string& path, ReadContext& context, std::vector<Consumer::Key>& keys) {
  MappingReader map(node, path, context);
  Consumer::Key key;
  key.at = context.At(node);
  if (const Node* digest = map.Find("sha256", Presence::kRequired)) {
    const std::string* text = ReadText(*digest, context);
    if (text != nullptr &&
        (text->size() != kSha256Digits || text->find_first_not_of("0123456789abcdef") != std::string::npos)) {
      context.Report(
          *digest,
          "expected the key's SHA-256 as 64 hexadecimal digits in lower case, which `dragoman key hash` prints");
    } else if (text != nullptr) {
      key.sha256 = *text;
    }
  }
  if (const Node* expires = map.Find("expires")) {
    key.expires = ParseDate(expires->text);
    if (!key.expires) ReportExpected(context, *expires, "a date such as 2027-01-31 or 2027-01-31T12:00:00Z");
  }
  map.Boolean("disabled", key.disabled);
  keys.push_back(std::move(key));
}

// certificates: [{uri: "spiffe://acme.example/mobile"}, {dns: mobile.acme.example}, {common_name: mobile}]
void ReadCertificate(const Node& node, const std::string& path, ReadContext& context,
                     std::vector<Consumer::Certificate>& certificates) {
  using Field = Consumer::Certificate::Field;
  MappingReader map(node, path, context);
  size_t found = 0;
  const auto take = [&](std::string_view key, Field field) {
    std::string value;
    map.Text(key, value);
    if (value.empty()) return;
    ++found;
    certificates.push_back({field, std::move(value), context.At(node)});
  };
  take("uri", Field::kUri);
  take("dns", Field::kDns);
  take("common_name", Field::kCommonName);
  if (found != 1 && node.kind == Node::Kind::kMapping) {
    context.Report(node, "expected one of uri, dns or common_name");
  }
}

// consumers: {mobile: {tenant: acme, tier: gold, scopes: [orders.read], keys: […]}}
void ReadConsumer(const Node::Entry& entry, const std::string& path, ReadContext& context,
                  std::vector<Consumer>& consumers) {
  Consumer consumer;
  consumer.name = entry.key;
  consumer.at = {context.At(entry.value).file, entry.line, entry.column};
  if (!IsName(entry.key)) {
    context.Report(entry.line, entry.column,
                   "expected a consumer's name of " + std::string(kNameShape) + ", got " + Quote(entry.key));
  }
  MappingReader map(entry.value, path, context);
  map.Text("tenant", consumer.tenant);
  map.Text("tier", consumer.tier);
  ReadTexts(map, "scopes", consumer.scopes);
  ReadTexts(map, "roles", consumer.roles);
  map.Boolean("disabled", consumer.disabled);
  map.List("keys", kMaxCredentials,
           [&](const Node& node, const std::string& item) { ReadKey(node, item, context, consumer.keys); });
  map.List("passwords", kMaxCredentials, [&](const Node& node, const std::string& item) {
    MappingReader password(node, item, context);
    Consumer::Password& out = consumer.passwords.emplace_back();
    out.at = context.At(node);
    password.Text("username", out.username, Presence::kRequired);
    ReadRequiredSource(password, "hash", Secrecy::kPublic, out.hash);
  });
  map.List("certificates", kMaxCredentials, [&](const Node& node, const std::string& item) {
    ReadCertificate(node, item, context, consumer.certificates);
  });
  consumers.push_back(std::move(consumer));
}

// A name twice, of what is meant to be one consumer's alone.
void CheckConsumersDiffer(const std::vector<Consumer>& consumers, ReadContext& context) {
  std::map<std::string, Position> names;
  std::map<std::string, Position> credentials;
  const auto check = [&](std::map<std::string, Position>& seen, const std::string& what, const Position& at) {
    const auto [first, is_new] = seen.emplace(what, at);
    if (!is_new) context.Report(at, what + " stands twice; first at " + first->second.ToString());
  };
  for (const Consumer& consumer : consumers) {
    check(names, "consumer " + Quote(consumer.name), consumer.at);
    for (const Consumer::Key& key : consumer.keys) {
      if (!key.sha256.empty()) check(credentials, "the key of SHA-256 " + key.sha256.substr(0, 8) + "…", key.at);
    }
    for (const Consumer::Password& password : consumer.passwords) {
      if (!password.username.empty()) check(credentials, "username " + Quote(password.username), password.at);
    }
    for (const Consumer::Certificate& certificate : consumer.certificates) {
      constexpr std::array<std::string_view, 3> kFields = {"uri", "dns", "common_name"};
      check(credentials,
            "certificate name " + std::string(kFields[static_cast<size_t>(certificate.field)]) + " " +
                Quote(certificate.value),
            certificate.at);
    }
  }
}

// Credentials that nobody asks for.
void CheckCredentialsAreAskedFor(const Config& config, ReadContext& context) {
  const Authentication none;
  const Authentication& asked = config.authentication ? *config.authentication : none;
  for (const Consumer& consumer : config.consumers) {
    if (!consumer.keys.empty() && !asked.api_keys) {
      context.Report(consumer.keys.front().at, "keys of consumers need authentication.api_keys; it may be {}");
    }
    if (!consumer.passwords.empty() && !asked.basic) {
      context.Report(consumer.passwords.front().at, "passwords of consumers need authentication.basic; it may be {}");
    }
    if (!consumer.certificates.empty() && !asked.mtls) {
      context.Report(consumer.certificates.front().at,
                     "certificates of consumers need authentication.mtls; it may be {}");
    }
  }
  const bool certified = std::any_of(config.listeners.begin(), config.listeners.end(),
                                     [](const Listener& listener) { return listener.tls && listener.tls->client_ca; });
  if (asked.mtls && !certified) {
    context.Report(asked.mtls->at, "mtls needs a listener whose tls has a client_ca");
  }
}

}  // namespace

void ReadAccess(MappingReader& root, Config& config) {
  ReadContext& context = root.context();
  root.Mapping("authentication", [&](MappingReader& map, const Node& node) {
    config.authentication.emplace().at = context.At(node);
    ReadAuthentication(map, *config.authentication);
    if (!SetsUpAScheme(*config.authentication) && node.kind == Node::Kind::kMapping) {
      context.Report(node, "nobody could ever authenticate; expected at least one of api_keys, jwt, basic, mtls or introspection");
    }
  });
  root.Named("consumers", kMaxConsumers, [&](const Node::Entry& entry, const std::string& path) {
    ReadConsumer(entry, path, context, config.consumers);
  });
  CheckConsumersDiffer(config.consumers, context);
  CheckCredentialsAreAskedFor(config, context);
  ReadPolicies(root, config);
}

}  // namespace dragoman::config
