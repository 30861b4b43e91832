#include "auth/jwt_scheme.h"

#include <utility>

#include "jose/token.h"
#include "transcoding/quote.h"

namespace dragoman::auth {
namespace {

using transcoding::Quote;

tl::unexpected<Status> Unauthenticated(std::string what) { return Refuse(Reason::kUnauthenticated, std::move(what)); }

// A fetch that was under way may have missed the key; one for the token's own sake has not.
constexpr int kMostAsked = 2;

}  // namespace

JwtScheme::JwtScheme(std::shared_ptr<const JwtProvider> provider, std::shared_ptr<JwtKeys> keys, Loop& worker,
                     std::shared_ptr<VerifiedTokens> tokens, FindConsumer find_consumer)
    : provider_(std::move(provider)),
      keys_(std::move(keys)),
      worker_(worker),
      tokens_(std::move(tokens)),
      find_consumer_(std::move(find_consumer)) {}

bool JwtScheme::Recognises(std::string_view token) const {
  if (const VerifiedTokens::Entry* entry = tokens_->Find(token)) return entry->provider == provider_.get();
  return tokens_->UnverifiedIssuerOf(token) == provider_->rules.issuer;
}

std::string JwtScheme::ClaimedName(std::string_view token) const { return jose::UnverifiedText(token, "sub"); }

std::optional<Result<Identity>> JwtScheme::TryVerify(std::string_view token, int64_t now) {
  Judgement judgement = Judge(token, now);
  if (judgement.may_change && keys_->MayAsk()) return std::nullopt;
  return std::move(judgement.result);
}

Task<Result<Identity>> JwtScheme::Verify(std::string_view token, int64_t now) {
  Judgement judgement = Judge(token, now);
  for (int asked = 0; asked < kMostAsked && judgement.may_change && keys_->MayAsk(); ++asked) {
    co_await keys_->Ask(worker_);
    judgement = Judge(token, now);
  }
  co_return std::move(judgement.result);
}

JwtScheme::Judgement JwtScheme::Judge(std::string_view token, int64_t now) {
  if (const uint64_t version = keys_->version(); version != version_) {
    newest_ = keys_->Get();
    version_ = version;
  }
  if (const VerifiedTokens::Entry* entry = FindVerified(token, now)) return {IdentityOf(entry->claims)};

  const auto parsed = jose::Token::Parse(token);
  if (!parsed) return {Unauthenticated(parsed.error())};
  if (!newest_) {
    return {Refuse(Reason::kBackendUnavailable,
                   "the keys of issuer " + Quote(provider_->rules.issuer) + " are not available yet"),
            true};
  }
  const auto verified = jose::VerifyToken(*parsed, *newest_, provider_->algorithms);
  if (!verified) {
    return {Unauthenticated(verified.error().what), verified.error().kind == jose::TokenFault::Kind::kUnknownKey};
  }
  if (auto why_not = jose::WhyNot(*verified->claims, provider_->rules, now)) {
    return {Unauthenticated(*std::move(why_not))};
  }
  tokens_->Add(token, *provider_, *verified, version_);
  return {IdentityOf(verified->claims)};
}

// What is remembered of a token counts as long as nothing would be decided otherwise.
const VerifiedTokens::Entry* JwtScheme::FindVerified(std::string_view token, int64_t now) {
  VerifiedTokens::Entry* entry = tokens_->Find(token);
  if (entry == nullptr || entry->provider != provider_.get()) return nullptr;
  if (now < entry->validity.from || now >= entry->validity.until) return nullptr;
  if (entry->keys_version != version_) {
    if (!newest_ || !newest_->Has(*entry->key)) {
      tokens_->Remove(*entry);
      return nullptr;
    }
    entry->keys_version = version_;
  }
  return entry;
}

Result<Identity> JwtScheme::IdentityOf(const std::shared_ptr<const jose::Claims>& claims) const {
  Identity identity{provider_->name, nullptr, claims};
  if (provider_->consumer_claim.empty()) return identity;
  const std::string_view name = claims->Text(provider_->consumer_claim);
  if (name.empty())
    return Unauthenticated("the token lacks the claim " + Quote(provider_->consumer_claim) +
                           ", which names the consumer");
  identity.consumer = find_consumer_(name);
  if (identity.consumer == nullptr) return Unauthenticated("the consumer that the token names is not known here");
  if (identity.consumer->disabled) return Unauthenticated("the consumer that the token names is disabled");
  return identity;
}

std::vector<std::unique_ptr<Scheme>> MakeJwtSchemes(std::span<const std::shared_ptr<const JwtProvider>> providers,
                                                    std::span<const std::shared_ptr<JwtKeys>> keys, Loop& worker,
                                                    const FindConsumer& find_consumer) {
  size_t entries = 0;
  for (const auto& provider : providers) entries += provider->cache_entries;
  const auto tokens = std::make_shared<VerifiedTokens>(entries);
  std::vector<std::unique_ptr<Scheme>> schemes;
  for (size_t i = 0; i < providers.size(); ++i) {
    schemes.push_back(std::make_unique<JwtScheme>(providers[i], keys[i], worker, tokens, find_consumer));
  }
  return schemes;
}

}  // namespace dragoman::auth
