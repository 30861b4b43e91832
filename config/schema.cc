#include "config/schema.h"

#include <algorithm>
#include <array>

#include "config/access_schema.h"
#include "config/address.h"
#include "config/composition_schema.h"
#include "config/guard_schema.h"
#include "config/json_schema.h"
#include "config/openapi_schema.h"
#include "config/peer_schema.h"
#include "config/schema_parts.h"
#include "config/traffic_schema.h"
#include "config/web_schema.h"
#include "transcoding/nearest.h"
#include "transcoding/quote.h"

namespace dragoman::config {
namespace {

using transcoding::Quote;

using std::chrono::hours;
using std::chrono::seconds;

constexpr uint64_t kKiB = 1u << 10;
constexpr uint64_t kMiB = 1u << 20;
constexpr uint64_t kGiB = 1u << 30;
constexpr int kMaxWorkers = 512;
constexpr size_t kMaxListeners = 64;
constexpr size_t kMaxDescriptorSources = 1000;
constexpr size_t kMaxProtoRoots = 100;   // of one source
constexpr size_t kMaxProtoFiles = 1000;  // patterns of one source
constexpr size_t kMaxBackends = 1000;
constexpr size_t kMaxEndpoints = 1000;  // of one backend
constexpr size_t kMaxServices = 10'000;
constexpr size_t kMaxHttpRules = 50'000;
constexpr size_t kMaxAdditionalBindings = 1000;  // of one rule
constexpr size_t kMaxIgnoredParameters = 1000;
constexpr size_t kMaxForwardedHeaders = 100;

enum class Side { kListen, kConnect };

// An address as the rest of the program gets it: the path of a unix socket already relative to the file.
void ReadAddress(const Node& node, Side side, ReadContext& context, std::string& out) {
  const std::string* text = ReadText(node, context);
  if (text == nullptr) return;
  tl::expected<Address, std::string> address = ParseAddress(*text);
  if (!address) {
    context.Report(node, address.error());
  } else if (side == Side::kConnect && address->kind == Address::Kind::kTcp && address->port == 0) {
    context.Report(node, "expected a port between 1 and 65535, got 0");
  } else {
    if (address->kind == Address::Kind::kUnix) {
      address->path = context.Resolve(address->path);
      const tl::expected<Address, std::string> resolved = ParseAddress(address->ToString());  // it may be too long now
      if (!resolved) return context.Report(node, resolved.error());
    }
    out = address->ToString();
  }
}

// listeners: [{address: 0.0.0.0:8443, tls: {…}}]
void ReadListener(const Node& node, const std::string& path, ReadContext& context, std::vector<Listener>& listeners) {
  MappingReader map(node, path, context);
  const Node* address = map.Find("address", Presence::kRequired);
  Listener listener{.address = "", .tls = {}, .cors = {}, .at = context.At(address != nullptr ? *address : node)};
  if (address != nullptr) ReadAddress(*address, Side::kListen, context, listener.address);
  map.Mapping("tls", [&](MappingReader& tls, const Node& value) {
    listener.tls.emplace().at = context.At(value);
    ReadListenerTls(tls, *listener.tls);
  });
  ReadCors(map, listener.cors);
  map.Boolean("proxy_protocol", listener.proxy_protocol);
  listeners.push_back(std::move(listener));
}

// access_log: {format: json, path: stdout}
void ReadAccessLog(MappingReader& map, AccessLog& out) {
  map.Choice<AccessLog::Format>("format", out.format,
                                {{"json", AccessLog::Format::kJson}, {"text", AccessLog::Format::kText}});
  map.Text("path", out.path);
  if (out.path != "stdout" && out.path != "stderr") out.path = map.context().Resolve(out.path);
}

// proto: {roots: [protos], files: ["shop/v1/*.proto"]}
void ReadProtoSource(MappingReader& map, const Node& node, ProtoSource& out) {
  ReadContext& context = map.context();
  map.List(
      "roots", kMaxProtoRoots,
      [&](const Node& item, const std::string&) {
        if (const std::string* text = ReadText(item, context)) {
          out.roots.push_back({context.Resolve(*text), context.At(item)});
        }
      },
      Presence::kRequired);
  const auto add = [&](std::string_view text, const Node& at) {
    tl::expected<Glob, std::string> names = Glob::Parse(text);
    if (names) {
      out.files.push_back({*std::move(names), context.At(at)});
    } else {
      context.Report(at, names.error());
    }
  };
  if (map.Find("files") == nullptr) {
    add(kAllProtos, node);
    return;
  }
  map.List(
      "files", kMaxProtoFiles,
      [&](const Node& item, const std::string&) {
        if (const std::string* text = ReadText(item, context)) add(*text, item);
      },
      Presence::kRequired);
}

// reflection: {backend: shop, refresh: 30s}
void ReadReflectionSource(MappingReader& map, ReflectionSource& out) {
  map.Text("backend", out.backend, Presence::kRequired);
  if (map.Find("refresh") != nullptr) {
    map.Duration("refresh", out.refresh.emplace(Milliseconds(0)), seconds(1), hours(24));
  }
}

// descriptors: [{file: shop.pb}, {proto: {roots: [protos], files: ["shop/v1/*.proto"]}}, {reflection: {backend: shop}}]
void ReadDescriptorSource(const Node& node, const std::string& path, ReadContext& context,
                          std::vector<DescriptorSource>& sources) {
  MappingReader map(node, path, context);
  constexpr std::string_view kNames = "file, proto or reflection";
  DescriptorSource source{.file = "", .proto = {}, .reflection = {}, .at = context.At(node)};
  std::string_view first;
  const auto take = [&](std::string_view key, const Node& value) {
    if (!first.empty()) {
      context.Report(value, Quote(key) + " beside " + Quote(first) + "; expected one of " + std::string(kNames));
    } else {
      first = key;
    }
  };
  if (const Node* file = map.Find("file")) {
    take("file", *file);
    map.Text("file", source.file);
    source.file = context.Resolve(source.file);
  }
  map.Mapping("proto", [&](MappingReader& proto, const Node& value) {
    take("proto", value);
    ReadProtoSource(proto, value, source.proto.emplace());
  });
  map.Mapping("reflection", [&](MappingReader& reflection, const Node& value) {
    take("reflection", value);
    ReadReflectionSource(reflection, source.reflection.emplace());
  });
  if (first.empty() && node.kind == Node::Kind::kMapping) {
    context.Report(node, "expected one of " + std::string(kNames));
  }
  sources.push_back(std::move(source));
}

void ReadEndpoint(const Node& node, ReadContext& context, std::vector<Endpoint>& endpoints) {
  Endpoint endpoint{.address = "", .at = context.At(node)};
  ReadAddress(node, Side::kConnect, context, endpoint.address);
  for (const Endpoint& other : endpoints) {
    if (other.address != endpoint.address || other.address.empty()) continue;
    context.Report(node, "endpoint " + Quote(endpoint.address) + " stands twice; first at " + other.at.ToString());
    return;
  }
  endpoints.push_back(std::move(endpoint));
}

// backends: {shop: {endpoints: ["127.0.0.1:50051"], timeout: 15s}}
void ReadBackend(const Node::Entry& entry, const std::string& path, ReadContext& context,
                 std::vector<Backend>& backends) {
  Backend backend{.name = entry.key, .at = {context.At(entry.value).file, entry.line, entry.column}};
  if (!IsName(entry.key)) {
    context.Report(entry.line, entry.column,
                   "expected a backend's name of " + std::string(kNameShape) + ", got " + Quote(entry.key));
  }
  const auto twin =
      std::find_if(backends.begin(), backends.end(), [&](const Backend& other) { return other.name == entry.key; });
  if (twin != backends.end()) {
    context.Report(entry.line, entry.column,
                   "backend " + Quote(entry.key) + " stands twice; first at " + twin->at.ToString());
  }

  MappingReader map(entry.value, path, context);
  map.List(
      "endpoints", kMaxEndpoints,
      [&](const Node& node, const std::string&) { ReadEndpoint(node, context, backend.endpoints); },
      Presence::kRequired);
  map.Duration("timeout", backend.timeout, Milliseconds(1), hours(1));
  if (map.Find("stream_timeout") != nullptr) {
    map.Duration("stream_timeout", backend.stream_timeout.emplace(Milliseconds(0)), Milliseconds(1), hours(24));
  }
  map.Choice<bool>("compression", backend.compress_requests, {{"none", false}, {"gzip", true}});
  if (map.Find("concurrency") != nullptr) ReadBackendConcurrency(map, backend.concurrency.emplace());
  map.Mapping("tls", [&](MappingReader& tls, const Node& value) {
    backend.tls.emplace().at = context.At(value);
    ReadClientTls(tls, *backend.tls);
  });
  map.Mapping("credentials", [&](MappingReader& credentials, const Node& value) {
    backend.credentials.emplace().at = context.At(value);
    ReadBackendCredentials(credentials, *backend.credentials);
  });
  backends.push_back(std::move(backend));
}

// services: [{name: "shop.v1.*", backend: shop, expose: annotated}]
void ReadService(const Node& node, const std::string& path, ReadContext& context, const std::vector<Backend>& backends,
                 std::vector<Service>& services) {
  MappingReader map(node, path, context);
  Service service{.name = "", .backend = "", .at = context.At(node)};
  if (const Node* name = map.Find("name", Presence::kRequired)) {
    if (const std::string* text = ReadText(*name, context)) {
      service.name = *text;
      std::string_view prefix = *text;
      if (prefix.ends_with(".*")) prefix.remove_suffix(2);
      if (*text != "*" && !IsProtoName(prefix))
        ReportExpected(context, *name, "a service such as shop.v1.Catalog, shop.v1.* or *");
    }
  }
  if (const Node* backend = map.Find("backend", Presence::kRequired)) {
    if (const std::string* text = ReadText(*backend, context)) {
      service.backend = *text;
      std::vector<std::string_view> names;
      for (const Backend& known : backends) names.push_back(known.name);
      if (std::find(names.begin(), names.end(), *text) == names.end()) {
        context.Report(*backend, "unknown backend " + Quote(*text) + DidYouMean(*text, names));
      }
    }
  }
  map.Choice<Expose>("expose", service.expose, {{"annotated", Expose::kAnnotated}, {"all", Expose::kAll}});
  services.push_back(std::move(service));
}

// custom: {kind: SEARCH, path: "/v1/items"}
void ReadCustomPattern(MappingReader& map, HttpRule& rule) {
  if (const Node* kind = map.Find("kind", Presence::kRequired)) {
    if (const std::string* text = ReadText(*kind, map.context())) {
      rule.http_method = *text;
      // RFC 9110, 5.6.2: a method is a token.
      if (!IsMadeOf(*text, "!#$%&'*+-.^_`|~")) ReportExpected(map.context(), *kind, "an HTTP method, or * for any");
    }
  }
  map.Text("path", rule.path, Presence::kRequired);
}

// The pattern of google.api.HttpRule, its oneof: `get: "/v1/items/{id}"`.
void ReadPattern(MappingReader& map, const Node& node, HttpRule& rule) {
  struct Verb {
    std::string_view key;
    std::string_view http_method;
  };
  static constexpr std::array<Verb, 5> kVerbs = {
      {{"get", "GET"}, {"put", "PUT"}, {"post", "POST"}, {"delete", "DELETE"}, {"patch", "PATCH"}}};
  static constexpr std::string_view kNames = "get, put, post, delete, patch or custom";
  ReadContext& context = map.context();
  std::string_view first;
  const auto take = [&](std::string_view key, const Node& value) {
    if (!first.empty()) {
      context.Report(value, Quote(key) + " beside " + Quote(first) + "; expected one of " + std::string(kNames));
    } else {
      first = key;
    }
  };
  for (const Verb& verb : kVerbs) {
    const Node* value = map.Find(verb.key);
    if (value == nullptr) continue;
    take(verb.key, *value);
    rule.http_method = verb.http_method;
    if (const std::string* text = ReadText(*value, context)) rule.path = *text;
  }
  map.Mapping("custom", [&](MappingReader& custom, const Node& value) {
    take("custom", value);
    ReadCustomPattern(custom, rule);
  });
  if (first.empty() && node.kind == Node::Kind::kMapping)
    context.Report(node, "expected one of " + std::string(kNames));
}

// http_rules: [{selector: shop.v1.Catalog.GetItem, get: "/v1/items/{id}", additional_bindings: [{get: "/items/{id}"}]}]
// google/api/http.proto: additional bindings have neither a selector nor additional bindings of their own.
void ReadHttpRule(const Node& node, const std::string& path, ReadContext& context, const HttpRule* outer,
                  std::vector<HttpRule>& rules) {
  MappingReader map(node, path, context);
  HttpRule rule;
  rule.at = context.At(node);
  if (outer != nullptr) {
    rule.selector = outer->selector;
  } else if (const Node* selector = map.Find("selector", Presence::kRequired)) {
    if (const std::string* text = ReadText(*selector, context)) {
      rule.selector = *text;
      if (!IsProtoName(*text) || text->find('.') == std::string::npos) {
        ReportExpected(context, *selector, "a method such as shop.v1.Catalog.GetItem");
      }
    }
  }
  ReadPattern(map, node, rule);
  map.Text("body", rule.body);
  map.Text("response_body", rule.response_body);
  if (outer == nullptr) {
    map.List("additional_bindings", kMaxAdditionalBindings, [&](const Node& item, const std::string& item_path) {
      ReadHttpRule(item, item_path, context, &rule, rule.additional_bindings);
    });
  }
  rules.push_back(std::move(rule));
}

// query: {unknown: reject, ignore: ["utm_*", "_"]}
void ReadQuery(MappingReader& map, Query& out) {
  map.Choice<bool>("unknown", out.ignore_unknown, {{"reject", false}, {"ignore", true}});
  map.List("ignore", kMaxIgnoredParameters, [&](const Node& item, const std::string&) {
    if (const std::string* text = ReadText(item, map.context())) out.ignore.push_back(*text);
  });
}

void ReadLimits(MappingReader& map, Limits& out) {
  map.Size("max_request_line_bytes", out.max_request_line_bytes, 64, 1 * kMiB);
  map.Size("max_header_bytes", out.max_header_bytes, 256, 1 * kMiB);
  map.Size("max_body_bytes", out.max_body_bytes, 1, 1 * kGiB);
  map.Size("max_response_bytes", out.max_response_bytes, 1 * kKiB, 1 * kGiB);
  map.Integer("max_json_depth", out.max_json_depth, 1, 1000);
  map.Duration("header_timeout", out.header_timeout, Milliseconds(10), hours(1));
  map.Duration("body_timeout", out.body_timeout, Milliseconds(10), hours(1));
  map.Duration("idle_timeout", out.idle_timeout, Milliseconds(10), hours(24));
  map.Integer<uint64_t>("max_connections", out.max_connections, 1, 1'000'000);
  map.Integer<uint64_t>("max_concurrent_streams", out.max_concurrent_streams, 1, 10'000);
}

// forward_headers: [accept-language]
void ReadForwardedHeader(const Node& node, ReadContext& context, std::vector<std::string>& names) {
  const std::optional<std::string> name = ReadHeaderName(node, context);
  if (name && std::find(names.begin(), names.end(), *name) == names.end()) names.push_back(*name);
}

// Two sockets cannot listen on one address; on port 0 each gets its own.
void CheckListenersDiffer(const Config& config, ReadContext& context) {
  std::vector<Listener> all = config.listeners;
  if (config.admin) all.push_back({.address = config.admin->address, .tls = {}, .cors = {}, .at = config.admin->at});
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i].address.empty() || all[i].address.ends_with(":0")) continue;
    for (size_t j = 0; j < i; ++j) {
      if (all[i].address != all[j].address) continue;
      context.Report(all[i].at, "address " + Quote(all[i].address) + " stands twice; first at " + all[j].at.ToString());
      break;
    }
  }
}

