#include "lint/lint.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "lint/codes.h"
#include "tests/lint/fixture.h"

namespace dragoman::lint {
namespace {

// `what` begins a finding's text where the configuration has it; in the other none of that code is found.
struct Case {
  const Code& code;
  std::string with;
  std::string finding;
  std::string without;
};

constexpr std::string_view kKeys = "authentication: {api_keys: {}}\nconsumers: {a: {tenant: t, scopes: [read], keys: [{sha256: "
                                   "0000000000000000000000000000000000000000000000000000000000000000}]}}\n";

void Check(const std::vector<Case>& cases) {
  const Folder folder;
  for (const Case& c : cases) {
    std::vector<std::string> same;
    for (const std::string& line : folder.Find(c.with)) {
      if (line.find(" " + std::string(c.code.name) + ": ") != std::string::npos) same.push_back(line);
    }
    ASSERT_FALSE(same.empty()) << c.code.name << "\n" << c.with;
    EXPECT_EQ(same.front(), c.finding);
    for (const std::string& line : folder.Find(c.without)) {
      EXPECT_EQ(line.find(" " + std::string(c.code.name) + ": "), std::string::npos) << c.without << line;
    }
  }
}

TEST(Lint, HasNothingToSayOfASmallConfiguration) {
  const Folder folder;
  EXPECT_EQ(folder.Find(""), std::vector<std::string>());
}

TEST(Lint, OfRoutes) {
  const std::string two = "http_rules: [{selector: shop.v1.Catalog.Find, get: ";
  Check({
      {kUnreachableRule,
       "http_rules:\n"
       "  - {selector: shop.v1.Catalog.Find, get: \"/f/{id=**}\"}\n"
       "  - {selector: shop.v1.Catalog.Put, get: /f}\n"
       "  - {selector: shop.v1.Catalog.Drop, custom: {kind: \"*\", path: \"/f/*/**\"}}\n",
       "d.yaml:5:5 warning unreachable-rule: GET /f/{id=**} of shop.v1.Catalog/Find: no request reaches it, since every path that it fits is taken by rules that are "
       "tried before it: GET /f of shop.v1.Catalog/Put, * /f/*/** of shop.v1.Catalog/Drop; remove it, or narrow those",
       "http_rules:\n"
       "  - {selector: shop.v1.Catalog.Find, get: \"/f/{id=**}\"}\n"
       "  - {selector: shop.v1.Catalog.Put, get: /f}\n"
       "  - {selector: shop.v1.Catalog.Drop, custom: {kind: \"*\", path: \"/f/*/x/**\"}}\n"},
      {kShadowedValue, two + "/v1/items/best}]\n",
       "shop.proto:10:38 note shadowed-value: GET /v1/items/{id} of shop.v1.Catalog/GetItem: a request with id = \"best\" does not reach it, since GET /v1/items/best of "
       "shop.v1.Catalog/Find is tried before it; make sure that it is no value of id",
       two + "/v1/best/items}]\n"},
      {kShadowedValue, two + "\"/f/{id}\", additional_bindings: [{get: /f/best}]}]\n",
       "d.yaml:4:14 note shadowed-value: GET /f/{id} of shop.v1.Catalog/Find: a request with id = \"best\" does not reach it, since GET /f/best of shop.v1.Catalog/Find is "
       "tried before it; make sure that it is no value of id",
       two + "\"/f/{id=x/*}\", additional_bindings: [{get: \"/f/{id=x/best}\"}]}]\n"},
      {kShadowedValue, two + "\"/f/{id=x/*}\", additional_bindings: [{get: \"/f/x/{id=best}\"}]}]\n",
       "d.yaml:4:14 note shadowed-value: GET /f/{id=x/*} of shop.v1.Catalog/Find: a request with id = \"best\" does not reach it, since GET /f/x/{id=best} of "
       "shop.v1.Catalog/Find is tried before it; make sure that it is no value of id",
       two + "\"/f/{id}\", additional_bindings: [{get: \"/f/{id=best}\"}]}]\n"},
      {kBodyOnGet, two + "/f, body: \"*\"}]\n",
       "d.yaml:4:14 warning body-on-get: GET /f of shop.v1.Catalog/Find: takes a body (body: \"*\"), which browsers, caches and proxies do not send with a GET; use "
       "POST, or leave the body out so that the query has the fields",
       two + "/f}]\n"},
      {kDiffersFromEnvoy, two + "\"/f/{id=**}/x\"}]\n",
       "d.yaml:4:14 note differs-from-envoy: GET /f/{id=**}/x of shop.v1.Catalog/Find: Envoy's ** takes one segment at least where something follows it, here it may be "
       "empty: /f/x fits; where both are to agree, let no client send it",
       two + "\"/f/{id=**}\"}]\n"},
      {kDiffersFromEnvoy, two + "\"/v1/{name}:best\", additional_bindings: [{get: \"/v1/{name}/{id}\"}]}]\n",
       "d.yaml:4:14 note differs-from-envoy: GET /v1/{name}:best of shop.v1.Catalog/Find: to Envoy :best is one more segment, so that it takes /v1/value/best too, which "
       "is GET /v1/{name}/{id} of shop.v1.Catalog/Find here; give one of them another name where both have to agree",
       two + "\"/v1/{name}:best\"}]\n"},
      {kDiffersFromEnvoy, two + "/caf%C3%A9}]\n",
       "d.yaml:4:14 note differs-from-envoy: GET /caf%C3%A9 of shop.v1.Catalog/Find: Envoy compares literals as they are spelt, here escapes are decoded first; spell the "
       "path in letters that need no escape where both have to agree",
       two + "/cafe}]\n"},
  });
}

TEST(Lint, OfServices) {
  Check({
      {kServiceWithoutRoute, "services_too: [{name: shop.v1.Admin, backend: a, expose: annotated}]\n",
       "d.yaml:3:45 warning service-without-route: shop.v1.Admin: has no route, since none of its methods has an annotation or an entry in http_rules; add some, say "
       "`expose: all`, or cover it by no entry of services",
       "services_too: [{name: shop.v1.Admin, backend: a}]\n"},
      {kOverriddenService, "services_too: [{name: shop.v1.Catalog, backend: a}, {name: shop.v1.Admin, backend: a}]\n",
       "d.yaml:3:12 warning overridden-service: services: \"shop.v1.*\" decides for no service, since entries with longer names cover all of them; remove it",
       "services_too: [{name: shop.v1.Catalog, backend: a}]\n"},
      {kUnusedBackend, "backends_too: {b: {endpoints: [\"127.0.0.1:2\"]}}\n",
       "d.yaml:2:45 warning unused-backend: backend \"b\" serves nothing: no entry of services names it; remove it", ""},
      {kUnusedRateLimit, "rate_limits: {few: {limits: [{rate: 1/s}]}}\n",
       "d.yaml:4:15 warning unused-rate-limit: limit \"few\" holds for nothing: no policy names it under rate_limits; name it, or remove it",
       "rate_limits: {few: {limits: [{rate: 1/s}]}}\npolicies: [{methods: [\"*\"], rate_limits: [few]}]\n"},
      {kDeprecatedExposed, "http_rules: [{selector: shop.v1.Catalog.Old, get: /old}]\n",
       "shop.proto:15:3 note deprecated-exposed: GET /old of shop.v1.Catalog/Old: the method is deprecated and exposed; an entry of services without it, or no rule for it, takes "
       "it away",
       ""},
      {kFieldsParameterHidesField, "policies: [{methods: [shop.v1.Catalog/GetItem], json: {fields_parameter: tags}}]\n",
       "d.yaml:4:55 warning fields-parameter-hides-field: shop.v1.Catalog/GetItem: query parameter \"tags\" chooses fields of the reply; the request's own \"tags\" cannot be "
       "set there; name it otherwise",
       "policies: [{methods: [shop.v1.Catalog/GetItem], json: {fields_parameter: fields}}]\n"},
  });
}

TEST(Lint, OfPolicies) {
  Check({
      {kUselessSelector, "policies: [{methods: [shop.v1.Catalog/Find], timeout: 1s}]\n",
       "d.yaml:4:23 warning useless-selector: policies: \"shop.v1.Catalog/Find\" selects only methods that have no route and that no composition calls; give them one, or "
       "remove it",
       "policies: [{methods: [shop.v1.Catalog/GetItem], timeout: 1s}]\n"},
      {kPolicyWithoutEffect, "policies:\n  - {methods: [shop.v1.Catalog/GetItem], timeout: 1s}\n  - {methods: [\"*\"], timeout: 2s}\n",
       "d.yaml:5:5 warning policy-without-effect: policies: `timeout` of this entry holds for no RPC: later entries say it for all that this one selects; remove it, or put "
       "the entry behind those",
       "policies:\n  - {methods: [\"*\"], timeout: 2s}\n  - {methods: [shop.v1.Catalog/GetItem], timeout: 1s}\n"},
      {kPolicyWithoutEffect, "policies: [{methods: [shop.v1.Catalog/GetItem], stream_timeout: 1s}]\n",
       "d.yaml:4:12 warning policy-without-effect: policies: `stream_timeout` of this entry holds for no RPC: none that it selects streams; say timeout",
       "policies: [{methods: [\"*\"], stream_timeout: 1s}]\n"},
  });
}

TEST(Lint, OfCallers) {
  const std::string keys(kKeys);
  const std::string of_item = "policies: [{methods: [shop.v1.Catalog/GetItem], ";
  Check({
      {kUnusableScheme, "authentication: {api_keys: {}, basic: {}}\n" + keys.substr(keys.find('\n') + 1),
       "d.yaml:4:39 warning unusable-scheme: scheme \"basic\" lets nobody in: no consumer has a password; add `passwords`", keys},
      {kUnusableScheme, "authentication: {api_keys: {}}\n",
       "d.yaml:4:28 warning unusable-scheme: scheme \"api_key\" lets nobody in: no consumer has a key that holds, and there is no file of keys; add `keys`, or `file`", keys},
      {kNobodyMayCall, "authentication: {api_keys: {}}\n",
       "d.yaml:4:17 warning nobody-may-call: shop.v1.Catalog/GetItem and 2 more: nobody may call, since nobody can have a credential of api_key; give a consumer one, or "
       "take another scheme",
       keys},
      {kNobodyMayCall, keys + of_item + "authorize: {scopes: [write]}}]\n",
       "d.yaml:6:60 warning nobody-may-call: shop.v1.Catalog/GetItem: nobody may call, since no consumer and no token that is accepted here can have what `authorize` "
       "demands (scopes); mend it, or give it to a consumer",
       keys + of_item + "authorize: {scopes: [read], tenants: [t], consumers: [a]}}]\n"},
      {kNobodyMayCall, keys + of_item + "authorize: {claims: {a: b}}}]\n",
       "d.yaml:6:60 warning nobody-may-call: shop.v1.Catalog/GetItem: nobody may call, since no consumer and no token that is accepted here can have what `authorize` "
       "demands (claims); mend it, or give it to a consumer",
       "authentication: {jwt: [{name: m, issuer: i, audiences: [a], jwks: {url: \"https://127.0.0.1/k\"}}]}\n" + of_item + "authorize: {claims: {a: b}, scopes: [write]}}]\n"},
      {kNobodyMayCall,
       "authentication: {jwt: [{name: m, issuer: i, audiences: [a], jwks: {url: \"https://127.0.0.1/k\"}}]}\nconsumers: {a: {tenant: t}}\n" + of_item +
           "authorize: {tenants: [t]}}]\n",
       "d.yaml:6:60 warning nobody-may-call: shop.v1.Catalog/GetItem: nobody may call, since no consumer and no token that is accepted here can have what `authorize` "
       "demands (tenants); mend it, or give it to a consumer",
       "authentication: {jwt: [{name: m, issuer: i, audiences: [a], consumer_claim: c, jwks: {url: \"https://127.0.0.1/k\"}}]}\nconsumers: {a: {tenant: t}}\n" + of_item +
           "authorize: {tenants: [t]}}]\n"},
      {kConsumerWithoutCredential, "consumers: {a: {tenant: t}}\n",
       "d.yaml:4:13 warning consumer-without-credential: consumer \"a\" can never be recognised: it has neither keys, passwords nor certificates, and no token names a "
       "consumer (consumer_claim); give it one, or remove it",
       keys},
  });
}

TEST(Lint, OfSecrets) {
  const std::string jwt = "authentication: {jwt: [{name: m, issuer: i, audiences: [a], algorithms: [HS256], secret: ";
  Check({
      {kPlaintextSecret, jwt + "0123456789abcdef0123456789abcdef}]}\n",
       "d.yaml:4:90 warning plaintext-secret: the secret of jwt \"m\" stands in the file itself, for everybody who reads it; say {env: NAME} or {file: PATH} "
       "(strict_secrets: true demands it everywhere)",
       jwt + "{file: secret}}]}\n"},
      {kPlaintextSecret, "store: {redis: {url: \"redis://:hush@127.0.0.1:1\"}}\n",
       "d.yaml:4:22 warning plaintext-secret: the store's password stands in the file itself, for everybody who reads it; say {env: NAME} or {file: PATH} (strict_secrets: "
       "true demands it everywhere)",
       "store: {redis: {url: \"redis://127.0.0.1:1\"}}\n"},
      {kPlaintextSecret, "admin: {address: \"127.0.0.1:1\", token: hush}\n",
       "d.yaml:4:40 warning plaintext-secret: the token of `admin` stands in the file itself, for everybody who reads it; say {env: NAME} or {file: PATH} (strict_secrets: "
       "true demands it everywhere)",
       "admin: {address: \"127.0.0.1:1\", token: {file: secret}}\n"},
      {kPlaintextSecret, "backend: {credentials: {bearer: hush}}\n",
       "d.yaml:2:66 warning plaintext-secret: the bearer token of backend \"a\" stands in the file itself, for everybody who reads it; say {env: NAME} or {file: PATH} "
       "(strict_secrets: true demands it everywhere)",
       "backend: {credentials: {bearer: {file: secret}}}\n"},
  });
}

TEST(Lint, OfBounds) {
  const std::string use = "policies: [{methods: [\"*\"], rate_limits: [few]}]\n";
  Check({
      {kLimitWithoutEffect, "rate_limits: {few: {limits: [{rate: 1/s, burst: 5}, {quota: 10000/h}]}}\n" + use,
       "d.yaml:4:53 warning limit-without-effect: limit \"few\": quota 10000/h never refuses anything that rate 1/s lets through; tighten it, or remove it",
       "rate_limits: {few: {limits: [{rate: 10/s, burst: 5}, {quota: 10000/h}]}}\n" + use},
      {kLimitWithoutEffect, "rate_limits: {few: {limits: [{rate: 1/s}], tiers: {t: [{rate: 4/2s, burst: 2}, {rate: 1/s, burst: 1}]}}}\n" + std::string(kKeys) + use,
       "d.yaml:4:56 warning limit-without-effect: limit \"few\", tier \"t\": rate 4/2s never refuses anything that rate 1/s lets through; tighten it, or remove it",
       "rate_limits: {few: {limits: [{rate: 1/s}], tiers: {t: [{rate: 4/2s, burst: 2}, {rate: 1/s, burst: 9}]}}}\n" + std::string(kKeys) + use},
      {kCostOverLimit, "rate_limits: {few: {limits: [{rate: 5/s}]}}\npolicies: [{methods: [\"*\"], rate_limits: [{limit: few, cost: 6}]}]\n",
       "d.yaml:5:43 warning cost-over-limit: a call costs 6, and limit \"few\" never lets through more than 5 at once, so that it is always refused; lower the cost, or "
       "raise `burst` or the quota",
       "rate_limits: {few: {limits: [{rate: 5/s}]}}\npolicies: [{methods: [\"*\"], rate_limits: [{limit: few, cost: 5}]}]\n"},
      {kCapWithoutEffect, "backend: {concurrency: {max: 4}}\npolicies: [{methods: [\"shop.v1.Catalog/*\"], concurrency: [{max: 5}]}]\n",
       "d.yaml:4:59 warning cap-without-effect: shop.v1.Catalog/GetItem may have 5 calls at once, but backend \"a\" takes 4 of all together, so that this cap never bites; "
       "lower it, or remove it",
       "backend: {concurrency: {max: 4}}\npolicies: [{methods: [\"shop.v1.Catalog/*\"], concurrency: [{max: 3}]}]\n"},
      {kUnknownTier, "policies: [{methods: [\"*\"], priority: {tiers: {gold: high}}}]\n",
       "d.yaml:4:12 warning unknown-tier: tier \"gold\" is no consumer's, so that what is said of it never holds; give it to one (`consumers`), or remove it",
       "consumers: {a: {tier: gold}}\npolicies: [{methods: [\"*\"], priority: {tiers: {gold: high}}}]\n"},
  });
}

TEST(Lint, OfTimeouts) {
  const auto composition = [](const std::string& call, const std::string& more) {
    return "compositions:\n  - {name: one, get: /one, timeout: 2s, calls: {x: {method: shop.v1.Catalog/" + call + "}}, merge: [x]}\n" + more;
  };
  const auto call = [](const std::string& timeout, const std::string& more) {
    return "compositions:\n  - {name: one, get: /one, timeout: 2s, calls: {x: {method: shop.v1.Catalog/GetItem, timeout: " + timeout + "}}, merge: [x]}\n" + more;
  };
  Check({
      {kTimeoutNeverReached, composition("Find", "policies: [{methods: [shop.v1.Catalog/Find], timeout: 3s}]\n"),
       "d.yaml:6:12 warning timeout-never-reached: shop.v1.Catalog/Find: its time-out of 3s never ends it, since only compositions call it, and compositions/one, the longest "
       "of them, ends after 2s; shorten it",
       composition("Find", "policies: [{methods: [shop.v1.Catalog/Find], timeout: 1s}]\n")},
      {kTimeoutNeverReached, "backend: {timeout: 1s}\n" + call("1500ms", ""),
       "d.yaml:5:49 warning timeout-never-reached: compositions/one: call \"x\" may take 1500ms, shop.v1.Catalog/GetItem only 1s by backends.a.timeout, so that its time-out never "
       "ends it; shorten it, or lengthen that",
       "backend: {timeout: 1500ms}\n" + call("1500ms", "")},
      {kTimeoutNeverReached, call("1500ms", "policies: [{methods: [shop.v1.Catalog/GetItem], timeout: 1s}]\n"),
       "d.yaml:5:49 warning timeout-never-reached: compositions/one: call \"x\" may take 1500ms, shop.v1.Catalog/GetItem only 1s by its policy's timeout, so that its time-out never "
       "ends it; shorten it, or lengthen that",
       call("1s", "policies: [{methods: [shop.v1.Catalog/GetItem], timeout: 1s}]\n")},
      {kQueueLongerThanTimeout, "backend: {timeout: 1s, concurrency: {max: 1, queue: 2, queue_timeout: 2s}}\n",
       "d.yaml:2:70 warning queue-longer-than-timeout: shop.v1.Catalog/GetItem and 1 more: may wait 2s for its turn, and has 1s in all, so that nothing is left for the call; shorten "
       "queue_timeout",
       "backend: {timeout: 1s, concurrency: {max: 1, queue: 2, queue_timeout: 500ms}}\n"},
      {kDrainCutsCalls, "drain: {grace: 10s}\n",
       "d.yaml:2:12 note drain-cuts-calls: shop.v1.Catalog/GetItem may take 15s, but drain.grace is 10s, so that a restart cuts it off; lengthen drain.grace, or shorten the "
       "time-out",
       "drain: {grace: 15s}\n"},
  });
}

TEST(Lint, OfTransport) {
  const std::string keys(kKeys);
  const auto listen = [](const std::string& address) { return "listeners: [{address: \"" + address + "\"}]\n"; };
  const auto jwks = [](const std::string& url) {
    return "authentication: {jwt: [{name: m, issuer: i, audiences: [a], jwks: {url: \"" + url + "\"}}]}\n";
  };
  Check({
      {kNoAuthentication, listen("0.0.0.0:8080"),
       "d.yaml:4:23 note no-authentication: whoever reaches 0.0.0.0:8080 may call everything: there is no `authentication`; add it, unless something in front of the "
       "gateway asks",
       listen("127.0.0.1:8080")},
      {kCredentialsInTheClear, listen("[::]:8080") + keys,
       "d.yaml:4:23 warning credentials-in-the-clear: credentials come to [::]:8080 in the clear; add `tls`, or say whose proxies in front of it have it (trusted_proxies)",
       listen("[::]:8080") + keys + "trusted_proxies: [10.0.0.0/8]\n"},
      {kAdminExposed, "admin: {address: \"0.0.0.0:1\"}\n",
       "d.yaml:4:18 warning admin-exposed: whoever reaches 0.0.0.0:1 reads metrics, status and bans; listen on 127.0.0.1 or a unix socket", "admin: {address: \"[::1]:1\"}\n"},
      {kBackendCredentialsInTheClear, "backend: {address: \"shop.internal:1\", credentials: {bearer: {file: secret}}}\n",
       "d.yaml:2:61 warning backend-credentials-in-the-clear: credentials of backend \"a\" go to shop.internal:1 in the clear; add `tls: {}`",
       "backend: {address: \"shop.internal:1\", tls: {}, credentials: {bearer: {file: secret}}}\n"},
      {kInsecureUrl, jwks("http://issuer.example/k"),
       "d.yaml:4:73 warning insecure-url: jwks \"http://issuer.example/k\" is asked in the clear, where anybody between may answer or listen; say https",
       jwks("https://issuer.example/k") + ""},
      {kCredentialInQuery, "authentication: {api_keys: {in: [{query: key}], file: keys}}\n",
       "d.yaml:4:28 note credential-in-query: API keys may stand in the query (\"key\"), which browsers, proxies and their logs keep; take a header where clients can",
       "authentication: {api_keys: {file: keys}}\n"},
      {kAnyAudience, "authentication: {jwt: [{name: m, issuer: i, any_audience: true, jwks: {url: \"https://a.example/k\"}}]}\n",
       "d.yaml:4:24 note any-audience: tokens of \"i\" are taken whoever they were made for (any_audience), those of its other services too; name `audiences`",
       jwks("https://a.example/k")},
      {kNetworkOfEverybody, "trusted_proxies: [0.0.0.0/0]\n",
       "d.yaml warning network-of-everybody: 0.0.0.0/0 is everybody: any client may say from which address it comes; name the proxies", "trusted_proxies: [10.0.0.0/8]\n"},
      {kNetworkOfEverybody, "guard: {allow: [\"::/0\"]}\n",
       "d.yaml:4:17 warning network-of-everybody: ::/0 is everybody: the guard shuts nobody out; name who is never to be shut out", "guard: {allow: [\"::1\"]}\n"},
      {kCorsPlainOrigin, "cors: {origins: [\"http://app.example\"], credentials: true}\n",
       "d.yaml:4:18 warning cors-plain-origin: pages of \"http://app.example\" come in the clear, so that anybody between can write one that calls with the user's cookies; "
       "say https",
       "cors: {origins: [\"http://localhost:3000\", \"https://app.example\"], credentials: true}\n"},
      {kCorsDropsCookies, "authentication: {api_keys: {in: [{cookie: key}], file: keys}}\ncors: {origins: [\"https://app.example\"]}\n",
       "d.yaml:5:7 warning cors-drops-cookies: shop.v1.Catalog/GetItem and 2 more: takes cookie \"key\", which pages of other origins do not send: `credentials: true` is missing",
       "authentication: {api_keys: {in: [{cookie: key}], file: keys}}\ncors: {origins: [\"https://app.example\"], credentials: true}\n"},
  });
}

TEST(Lint, FindsALotOnce) {
  std::string rules = "http_rules:\n";
  for (int i = 0; i < 1000; ++i) rules += "  - {selector: shop.v1.Catalog.Find, get: /f" + std::to_string(i) + ", body: \"*\"}\n";
  const Folder folder;
  EXPECT_EQ(folder.Find(rules).size(), 1000u);
}

TEST(LintUnserved, FindsWhatIsSoWhateverTheProblemsAre) {
  const Folder folder;
  EXPECT_EQ(folder.FindUnserved("backends_too: {b: {endpoints: [\"127.0.0.1:2\"]}}\n"
                                "services_too: [{name: shop.v1.Admin, backend: a, expose: annotated}]\n"
                                "admin: {address: \"127.0.0.1:1\", token: hush}\n"
                                "policies: [{methods: [shop.v1.Catalog/Put], timeout: 1s}]\n"
                                "http_rules:\n"
                                "  - {selector: shop.v1.Catalog.Find, get: /v1/items/best}\n"
                                "  - {selector: shop.v1.Catalog.Find, get: /v1/items/best}\n"
                                "  - {selector: shop.v1.Catalog.Put, delete: \"/f/{nme}\", body: \"*\"}\n"
                                "  - {selector: shop.v1.Admin.Rset, get: /r}\n"),
            (std::vector<std::string>{
                "d.yaml:4:40 warning plaintext-secret: the token of `admin` stands in the file itself, for everybody who reads it; say {env: NAME} or {file: PATH} "
                "(strict_secrets: true demands it everywhere)",
                "shop.proto:10:38 note shadowed-value: GET /v1/items/{id} of shop.v1.Catalog/GetItem: a request with id = \"best\" does not reach it, since GET "
                "/v1/items/best of shop.v1.Catalog/Find is tried before it; make sure that it is no value of id"}))
      << "not of unused-backend, service-without-route and useless-selector, which a mended rule or name may answer";
}

TEST(LintUnserved, FindsWhatTheConfigurationSaysWhereThereAreNoDescriptors) {
  const Folder folder;
  std::ofstream(folder.file().substr(0, folder.file().size() - 6) + "shop.proto") << "syntax = \"proto3\";\nmessage {\n";
  EXPECT_EQ(folder.FindUnserved("trusted_proxies: [0.0.0.0/0]\n"),
            (std::vector<std::string>{"d.yaml warning network-of-everybody: 0.0.0.0/0 is everybody: any client may say from which address it comes; name the proxies"}));
}

TEST(Codes, AreKnownByName) {
  std::set<std::string_view> names;
  for (const Code* code : Codes()) {
    EXPECT_EQ(FindCode(code->name), code);
    names.insert(code->name);
  }
  EXPECT_EQ(names.size(), Codes().size());
  EXPECT_TRUE(std::is_sorted(Codes().begin(), Codes().end(), [](const Code* a, const Code* b) { return a->name < b->name; }));
  EXPECT_EQ(FindCode("unused-backnd"), nullptr);
  EXPECT_EQ(UnknownCode("unused-backnd"), "unknown code \"unused-backnd\"; did you mean \"unused-backend\"?");
}

// Every code has a row of the README's table, and every row a code.
TEST(Codes, AreExplained) {
  std::ifstream file(std::string(DRAGOMAN_SOURCE_DIR) + "/src/lint/README.md");
  std::set<std::string> rows;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("| `")) continue;
    const std::string name = line.substr(3, line.find('`', 3) - 3);
    const Code* code = FindCode(name);
    ASSERT_NE(code, nullptr) << name;
    EXPECT_NE(line.find("` | " + std::string(NameOf(code->severity)) + " |"), std::string::npos) << line;
    rows.insert(name);
  }
  EXPECT_EQ(rows.size(), Codes().size());
}

}  // namespace
}  // namespace dragoman::lint
