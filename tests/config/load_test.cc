#include "config/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

namespace dragoman::config {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;

constexpr std::string_view kSmallest =
    "descriptors: [{file: shop.pb}]\n"
    "backends:    {shop: {endpoints: [\"127.0.0.1:50051\"]}}\n"
    "services:    [{name: \"shop.v1.*\", backend: shop}]\n";

std::vector<std::string> ProblemsOf(std::string_view text) {
  std::vector<std::string> lines;
  const auto config = LoadText("d.yaml", text);
  if (config) return lines;
  for (const Problem& problem : config.error()) lines.push_back(problem.where + ": " + problem.what);
  return lines;
}

TEST(LoadText, FillsInTheDefaults) {
  const auto config = LoadText("dragoman.yaml", kSmallest);
  ASSERT_TRUE(config) << config.error()[0].what;
  ASSERT_EQ(config->listeners.size(), 1u);
  EXPECT_EQ(config->listeners[0].address, "127.0.0.1:8080");
  EXPECT_FALSE(config->admin);
  EXPECT_EQ(config->workers, 0);
  EXPECT_FALSE(config->access_log);
  ASSERT_EQ(config->descriptors.size(), 1u);
  EXPECT_EQ(config->descriptors[0].file, "shop.pb");
  ASSERT_EQ(config->backends.size(), 1u);
  EXPECT_EQ(config->backends[0].name, "shop");
  EXPECT_EQ(config->backends[0].at.ToString(), "dragoman.yaml:2:15");
  EXPECT_EQ(config->backends[0].endpoints[0].address, "127.0.0.1:50051");
  EXPECT_EQ(config->backends[0].timeout, milliseconds(15'000));
  ASSERT_EQ(config->services.size(), 1u);
  EXPECT_EQ(config->services[0].name, "shop.v1.*");
  EXPECT_EQ(config->services[0].backend, "shop");
  EXPECT_EQ(config->services[0].expose, Expose::kDefault);
  EXPECT_EQ(config->error_format, ErrorFormat::kStatus);
}

TEST(LoadText, ReadsTheSameAsJson) {
  const auto config =
      LoadText("d.json",
               "{\n\t\"descriptors\": [{\"file\": \"x.pb\"}],\n\t\"backends\": {\"s\": {\"endpoints\": [\"a:1\"], "
               "\"timeout\": \"1s\"}},\n"
               "\t\"services\": [{\"name\": \"*\", \"backend\": \"s\"}],\n\t\"json\": {\"emit_defaults\": false}\n}\n");
  ASSERT_TRUE(config) << config.error()[0].what;
  EXPECT_FALSE(config->json.emit_defaults);
  EXPECT_EQ(config->backends[0].timeout, milliseconds(1'000));
}

TEST(LoadText, ReadsTheRestOfAListenerWithoutAnAddress) {
  const auto config = LoadText("d.yaml", std::string(kSmallest) + "listeners:\n- adress: 127.0.0.1:80\n  proxy_protocol: maybe\n  tls: {certificate: x}\n");
  ASSERT_FALSE(config);
  std::vector<std::string> problems;
  for (const Problem& problem : config.error()) problems.push_back(problem.where + ": " + problem.what);
  EXPECT_THAT(problems, testing::ElementsAre("d.yaml:5:3: missing key \"address\"", "d.yaml:5:3: unknown key \"adress\"; did you mean \"address\"?",
                                             "d.yaml:6:19: expected true or false, got \"maybe\"", "d.yaml:7:8: missing key \"certificates\"",
                                             "d.yaml:7:9: unknown key \"certificate\"; did you mean \"certificates\"?"));
}

TEST(LoadText, ResolvesPathsAgainstTheFolderOfTheFile) {
  const std::string text = std::string(kSmallest) +
                           "listeners: [{address: unix:run/d.sock}, {address: unix:/run/d.sock}]\n"
                           "access_log: {path: ../log/access.log}\n";
  const auto config = LoadText("/etc/dragoman/dragoman.yaml", text);
  ASSERT_TRUE(config) << config.error()[0].what;
  EXPECT_EQ(config->descriptors[0].file, "/etc/dragoman/shop.pb");
  EXPECT_EQ(config->listeners[0].address, "unix:/etc/dragoman/run/d.sock");
  EXPECT_EQ(config->listeners[1].address, "unix:/run/d.sock");
  EXPECT_EQ(config->access_log->path, "/etc/log/access.log");
}

TEST(LoadText, RefusesASocketThatIsTooLongWithItsFolder) {
  const std::string text = std::string(kSmallest) + "listeners: [{address: unix:run/d.sock}]\n";
  const auto config = LoadText("/" + std::string(100, 'd') + "/dragoman.yaml", text);
  ASSERT_FALSE(config);
  EXPECT_TRUE(config.error()[0].what.ends_with("; the path of a unix socket has at most 107 bytes"));
}

TEST(LoadFile, ReadsEveryKeyOfTheExample) {
  const std::string folder = std::string(DRAGOMAN_SOURCE_DIR) + "/config";
  const auto config = LoadFile(folder + "/dragoman.yaml");
  ASSERT_TRUE(config) << config.error()[0].where << ": " << config.error()[0].what;
  ASSERT_EQ(config->listeners.size(), 4u);
  EXPECT_EQ(config->listeners[0].address, "127.0.0.1:8080");
  EXPECT_EQ(config->listeners[1].address, "[::1]:8080");
  EXPECT_EQ(config->listeners[2].address, "unix:" + folder + "/run/dragoman.sock");
  EXPECT_EQ(config->admin->address, "127.0.0.1:9901");
  EXPECT_EQ(config->workers, 2);
  EXPECT_EQ(config->drain.grace, milliseconds(30'000));
  EXPECT_EQ(config->log.level, LogLevel::kInfo);
  EXPECT_EQ(config->access_log->format, AccessLog::Format::kJson);
  EXPECT_EQ(config->access_log->path, "stdout");
  EXPECT_EQ(config->descriptors[0].file, folder + "/shop.pb");
  ASSERT_EQ(config->backends[0].endpoints.size(), 3u);
  EXPECT_EQ(config->backends[0].endpoints[2].address, "unix:/run/shop.sock");
  ASSERT_EQ(config->services.size(), 2u);
  EXPECT_EQ(config->services[1].expose, Expose::kAll);

  ASSERT_EQ(config->http_rules.size(), 6u);
  const HttpRule& get = config->http_rules[0];
  EXPECT_EQ(get.selector, "shop.v1.Catalog.GetItem");
  EXPECT_EQ(get.http_method, "GET");
  EXPECT_EQ(get.path, "/v1/items/{id}");
  EXPECT_EQ(get.response_body, "item");
  ASSERT_EQ(get.additional_bindings.size(), 6u);
  EXPECT_EQ(get.additional_bindings[0].selector, "shop.v1.Catalog.GetItem");
  EXPECT_EQ(get.additional_bindings[1].http_method, "FETCH");
  EXPECT_EQ(get.additional_bindings[1].path, "/v1/items/{id}");
  EXPECT_EQ(get.additional_bindings[2].body, "*");
  std::vector<std::string> http_methods;
  for (const HttpRule& rule : config->http_rules) http_methods.push_back(rule.http_method);
  EXPECT_THAT(http_methods, ElementsAre("GET", "PUT", "POST", "DELETE", "PATCH", "SEARCH"));

  EXPECT_EQ(config->listeners[3].tls->client_certificate, ClientCertificate::kOptional);
  EXPECT_EQ(config->backends[1].tls->server_name, "maps.internal");
  EXPECT_EQ(config->backends[1].credentials->metadata[1].name, "x-maps-key");
  EXPECT_EQ(config->backends[1].credentials->oauth2->token.url, "https://issuer.example/token");
  EXPECT_EQ(config->backends[2].credentials->bearer->value, folder + "/ads.token");
  const Authentication& authentication = *config->authentication;
  ASSERT_EQ(authentication.api_keys->in.size(), 3u);
  EXPECT_EQ(authentication.api_keys->in[2].in, CredentialPlace::In::kCookie);
  ASSERT_EQ(authentication.jwt.size(), 4u);
  EXPECT_EQ(authentication.jwt[0].jwks.issuer->url, "https://issuer.example");
  EXPECT_EQ(authentication.jwt[1].jwks.url->url, "https://partner.example/keys");
  EXPECT_EQ(authentication.jwt[2].jwks.text->value, folder + "/local-keys.json");
  EXPECT_EQ(authentication.jwt[3].secret->value, "LEGACY_SECRET");
  EXPECT_EQ(authentication.identity[3].value.ToString(), "claims.sub");
  EXPECT_EQ(config->consumers[0].keys[0].expires, 1830211200);
  ASSERT_EQ(config->policies.size(), 4u);
  EXPECT_EQ(config->policies[0].timeout, milliseconds(10'000));
  EXPECT_TRUE(config->policies[0].headers->response.security);
  EXPECT_EQ(config->policies[1].authenticate->mode, Authenticate::Mode::kOptional);
  EXPECT_TRUE(config->policies[2].authenticate->forward_credentials);
  EXPECT_EQ(config->policies[2].authorize->claims[1].test, Authorize::Claim::Test::kOneOf);
  EXPECT_EQ(config->policies[2].authorize->fields[0].field, "user_id");
  EXPECT_TRUE(config->policies[3].authorize->scopes.any);

  EXPECT_TRUE(config->json.emit_defaults);
  EXPECT_FALSE(config->json.ignore_unknown_fields);
  EXPECT_FALSE(config->query.ignore_unknown);
  EXPECT_THAT(config->query.ignore, ElementsAre("utm_*", "_"));
  EXPECT_THAT(config->forward_headers, ElementsAre("x-tenant"));

  const Limits defaults;
  EXPECT_EQ(config->limits.max_request_line_bytes, defaults.max_request_line_bytes);
  EXPECT_EQ(config->limits.max_header_bytes, defaults.max_header_bytes);
  EXPECT_EQ(config->limits.max_body_bytes, defaults.max_body_bytes);
  EXPECT_EQ(config->limits.max_response_bytes, defaults.max_response_bytes);
  EXPECT_EQ(config->limits.max_json_depth, defaults.max_json_depth);
  EXPECT_EQ(config->limits.header_timeout, defaults.header_timeout);
  EXPECT_EQ(config->limits.body_timeout, defaults.body_timeout);
  EXPECT_EQ(config->limits.idle_timeout, defaults.idle_timeout);
  EXPECT_EQ(config->limits.max_connections, defaults.max_connections);
  EXPECT_EQ(config->limits.max_concurrent_streams, defaults.max_concurrent_streams);
}

TEST(LoadText, ReadsWhatDiffersFromTheDefaults) {
  const auto config = LoadText(
      "d.yaml",
      std::string(kSmallest) +
          "drain: {grace: 0s}\nlog: {level: debug}\naccess_log: {format: text, path: stderr}\n"
          "json: {emit_defaults: false, preserve_proto_names: true, enums_as_integers: true, int64_as_numbers: true,\n"
          "  unknown_fields: ignore}\nquery: {unknown: ignore}\nerrors: {format: problem}\n"
          "limits: {max_request_line_bytes: 1KiB, max_header_bytes: 2KiB, max_body_bytes: 3MiB, max_response_bytes: "
          "5MiB,\n"
          "  max_json_depth: 7, header_timeout: 1s, body_timeout: 2s, idle_timeout: 1h, max_connections: 8,\n"
          "  max_concurrent_streams: 9}\nforward_headers: [X-Tenant, x-tenant]\ngrpc_metadata_headers: true\n");
  ASSERT_TRUE(config) << config.error()[0].where << config.error()[0].what;
  EXPECT_EQ(config->drain.grace, milliseconds(0));
  EXPECT_EQ(config->log.level, LogLevel::kDebug);
  EXPECT_EQ(config->access_log->format, AccessLog::Format::kText);
  EXPECT_EQ(config->access_log->path, "stderr");
  EXPECT_FALSE(config->json.emit_defaults);
  EXPECT_TRUE(config->json.preserve_proto_names);
  EXPECT_TRUE(config->json.enums_as_integers);
  EXPECT_TRUE(config->json.int64_as_numbers);
  EXPECT_TRUE(config->json.ignore_unknown_fields);
  EXPECT_TRUE(config->query.ignore_unknown);
  EXPECT_EQ(config->error_format, ErrorFormat::kProblem);
  EXPECT_EQ(config->limits.max_request_line_bytes, 1024u);
  EXPECT_EQ(config->limits.max_header_bytes, 2048u);
  EXPECT_EQ(config->limits.max_body_bytes, 3u << 20);
  EXPECT_EQ(config->limits.max_response_bytes, 5u << 20);
  EXPECT_EQ(config->limits.max_json_depth, 7);
  EXPECT_EQ(config->limits.header_timeout, milliseconds(1'000));
  EXPECT_EQ(config->limits.body_timeout, milliseconds(2'000));
  EXPECT_EQ(config->limits.idle_timeout, milliseconds(3'600'000));
  EXPECT_EQ(config->limits.max_connections, 8u);
  EXPECT_EQ(config->limits.max_concurrent_streams, 9u);
  EXPECT_THAT(config->forward_headers, ElementsAre("x-tenant"));
  EXPECT_EQ(config->forward_headers_at.ToString(), "d.yaml:14:19");
  EXPECT_TRUE(config->grpc_metadata_headers);
}

TEST(LoadText, WhatAPolicyDoesNotSayOfJsonIsAsForAll) {
  const auto config = LoadText("d.yaml", std::string(kSmallest) +
                                             "policies:\n"
                                             "  - {methods: [\"*\"], json: {emit_defaults: true, fields_parameter: $fields}}\n"
                                             "  - {methods: [\"*\"], json: {}}\n"
                                             "  - {methods: [\"*\"]}\n"
                                             "json: {emit_defaults: false, int64_as_numbers: true}\n");
  ASSERT_TRUE(config) << config.error()[0].where << config.error()[0].what;
  EXPECT_FALSE(config->grpc_metadata_headers);
  ASSERT_TRUE(config->policies[0].json);
  EXPECT_TRUE(config->policies[0].json->json.emit_defaults);
  EXPECT_TRUE(config->policies[0].json->json.int64_as_numbers);
  EXPECT_EQ(config->policies[0].json->fields_parameter, "$fields");
  EXPECT_EQ(config->policies[0].json->at.ToString(), "d.yaml:5:28");
  ASSERT_TRUE(config->policies[1].json);
  EXPECT_FALSE(config->policies[1].json->json.emit_defaults);
  EXPECT_EQ(config->policies[1].json->fields_parameter, "");
  EXPECT_FALSE(config->policies[2].json);
}

// One wrong thing each, below the smallest configuration: line 4 is the first line of `text`.
TEST(LoadText, SaysWhatIsWrong) {
  struct Case {
    std::string_view text;
    std::string_view problem;
  };
  const Case cases[] = {
      {"limit: {}", "4:1: unknown key \"limit\"; did you mean \"limits\"?"},
      {"cache: {}", "4:1: unknown key \"cache\""},
      {"<<: {}", "4:1: unknown key \"<<\""},
      {"workers: 1\nworkers: 2", "5:1: key \"workers\" stands twice; first in line 4"},
      {"workers: two", "4:10: expected a whole number, got \"two\""},
      {"workers: \"2\"", "4:10: expected a whole number, got \"2\""},
      {"workers: 1.5", "4:10: expected a whole number, got \"1.5\""},
      {"workers: 0", "4:10: expected between 1 and 512, got 0"},
      {"workers: 513", "4:10: expected between 1 and 512, got 513"},
      {"workers: [2]", "4:10: expected a whole number, got a list"},
      {"log: info", "4:6: expected a mapping, got \"info\""},
      {"log:", "4:1: expected a mapping, got nothing"},
      {"log: [info]", "4:6: expected a mapping, got a list"},
      {"log: {level: trace}", "4:14: expected debug, info, warn or error, got \"trace\""},
      {"log: {level: {}}", "4:14: expected debug, info, warn or error, got a mapping"},
      {"access_log: {format: xml}", "4:22: expected json or text, got \"xml\""},
      {"access_log: {path: []}", "4:20: expected text, got a list"},
      {"access_log: {path: \"\"}", "4:20: expected text, got \"\""},
      {"drain: {grace: 5}", "4:16: expected a duration such as 250ms, 5s, 1m or 1h, got 5; it needs a unit"},
      {"drain: {grace: fast}", "4:16: expected a duration such as 250ms, 5s, 1m or 1h, got \"fast\""},
      {"drain: {grace: 61m}", "4:16: expected between 0ms and 1h, got 61m"},
      {"limits: {max_body_bytes: 4MB}", "4:26: expected a size such as 512B, 64KiB or 4MiB, got \"4MB\""},
      {"limits: {max_body_bytes: 2GiB}", "4:26: expected between 1B and 1GiB, got 2GiB"},
      {"limits: {max_body_bytes: 0}", "4:26: expected between 1B and 1GiB, got 0"},
      {"limits: {max_request_line_bytes: 1}", "4:34: expected between 64B and 1MiB, got 1"},
      {"limits: {max_header_bytes: 2MiB}", "4:28: expected between 256B and 1MiB, got 2MiB"},
      {"limits: {max_response_bytes: 1}", "4:30: expected between 1KiB and 1GiB, got 1"},
      {"limits: {max_json_depth: 1001}", "4:26: expected between 1 and 1000, got 1001"},
      {"limits: {header_timeout: 9ms}", "4:26: expected between 10ms and 1h, got 9ms"},
      {"limits: {body_timeout: 2h}", "4:24: expected between 10ms and 1h, got 2h"},
      {"limits: {idle_timeout: 25h}", "4:24: expected between 10ms and 24h, got 25h"},
      {"limits: {max_connections: -1}", "4:27: expected between 1 and 1000000, got -1"},
      {"limits: {max_concurrent_streams: 10001}", "4:34: expected between 1 and 10000, got 10001"},
      {"limits: {max_body_byte: 1}", "4:10: unknown key \"max_body_byte\"; did you mean \"max_body_bytes\"?"},
      {"json: {emit_defaults: yes}", "4:23: expected true or false, got \"yes\""},
      {"json: {emit_defaults: \"true\"}", "4:23: expected true or false, got \"true\""},
      {"json: {unknown_fields: true}", "4:24: expected reject or ignore, got true"},
      {"json: {fields_parameter: fields}", "4:8: unknown key \"fields_parameter\""},
      {"policies: [{methods: [\"*\"], json: {fields_parameter: \"a&b\"}}]",
       "4:54: expected a name of letters, digits, \"-\", \"_\", \".\" and \"$\", at most 64 bytes, got \"a&b\""},
      {"policies: [{methods: [\"*\"], json: {int64_as_numbers: 1}}]", "4:54: expected true or false, got 1"},
      {"grpc_metadata_headers: [foo]", "4:24: expected true or false, got a list"},
      {"query: {unknown: drop}", "4:18: expected reject or ignore, got \"drop\""},
      {"query: {ignore: _}", "4:17: expected a list, got \"_\""},
      {"query: {ignore: [[]]}", "4:18: expected text, got a list"},
      {"errors: {format: rfc9457}", "4:18: expected status, aip193 or problem, got \"rfc9457\""},
      {"listeners: {}", "4:12: expected a list, got a mapping"},
      {"listeners: [{}]", "4:13: missing key \"address\""},
      {"listeners: [{address: shop}]",
       "4:23: expected host:port, [v6]:port or unix:/path, got \"shop\"; the port is missing"},
      {"listeners: [{address: a:1}, {address: a:1}]", "4:39: address \"a:1\" stands twice; first at d.yaml:4:23"},
      {"listeners: [{address: a:1}]\nadmin: {address: a:1}",
       "5:18: address \"a:1\" stands twice; first at d.yaml:4:23"},
      {"admin: {}", "4:8: missing key \"address\""},
      {"admin: {address: 8080}",
       "4:18: expected host:port, [v6]:port or unix:/path, got \"8080\"; the port is missing"},
      {"forward_headers: [\":path\"]",
       "4:19: expected a header's name of letters, digits, \"-\", \"_\" and \".\", got \":path\""},
      {"http_rules: [{get: /a}]", "4:14: missing key \"selector\""},
      {"http_rules: [{selector: GetItem, get: /a}]",
       "4:25: expected a method such as shop.v1.Catalog.GetItem, got \"GetItem\""},
      {"http_rules: [{selector: a.B}]", "4:14: expected one of get, put, post, delete, patch or custom"},
      {"http_rules: [{selector: a.B, post: /a, get: /b}]",
       "4:36: \"post\" beside \"get\"; expected one of get, put, post, delete, patch or custom"},
      {"http_rules: [{selector: a.B, get: /a, custom: {kind: X, path: /b}}]",
       "4:47: \"custom\" beside \"get\"; expected one of get, put, post, delete, patch or custom"},
      {"http_rules: [{selector: a.B, custom: {path: /a}}]", "4:38: missing key \"kind\""},
      {"http_rules: [{selector: a.B, custom: {kind: A B, path: /a}}]",
       "4:45: expected an HTTP method, or * for any, got \"A B\""},
      {"http_rules: [{selector: a.B, get: /a, additional_bindings: [{selector: a.C, get: /b}]}]",
       "4:62: unknown key \"selector\""},
      {"http_rules: [{selector: a.B, get: /a, additional_bindings: [{get: /b, additional_bindings: []}]}]",
       "4:71: unknown key \"additional_bindings\""},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(ProblemsOf(std::string(kSmallest) + std::string(c.text)),
                ElementsAre("d.yaml:" + std::string(c.problem)))
        << c.text;
  }
}

TEST(LoadText, SaysWhatIsWrongWithBackendsAndServices) {
  struct Case {
    std::string_view backends;
    std::string_view services;
    std::string_view problem;
  };
  const Case cases[] = {
      {"{}", "[]", "2:11: expected at least one entry"},
      {"{a: {endpoints: [a:1]}}", "[]", "3:11: expected at least one entry"},
      {"{a: {}}", "[{name: x, backend: a}]", "2:15: missing key \"endpoints\""},
      {"{a: {endpoints: []}}", "[{name: x, backend: a}]", "2:27: expected at least one entry"},
      {"{a: {endpoints: [a:0]}}", "[{name: x, backend: a}]", "2:28: expected a port between 1 and 65535, got 0"},
      {"{a: {endpoints: [a:1, a:1]}}", "[{name: x, backend: a}]",
       "2:33: endpoint \"a:1\" stands twice; first at d.yaml:2:28"},
      {"{a: {endpoints: [a:1], timeout: 2h}}", "[{name: x, backend: a}]", "2:43: expected between 1ms and 1h, got 2h"},
      {"{a: {endpoints: [a:1]}, a: {endpoints: [b:1]}}", "[{name: x, backend: a}]",
       "2:35: backend \"a\" stands twice; first at d.yaml:2:12"},
      {"{\"a b\": {endpoints: [a:1]}}", "[{name: x, backend: a b}]",
       "2:12: expected a backend's name of letters, digits, \"-\", \"_\" and \".\", at most 64 bytes, got \"a b\""},
      {"{shop: {endpoints: [a:1]}}", "[{name: x, backend: shp}]",
       "3:31: unknown backend \"shp\"; did you mean \"shop\"?"},
      {"{shop: {endpoints: [a:1]}}", "[{name: x, backend: warehouse}]", "3:31: unknown backend \"warehouse\""},
      {"{a: {endpoints: [a:1]}}", "[{name: x.Y*, backend: a}]",
       "3:19: expected a service such as shop.v1.Catalog, shop.v1.* or *, got \"x.Y*\""},
      {"{a: {endpoints: [a:1]}}", "[{name: .x, backend: a}]",
       "3:19: expected a service such as shop.v1.Catalog, shop.v1.* or *, got \".x\""},
      {"{a: {endpoints: [a:1]}}", "[{name: x}]", "3:12: missing key \"backend\""},
      {"{a: {endpoints: [a:1]}}", "[{name: x, backend: a, expose: some}]",
       "3:42: expected annotated or all, got \"some\""},
      {"{a: {endpoints: [a:1]}}", "[x]", "3:12: expected a mapping, got \"x\""},
  };
  for (const Case& c : cases) {
    const std::string text = "descriptors: [{file: a.pb}]\nbackends: " + std::string(c.backends) +
                             "\nservices: " + std::string(c.services) + "\n";
    EXPECT_THAT(ProblemsOf(text), testing::Contains("d.yaml:" + std::string(c.problem))) << text;
  }
}

TEST(LoadText, ReportsAllProblemsAtOnceInTheOrderOfTheFile) {
  EXPECT_THAT(ProblemsOf("services: [{name: x, backend: a}]\nworkers: many\nbackend: {}\nlog: {levl: info}\n"),
              ElementsAre("d.yaml:1:1: missing key \"descriptors\"", "d.yaml:1:1: missing key \"backends\"",
                          "d.yaml:1:31: unknown backend \"a\"", "d.yaml:2:10: expected a whole number, got \"many\"",
                          "d.yaml:3:1: unknown key \"backend\"; did you mean \"backends\"?",
                          "d.yaml:4:7: unknown key \"levl\"; did you mean \"level\"?"));
}

TEST(LoadText, RefusesWhatIsNoMapping) {
  EXPECT_THAT(ProblemsOf(""),
              ElementsAre("d.yaml:1:1: the file is empty; expected at least descriptors, backends and services"));
  EXPECT_THAT(ProblemsOf("# later\n"),
              ElementsAre("d.yaml:1:1: the file is empty; expected at least descriptors, backends and services"));
  EXPECT_THAT(ProblemsOf("- a\n"), ElementsAre("d.yaml:1:1: expected a mapping, got a list"));
  EXPECT_THAT(ProblemsOf("hello\n"), ElementsAre("d.yaml:1:1: expected a mapping, got \"hello\""));
  EXPECT_THAT(ProblemsOf("a: [1\n"), ElementsAre("d.yaml:1:1: bad YAML: end of sequence flow not found"));
}

TEST(LoadText, BoundsTheNumberOfEntries) {
  std::string names;
  for (int i = 0; i < 101; ++i) names += "x" + std::to_string(i) + ", ";
  EXPECT_THAT(ProblemsOf(std::string(kSmallest) + "forward_headers: [" + names + "]\n"),
              ElementsAre("d.yaml:4:18: expected at most 100 entries, got 101"));
}

TEST(LoadFile, SaysWhyAFileCannotBeRead) {
  const auto missing = LoadFile("/nonexistent/dragoman.yaml");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error()[0].where, "/nonexistent/dragoman.yaml");
  EXPECT_EQ(missing.error()[0].what, "cannot be read: No such file or directory");
  const auto folder = LoadFile("/");
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error()[0].what, "cannot be read: Is a directory");
}

}  // namespace
}  // namespace dragoman::config
