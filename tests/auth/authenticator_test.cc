#include "auth/authenticator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "base/loop.h"
#include "config/load.h"
#include "fake_exchange.h"
#include "routing/router.h"
#include "schema_from_source.h"

namespace dragoman::auth {
namespace {

using testing::ElementsAre;
using testing::Pair;

// A scheme that knows some credentials by heart; "slow …" it answers only when it is asked to wait.
class HeartScheme final : public Scheme {
 public:
  HeartScheme(std::string name, std::string challenge, std::map<std::string, const Consumer*, std::less<>> known)
      : name_(std::move(name)), challenge_(std::move(challenge)), known_(std::move(known)) {}

  std::string_view name() const override { return name_; }
  std::string_view challenge() const override { return challenge_; }
  bool Recognises(std::string_view credential) const override { return credential.starts_with(name_); }
  std::string ClaimedName(std::string_view credential) const override {
    const size_t of = credential.find(" of ");
    return of == std::string_view::npos ? "" : std::string(credential.substr(of + 4));
  }
  bool guessable() const override { return name_ == "basic"; }
  std::optional<Result<Identity>> TryVerify(std::string_view credential, int64_t) override {
    if (credential.find("slow") != std::string_view::npos) return std::nullopt;
    return Look(credential);
  }
  Task<Result<Identity>> Verify(std::string_view credential, int64_t) override { co_return Look(credential); }

 private:
  Result<Identity> Look(std::string_view credential) const {
    const auto found = known_.find(credential);
    if (found == known_.end()) return Refuse(Reason::kUnauthenticated, "the \"credential\" is wrong");
    return Identity{.scheme = name_, .consumer = found->second, .claims = nullptr};
  }

  std::string name_;
  std::string challenge_;
  std::map<std::string, const Consumer*, std::less<>> known_;
};

const Consumer kAda{.name = "ada"};
const Consumer kBob{.name = "bob"};

// One RPC whose policy is `authenticate`; keys in two places, tokens of two issuers, passwords, certificates.
class Gate {
 public:
  explicit Gate(std::string_view authenticate)
      : schema_(SchemaFromSource("syntax = \"proto3\"; package a; message M {} service S { rpc R(M) returns (M); }")),
        plans_(schema_) {
    config_ = *config::LoadText(
        "d.yaml",
        "descriptors: [{file: a.pb}]\nbackends: {b: {endpoints: [a:1]}}\nservices: [{name: '*', backend: b}]\n"
        "listeners: [{address: 'a:1', tls: {certificates: [{certificate: c, private_key: k}], client_ca: x}}]\n"
        "authentication: {api_keys: {in: [{header: x-api-key}, {query: key}]}, basic: {}, mtls: {},\n"
        "  jwt: [{name: a, issuer: a}, {name: b, issuer: b}]}\n"
        "consumers: {ada: {certificates: [{uri: 'id:ada'}]}}\n"
        "policies: [{methods: ['*'], authenticate: " +
            std::string(authenticate) + "}]\n");
    facts_ = SchemesOf(config_);
    directory_ = std::make_unique<ConsumerDirectory>(config_.consumers);
    certificates_ = std::make_unique<CertificateTable>(config_, *directory_);
    std::vector<std::unique_ptr<Scheme>> schemes;
    for (const SchemeFacts& facts : facts_) {
      schemes.push_back(facts.kind == SchemeFacts::Kind::kMtls
                            ? nullptr
                            : std::make_unique<HeartScheme>(
                                  facts.name, facts.challenge,
                                  std::map<std::string, const Consumer*, std::less<>>{{facts.name + " of ada", &kAda},
                                                                                      {facts.name + " of bob", &kBob},
                                                                                      {facts.name + " slow", &kAda},
                                                                                      {facts.name + " nobody", nullptr}}));
    }
    authenticator_ = std::make_unique<Authenticator>(facts_, std::move(schemes), certificates_.get());
    router_ = std::make_unique<routing::Router>(*routing::BuildRouter(config_, schema_, plans_));
    access_ = std::make_unique<Access>(router_->rpcs()[0], config_, facts_, plans_, problems_);
  }

