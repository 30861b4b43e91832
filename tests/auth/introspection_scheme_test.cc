#include "auth/introspection_scheme.h"

#include <future>

#include "auth_fixture.h"

namespace dragoman::auth {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kNow = 1'800'000'000;

std::string Said(const std::string& json) { return ScriptedServer::Response(json); }

class IntrospectionSchemeTest : public AuthTest {
 protected:
  using Outcome = std::optional<Result<Identity>>;

  IntrospectionSchemeTest() {
    mobile_.name = "mobile";
    gone_.name = "gone";
    gone_.disabled = true;
    config_.client_id = "gateway";
    config_.client_secret = Secret("s3cret");
    config_.cache = std::chrono::seconds(60);
  }

  void Start(const ScriptedServer& server) { Start(server.url("/introspect")); }
  void Start(const std::string& url) {
    config_.endpoint.url = url;
    auto rules = IntrospectionRules::Build(config_);
    ASSERT_TRUE(rules);
    scheme_.emplace(loop_, *rules, [&](std::string_view name) -> const Consumer* {
      return name == "mobile" ? &mobile_ : name == "gone" ? &gone_ : nullptr;
    });
  }
  static Task<void> VerifyInto(IntrospectionScheme& scheme, std::string token, int64_t now, Outcome& outcome) {
    outcome.emplace(co_await scheme.Verify(token, now));
  }
  Result<Identity> Verify(const std::string& token, int64_t now = kNow) {
    Outcome outcome;
    loop_.Spawn(VerifyInto(*scheme_, token, now, outcome));
    EXPECT_TRUE(RunUntil([&] { return outcome.has_value(); }));
    return std::move(*outcome);
  }
  // What a token comes to of which the endpoint says `response`.
  Result<Identity> Judged(std::string response) {
    ScriptedServer server(ScriptedServer::Answers(std::move(response)));
    Start(server);
    return Verify("t");
  }
  std::string Why(const std::string& json) {
    const Result<Identity> result = Judged(Said(json));
    if (result) return "is let in";
    EXPECT_EQ(result.error().reason(), Reason::kUnauthenticated);
    return std::string(result.error().message());
  }

