#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "issuer_process.h"
#include "shop_fixture.h"

// Tokens of a real issuer, whose keys come and go.
namespace dragoman::integration {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class JwtIntegration : public testing::Test {
 protected:
  void SetUp() override {
    issuer_ = std::make_unique<IssuerProcess>();
    shop_ = std::make_unique<Shop>();
  }

  void StartGateway(const std::string& refresh = "1s") {
    GatewayOptions options;
    options.endpoints = {shop_->address()};
    options.more =
        "authentication: {jwt: [{name: main, issuer: \"" + issuer_->url() +
        "\", audiences: [shop-api], leeway: 0s, jwks: {discovery: true, timeout: 500ms, cooldown: 1s, refresh: " +
        refresh +
        "}}]}\n"
        "policies: [{methods: [\"shop.v1.Diagnostics/*\"], authenticate: public}]\n";
    gateway_ = std::make_unique<Gateway>(options);
  }

  HttpResponse Get(const std::string& token) {
    return Fetch(gateway_->address(), "GET", "/v1/items/grinder", {{"authorization", "Bearer " + token}});
  }
  // True once `token` gets that status; false if it never does.
  bool Becomes(const std::string& token, int status) {
    return Eventually([&] { return Get(token).status == status; });
  }
  // True once the gateway has fetched all that it fetches once more, so that what the issuer publishes now is known.
  bool Refreshed() {
    const int before = issuer_->served();
    return Eventually([&] { return issuer_->served() >= before + 4; });
  }
  static bool Eventually(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!done()) {
      if (std::chrono::steady_clock::now() > end) return false;
    }
    return true;
  }

  std::unique_ptr<IssuerProcess> issuer_;
  std::unique_ptr<Shop> shop_;
  std::unique_ptr<Gateway> gateway_;
};