  // "api_key: ada", or why not. Asks for an answer at once, and where there is none for one that takes its time.
  std::string Ask(const std::vector<Header>& headers, std::string_view target = "/", std::string_view uri = {}) {
    FakeExchange exchange("GET", target, headers);
    if (!uri.empty()) {
      auto certificate = std::make_shared<tls::PeerCertificate>();
      certificate->uris.emplace_back(uri);
      exchange.SetCertificate(std::move(certificate));
    }
    std::optional<Result<Identity>> answer = authenticator_->TryAuthenticate(*access_, exchange);
    if (!answer) {
      Loop loop;
      loop.Spawn(Wait(exchange, answer));
      return "after a while: " + (answer ? Text(*answer) : "nothing");
    }
    return Text(*answer);
  }
  // "basic: ada, guessable": whom the request claims to be of.
  std::string Claim(const std::vector<Header>& headers, std::string_view target = "/", std::string_view uri = {}) {
    FakeExchange exchange("GET", target, headers);
    if (!uri.empty()) exchange.SetCertificate(std::make_shared<tls::PeerCertificate>());
    const ClaimedIdentity claim = authenticator_->ClaimOf(*access_, exchange);
    std::string text(claim.scheme);
    if (!claim.name.empty()) text += ": " + claim.name;
    if (claim.guessable) text += ", guessable";
    if (claim.fingerprint != 0) text += ", fingerprint";
    return text;
  }
  const std::vector<std::pair<std::string, std::string>>& challenges() const { return challenges_; }

 private:
  Task<void> Wait(const Exchange& exchange, std::optional<Result<Identity>>& answer) {
    answer = co_await authenticator_->Authenticate(*access_, exchange);
  }
  std::string Text(const Result<Identity>& answer) {
    challenges_.clear();
    if (!answer) {
      challenges_ = answer.error().headers();
      return std::string(answer.error().message());
    }
    if (answer->anonymous()) return "anonymous";
    return std::string(answer->scheme) + ": " + (answer->consumer ? answer->consumer->name : "nobody");
  }

