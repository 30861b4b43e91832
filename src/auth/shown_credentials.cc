#include "auth/shown_credentials.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

namespace dragoman::auth {

ShownCredentials::Waiter::Waiter(Loop& loop)
    : deadline(
          loop,
          [](void* self) {
            auto& waiter = *static_cast<Waiter*>(self);
            waiter.unlink();
            waiter.woken.Notify();
          },
          this) {}

ShownCredentials::ShownCredentials(Loop& loop, const BackendCredentials& credentials, std::shared_ptr<TokenCell> cell,
                                   upstream::Audience audience)
    : loop_(loop),
      credentials_(credentials),
      cell_(std::move(cell)),
      audience_(audience),
      names_(credentials.names()),
      self_(std::make_shared<ShownCredentials*>(this)) {
  if (!cell_) return;
  token_ = cell_->Subscribe(this, [&io = loop.io(), self = self_](std::shared_ptr<const BackendToken> token) {
    asio::post(io, [self, token = std::move(token)] {
      if (ShownCredentials* alive = *self) alive->OnToken(token);
    });
  });
}

ShownCredentials::~ShownCredentials() {
  *self_ = nullptr;
  if (cell_) cell_->Unsubscribe(this);
}

std::optional<Status> ShownCredentials::TryAttach(Metadata& metadata, TimePoint now) {
  if (credentials_.empty()) return Status();
  if (token_ && !token_->ValidAt(now)) {
    if (token_->pending) return std::nullopt;
    const bool everything = audience_ == upstream::Audience::kOperators;
    return Status(Reason::kBackendUnavailable, "backend \"" + credentials_.backend + "\": no access token " +
                                                   (everything ? "from " + token_->why : "to call it with"));
  }
  const auto ours = [&](const Header& entry) {
    return std::find(names_.begin(), names_.end(), entry.name) != names_.end();
  };
  metadata.erase(std::remove_if(metadata.begin(), metadata.end(), ours), metadata.end());
  for (const BackendCredentials::Entry& entry : credentials_.fixed) metadata.push_back({entry.name, entry.value});
  if (token_) metadata.push_back({"authorization", token_->authorization});
  return Status();
}

Task<Status> ShownCredentials::Attach(Metadata& metadata, TimePoint deadline) {
  Waiter waiter(loop_);
  for (;;) {
    const TimePoint now = Clock::now();
    if (std::optional<Status> answer = TryAttach(metadata, now)) co_return *std::move(answer);
    if (now >= deadline) {
      co_return Status(Reason::kDeadlineExceeded,
                       "backend \"" + credentials_.backend + "\": no access token came before the deadline");
    }
    if (deadline != TimePoint::max()) waiter.deadline.Arm(deadline);
    waiters_.push_back(waiter);
    co_await waiter.woken.Wait();
    waiter.deadline.Disarm();
  }
}

void ShownCredentials::OnUnauthenticated() {
  if (cell_) cell_->AskForRenewal();
}

// Whoever waits looks again; who still finds nothing waits anew, behind those who are served now.
void ShownCredentials::OnToken(std::shared_ptr<const BackendToken> token) {
  token_ = std::move(token);
  Waiters served;
  served.swap(waiters_);
  while (!served.empty()) {
    Waiter& waiter = served.front();
    waiter.unlink();
    waiter.woken.Notify();
  }
}

}  // namespace dragoman::auth
