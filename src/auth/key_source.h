#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "auth/jwt_keys.h"
#include "auth/jwt_provider.h"
#include "auth/key_fetcher.h"
#include "base/loop.h"

namespace dragoman::auth {

// Keeps the keys of one provider fresh, for all workers, on the control loop.
//
//   fetched at Start and then every `refresh` (±10 %); a failure is tried again after 1, 2, 4 … 30 s (never later than
//   `refresh`), and changes nothing: what was there stays. For the sake of a token whose key is unknown the keys are
//   asked for at once, but not again within `cooldown`; who asks while a fetch is under way waits for its end.
//
// The keys of a secret, or of a text in the configuration or the environment, are there at once and never change; a
// file is read again as a URL is fetched again.
//
// Failures are logged once a minute, or when their cause changes.
// Threads: the control loop's, but for keys().   Lifetime: outlived by the control loop; outlives the requests of the
// workers that use its keys (those that wait are not answered).
class KeySource : public std::enable_shared_from_this<KeySource> {
 public:
  static constexpr size_t kMaxWaiters = 1024;  // requests of all workers; more are answered at once

  static std::shared_ptr<KeySource> Make(Loop& control, std::shared_ptr<const JwtProvider> provider,
                                         MakeClient make_client);
  ~KeySource();
  KeySource(const KeySource&) = delete;
  KeySource& operator=(const KeySource&) = delete;

  void Start();
  // Begins with the keys that `before` has, where both are of one provider that has them from the same place, so that
  // an issuer that is down just now locks nobody out. Before Start.
  void BeginWith(const KeySource& before);
  const std::shared_ptr<JwtKeys>& keys() const { return keys_; }

 private:
  KeySource(Loop& control, std::shared_ptr<const JwtProvider> provider, MakeClient make_client);

  static Task<void> Run(std::weak_ptr<KeySource> weak);
  void Fetch();
  void OnAsked(const std::shared_ptr<KeysWaiter>& waiter);
  void OnFetched(Result<std::string> text);
  tl::expected<void, std::string> Take(Result<std::string> text);
  void LogFailure(const std::string& cause);
  void ArmTimer();

  Loop& control_;
  std::shared_ptr<const JwtProvider> provider_;
  std::shared_ptr<KeyFetcher> fetcher_;
  std::shared_ptr<JwtKeys> keys_;
  Timer timer_;
  std::minstd_rand random_{std::random_device{}()};
  std::vector<std::shared_ptr<KeysWaiter>> waiters_;
  std::string text_;  // of the newest set
  TimePoint next_ask_{};
  bool fetching_ = false;
  int failures_ = 0;  // one after another
  std::string logged_cause_;
  TimePoint logged_at_{};
};

}  // namespace dragoman::auth
