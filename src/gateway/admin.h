#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/side_thread.h"
#include "exchange/exchange.h"
#include "guard/guard.h"
#include "observe/metrics.h"

namespace dragoman {
struct Generation;
}

namespace dragoman::gateway {

// Those of the admin interface: as of requests, but that a question about one of the largest of them fits in. The question wraps its body
// (src/explain/README.md), which takes a third more and is up to 64 MiB of room.
config::Limits AdminLimits(config::Limits limits);

// The admin interface.
//
// clang-format off
//   GET /livez                          200 "ok\n" as long as the process answers at all
//   GET /readyz                         200 "ok\n" once every listener is bound; 503 "waiting: …\n" while descriptors are to come, "draining\n" from SIGTERM on
//   GET /status                         what an operator wants to see at once, in JSON (status_report.h)
//   GET /metrics                        Prometheus' text format
//   GET /guard/bans                     {"bans":[{"what":"192.0.2.7","rule":"brute_force","since":"…","until":"…","count":2}],"total":1}
//   POST /guard/bans/WHAT?for=10m       shuts an address, network or identity out; answers with the ban
//   DELETE /guard/bans/WHAT             lifts a ban: 200, or 404 where there is none
//   POST /explain                       what would become of a request (src/explain): a question in JSON, an explanation in JSON
// clang-format on
//
// What changes anything, and what tells of the configuration, needs the token (`authorization: Bearer …`), or to come
// over a unix socket where no token is configured. A Host that is no address, no "localhost" and not the configured
// host is refused, and so is any request with an Origin: a web page that a browser behind the firewall shows must not
// read it (DNS rebinding).
class AdminHandler : public ExchangeHandler {
 public:
  struct Rules {
    std::string host;          // of the admin address; empty for a unix socket
    bool unix_socket = false;  // whose file's permissions say who may
    std::string token;         // empty: none
  };
  // What is served today. Called on the handler's loop.
  struct Subjects {
    std::function<guard::Guard*()> guard;                              // null: there is none
    std::function<std::string()> waiting;                              // for what descriptors; empty: for none
    std::function<std::shared_ptr<const Generation>()> today = nullptr;  // null: nothing is explained
    std::function<Task<void>(Buffer& out)> status = nullptr;           // appends what /status tells; null: nothing does
  };
  // `metrics` outlives it.
  AdminHandler(Rules rules, const observe::Metrics& metrics, Subjects subjects)
      : rules_(std::move(rules)), metrics_(metrics), subjects_(std::move(subjects)) {}

  // Counts from now on.
  void SetToken(std::string token) { rules_.token = std::move(token); }
  void SetDraining() { draining_ = true; }
  // Explains no more, once what is under way is explained.
  void Stop() { explainer_.reset(); }

  Task<void> Serve(Exchange& exchange) override;
  Task<void> Refuse(Exchange& exchange, Status status) override;

 private:
  struct Answer;

  bool TrustsHost(std::string_view authority) const;
  // What a request is refused with that may come from a web page; of status 0: nothing.
  Answer MayAsk(const RequestHead& head) const;
  static Answer UseGet();
  Answer AnswerTo(const RequestHead& head) const;
  Task<Answer> Explain(Exchange& exchange);
  bool StartExplainer();
  Task<Answer> ShowStatus(const RequestHead& head) const;
  Answer ShowBans() const;
  // What a request that changes something is refused with; of status 0: it may.
  Answer MayChange(const RequestHead& head, std::string_view what) const;
  Answer ChangeBan(const RequestHead& head, std::string_view what, std::string_view query) const;

  Rules rules_;
  const observe::Metrics& metrics_;
  const Subjects subjects_;
  std::optional<SideThread> explainer_;  // since the first question: it may take as long as a password's hash
  bool draining_ = false;
};

}  // namespace dragoman::gateway