// Backends stand behind the descriptors.
void CheckReflectionSources(const Config& config, ReadContext& context) {
  std::vector<std::string_view> names;
  for (const Backend& known : config.backends) names.push_back(known.name);
  for (size_t i = 0; i < config.descriptors.size(); ++i) {
    const DescriptorSource& source = config.descriptors[i];
    if (!source.reflection || source.reflection->backend.empty()) continue;
    const std::string& name = source.reflection->backend;
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      context.Report(source.at, "unknown backend " + Quote(name) + DidYouMean(name, names));
    }
    for (size_t j = 0; j < i; ++j) {
      const DescriptorSource& other = config.descriptors[j];
      if (!other.reflection || other.reflection->backend != name) continue;
      context.Report(source.at, "backend " + Quote(name) + " is asked twice; first at " + other.at.ToString());
      break;
    }
  }
}

}  // namespace

Config ReadConfig(const Node& root, ReadContext& context) {
  Config config;
  MappingReader map(root, "", context);
  map.Boolean("strict_secrets", config.strict_secrets);
  context.strict_secrets = config.strict_secrets;
  map.List("listeners", kMaxListeners,
           [&](const Node& node, const std::string& path) { ReadListener(node, path, context, config.listeners); });
  if (config.listeners.empty()) config.listeners.push_back({});
  map.Mapping("admin", [&](MappingReader& admin, const Node& node) {
    config.admin = Admin{.address = "", .at = context.At(node)};
    if (const Node* address = admin.Find("address", Presence::kRequired)) {
      config.admin->at = context.At(*address);
      ReadAddress(*address, Side::kListen, context, config.admin->address);
    }
    ReadSource(admin, "token", Secrecy::kSecret, config.admin->token);
  });
  CheckListenersDiffer(config, context);
  map.Integer("workers", config.workers, 1, kMaxWorkers);
  map.Mapping("drain", [&](MappingReader& drain, const Node&) {
    drain.Duration("grace", config.drain.grace, seconds(0), hours(1));
  });
  map.Mapping("log", [&](MappingReader& log, const Node&) {
    log.Choice<LogLevel>("level", config.log.level,
                         {{"debug", LogLevel::kDebug},
                          {"info", LogLevel::kInfo},
                          {"warn", LogLevel::kWarn},
                          {"error", LogLevel::kError}});
  });
  map.Mapping("access_log", [&](MappingReader& log, const Node&) { ReadAccessLog(log, config.access_log.emplace()); });
  map.List(
      "descriptors", kMaxDescriptorSources,
      [&](const Node& node, const std::string& path) { ReadDescriptorSource(node, path, context, config.descriptors); },
      Presence::kRequired);
  map.Named(
      "backends", kMaxBackends,
      [&](const Node::Entry& entry, const std::string& path) { ReadBackend(entry, path, context, config.backends); },
      Presence::kRequired);
  map.List(
      "services", kMaxServices,
      [&](const Node& node, const std::string& path) {
        ReadService(node, path, context, config.backends, config.services);
      },
      Presence::kRequired);
  CheckReflectionSources(config, context);
  map.Mapping("reload", [&](MappingReader& reload, const Node&) { reload.Boolean("watch", config.reload.watch); });
  map.List("http_rules", kMaxHttpRules, [&](const Node& node, const std::string& path) {
    ReadHttpRule(node, path, context, nullptr, config.http_rules);
  });
  ReadJson(map, config.json);
  map.Mapping("query", [&](MappingReader& query, const Node&) { ReadQuery(query, config.query); });
  map.Mapping("errors", [&](MappingReader& errors, const Node&) {
    errors.Choice<ErrorFormat>(
        "format", config.error_format,
        {{"status", ErrorFormat::kStatus}, {"aip193", ErrorFormat::kAip193}, {"problem", ErrorFormat::kProblem}});
  });
  map.Mapping("limits", [&](MappingReader& limits, const Node&) { ReadLimits(limits, config.limits); });
  ReadCors(map, config.cors);
  map.Mapping("compression", [&](MappingReader& compression, const Node& value) {
    config.compression.emplace().at = context.At(value);
    ReadCompression(compression, *config.compression);
  });
  map.List("forward_headers", kMaxForwardedHeaders, [&](const Node& node, const std::string&) {
    if (config.forward_headers_at.line == 0) config.forward_headers_at = context.At(node);
    ReadForwardedHeader(node, context, config.forward_headers);
  });
  map.Boolean("grpc_metadata_headers", config.grpc_metadata_headers);
  ReadTrustedProxies(map, config);
  ReadStore(map, config);
  ReadRateLimits(map, config);
  ReadGuard(map, config);
  ReadCompositions(map, config);
  ReadAccess(map, config);
  ReadOpenApi(map, config.openapi);
  config.text_files = context.TakeTextFiles();
  return config;
}

}  // namespace dragoman::config