TEST_F(JwtIntegration, WhatTheIssuerSignsIsAcceptedAndNothingElse) {
  const char* const algorithms[] = {"RS256", "RS512", "PS256", "PS384", "ES256", "ES384", "ES512", "EdDSA"};
  for (const char* algorithm : algorithms) issuer_->AddKey(algorithm, algorithm);
  StartGateway();
  for (const char* algorithm : algorithms) {
    const HttpResponse response = Get(issuer_->Token(algorithm));
    EXPECT_EQ(response.status, 200) << algorithm << ": " << response.body;
  }
  WaitForStat(*gateway_, "Catalog/GetItem", "started", std::size(algorithms));

  const std::string good = issuer_->Token("ES256");
  struct Case {
    const char* name;
    std::string token;
    std::string message;
  };
  const Case cases[] = {
      {"expired", issuer_->Token("RS256", "&expires_in=-60"), "the token expired 6"},
      {"for others", issuer_->Token("RS256", "&aud=other"),
       "the token is for another audience; expected \\\"shop-api\\\""},
      {"of others", issuer_->Token("RS256", "&iss=https://evil.example"), "the token is of another issuer; expected "},
      {"cut", good.substr(0, good.size() - 1), "the token's signature is"},
      {"unsigned", "eyJhbGciOiJub25lIn0" + good.substr(good.find('.'), good.rfind('.') - good.find('.') + 1),
       "the token is not signed (alg none)"},
      {"a word", "secret", "the token is no JWT: expected three parts with dots between them"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const HttpResponse response = Get(c.token);
    EXPECT_EQ(response.status, 401);
    EXPECT_THAT(response.body, HasSubstr("UNAUTHENTICATED"));
    EXPECT_THAT(response.body, HasSubstr(c.message));
    EXPECT_THAT(response.Header("www-authenticate"), StartsWith("Bearer realm="));
    EXPECT_EQ(response.body.find(c.token), std::string::npos);
  }
  EXPECT_EQ(Fetch(gateway_->address(), "GET", "/v1/items/grinder").status, 401);
  // None of them has reached the shop, and no token stands in the log.
  EXPECT_EQ(Stat(*gateway_, "Catalog/GetItem", "started"), static_cast<long>(std::size(algorithms)));
  EXPECT_EQ(gateway_->process().err().find(good.substr(good.find('.'))), std::string::npos);
}

TEST_F(JwtIntegration, AKeyThatSignsAsSoonAsItIsMadeIsAskedFor) {
  issuer_->AddKey("old", "ES256");
  StartGateway("1h");  // nothing but asking brings a key
  ASSERT_TRUE(Becomes(issuer_->Token("old"), 200));
  issuer_->AddKey("new", "RS256");
  EXPECT_TRUE(Becomes(issuer_->Token("new"), 200));  // at once, or after the cool-down of what "old" asked for
  EXPECT_EQ(Get(issuer_->Token("old")).status, 200);
}

TEST_F(JwtIntegration, KeysRotateUnderLoad) {
  issuer_->AddKey("k0", "ES256");
  StartGateway();
  ASSERT_EQ(Get(issuer_->Token("k0")).status, 200);

  std::mutex mutex;
  std::string current = issuer_->Token("k0");
  std::string first_refusal;
  std::atomic<bool> over{false};
  std::atomic<int> answered{0};
  std::atomic<int> refused{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 2; ++i) {
    clients.emplace_back([&] {
      HttpClient client(gateway_->address());
      while (!over) {
        std::string token;
        {
          const std::lock_guard lock(mutex);
          token = current;
        }
        const HttpResponse response = client.Send("GET", "/v1/items/grinder", {{"authorization", "Bearer " + token}});
        ++answered;
        if (response.status == 200 || refused++ > 0) continue;
        const std::lock_guard lock(mutex);
        first_refusal = std::to_string(response.status) + " " + response.body;
      }
    });
  }
  for (int round = 1; round <= 3; ++round) {
    const std::string before = "k" + std::to_string(round - 1);
    const std::string next = "k" + std::to_string(round);
    const std::string old_token = issuer_->Token(before);
    // As issuers do: published first, then signed with, and the old one withdrawn once its tokens are replaced.
    issuer_->AddKey(next, round % 2 == 0 ? "ES256" : "RS256");
    EXPECT_TRUE(Refreshed());
    {
      const std::lock_guard lock(mutex);
      current = issuer_->Token(next);
    }
    EXPECT_EQ(Get(old_token).status, 200);
    const int then = answered;
    EXPECT_TRUE(Eventually([&] { return answered > then + 4; }));
    issuer_->WithdrawKey(before);
    EXPECT_TRUE(Becomes(old_token, 401));
  }
  over = true;
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(refused, 0) << "of " << answered << ", the first one " << first_refusal;
}

TEST_F(JwtIntegration, AnIssuerThatMisbehavesTakesNothingAway) {
  issuer_->AddKey("old", "ES256");
  StartGateway();
  ASSERT_EQ(Get(issuer_->Token("old")).status, 200);
  int made = 0;
  for (const char* manners : {"down", "error", "html", "empty", "cut", "huge", "slow"}) {
    SCOPED_TRACE(manners);
    const std::string kid = "new" + std::to_string(++made);
    issuer_->AddKey(kid, "ES256");
    issuer_->Behave(manners);
    // Another token each time, so that none is remembered.
    EXPECT_EQ(Get(issuer_->Token("old", "&jti=" + kid)).status, 200);
    const HttpResponse unknown = Get(issuer_->Token(kid));
    EXPECT_TRUE(unknown.status == 401 || unknown.status == 200) << unknown.body;
    EXPECT_EQ(Get(issuer_->Token("old", "&jti=again" + kid)).status, 200);
    issuer_->Behave("good");
    EXPECT_TRUE(Becomes(issuer_->Token(kid), 200));
  }
}

TEST_F(JwtIntegration, AGatewayThatStartsBeforeItsIssuerServesOnceThereAreKeys) {
  issuer_->AddKey("a", "ES256");
  issuer_->Behave("error");
  StartGateway();
  const std::string token = issuer_->Token("a");
  const HttpResponse response = Get(token);
  EXPECT_EQ(response.status, 503);
  EXPECT_THAT(response.body, HasSubstr("the keys of issuer \\\"" + issuer_->url() + "\\\" are not available yet"));
  EXPECT_TRUE(gateway_->process().WaitForOutput("jwt_keys_failed"));
  EXPECT_THAT(gateway_->process().err(), HasSubstr("/.well-known/openid-configuration: answered 503"));
  issuer_->Behave("good");
  EXPECT_TRUE(Becomes(token, 200));
}

}  // namespace
}  // namespace dragoman::integration
