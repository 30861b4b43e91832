#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "auth/jwt_provider.h"
#include "auth/jwt_scheme.h"
#include "auth/key_source.h"
#include "base/loop.h"
#include "fake_issuer.h"
#include "token_signer.h"

namespace dragoman::auth {

inline constexpr int64_t kNow = 1'800'000'000;  // seconds since 1970
inline constexpr const char* kIssuer = "https://issuer.example";

// A key that an issuer has, by name. Made once: making RSA keys takes long.
inline const TokenSigner& SignerOf(const std::string& kid) {
  static std::map<std::string, TokenSigner> signers;
  auto found = signers.find(kid);
  if (found == signers.end()) found = signers.emplace(kid, TokenSigner::Ec("P-256")).first;
  return found->second;
}

inline std::string KeySetOf(const std::vector<std::string>& kids) {
  std::string keys;
  for (const std::string& kid : kids) {
    keys += (keys.empty() ? "" : ",") + SignerOf(kid).Jwk("\"kid\":\"" + kid + "\",\"alg\":\"ES256\"");
  }
  return "{\"keys\":[" + keys + "]}";
}

// A token of kIssuer for shop-api, valid for 100 s from kNow, signed with that key.
inline std::string TokenBy(const std::string& kid, const std::string& more = {}, int64_t exp = kNow + 100) {
  return SignerOf(kid).Sign("ES256", R"({"alg":"ES256","typ":"JWT","kid":")" + kid + "\"}",
                            "{\"iss\":\"" + std::string(kIssuer) + R"(","aud":"shop-api","sub":"joe","exp":)" +
                                std::to_string(exp) + more + "}");
}

inline config::JwtProvider FetchedProvider() {
  config::JwtProvider provider;
  provider.name = "main";
  provider.issuer = kIssuer;
  provider.audiences = {"shop-api"};
  provider.jwks.url.emplace().url = FakeIssuer::kUrl;
  provider.jwks.refresh = std::chrono::hours(1);
  provider.jwks.cooldown = std::chrono::hours(1);
  return provider;
}

// Runs `loop` until `done`; false after ten seconds.
inline bool RunUntil(Loop& loop, const std::function<bool()>& done) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  const auto work = asio::make_work_guard(loop.io());
  loop.io().restart();
  while (!done()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    loop.io().run_one_for(std::chrono::seconds(1));
  }
  return true;
}

// A provider, its source of keys and one worker's scheme, on one loop.
class JwtTest : public testing::Test {
 protected:
  void Build(const config::JwtProvider& provider) {
    auto built = BuildJwtProvider(provider);
    ASSERT_TRUE(built) << built.error()[0].what;
    provider_ = *std::move(built);
    source_ = KeySource::Make(loop_, provider_, issuer_.MakeClients());
    tokens_ = std::make_shared<VerifiedTokens>(provider_->cache_entries);
    scheme_.emplace(provider_, source_->keys(), loop_, tokens_, [this](std::string_view name) -> const Consumer* {
      for (const Consumer& consumer : consumers_) {
        if (consumer.name == name) return &consumer;
      }
      return nullptr;
    });
  }

  static std::string Told(const Result<Identity>& result) {
    if (!result)
      return std::string(FactsOf(result.error().reason()).name) + ": " + std::string(result.error().message());
    return std::string(result->claims->Text("sub"));
  }

  // "joe" (the subject), "UNAUTHENTICATED: why", or "waits".
  std::string Try(const std::string& token, int64_t now = kNow) {
    const auto result = scheme_->TryVerify(token, now);
    return result ? Told(*result) : "waits";
  }

  // Has the token verified; `to` is set once it is.
  static Task<void> VerifyInto(JwtScheme& scheme, std::string token, std::optional<std::string>& to) {
    const Result<Identity> result = co_await scheme.Verify(token, kNow);
    to = Told(result);
  }
  std::string Verify(const std::string& token) {
    std::optional<std::string> told;
    loop_.Spawn(VerifyInto(*scheme_, token, told));
    return RunUntil(loop_, [&] { return told.has_value(); }) ? *told : "nothing came";
  }

  FakeIssuer issuer_;
  Loop loop_;
  std::vector<Consumer> consumers_;
  std::shared_ptr<const JwtProvider> provider_;
  std::shared_ptr<KeySource> source_;
  std::shared_ptr<VerifiedTokens> tokens_;
  std::optional<JwtScheme> scheme_;
};

}  // namespace dragoman::auth