  transcoding::Schema schema_;
  transcoding::PlanSet plans_;
  config::Config config_;
  std::vector<SchemeFacts> facts_;
  std::unique_ptr<ConsumerDirectory> directory_;
  std::unique_ptr<CertificateTable> certificates_;
  std::unique_ptr<Authenticator> authenticator_;
  std::unique_ptr<routing::Router> router_;
  std::unique_ptr<Access> access_;
  Problems problems_;
  std::vector<std::pair<std::string, std::string>> challenges_;
};

TEST(Authenticator, TakesOneOfSeveral) {
  Gate gate("required");
  EXPECT_EQ(gate.Ask({{"x-api-key", "api_key of ada"}}), "api_key: ada");
  EXPECT_EQ(gate.Ask({}, "/?key=api_key+of+bob"), "api_key: bob");
  EXPECT_EQ(gate.Ask({{"authorization", "Bearer jwt.b of bob"}}), "jwt.b: bob");
  EXPECT_EQ(gate.Ask({{"authorization", "Basic basic of ada"}}), "basic: ada");
  EXPECT_EQ(gate.Ask({}, "/", "id:ada"), "mtls: ada");
  EXPECT_EQ(gate.Ask({{"authorization", "Bearer jwt.a nobody"}}), "jwt.a: nobody");
  EXPECT_EQ(gate.Ask({{"authorization", "Bearer jwt.a slow"}}), "after a while: jwt.a: ada");
  EXPECT_EQ(gate.Ask({{"x-api-key", "api_key of bob"}}, "/", "id:ada"), "api_key: bob")
      << "what is presented counts before the certificate, which is always there";
}

TEST(Authenticator, SaysWhatIsWanted) {
  Gate gate("{any: [api_key, jwt, mtls]}");
  EXPECT_EQ(gate.Ask({{"authorization", "Digest x"}}),
            "this call needs a credential in header \"x-api-key\", query parameter \"key\", header \"authorization\" "
            "(Bearer) or a client certificate");
  EXPECT_THAT(gate.challenges(),
              ElementsAre(Pair("www-authenticate", "ApiKey realm=\"dragoman\", in=\"header\", name=\"x-api-key\""),
                          Pair("www-authenticate", "Bearer realm=\"dragoman\""),
                          Pair("www-authenticate", "Mutual realm=\"dragoman\"")));
}

TEST(Authenticator, RefusesWhatIsAmbiguousEvenIfOneIsGood) {
  Gate gate("required");
  EXPECT_EQ(gate.Ask({{"x-api-key", "api_key of ada"}}, "/?key=api_key+of+ada"),
            "credentials in header \"x-api-key\" and in query parameter \"key\"; send one");
  EXPECT_EQ(gate.Ask({{"x-api-key", "api_key of ada"}, {"authorization", "Bearer jwt.a of ada"}}),
            "credentials in header \"x-api-key\" and in header \"authorization\"; send one");
  EXPECT_EQ(gate.Ask({{"x-api-key", "api_key of ada"}, {"x-api-key", "wrong"}}),
            "credentials stand twice in header \"x-api-key\"; send one");
  EXPECT_EQ(gate.Ask({{"authorization", "Basic basic of ada"}, {"authorization", "Bearer jwt.a of ada"}}),
            "credentials in header \"authorization\" and in header \"authorization\"; send one");
}

TEST(Authenticator, RefusesWhatIsWrongAndTellsBearersSo) {
  Gate gate("{any: [api_key, jwt]}");
  EXPECT_EQ(gate.Ask({{"authorization", "Bearer jwt.a of eve"}}), "the \"credential\" is wrong");
  EXPECT_THAT(gate.challenges(),
              ElementsAre(Pair("www-authenticate", "ApiKey realm=\"dragoman\", in=\"header\", name=\"x-api-key\""),
                          Pair("www-authenticate",
                               "Bearer realm=\"dragoman\", error=\"invalid_token\", error_description=\"the "
                               "'credential' is wrong\"")));
  EXPECT_EQ(gate.Ask({{"authorization", "Bearer jwt.c of ada"}}),
            "the token in header \"authorization\" is of no issuer that is known here");
  EXPECT_EQ(gate.Ask({{"x-api-key", ""}}), "the credential in header \"x-api-key\" is empty or malformed");
  EXPECT_EQ(gate.Ask({}, "/", "id:ada"),
            "this call needs a credential in header \"x-api-key\", query parameter \"key\" or header \"authorization\" "
            "(Bearer)")
      << "a scheme that the policy does not name counts for nothing";
}

TEST(Authenticator, OptionalLetsTheAnonymousInButNotTheWrong) {
  Gate gate("{optional: [jwt, mtls]}");
  EXPECT_EQ(gate.Ask({}), "anonymous");
  EXPECT_EQ(gate.Ask({{"x-api-key", "whatever"}}), "anonymous");
  EXPECT_EQ(gate.Ask({{"authorization", "Bearer jwt.a of ada"}}), "jwt.a: ada");
  EXPECT_EQ(gate.Ask({{"authorization", "Bearer jwt.a of eve"}}), "the \"credential\" is wrong");
  EXPECT_EQ(gate.Ask({}, "/", "id:eve"), "the client certificate is no known consumer's");
}

TEST(Authenticator, AllNeedsEachAndOneConsumer) {
  Gate gate("{all: [api_key, jwt]}");
  EXPECT_EQ(gate.Ask({{"x-api-key", "api_key of ada"}, {"authorization", "Bearer jwt.a of ada"}}), "api_key: ada");
  EXPECT_EQ(gate.Ask({{"x-api-key", "api_key of ada"}, {"authorization", "Bearer jwt.a nobody"}}), "api_key: ada");
  EXPECT_EQ(gate.Ask({{"x-api-key", "api_key of ada"}, {"authorization", "Bearer jwt.a slow"}}),
            "after a while: api_key: ada");
  EXPECT_EQ(gate.Ask({{"x-api-key", "api_key of ada"}, {"authorization", "Bearer jwt.a of bob"}}),
            "the credentials belong to different consumers");
  EXPECT_EQ(gate.Ask({{"x-api-key", "api_key of ada"}}), "this call needs a credential in header \"authorization\" (Bearer)");
  EXPECT_EQ(gate.Ask({{"authorization", "Bearer jwt.a of ada"}}),
            "this call needs a credential in header \"x-api-key\" or query parameter \"key\"");
}

TEST(CertificateTable, FindsTheOneConsumerOfACertificate) {
  config::Config config;
  using Field = config::Consumer::Certificate::Field;
  config.consumers = {{.name = "ada", .certificates = {{Field::kUri, "spiffe://a/ada"}, {Field::kDns, "Ada.example"}}},
                      {.name = "bob", .certificates = {{Field::kCommonName, "bob"}}},
                      {.name = "off", .disabled = true, .certificates = {{Field::kDns, "off"}}}};
  const ConsumerDirectory consumers(config.consumers);
  const CertificateTable table(config, consumers);
  const struct {
    tls::PeerCertificate certificate;
    std::string_view answer;
  } cases[] = {
      {{.uris = {"spiffe://x", "spiffe://a/ada"}}, "ada"},
      {{.dns_names = {"aDA.example"}}, "ada"},
      {{.common_name = "bob"}, "bob"},
      {{.common_name = "ada"}, "the client certificate is no known consumer's"},
      {{.dns_names = {"spiffe://a/ada"}}, "the client certificate is no known consumer's"},
      {{}, "the client certificate is no known consumer's"},
      {{.common_name = "bob", .uris = {"spiffe://a/ada"}}, "the client certificate has the names of two consumers"},
      {{.dns_names = {"off"}}, "the consumer of the client certificate is disabled"},
  };
  for (const auto& c : cases) {
    const auto identity = table.Verify(c.certificate);
    EXPECT_EQ(identity ? identity->consumer->name : std::string(identity.error().message()), c.answer);
  }
}

TEST(AuthenticatorTest, TellsWhomARequestClaimsToBeOf) {
  struct Case {
    std::string name;
    std::vector<Header> headers;
    std::string target;
    std::string uri;
    std::string claim;
  };
  const std::vector<Case> cases = {
      {"nothing is shown", {}, "/", "", ""},
      {"a password", {{"authorization", "Basic basic of ada"}}, "/", "", "basic: ada, guessable"},
      {"a password that cannot be read", {{"authorization", "Basic x"}}, "/", "", "basic, guessable, fingerprint"},
      {"a token", {{"authorization", "Bearer jwt.b of bob"}}, "/", "", "jwt.b: bob"},
      {"a token of an unknown issuer", {{"authorization", "Bearer x of bob"}}, "/", "", "jwt.a, fingerprint"},
      {"an empty credential", {{"authorization", "Bearer "}}, "/", "", "jwt.a"},
      {"one that stands twice", {{"x-api-key", "k"}, {"x-api-key", "l"}}, "/", "", "api_key"},
      {"a key that names nobody", {{"x-api-key", "k"}}, "/", "", "api_key, fingerprint"},
      {"a key in the query", {}, "/?key=k", "", "api_key, fingerprint"},
      {"a certificate", {}, "/", "id:ada", "mtls"},
  };
  for (const Case& c : cases) EXPECT_EQ(Gate("required").Claim(c.headers, c.target, c.uri), c.claim) << c.name;
}

TEST(AuthenticatorTest, NamesAnIdentityAsItsCredentialDoes) {
  const Consumer ada{.name = "ada"};
  const auto claims = *jose::Claims::Parse(R"({"sub": "7f3a"})");
  const auto bare = *jose::Claims::Parse("{}");
  EXPECT_EQ(Identity().name(), "");
  EXPECT_EQ((Identity{.scheme = "api_key", .consumer = &ada, .claims = nullptr}.name()), "ada");
  EXPECT_EQ((Identity{.scheme = "basic", .consumer = &ada, .claims = nullptr, .username = "a.l"}.name()), "a.l");
  EXPECT_EQ((Identity{.scheme = "jwt.a", .consumer = &ada, .claims = claims}.name()), "7f3a");
  EXPECT_EQ((Identity{.scheme = "jwt.a", .consumer = &ada, .claims = bare}.name()), "ada");
}

}  // namespace
}  // namespace dragoman::auth
