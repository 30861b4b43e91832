#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace dragoman::auth {

// What a backend is shown as `authorization`, as its keeper knows it at a moment.
struct BackendToken {
  std::string authorization;             // "Bearer eyJ…"; empty: there is none
  TimePoint expires = TimePoint::max();  // from then on it is none
  bool pending = false;                  // another one is being fetched
  std::string why;                       // why the last fetch gave none: "issuer.example: answers 401 (invalid_client)"

  bool ValidAt(TimePoint now) const { return !authorization.empty() && now < expires; }
};

// Where the keeper of one backend's token puts it, once a process, and the workers get it from. A worker is told of
// every change, so that a request reads what its worker has already.
//
// Threads: safe from any.
class TokenCell {
 public:
  using Listener = std::function<void(std::shared_ptr<const BackendToken>)>;

  // Tells every listener, on the calling thread.
  void Publish(BackendToken token);
  // The token as it is.
  std::shared_ptr<const BackendToken> Get();
  // The token as it is; `listener` is called with every later one until Unsubscribe, on the thread that publishes, and
  // must neither wait nor come back here.
  std::shared_ptr<const BackendToken> Subscribe(const void* who, Listener listener);
  void Unsubscribe(const void* who);

  // What AskForRenewal calls, on the asking thread; null: nothing.
  void OnRenewalWanted(std::function<void()> callback);
  // The backend did not take the token.
  void AskForRenewal();

 private:
  std::mutex mutex_;
  std::shared_ptr<const BackendToken> token_ = std::make_shared<BackendToken>();
  std::vector<std::pair<const void*, Listener>> listeners_;
  std::function<void()> renewal_wanted_;
};

}  // namespace dragoman::auth
