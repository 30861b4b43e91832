#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "auth/jwt_keys.h"
#include "auth/jwt_provider.h"
#include "auth/scheme.h"
#include "auth/verified_tokens.h"
#include "base/loop.h"

namespace dragoman::auth {

// The consumer of that name, null if there is none: ConsumerDirectory::FindByName. What it returns lives as long as the
// generation.
using FindConsumer = std::function<const Consumer*(std::string_view name)>;

// Tokens of one issuer, on one worker. A credential is the bare token.
//
// A token that was verified before is believed again while its times allow it and its key is among the newest keys; any
// other is verified at once where its key is known. Only one whose key is unknown has to wait, for the keys to be asked
// for.
//
// Errors: kUnauthenticated, saying what is wrong; kBackendUnavailable while the issuer's keys were never to be had.
// Threads: its worker's.
class JwtScheme final : public Scheme {
 public:
  JwtScheme(std::shared_ptr<const JwtProvider> provider, std::shared_ptr<JwtKeys> keys, Loop& worker,
            std::shared_ptr<VerifiedTokens> tokens, FindConsumer find_consumer);

  std::string_view name() const override { return provider_->name; }
  std::string_view challenge() const override { return "Bearer realm=\"dragoman\""; }
  // Whether its issuer is this one's, by what it says itself.
  bool Recognises(std::string_view token) const override;
  std::string ClaimedName(std::string_view token) const override;
  std::optional<Result<Identity>> TryVerify(std::string_view token, int64_t now) override;
  Task<Result<Identity>> Verify(std::string_view token, int64_t now) override;

 private:
  // What is to be said with the keys that are there, and whether newer ones might change it.
  struct Judgement {
    Result<Identity> result;
    bool may_change = false;
  };
  Judgement Judge(std::string_view token, int64_t now);
  const VerifiedTokens::Entry* FindVerified(std::string_view token, int64_t now);
  Result<Identity> IdentityOf(const std::shared_ptr<const jose::Claims>& claims) const;

  std::shared_ptr<const JwtProvider> provider_;
  std::shared_ptr<JwtKeys> keys_;
  Loop& worker_;
  std::shared_ptr<VerifiedTokens> tokens_;  // this worker's, of all providers
  FindConsumer find_consumer_;
  uint64_t version_ = 0;
  std::shared_ptr<const jose::KeySet> newest_;  // of version_
};

// One scheme for each provider, in their order, on one worker; what is remembered they share. `keys`: of each provider,
// likewise.
std::vector<std::unique_ptr<Scheme>> MakeJwtSchemes(std::span<const std::shared_ptr<const JwtProvider>> providers,
                                                    std::span<const std::shared_ptr<JwtKeys>> keys, Loop& worker,
                                                    const FindConsumer& find_consumer);

}  // namespace dragoman::auth
