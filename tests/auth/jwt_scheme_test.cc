#include "auth/jwt_scheme.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

#include "jwt_fixture.h"

namespace dragoman::auth {
namespace {

class JwtSchemeTest : public JwtTest {
 protected:
  void Start(config::JwtProvider provider = FetchedProvider(), const std::vector<std::string>& kids = {"a"}) {
    issuer_.Answer(FakeIssuer::kUrl, KeySetOf(kids));
    Build(provider);
    source_->Start();
  }
};

constexpr const char* kUnknown = "UNAUTHENTICATED: the token is signed with a key that its issuer does not publish";
constexpr const char* kNoKeys =
    "BACKEND_UNAVAILABLE: the keys of issuer \"https://issuer.example\" are not available yet";

TEST_F(JwtSchemeTest, VerifiesAtOnceWhenTheKeyIsKnown) {
  Start();
  const std::string token = TokenBy("a", R"(,"client_id":"mobile")");
  const auto result = scheme_->TryVerify(token, kNow);
  ASSERT_TRUE(result && *result);
  EXPECT_EQ((*result)->scheme, "jwt.main");
  EXPECT_EQ((*result)->consumer, nullptr);
  EXPECT_EQ((*result)->claims->Text("client_id"), "mobile");
  EXPECT_EQ(scheme_->name(), "jwt.main");
}

TEST_F(JwtSchemeTest, RefusesWithTheReason) {
  Start();
  EXPECT_EQ(Try(TokenBy("a", "", kNow - 42)), "UNAUTHENTICATED: the token expired 42 s ago");
  EXPECT_EQ(Try("secret"), "UNAUTHENTICATED: the token is no JWT: expected three parts with dots between them");
  EXPECT_EQ(Try(TokenBy("a") + "="), "UNAUTHENTICATED: the token's signature is not base64url");
  EXPECT_EQ(Try(""), "UNAUTHENTICATED: the token is no JWT: expected three parts with dots between them");
  EXPECT_EQ(tokens_->size(), 0u);
}

TEST_F(JwtSchemeTest, NothingHostileMakesItAsk) {
  Start();
  const std::string good = TokenBy("a");
  const std::string header = Base64Url(R"({"alg":"HS256","kid":"new"})");
  for (const std::string& token : {std::string("x.y.z"), good.substr(0, good.size() / 2), "." + good, good + good,
                                   std::string(20'000, 'x'), header + good.substr(good.find('.')),
                                   Base64Url(R"({"alg":"none","kid":"new"})") + good.substr(good.find('.'))}) {
    EXPECT_THAT(Try(token), testing::StartsWith("UNAUTHENTICATED: "));
    EXPECT_THAT(Verify(token), testing::StartsWith("UNAUTHENTICATED: "));
  }
  EXPECT_EQ(issuer_.requests().size(), 1u);
}

TEST_F(JwtSchemeTest, ARememberedTokenIsBelievedAsLongAsItsTimesAllow) {
  config::JwtProvider provider = FetchedProvider();
  provider.leeway = std::chrono::seconds(10);
  Start(provider);
  const std::string token = TokenBy("a", R"(,"nbf":1799999900,"iat":1799999950)");
  EXPECT_EQ(Try(token), "joe");
  ASSERT_EQ(tokens_->size(), 1u);
  EXPECT_EQ(Try(token, kNow + 109), "joe");
  EXPECT_EQ(Try(token, kNow + 110), "UNAUTHENTICATED: the token expired 10 s ago");
  // A clock that jumps back and forth leaves nothing behind.
  EXPECT_EQ(Try(token, kNow - 61), "UNAUTHENTICATED: the token was issued 11 s in the future");
  EXPECT_EQ(Try(token, 0), "UNAUTHENTICATED: the token is not valid until 1799999900 s from now");
  EXPECT_EQ(Try(token, 1'000'000'000'000), "UNAUTHENTICATED: the token expired 998199999900 s ago");
  EXPECT_EQ(Try(token, kNow - 60), "joe");
  EXPECT_EQ(Try(token), "joe");
}

TEST_F(JwtSchemeTest, ARememberedTokenIsForgottenOnceItsKeyIsGone) {
  config::JwtProvider provider = FetchedProvider();
  provider.jwks.cooldown = std::chrono::milliseconds(0);
  Start(provider, {"a", "b"});
  const std::string by_a = TokenBy("a");
  const std::string by_b = TokenBy("b");
  EXPECT_EQ(Try(by_a), "joe");
  EXPECT_EQ(Try(by_b), "joe");
  issuer_.Answer(FakeIssuer::kUrl, KeySetOf({"b", "c"}));
  EXPECT_EQ(Verify(TokenBy("c")), "joe");
  EXPECT_EQ(Verify(by_a), kUnknown);
  EXPECT_EQ(Try(by_b), "joe");
  EXPECT_EQ(tokens_->size(), 2u);
}

TEST_F(JwtSchemeTest, AKeyThatIsReplacedUnderItsNameTakesItsTokensWithIt) {
  config::JwtProvider provider = FetchedProvider();
  provider.jwks.cooldown = std::chrono::milliseconds(0);
  Start(provider);
  const std::string token = TokenBy("a");
  EXPECT_EQ(Try(token), "joe");
  issuer_.Answer(FakeIssuer::kUrl, "{\"keys\":[" + SignerOf("other").Jwk(R"("kid":"a")") + "]}");
  EXPECT_EQ(Verify(TokenBy("x")), kUnknown);
  EXPECT_EQ(Try(token), "UNAUTHENTICATED: the token's signature is wrong");
}

TEST_F(JwtSchemeTest, AnUnknownKeyIsAskedForOncePerCoolDown) {
  Start();
  EXPECT_EQ(Try(TokenBy("b")), "waits");
  issuer_.Answer(FakeIssuer::kUrl, KeySetOf({"a", "b"}));
  EXPECT_EQ(Verify(TokenBy("b")), "joe");
  EXPECT_EQ(issuer_.requests().size(), 2u);
  // From here on nobody is asked for an hour.
  EXPECT_EQ(Try(TokenBy("c")), kUnknown);
  EXPECT_EQ(Verify(TokenBy("c")), kUnknown);
  EXPECT_EQ(issuer_.requests().size(), 2u);
  EXPECT_EQ(Try(TokenBy("a")), "joe");
}

TEST_F(JwtSchemeTest, WhoeverMeetsAFetchThatMissesTheKeyAsksOnceMore) {
  Start();
  config::JwtProvider provider = FetchedProvider();
  provider.jwks.refresh = std::chrono::milliseconds(1);
  Build(provider);
  issuer_.Hold();
  source_->Start();
  std::optional<std::string> told;
  loop_.Spawn(VerifyInto(*scheme_, TokenBy("b"), told));
  ASSERT_TRUE(RunUntil(loop_, [&] { return loop_.io().poll() == 0; }));
  issuer_.Release();  // without "b"
  issuer_.Answer(FakeIssuer::kUrl, KeySetOf({"a", "b"}));
  ASSERT_TRUE(RunUntil(loop_, [&] { return told.has_value(); }));
  EXPECT_EQ(*told, "joe");
}

TEST_F(JwtSchemeTest, WhileTheFirstKeysAreFetchedRequestsWait) {
  issuer_.Answer(FakeIssuer::kUrl, KeySetOf({"a"}));
  issuer_.Hold();
  Build(FetchedProvider());
  source_->Start();
  EXPECT_EQ(Try(TokenBy("a")), "waits");
  std::optional<std::string> told;
  loop_.Spawn(VerifyInto(*scheme_, TokenBy("a"), told));
  EXPECT_FALSE(told);
  issuer_.Release();
  ASSERT_TRUE(RunUntil(loop_, [&] { return told.has_value(); }));
  EXPECT_EQ(*told, "joe");
}

TEST_F(JwtSchemeTest, WithoutAnyKeysNobodyIsToldThatTheirTokenIsWrong) {
  Build(FetchedProvider());
  source_->Start();
  EXPECT_EQ(Verify(TokenBy("a")), kNoKeys);
  EXPECT_EQ(Try(TokenBy("a")), kNoKeys);
  EXPECT_EQ(Try("x"), "UNAUTHENTICATED: the token is no JWT: expected three parts with dots between them");
}

TEST_F(JwtSchemeTest, WhatIsKnownIsServedWhileTheIssuerIsDown) {
  config::JwtProvider provider = FetchedProvider();
  provider.jwks.cooldown = std::chrono::milliseconds(0);
  Start(provider);
  issuer_.Fail(FakeIssuer::kUrl, "issuer.example:443: connection refused");
  EXPECT_EQ(Verify(TokenBy("b")), kUnknown);
  EXPECT_EQ(Try(TokenBy("a")), "joe");
  EXPECT_EQ(Try(TokenBy("a", R"(,"jti":"2")")), "joe");
}

TEST_F(JwtSchemeTest, ARequestMayGoWhileItWaits) {
  issuer_.Hold();
  issuer_.Answer(FakeIssuer::kUrl, KeySetOf({"a"}));
  Build(FetchedProvider());
  std::optional<std::string> told;
  {
    Loop worker;
    JwtScheme scheme(provider_, source_->keys(), worker, tokens_, nullptr);
    source_->Start();
    worker.Spawn(VerifyInto(scheme, TokenBy("a"), told));
    // The control loop has seen it, and the worker's loop goes with what waits on it. The answer must not come too
    // late: a worker's loop is outlived by none of the requests, so the fetch ends after the request has left.
    RunUntil(loop_, [&] { return loop_.io().poll() == 0; });
    issuer_.Release();
  }
  EXPECT_FALSE(told);
}

TEST_F(JwtSchemeTest, ConsumersAreNamedByAClaim) {
  consumers_ = {{.name = "mobile"}, {.name = "old", .disabled = true}};
  config::JwtProvider provider = FetchedProvider();
  provider.consumer_claim = "client.id";
  Start(provider);
  const auto with = [](const std::string& name) { return TokenBy("a", R"(,"client":{"id":")" + name + "\"}"); };
  const auto result = scheme_->TryVerify(with("mobile"), kNow);
  ASSERT_TRUE(result && *result);
  EXPECT_EQ((*result)->consumer, &consumers_[0]);
  EXPECT_EQ(Try(with("nobody")), "UNAUTHENTICATED: the consumer that the token names is not known here");
  EXPECT_EQ(Try(with("old")), "UNAUTHENTICATED: the consumer that the token names is disabled");
  EXPECT_EQ(Try(TokenBy("a")), "UNAUTHENTICATED: the token lacks the claim \"client.id\", which names the consumer");
  // Remembered tokens are judged anew: a consumer may have been disabled.
  const std::string token = with("mobile");
  EXPECT_EQ(Try(token), "joe");
  consumers_[0].disabled = true;
  EXPECT_EQ(Try(token), "UNAUTHENTICATED: the consumer that the token names is disabled");
}

TEST_F(JwtSchemeTest, SecretsVerifyWithoutAnybodysHelp) {
  config::JwtProvider provider = FetchedProvider();
  provider.jwks = {};
  provider.secret = config::TextSource{config::TextSource::Kind::kText, std::string(64, 's'), {}};
  Start(provider);
  const TokenSigner signer = TokenSigner::Secret(std::string(64, 's'));
  const std::string claims = R"({"iss":"https://issuer.example","aud":"shop-api","sub":"joe","exp":1800000100})";
  for (const char* algorithm : {"HS256", "HS384", "HS512"}) {
    EXPECT_EQ(Try(signer.Sign(algorithm, R"({"kid":"any","alg":")" + std::string(algorithm) + "\"}", claims)), "joe");
  }
  EXPECT_EQ(Try(TokenSigner::Secret(std::string(64, 'x')).Sign("HS256", R"({"alg":"HS256"})", claims)),
            "UNAUTHENTICATED: the token's signature is not by any key of its issuer");
  EXPECT_EQ(Try(TokenBy("a")), "UNAUTHENTICATED: the token is signed by ES256; expected HS256, HS384 or HS512");
}

TEST_F(JwtSchemeTest, OfSeveralTheOneOfTheIssuerRecognisesAToken) {
  Start();
  config::JwtProvider other = FetchedProvider();
  other.name = "other";
  other.issuer = "https://other.example";
  const std::shared_ptr<const JwtProvider> providers[] = {provider_, *BuildJwtProvider(other)};
  const std::shared_ptr<JwtKeys> keys[] = {source_->keys(), source_->keys()};
  const auto schemes = MakeJwtSchemes(providers, keys, loop_, nullptr);
  const std::string ours = TokenBy("a");
  const std::string theirs = SignerOf("a").Sign("ES256", R"({"alg":"ES256"})",
                                                R"({"iss":"https://other.example","aud":"shop-api","exp":1800000100})");
  const std::string nobodys = SignerOf("a").Sign("ES256", R"({"alg":"ES256"})", R"({"iss":"https://x.example"})");
  for (int remembered = 0; remembered < 2; ++remembered) {
    EXPECT_TRUE(schemes[0]->Recognises(ours));
    EXPECT_FALSE(schemes[1]->Recognises(ours));
    EXPECT_FALSE(schemes[0]->Recognises(theirs));
    EXPECT_TRUE(schemes[1]->Recognises(theirs));
    EXPECT_FALSE(schemes[0]->Recognises(nobodys) || schemes[1]->Recognises(nobodys));
    EXPECT_FALSE(schemes[0]->Recognises("x") || schemes[1]->Recognises(std::string(100'000, '.')));
    ASSERT_TRUE(*schemes[0]->TryVerify(ours, kNow));
    ASSERT_TRUE(*schemes[1]->TryVerify(theirs, kNow));
  }
  // What one has remembered is no other's.
  const auto result = schemes[1]->TryVerify(ours, kNow);
  ASSERT_TRUE(result && !*result);
  EXPECT_EQ(result->error().message(), "the token is of another issuer; expected \"https://other.example\"");
}

// Workers on threads of their own, the issuer's keys rotating under them: whoever holds a token of a key that is served
// is let in, at any time.
TEST_F(JwtSchemeTest, RotationUnderLoadRefusesNobody) {
  config::JwtProvider provider = FetchedProvider();
  provider.jwks.refresh = std::chrono::milliseconds(1);
  provider.jwks.cooldown = std::chrono::milliseconds(0);
  Start(provider, {"k0", "k1"});
  constexpr int kRounds = 20;
  constexpr int kWorkers = 2;
  for (int i = 0; i <= kRounds + 1; ++i) SignerOf("k" + std::to_string(i));

  struct Worker {
    Loop loop;
    std::optional<JwtScheme> scheme;
    std::thread thread;
  };
  std::atomic<int> rounds{0};  // the issuer serves the keys of this number and the next
  std::atomic<int> accepted{0};
  std::atomic<int> refused{0};
  std::atomic<bool> over{false};
  // The token's key is one that stays for the round to come.
  const auto serve = [&](Worker& worker) -> Task<void> {
    while (!over) {
      const int round = rounds;
      const std::string token = TokenBy("k" + std::to_string(round + 1));
      const Result<Identity> result = co_await worker.scheme->Verify(token, kNow);
      if (result) {
        ++accepted;
      } else if (rounds <= round + 1) {
        ++refused;
      }
      co_await worker.loop.Yield();
    }
    worker.loop.Stop();
  };
  std::vector<std::unique_ptr<Worker>> workers;
  for (int i = 0; i < kWorkers; ++i) {
    workers.push_back(std::make_unique<Worker>());
    Worker& worker = *workers.back();
    worker.scheme.emplace(provider_, source_->keys(), worker.loop, std::make_shared<VerifiedTokens>(100), nullptr);
    worker.thread = std::thread([&] {
      worker.loop.Spawn(serve(worker));
      worker.loop.Run();
    });
  }
  for (int round = 1; round <= kRounds; ++round) {
    issuer_.Answer(FakeIssuer::kUrl, KeySetOf({"k" + std::to_string(round), "k" + std::to_string(round + 1)}));
    rounds = round;
    const int before = accepted;
    const uint64_t version = source_->keys()->version();
    EXPECT_TRUE(RunUntil(loop_, [&] { return accepted >= before + 4 && source_->keys()->version() > version; }));
  }
  over = true;
  std::atomic<int> ended{0};
  std::thread joiner([&] {
    for (const auto& worker : workers) worker->thread.join();
    ended = 1;
    asio::post(loop_.executor(), [] {});
  });
  EXPECT_TRUE(RunUntil(loop_, [&] { return ended == 1; }));
  joiner.join();
  EXPECT_EQ(refused, 0);
  EXPECT_GT(accepted, kRounds);
}

}  // namespace
}  // namespace dragoman::auth
