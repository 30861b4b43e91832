#include "auth/token_fetcher.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <string>
#include <utility>

#include "auth/client_credentials_grant.h"
#include "base/log.h"
#include "http_client/client.h"
#include "upstream/endpoint.h"

namespace dragoman::auth {

Duration RenewAfter(Duration lifetime, double dice) {
  constexpr double kLatest = 0.8;
  constexpr double kSpread = 0.1;
  return std::chrono::duration_cast<Duration>(lifetime * (kLatest - kSpread * dice));
}

// The fetcher's one coroutine and what it works with. It holds itself while it runs.
class TokenFetcher::Fetching : public std::enable_shared_from_this<Fetching> {
 public:
  Fetching(Loop& loop, const BackendCredentials& credentials, std::unique_ptr<http_client::Client> client,
           std::string authority, std::shared_ptr<TokenCell> cell, const TokenFetcherOptions& options)
      : backend_(credentials.backend),
        grant_(*credentials.grant),
        client_(std::move(client)),
        authority_(std::move(authority)),
        cell_(std::move(cell)),
        options_(options),
        random_(std::random_device{}()),
        backoff_(options.min_backoff, options.max_backoff),
        timer_(
            loop, [](void* self) { static_cast<Fetching*>(self)->wake_.Notify(); }, this) {
    known_ = *cell_->Get();
    known_.pending = true;
    cell_->Publish(known_);
  }

  Task<void> Run() {
    const auto self = shared_from_this();
    while (!stopped_) {
      co_await FetchOnce();
      while (!stopped_ && Clock::now() < next_) {
        timer_.Arm(next_);
        co_await wake_.Wait();
      }
    }
  }

  void Stop() {
    stopped_ = true;
    timer_.Disarm();
    wake_.Notify();
  }

  // A backend did not take the token, which may have been revoked.
  void OnRenewalWanted() {
    const TimePoint now = Clock::now();
    if (known_.pending || stopped_ || now < renewable_at_ || next_ <= now) return;
    renewable_at_ = now + options_.cooldown;
    LogInfo("backend_token_not_taken", {{"backend", backend_}, {"issuer", authority_}});
    next_ = now;
    wake_.Notify();
  }

  const std::shared_ptr<TokenCell>& cell() const { return cell_; }

 private:
  Task<void> FetchOnce() {
    const TimePoint asked = Clock::now();
    known_.pending = true;
    cell_->Publish(known_);
    const Result<http_client::Response> response =
        co_await client_->Fetch(TokenRequest(grant_.client, grant_.client_secret));
    if (stopped_) co_return;
    known_.pending = false;
    if (!response) {
      OnFailure(std::string(response.error().message()));
    } else if (auto granted = ReadTokenAnswer(*response)) {
      OnGranted(*granted, asked);
    } else {
      OnFailure(authority_ + ": " + granted.error());
    }
    cell_->Publish(known_);
  }

  void OnGranted(const GrantedToken& granted, TimePoint asked) {
    if (failing_) LogInfo("backend_token_fetched_again", {{"backend", backend_}, {"issuer", authority_}});
    failing_ = false;
    backoff_.Reset();
    known_.authorization = "Bearer " + granted.access_token;
    known_.expires = asked + granted.lifetime;
    known_.why.clear();
    const double dice = std::uniform_real_distribution<double>(0, 1)(random_);
    next_ = asked + RenewAfter(granted.lifetime, dice);
  }

  void OnFailure(std::string why) {
    failing_ = true;
    const TimePoint now = Clock::now();
    const Duration pause = backoff_.Next(random_);
    LogWarn("backend_token_not_fetched",
            {{"backend", backend_}, {"error", why}, {"old_one_holds", known_.ValidAt(now)}, {"next_try_in", pause}});
    known_.why = std::move(why);
    next_ = now + pause;
  }

  const std::string backend_;
  const BackendCredentials::Grant grant_;
  const std::unique_ptr<http_client::Client> client_;
  const std::string authority_;  // of the token endpoint
  const std::shared_ptr<TokenCell> cell_;
  const TokenFetcherOptions options_;
  std::minstd_rand random_;
  upstream::Backoff backoff_;
  BackendToken known_;
  TimePoint next_{};  // when the next fetch begins
  TimePoint renewable_at_{};
  bool failing_ = false;
  bool stopped_ = false;
  Signal wake_;
  Timer timer_;
};

TokenFetcher::TokenFetcher(Loop& loop, std::shared_ptr<Fetching> fetching)
    : loop_(loop), fetching_(std::move(fetching)) {
  fetching_->cell()->OnRenewalWanted([&io = loop_.io(), weak = std::weak_ptr(fetching_)] {
    asio::post(io, [weak] {
      if (const auto alive = weak.lock()) alive->OnRenewalWanted();
    });
  });
}

TokenFetcher::~TokenFetcher() {
  fetching_->cell()->OnRenewalWanted(nullptr);
  fetching_->Stop();
}

void TokenFetcher::Start() { loop_.Spawn(fetching_->Run()); }

tl::expected<std::unique_ptr<TokenFetcher>, Problem> TokenFetcher::Make(Loop& loop,
                                                                        const BackendCredentials& credentials,
                                                                        std::shared_ptr<TokenCell> cell,
                                                                        const TokenFetcherOptions& options) {
  const config::HttpTarget& target = credentials.grant->client.token;
  auto client = http_client::Client::Make(loop, target);
  if (!client) return tl::unexpected(std::move(client.error()));
  auto fetching = std::make_shared<Fetching>(loop, credentials, *std::move(client),
                                             http_client::Url::Parse(target.url)->authority, std::move(cell), options);
  return std::unique_ptr<TokenFetcher>(new TokenFetcher(loop, std::move(fetching)));
}

}  // namespace dragoman::auth
