#pragma once

#include <boost/container/small_vector.hpp>
#include <boost/intrusive/list.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/backend_credentials.h"
#include "auth/token_cell.h"
#include "base/loop.h"
#include "base/task.h"
#include "exchange/exchange.h"
#include "upstream/backend.h"

namespace dragoman::auth {

// Puts the gateway's credentials for one backend into its calls, on one worker. Costs the calls of a backend without
// any nothing, those of others a copy of a few views.
//
// Threads: its loop's.   Lifetime: loop and `credentials` outlive it; calls that wait end before it does.
class ShownCredentials {
 public:
  using Metadata = boost::container::small_vector_base<Header>;

  // `cell`: where the token is kept; null if `credentials` have none. `audience`: who reads the errors.
  ShownCredentials(Loop& loop, const BackendCredentials& credentials, std::shared_ptr<TokenCell> cell,
                   upstream::Audience audience = upstream::Audience::kClients);
  ~ShownCredentials();
  ShownCredentials(const ShownCredentials&) = delete;
  ShownCredentials& operator=(const ShownCredentials&) = delete;

  bool empty() const { return credentials_.empty(); }

  // Replaces in `metadata` whatever stands under the credentials' names. The views hold until the worker does something
  // else: the call must be started at once. Nothing if Attach has to be asked, since a token is being fetched.
  // Errors: kBackendUnavailable, `backend "maps": no access token to call it with`; for operators `backend "maps": no access token from
  // issuer.example:443: Connection refused`.
  std::optional<Status> TryAttach(Metadata& metadata, TimePoint now);
  // The same, once the fetch that is under way has ended. Errors: kDeadlineExceeded too.
  Task<Status> Attach(Metadata& metadata, TimePoint deadline);

  // The backend answered UNAUTHENTICATED: a token is fetched anew, if the last time is long enough ago.
  void OnUnauthenticated();

 private:
  // A call that waits for a token.
  struct Waiter : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    explicit Waiter(Loop& loop);

    Signal woken;
    Timer deadline;
  };
  using Waiters = boost::intrusive::list<Waiter, boost::intrusive::constant_time_size<false>>;

  void OnToken(std::shared_ptr<const BackendToken> token);

  Loop& loop_;
  const BackendCredentials& credentials_;
  const std::shared_ptr<TokenCell> cell_;
  const upstream::Audience audience_;
  const std::vector<std::string_view> names_;
  std::shared_ptr<const BackendToken> token_;  // null: none is needed
  Waiters waiters_;
  std::shared_ptr<ShownCredentials*> self_;  // null inside once this is gone
};

}  // namespace dragoman::auth