  Consumer mobile_;
  Consumer gone_;
  config::Introspection config_;
  std::optional<IntrospectionScheme> scheme_;
};

TEST_F(IntrospectionSchemeTest, AsksWhoeverIssuedTheToken) {
  ScriptedServer server(
      ScriptedServer::Answers(Said(R"({"active":true,"sub":"ada","scope":"read write","exp":1800000600})")));
  Start(server);
  EXPECT_FALSE(scheme_->TryVerify("2YotnFZFEjr1zCsicMWpAA+/=", kNow));
  const Result<Identity> identity = Verify("2YotnFZFEjr1zCsicMWpAA+/=");
  ASSERT_TRUE(identity) << identity.error().message();
  EXPECT_EQ(identity->scheme, "introspection");
  EXPECT_EQ(identity->consumer, nullptr);
  EXPECT_EQ(identity->claims->Text("scope"), "read write");
  EXPECT_THAT(server.requests().front(), HasSubstr("POST /introspect HTTP/1.1\r\n"));
  EXPECT_THAT(server.requests().front(), HasSubstr("authorization: Basic Z2F0ZXdheTpzM2NyZXQ=\r\n"));
  EXPECT_THAT(server.requests().front(),
              HasSubstr("\r\n\r\ntoken=2YotnFZFEjr1zCsicMWpAA%2B%2F%3D&token_type_hint=access_token"));
}

TEST_F(IntrospectionSchemeTest, JudgesWhatItIsTold) {
  config_.audiences = {"shop-api", "shop-admin"};
  const std::pair<std::string, std::string> kCases[] = {
      {R"({"active":true,"aud":"shop-api"})", "is let in"},
      {R"({"active":true,"aud":["x","shop-admin"],"exp":1800000001,"nbf":1800000000})", "is let in"},
      {R"({"active":false})", "the token is not active"},
      {R"({"active":false,"aud":"shop-api","sub":"ada"})", "the token is not active"},
      {R"({"active":true})", "the token is for another audience"},
      {R"({"active":true,"aud":"shop"})", "the token is for another audience"},
      {R"({"active":true,"aud":["shop",7,["shop-api"]]})", "the token is for another audience"},
      {R"({"active":true,"aud":"shop-api","exp":1799999971})", "is let in"},  // clocks differ
      {R"({"active":true,"aud":"shop-api","exp":1799999970})", "the token has expired"},
      {R"({"active":true,"aud":"shop-api","nbf":1800000030})", "is let in"},
      {R"({"active":true,"aud":"shop-api","nbf":1800000031})", "the token is not valid yet"},
      {R"({"active":true,"aud":"shop-api","exp":"tomorrow"})", "the token's times make no sense"},
      {R"({"active":true,"aud":"shop-api","exp":-1})", "the token's times make no sense"},
      {R"({"active":true,"aud":"shop-api","nbf":null})", "the token's times make no sense"},
  };
  for (const auto& [json, why] : kCases) EXPECT_EQ(Why(json), why) << json;
}

TEST_F(IntrospectionSchemeTest, FindsTheConsumer) {
  config_.consumer_claim = "client_id";
  const Result<Identity> known = Judged(Said(R"({"active":true,"client_id":"mobile"})"));
  ASSERT_TRUE(known);
  EXPECT_EQ(known->consumer, &mobile_);
  EXPECT_EQ(Why(R"({"active":true})"), R"(the token lacks the claim "client_id", which names the consumer)");
  EXPECT_EQ(Why(R"({"active":true,"client_id":"eve"})"), "the consumer that the token names is not known here");
  EXPECT_EQ(Why(R"({"active":true,"client_id":"gone"})"), "the consumer that the token names is disabled");
}

TEST_F(IntrospectionSchemeTest, NeverAcceptsWhatItCannotCheck) {
  const std::pair<std::string, std::string> kCases[] = {
      {Said("{}"), "answers without saying whether the token is active"},
      {Said(R"({"active":"true"})"), "answers without saying whether the token is active"},
      {Said(R"({"active":1})"), "answers without saying whether the token is active"},
      {Said(R"({"active":false,"active":true})"), "answers with something else than a JSON object"},
      {Said("[true]"), "answers with something else than a JSON object"},
      {Said(R"({"active":true)"), "answers with something else than a JSON object"},
      {Said("<html>"), "answers with something else than a JSON object"},
      {Said(R"({"active":true,"x":")" + std::string(70'000, 'x') + "\"}"),
       "answers with something else than a JSON object"},
      {ScriptedServer::Response(R"({"active":true})", "201 Created"), "answers 201"},
      {ScriptedServer::Response(R"({"active":true})", "401 Who"), "answers 401"},
      {ScriptedServer::Response(R"({"active":true})", "500 Oops"), "answers 500"},
  };
  for (const auto& [response, why] : kCases) {
    ScriptedServer server(ScriptedServer::Answers(response));
    Start(server);
    const Result<Identity> result = Verify("t");
    ASSERT_FALSE(result) << response;
    EXPECT_EQ(result.error().reason(), Reason::kBackendUnavailable);
    EXPECT_EQ(result.error().message(), std::string("the token cannot be checked: its issuer ") + why);
    EXPECT_FALSE(scheme_->TryVerify("t", kNow));  // nor remembers it
  }
}

TEST_F(IntrospectionSchemeTest, NeverAcceptsWhatNobodyAnswers) {
  ScriptedServer silent([](Connection& connection) {
    connection.ReadRequest();
    connection.WaitForClose();
  });
  config_.endpoint.timeout = config::Milliseconds(50);
  Start(silent);
  EXPECT_EQ(Verify("t").error().message(),
            "the token cannot be checked: its issuer cannot be asked");
  Start("http://127.0.0.1:1/");
  EXPECT_EQ(Verify("t").error().message(),
            "the token cannot be checked: its issuer cannot be asked");
}

