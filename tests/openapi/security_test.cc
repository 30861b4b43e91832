#include <gtest/gtest.h>

#include <string>

#include "document.h"

namespace dragoman::openapi {
namespace {

constexpr std::string_view kProto = R"(
  message M { string id = 1; }
  service S { rpc Get(M) returns (M) { option (google.api.http) = {get: "/m"}; } }
)";

constexpr std::string_view kSchemes = R"(authentication:
  api_keys: {in: [{header: x-api-key}, {query: key}, {cookie: session}]}
  jwt:
    - {name: main, issuer: "https://issuer.example/", audiences: [shop], jwks: {discovery: true}}
    - {name: other, issuer: "https://other.example", audiences: [shop], secret: "0123456789abcdef0123456789abcdef"}
  basic: {}
  introspection: {url: "https://issuer.example/introspect", client_id: a, client_secret: b}
consumers: {app: {keys: [{sha256: ff3dbe4bd135866a88187abc6e7f146cc0d872c82b41d56feec7a4acf269d3bf}]}}
)";

Document With(std::string_view policy) {
  return Document(kProto, std::string(kSchemes) + "policies: [{methods: [\"*\"], " + std::string(policy) + "}]");
}

TEST(Security, HasASchemeForEachPlaceOfACredential) {
  const Document document = With("authenticate: public");
  EXPECT_EQ(document.At("/components/securitySchemes"),
            R"({"api_key":{"type":"apiKey","in":"header","name":"x-api-key"},"api_key-2":{"type":"apiKey","in":"query","name":"key"},)"
            R"("api_key-3":{"type":"apiKey","in":"cookie","name":"session"},)"
            R"("jwt.main":{"type":"openIdConnect","openIdConnectUrl":"https://issuer.example/.well-known/openid-configuration"},)"
            R"("jwt.other":{"type":"http","scheme":"bearer","bearerFormat":"JWT","description":"A token of https://other.example."},)"
            R"("basic":{"type":"http","scheme":"basic"},"introspection":{"type":"http","scheme":"bearer"}})");
  EXPECT_EQ(document.Of("get", "/m", "/security"), "[]");
  EXPECT_EQ(document.Of("get", "/m", "/responses/401"), "nothing");
}

TEST(Security, IsWhatThePolicyDemands) {
  struct Case {
    std::string policy;
    std::string security;
  };
  const Case cases[] = {
      {"authenticate: {any: [basic, introspection]}", R"([{"basic":[]},{"introspection":[]}])"},
      {"authenticate: {any: [api_key]}", R"([{"api_key":[]},{"api_key-2":[]},{"api_key-3":[]}])"},
      {"authenticate: {all: [basic, jwt]}", R"([{"basic":[],"jwt.main":[]},{"basic":[],"jwt.other":[]}])"},
      {"authenticate: {optional: [basic]}", R"([{},{"basic":[]}])"},
      {"authenticate: {any: [jwt.main]}, authorize: {scopes: [a, b]}", R"([{"jwt.main":["a","b"]}])"},
      {"authenticate: {any: [jwt.main]}, authorize: {scopes: {any: [a, b]}}", R"([{"jwt.main":[]}])"},
      {"authenticate: {optional: [basic]}, authorize: {scopes: [a]}", R"([{"basic":["a"]}])"},
  };
  for (const Case& one : cases) EXPECT_EQ(With(one.policy).Of("get", "/m", "/security"), one.security) << one.policy;
}

TEST(Security, TellsScopesAndRolesAndNoNames) {
  const Document document = With("authenticate: {any: [jwt.main]}, authorize: {scopes: {any: [a, b]}, roles: [buyer], consumers: [app], tenants: [acme]}");
  EXPECT_EQ(document.Of("get", "/m", "/description"), R"("Needs one of the scopes `a`, `b` and the role `buyer`.")");
  EXPECT_EQ(document.Of("get", "/m", "/responses/401"), R"({"$ref":"#/components/responses/Unauthenticated"})");
  EXPECT_EQ(document.Of("get", "/m", "/responses/403"), R"({"$ref":"#/components/responses/Forbidden"})");
  EXPECT_EQ(document.text().find("acme"), std::string::npos);
  EXPECT_EQ(document.text().find("\"app\""), std::string::npos);
}

TEST(Limits, AreTold) {
  const Document document(kProto,
                          "rate_limits: {per-client: {key: [address], limits: [{rate: 10/s, burst: 20}, {quota: 1000/h}]}}\n"
                          "policies: [{methods: [\"*\"], rate_limits: [{limit: per-client, cost: 2}]}]");
  EXPECT_EQ(document.Of("get", "/m", "/description"), R"("Limits: 10/s (burst 20) and quota 1000/h by address.")");
  EXPECT_EQ(document.Of("get", "/m", "/x-rate-limits"),
            R"([{"name":"per-client-1s","kind":"rate","amount":10,"milliseconds":1000,"burst":20,"cost":2,"key":"by address"},)"
            R"({"name":"per-client-1h","kind":"quota","amount":1000,"milliseconds":3600000,"cost":2,"key":"by address"}])");
  EXPECT_EQ(document.Of("get", "/m", "/responses/429"), R"({"$ref":"#/components/responses/TooManyRequests"})");
  EXPECT_EQ(document.At("/components/responses/TooManyRequests/headers/retry-after/required"), "true");
}

}  // namespace
}  // namespace dragoman::openapi
