#include "auth/token_cell.h"

namespace dragoman::auth {

void TokenCell::Publish(BackendToken token) {
  auto published = std::make_shared<const BackendToken>(std::move(token));
  const std::lock_guard lock(mutex_);
  token_ = std::move(published);
  for (const auto& [who, listener] : listeners_) listener(token_);
}

std::shared_ptr<const BackendToken> TokenCell::Get() {
  const std::lock_guard lock(mutex_);
  return token_;
}

std::shared_ptr<const BackendToken> TokenCell::Subscribe(const void* who, Listener listener) {
  const std::lock_guard lock(mutex_);
  listeners_.emplace_back(who, std::move(listener));
  return token_;
}

void TokenCell::Unsubscribe(const void* who) {
  const std::lock_guard lock(mutex_);
  std::erase_if(listeners_, [&](const auto& entry) { return entry.first == who; });
}

void TokenCell::OnRenewalWanted(std::function<void()> callback) {
  const std::lock_guard lock(mutex_);
  renewal_wanted_ = std::move(callback);
}

void TokenCell::AskForRenewal() {
  const std::lock_guard lock(mutex_);
  if (renewal_wanted_) renewal_wanted_();
}

}  // namespace dragoman::auth
