#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "base/loop.h"
#include "base/side_thread.h"
#include "base/task.h"
#include "config/config.h"
#include "reflection/reflection.h"
#include "reflection/resolver.h"
#include "reflection/settled.h"
#include "tls/context.h"

namespace dragoman::reflection {

struct WatcherOptions {
  Bounds bounds;                                 // of each address
  // For all addresses, half of it for their names; whose name has no answer by then, or who has not been asked, has not
  // answered.
  Duration round = std::chrono::seconds(20);
  size_t sample = 16;                            // addresses that are asked in a round; of more, others every time
  Duration connect_timeout = std::chrono::seconds(5);
};

// The descriptors of one backend, whichever of its addresses is asked: each is asked for itself, one after the other,
// over a connection of its own, and Settled decides.
//
//   Watcher shop(loop, side_thread, resolver, backend, tls, credentials);
//   …again and again:  if ((co_await shop.AskAll()).what == Settled::Verdict::What::kTaken) Rebuild(shop.latest());
//
// Lifetime: loop, side thread, resolver, `backend` and what `credentials` use outlive it. A round that is under way may
// end with its loop. Threads: the loop's; one AskAll at a time.
class Watcher {
 public:
  // `tls`: of backend.tls; null: plain text.
  Watcher(Loop& loop, SideThread& side_thread, Resolver& resolver, const config::Backend& backend,
          std::shared_ptr<const tls::ClientContext> tls, Credentials credentials, const WatcherOptions& options = {});

  // One round.
  Task<Settled::Verdict> AskAll();
  // What counts. Null before anybody has answered.
  const std::shared_ptr<const Descriptors>& latest() const { return settled_.latest(); }
  // Why nobody answered in the last round.
  const std::optional<Failure>& failure() const { return failure_; }

 private:
  // Where one server is.
  struct Place {
    config::Endpoint endpoint;
    std::string address;  // one of a name's; else the endpoint's own
    std::string why;      // it has none: the name cannot be resolved
  };
  Task<std::vector<Place>> FindPlaces(TimePoint end);
  Task<tl::expected<Descriptors, Failure>> AskOne(const Place& place, TimePoint end) const;

  Loop& loop_;
  SideThread& side_thread_;
  Resolver& resolver_;
  const config::Backend& backend_;
  const std::shared_ptr<const tls::ClientContext> tls_;
  const Credentials credentials_;
  const WatcherOptions options_;
  std::minstd_rand random_;
  Settled settled_;
  std::optional<Failure> failure_;
};

}  // namespace dragoman::reflection
