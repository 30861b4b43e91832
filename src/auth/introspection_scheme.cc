#include "auth/introspection_scheme.h"

#include <rapidjson/document.h>

#include <algorithm>
#include <utility>

#include "auth/client_authentication.h"
#include "auth/client_credentials_grant.h"
#include "base/log.h"
#include "config/text_source.h"
#include "transcoding/quote.h"

namespace dragoman::auth {
namespace {

tl::unexpected<Status> Unauthenticated(std::string what) { return Refuse(Reason::kUnauthenticated, std::move(what)); }

// What makes a text no token, whoever is asked; empty: nothing.
std::string_view WhyNoToken(std::string_view token) {
  if (token.size() > IntrospectionScheme::kMaxToken) return "the token is too long";
  return IsBearerToken(token) ? "" : "the token holds characters that no token has";
}

// `aud` is a text or a list of texts (RFC 7519, 4.1.3).
bool IsFor(const jose::Claims& claims, const std::string& audience) {
  const rapidjson::Value* said = claims.Find("aud");
  const auto is = [&](const rapidjson::Value& value) {
    return value.IsString() && std::string_view(value.GetString(), value.GetStringLength()) == audience;
  };
  if (said == nullptr) return false;
  return said->IsArray() ? std::any_of(said->Begin(), said->End(), is) : is(*said);
}

}  // namespace

tl::expected<std::shared_ptr<const jose::Claims>, std::string> ReadIntrospectionAnswer(
    const http_client::Response& response) {
  if (response.status != 200) return tl::unexpected("answers " + std::to_string(response.status));
  auto claims = jose::Claims::Parse(response.body);
  if (!claims) return tl::unexpected(std::string("answers with something else than a JSON object"));
  const rapidjson::Value* active = (*claims)->Find("active");
  if (active == nullptr || !active->IsBool()) {
    return tl::unexpected(std::string("answers without saying whether the token is active"));
  }
  if (!active->GetBool()) return nullptr;
  return *std::move(claims);
}

tl::expected<std::shared_ptr<const IntrospectionRules>, Problems> IntrospectionRules::Build(
    const config::Introspection& config) {
  Problems problems;
  auto secret = config::ResolveText(config.client_secret);
  if (!secret) problems.push_back(std::move(secret.error()));
  if (auto problem = http_client::Client::Check(config.endpoint)) problems.push_back(*std::move(problem));
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return std::make_shared<const IntrospectionRules>(IntrospectionRules{config, *std::move(secret)});
}

IntrospectionScheme::IntrospectionScheme(Loop& worker, std::shared_ptr<const IntrospectionRules> rules,
                                         FindConsumer find_consumer)
    : worker_(worker),
      rules_(std::move(rules)),
      authority_(http_client::Url::Parse(rules_->config.endpoint.url)->authority),
      find_consumer_(std::move(find_consumer)),
      remembered_(rules_->config.cache_entries),
      flights_(kMaxAsked),
      self_(std::make_shared<IntrospectionScheme*>(this)) {
  // The rules were checked; a CA that cannot be read any more leaves tokens that cannot be checked.
  if (auto client = http_client::Client::Make(worker, rules_->config.endpoint)) client_ = *std::move(client);
}

IntrospectionScheme::~IntrospectionScheme() { *self_ = nullptr; }

std::optional<Result<Identity>> IntrospectionScheme::TryVerify(std::string_view token, int64_t now) {
  if (const std::string_view why = WhyNoToken(token); !why.empty()) return Unauthenticated(std::string(why));
  const Claims* known = remembered_.Find(DigestOf(token), now);
  if (known == nullptr) return std::nullopt;
  return Judge(*known, now);
}

Task<Result<Identity>> IntrospectionScheme::Verify(std::string_view token, int64_t now) {
  if (std::optional<Result<Identity>> known = TryVerify(token, now)) co_return *std::move(known);
  const Digest digest = DigestOf(token);
  auto flight = flights_.Find(digest);
  if (!client_) co_return NotChecked(authority_ + ": no client for it", "cannot be asked");
  if (!flight) {
    flight = flights_.Begin(digest);
    if (!flight) co_return Refuse(Reason::kOverloaded, "too many tokens are being checked already");
    worker_.Spawn(Ask(digest, std::string(token), now));
  }
  const Answer answer = co_await flight->Wait();
  if (!answer) co_return tl::unexpected(answer.error());
  co_return Judge(*answer, now);
}

// RFC 7662, section 2.1.
Task<void> IntrospectionScheme::Ask(Digest digest, std::string token, int64_t now) {
  const std::shared_ptr<IntrospectionScheme*> self = self_;
  http_client::Request request;
  request.method = "POST";
  request.headers = {{"accept", "application/json"},
                     {"authorization", BasicAuthorization(rules_->config.client_id, rules_->client_secret)}};
  request.body = FormBody({{"token", token}, {"token_type_hint", "access_token"}});
  request.content_type = kFormType;
  const Result<http_client::Response> response = co_await client_->Fetch(std::move(request));
  if (*self == nullptr) co_return;
  if (!response) co_return flights_.Land(digest, NotChecked(response.error().message(), "cannot be asked"));
  auto claims = ReadIntrospectionAnswer(*response);
  if (!claims) co_return flights_.Land(digest, NotChecked(authority_ + ": " + claims.error(), claims.error()));
  Remember(digest, *claims, now);
  flights_.Land(digest, *std::move(claims));
}

tl::unexpected<Status> IntrospectionScheme::NotChecked(std::string_view why, std::string_view told) {
  if (told_.TellNow(Clock::now())) LogWarn("token_not_checked", {{"scheme", name()}, {"error", why}});
  return Refuse(Reason::kBackendUnavailable, "the token cannot be checked: its issuer " + std::string(told));
}

void IntrospectionScheme::Remember(const Digest& digest, const Claims& claims, int64_t now) {
  const int64_t longest = std::chrono::duration_cast<std::chrono::seconds>(rules_->config.cache).count();
  if (!claims) return remembered_.Add(digest, nullptr, now, now + std::min(longest, kRefusedFor));
  const int64_t expires = claims->Seconds("exp").value_or(now + longest);
  remembered_.Add(digest, claims, now, std::min(expires, now + longest), claims->memory());
}

Result<Identity> IntrospectionScheme::Judge(const Claims& claims, int64_t now) const {
  if (!claims) return Unauthenticated("the token is not active");
  const auto in_order = [&](std::string_view name) {  // a time that is there can be read
    const rapidjson::Value* said = claims->Find(name);
    return said == nullptr || claims->Seconds(name).has_value();
  };
  if (!in_order("exp") || !in_order("nbf")) return Unauthenticated("the token's times make no sense");
  if (const auto expires = claims->Seconds("exp"); expires && now >= *expires + kLeeway) {
    return Unauthenticated("the token has expired");
  }
  if (const auto begins = claims->Seconds("nbf"); begins && now + kLeeway < *begins) {
    return Unauthenticated("the token is not valid yet");
  }
  const config::Introspection& config = rules_->config;
  const auto is_for = [&](const std::string& audience) { return IsFor(*claims, audience); };
  if (!config.audiences.empty() && std::none_of(config.audiences.begin(), config.audiences.end(), is_for)) {
    return Unauthenticated("the token is for another audience");
  }
  Identity identity{name(), nullptr, claims};
  if (config.consumer_claim.empty()) return identity;
  const std::string_view consumer = claims->Text(config.consumer_claim);
  if (consumer.empty()) {
    return Unauthenticated("the token lacks the claim " + transcoding::Quote(config.consumer_claim) +
                           ", which names the consumer");
  }
  identity.consumer = find_consumer_(consumer);
  if (identity.consumer == nullptr) return Unauthenticated("the consumer that the token names is not known here");
  if (identity.consumer->disabled) return Unauthenticated("the consumer that the token names is disabled");
  return identity;
}

}  // namespace dragoman::auth
