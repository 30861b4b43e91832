#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "config/load.h"
#include "config_text.h"

namespace dragoman::config {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

struct Case {
  std::string_view text;
  std::string_view problem;  // behind "d.yaml:"
};

TEST(Access, SaysWhatIsWrongWithAuthentication) {
  const Case cases[] = {
      {"authentication: {jwt: [{name: m, issuer: i, audience: [x]}]}",
       "3:45: unknown key \"audience\"; did you mean \"audiences\"?"},
      {"authentication: {jwt: [{name: m, issuer: i}, {name: m, issuer: j}]}",
       "3:53: provider \"m\" stands twice; first at d.yaml:3:24"},
      {"authentication: {jwt: [{name: a b, issuer: i}]}",
       "3:31: expected a name of letters, digits, \"-\", \"_\" and \".\", at most 64 bytes, got \"a b\""},
      {"authentication: {jwt: [{name: m, issuer: i, jwks: {file: k, url: \"https://x/k\"}}]}",
       "3:51: expected one of file, url or discovery: true"},
      {"authentication: {jwt: [{name: m, issuer: i, jwks: {url: \"ftp://x/k\"}}]}",
       "3:57: expected a URL such as https://issuer.example/keys, got \"ftp://x/k\""},
      {"authentication: {jwt: [{name: m, issuer: i, jwks: {discovery: true}}]}",
       "3:51: discovery needs an issuer that is a URL"},
      {"authentication: {api_keys: {in: [{heeder: x}]}}", "3:35: unknown key \"heeder\"; did you mean \"header\"?"},
      {"authentication: {api_keys: {in: [{header: x, query: y}]}}", "3:34: expected one of header, query or cookie"},
      {"authentication: {api_keys: {in: [{cookie: \"a=b\"}]}}",
       "3:43: expected a name of letters, digits, \"-\", \"_\" and \".\", got \"a=b\""},
      {"authentication: {identity: {x-user: sub}}",
       "3:37: expected claims.NAME, consumer.name, consumer.tenant, consumer.tier or credential.scheme, got \"sub\""},
      {"authentication: {basic: {realm: 'a\"b'}}", "3:25: expected a realm without quotes and backslashes"},
      {"authentication: {}",
       "3:17: nobody could ever authenticate; expected at least one of api_keys, jwt, basic, mtls or introspection"},
      {"authentication: {mtls: {}}", "3:24: mtls needs a listener whose tls has a client_ca"},
      {"authentication: {introspection: {client_id: x}}", "3:33: missing key \"url\""},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(ProblemsOf(With(c.text)), Contains("d.yaml:" + std::string(c.problem))) << c.text;
  }
}

TEST(Access, SaysWhatIsWrongWithConsumers) {
  const std::string digest(64, 'a');
  const std::string keys = "[{sha256: " + digest + "}]";
  const struct {
    std::string text;
    std::string problem;
  } cases[] = {
      {"consumers: {a: {keys: " + keys + "}}", "3:24: keys of consumers need authentication.api_keys; it may be {}"},
      {"consumers: {a: {passwords: [{username: u, hash: x}]}}",
       "3:29: passwords of consumers need authentication.basic; it may be {}"},
      {"consumers: {a: {certificates: [{dns: u}]}}",
       "3:32: certificates of consumers need authentication.mtls; it may be {}"},
      {"consumers: {a: {certificates: [{dns: u, uri: v}]}}", "3:32: expected one of uri, dns or common_name"},
      {"consumers: {a: {keys: " + keys + "}, b: {keys: " + keys + "}}",
       "3:113: the key of SHA-256 aaaaaaaa… stands twice; first at d.yaml:3:24"},
      {"consumers: {a: {keys: [{sha256: " + std::string(64, 'A') + "}]}}",
       "3:33: expected the key's SHA-256 as 64 hexadecimal digits in lower case, which `dragoman key hash` prints"},
      {"consumers: {a: {keys: [{sha256: " + digest + ", expires: soon}]}}",
       "3:108: expected a date such as 2027-01-31 or 2027-01-31T12:00:00Z, got \"soon\""},
      {"consumers: {a: {}, a: {}}", "3:20: consumer \"a\" stands twice; first at d.yaml:3:13"},
  };
  for (const auto& c : cases) {
    EXPECT_THAT(ProblemsOf(With(c.text)), Contains("d.yaml:" + c.problem)) << c.text;
  }
}

TEST(Access, SaysWhatIsWrongWithPolicies) {
  constexpr std::string_view kAuthentication =
      "authentication: {api_keys: {}, jwt: [{name: m, issuer: i}]}\n";  // line 3
  const Case cases[] = {
      {"policies: [{authenticate: public}]", "4:12: missing key \"methods\""},
      {"policies: [{methods: [a.B.*, \"a.B/C\", a.B/C.D]}]",
       "4:39: expected methods such as shop.v1.Catalog/GetItem, shop.v1.Catalog/*, shop.v1.* or *, got \"a.B/C.D\""},
      {"policies: [{methods: [a.B]}]",
       "4:23: expected methods such as shop.v1.Catalog/GetItem, shop.v1.Catalog/*, shop.v1.* or *, got \"a.B\""},
      {"policies: [{methods: [\"*\"], authenticate: none}]",
       "4:43: expected public, required, or a mapping with any, all or optional, got \"none\""},
      {"policies: [{methods: [\"*\"], authenticate: {any: [api_keys]}}]",
       "4:50: unknown scheme \"api_keys\"; did you mean \"api_key\"?; authentication sets up api_key, jwt, jwt.m"},
      {"policies: [{methods: [\"*\"], authenticate: {any: [jwt], all: [jwt]}}]",
       "4:43: expected one of any, all or optional"},
      {"policies: [{methods: [\"*\"], authorize: {consumers: [b]}}]", "4:53: unknown consumer \"b\""},
      {"policies: [{methods: [\"*\"], authorize: {scopes: {some: [x]}}}]", "4:49: expected one of any or all"},
      {"policies: [{methods: [\"*\"], authorize: {claims: {a: {}}}}]",
       "4:53: expected a value, {one_of: […]} or {contains: VALUE}"},
      {"policies: [{methods: [\"*\"], authorize: {fields: {a: tenant}}}]",
       "4:53: expected claims.NAME, consumer.name, consumer.tenant, consumer.tier or credential.scheme, got "
       "\"tenant\""},
      {"policies: [{methods: [\"*\"], headers: {request: {set: {\"a b\": x}}}}]",
       "4:55: expected a header's name of letters, digits, \"-\", \"_\" and \".\", got \"a b\""},
      {"policies: [{methods: [\"*\"], headers: {response: {set: {a: \"x\\ny\"}}}}]",
       "4:59: expected printable ASCII, which is all that a header carries"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(ProblemsOf(With(std::string(kAuthentication) + std::string(c.text))),
                Contains("d.yaml:" + std::string(c.problem)))
        << c.text;
  }
  EXPECT_THAT(
      ProblemsOf(With("policies: [{methods: [\"*\"], authenticate: required, authorize: {}}]")),
      ElementsAre("d.yaml:3:43: there is no authentication that could be demanded; set up the key authentication",
                  "d.yaml:3:64: nobody can be authorized without authentication; set up the key authentication"));
  EXPECT_THAT(ProblemsOf(With("policies: [{methods: [\"*\"], authenticate: public}]")), IsEmpty());
}

TEST(Access, SaysWhatIsWrongWithTlsAndCredentialsOfBackends) {
  const struct {
    std::string_view backend;
    std::string_view problem;
  } cases[] = {
      {"tls: {certificate: {file: c}}", "3:53: \"certificate\" without \"private_key\""},
      {"tls: {ca: {path: c}}", "3:45: unknown key \"path\""},
      {"tls: {ca: {file: c, env: d}}", "3:44: expected a text, {file: PATH} or {env: NAME}, got a mapping"},
      {"credentials: {bearer: x, oauth2: {token_url: \"http://x/\", client_id: a, client_secret: b}}",
       "3:67: \"oauth2\" beside \"bearer\"; expected one of them"},
      {"credentials: {bearer: x, metadata: {Authorization: y}}",
       "3:85: \"authorization\" is what bearer and oauth2 set"},
      {"credentials: {metadata: {a: x}, api_key: {name: a, value: y}}", "3:92: \"a\" stands twice"},
      {"credentials: {oauth2: {token_url: \"http://x/\", client_id: a}}", "3:56: missing key \"client_secret\""},
  };
  for (const auto& c : cases) {
    const std::string text = std::string(kBase) + "backends: {a: {endpoints: [a:1], " + std::string(c.backend) + "}}\n";
    EXPECT_THAT(ProblemsOf(text), Contains("d.yaml:" + std::string(c.problem))) << c.backend;
  }
  EXPECT_THAT(ProblemsOf(With("listeners: [{address: \"a:1\", tls: {}}]")),
              ElementsAre("d.yaml:3:35: missing key \"certificates\""));
  EXPECT_THAT(ProblemsOf(With("listeners: [{address: \"a:1\", tls: {certificates: [{certificate: x, private_key: y}], "
                              "client_certificate: optional}}]")),
              ElementsAre("d.yaml:3:106: client certificates need a client_ca to be checked against"));
}

TEST(Access, WithStrictSecretsRefusesSecretsInTheFileButNotCertificates) {
  const std::string text = With(
      "strict_secrets: true\n"
      "listeners: [{address: \"a:1\", tls: {certificates: [{certificate: x, private_key: y}]}}]\n"
      "authentication: {jwt: [{name: m, issuer: i, secret: z}]}",
      "{a: {endpoints: [a:1], credentials: {bearer: {env: T}, metadata: {k: v}}}}");
  const std::string what =
      ": a secret stands in the file, which strict_secrets forbids; expected {file: PATH} or {env: NAME}";
  EXPECT_THAT(ProblemsOf(text), ElementsAre("d.yaml:4:81" + what, "d.yaml:5:53" + what, "d.yaml:6:80" + what));
}

TEST(Access, ClientCertificatesAreRequiredWhereACaIsNamed) {
  const auto config =
      LoadText("conf/d.yaml",
               With("listeners:\n"
                    "- {address: \"a:1\", tls: {certificates: [{certificate: {file: c}, private_key: {env: K}}]}}\n"
                    "- {address: \"a:2\", tls: {certificates: [{certificate: c, private_key: k}], client_ca: x}}\n"));
  ASSERT_TRUE(config) << config.error()[0].what;
  const ListenerTls& first = *config->listeners[0].tls;
  EXPECT_EQ(first.client_certificate, ClientCertificate::kNone);
  EXPECT_EQ(first.certificates[0].certificate.kind, TextSource::Kind::kFile);
  EXPECT_EQ(first.certificates[0].certificate.value, "conf/c");
  EXPECT_EQ(first.certificates[0].private_key.kind, TextSource::Kind::kEnvironment);
  EXPECT_EQ(config->listeners[1].tls->client_certificate, ClientCertificate::kRequired);
}

}  // namespace
}  // namespace dragoman::config
