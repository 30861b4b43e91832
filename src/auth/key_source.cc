#include "auth/key_source.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace dragoman::auth {
namespace {

constexpr Duration kFirstPause = std::chrono::seconds(1);
constexpr Duration kLongestPause = std::chrono::seconds(30);
constexpr Duration kLogPause = std::chrono::minutes(1);

// Whether there is anything to fetch: only what lies elsewhere changes.
bool IsLive(const config::Jwks& jwks) {
  return jwks.url || jwks.issuer || (jwks.text && jwks.text->kind == config::TextSource::Kind::kFile);
}

bool HasSameKeys(const JwtProvider& one, const JwtProvider& other) {
  const auto where = [](const config::Jwks& jwks) {
    return jwks.url ? jwks.url->url : jwks.issuer ? jwks.issuer->url : jwks.text->value;
  };
  return one.name == other.name && one.rules.issuer == other.rules.issuer && one.algorithms == other.algorithms &&
         IsLive(other.jwks) && where(one.jwks) == where(other.jwks);
}

}  // namespace

std::shared_ptr<KeySource> KeySource::Make(Loop& control, std::shared_ptr<const JwtProvider> provider,
                                           MakeClient make_client) {
  return std::shared_ptr<KeySource>(new KeySource(control, std::move(provider), std::move(make_client)));
}

KeySource::KeySource(Loop& control, std::shared_ptr<const JwtProvider> provider, MakeClient make_client)
    : control_(control),
      provider_(std::move(provider)),
      keys_(std::make_shared<JwtKeys>(control)),
      timer_(
          control, [](void* self) { static_cast<KeySource*>(self)->Fetch(); }, this) {
  if (provider_->keys) keys_->Publish(provider_->keys);
  if (!IsLive(provider_->jwks)) return;
  fetcher_ = std::make_shared<KeyFetcher>(control, provider_, std::move(make_client));
  keys_->SetAsked([this](const std::shared_ptr<KeysWaiter>& waiter) { OnAsked(waiter); });
  keys_->SetNextAsk(next_ask_);
}

KeySource::~KeySource() { keys_->SetAsked(nullptr); }

void KeySource::Start() {
  if (fetcher_) Fetch();
}

void KeySource::BeginWith(const KeySource& before) {
  if (!fetcher_ || before.text_.empty() || !HasSameKeys(*provider_, *before.provider_)) return;
  text_ = before.text_;
  keys_->Publish(before.keys_->Get());
}

void KeySource::OnAsked(const std::shared_ptr<KeysWaiter>& waiter) {
  const TimePoint now = Clock::now();
  if ((!fetching_ && now < next_ask_) || waiters_.size() >= kMaxWaiters) return KeysWaiter::Answer(waiter);
  waiters_.push_back(waiter);
  if (fetching_) return;
  next_ask_ = now + provider_->jwks.cooldown;
  keys_->SetNextAsk(next_ask_);
  Fetch();
}

void KeySource::Fetch() {
  if (fetching_) return;
  fetching_ = true;
  keys_->SetFetching(true);
  timer_.Disarm();
  control_.Spawn(Run(weak_from_this()));
}

// Holds what fetches, not this: what waits for an issuer must not keep a source that nobody needs any more.
Task<void> KeySource::Run(std::weak_ptr<KeySource> weak) {
  const std::shared_ptr<KeyFetcher> fetcher = weak.lock()->fetcher_;
  Result<std::string> text = co_await fetcher->Fetch();
  if (const std::shared_ptr<KeySource> self = weak.lock()) self->OnFetched(std::move(text));
}

void KeySource::OnFetched(Result<std::string> text) {
  fetching_ = false;
  const auto taken = Take(std::move(text));
  keys_->SetFetching(false);
  if (taken) {
    if (failures_ > 0) LogInfo("jwt_keys_recovered", {{"provider", provider_->name}});
    failures_ = 0;
    logged_cause_.clear();
  } else {
    ++failures_;
    LogFailure(taken.error());
  }
  ArmTimer();
  for (const auto& waiter : std::exchange(waiters_, {})) KeysWaiter::Answer(waiter);
}

tl::expected<void, std::string> KeySource::Take(Result<std::string> text) {
  if (!text) return tl::unexpected(std::string(text.error().message()));
  if (*text == text_) return {};
  auto keys = ReadKeySet(*text, provider_->algorithms);
  if (!keys) return tl::unexpected(std::move(keys.error()));
  for (const std::string& problem : (*keys)->problems()) {
    LogWarn("jwt_key_unusable", {{"provider", provider_->name}, {"why", problem}});
  }
  LogInfo("jwt_keys", {{"provider", provider_->name},
                       {"keys", (*keys)->keys().size()},
                       {"left_out", (*keys)->foreign() + (*keys)->problems().size()}});
  text_ = *std::move(text);
  keys_->Publish(*std::move(keys));
  return {};
}

void KeySource::LogFailure(const std::string& cause) {
  const TimePoint now = Clock::now();
  if (cause == logged_cause_ && now < logged_at_ + kLogPause) return;
  logged_cause_ = cause;
  logged_at_ = now;
  LogWarn("jwt_keys_failed", {{"provider", provider_->name},
                              {"error", cause},
                              {"kept", keys_->version() > 0 ? "those that are there" : "none yet"}});
}

void KeySource::ArmTimer() {
  Duration pause = provider_->jwks.refresh;
  if (failures_ > 0) pause = std::min({pause, kLongestPause, kFirstPause * (1 << std::min(failures_ - 1, 5))});
  timer_.ArmAfter(pause * std::uniform_int_distribution<int>(90, 110)(random_) / 100);
}

}  // namespace dragoman::auth