TEST_F(IntrospectionSchemeTest, AsksNobodyAboutWhatIsNoToken) {
  ScriptedServer server(ScriptedServer::Answers(Said(R"({"active":true})")));
  Start(server);
  for (const std::string& text : {std::string("a b"), std::string("a\r\nb"), std::string("a%b"), std::string()}) {
    EXPECT_EQ(Verify(text).error().message(), "the token holds characters that no token has");
  }
  EXPECT_EQ(Verify(std::string(8193, 'x')).error().message(), "the token is too long");
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(IntrospectionSchemeTest, RemembersAnAnswerForAWhile) {
  ScriptedServer server([](Connection& connection) {
    const std::string request = connection.ReadRequest();
    connection.Write(request.find("token=bad") != std::string::npos     ? Said(R"({"active":false})")
                     : request.find("token=short") != std::string::npos ? Said(R"({"active":true,"exp":1800000020})")
                                                                        : Said(R"({"active":true})"));
  });
  Start(server);
  const struct {
    const char* token;
    int64_t last;  // second in which the answer is still remembered
  } kCases[] = {{"good", 59}, {"short", 19}, {"bad", 9}};
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.token);
    (void)Verify(test.token);
    EXPECT_TRUE(scheme_->TryVerify(test.token, kNow));
    EXPECT_TRUE(scheme_->TryVerify(test.token, kNow + test.last));
    EXPECT_FALSE(scheme_->TryVerify(test.token, kNow + test.last + 1));
  }
  EXPECT_EQ(server.requests().size(), 3u);
}

TEST_F(IntrospectionSchemeTest, AsksOnceForAllWhoHaveTheToken) {
  std::promise<void> go;
  const std::shared_future<void> ready = go.get_future().share();
  ScriptedServer server([ready](Connection& connection) {
    connection.ReadRequest();
    ready.wait();
    connection.Write(Said(R"({"active":true})"));
  });
  Start(server);
  std::vector<Outcome> outcomes(100);
  for (Outcome& outcome : outcomes) loop_.Spawn(VerifyInto(*scheme_, "t", kNow, outcome));
  std::vector<Outcome> others(IntrospectionScheme::kMaxAsked);
  for (size_t i = 0; i < others.size(); ++i) {
    loop_.Spawn(VerifyInto(*scheme_, "other" + std::to_string(i), kNow, others[i]));
  }
  ASSERT_TRUE(others.back());
  EXPECT_EQ(others.back()->error().reason(), Reason::kOverloaded);
  EXPECT_EQ(others.back()->error().message(), "too many tokens are being checked already");
  go.set_value();
  for (const Outcome& outcome : outcomes) {
    ASSERT_TRUE(RunUntil([&] { return outcome.has_value(); }));
    EXPECT_TRUE(*outcome);
  }
  for (const Outcome& outcome : others) ASSERT_TRUE(RunUntil([&] { return outcome.has_value(); }));
  EXPECT_EQ(server.requests().size(), IntrospectionScheme::kMaxAsked);
}

TEST(IntrospectionRules, SayAllThatIsWrong) {
  config::Introspection config;
  config.endpoint.url = "idp.example";
  config.client_secret = Secret("");
  const auto rules = IntrospectionRules::Build(config);
  ASSERT_FALSE(rules);
  ASSERT_EQ(rules.error().size(), 2u);
  EXPECT_EQ(rules.error()[0].what, "expected a text, got an empty one");
  EXPECT_EQ(rules.error()[1].what, R"(expected a URL that begins with https:// or http://, got "idp.example")");
}

}  // namespace
}  // namespace dragoman::auth
