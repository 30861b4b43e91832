#pragma once

#include <optional>
#include <string>

#include "auth/authenticator.h"
#include "composition/composer.h"
#include "compression/coded_exchange.h"
#include "cors/policy.h"
#include "dialects/dialect.h"
#include "exchange/exchange.h"
#include "gateway/pages.h"
#include "generation/generation.h"
#include "guard/sentry.h"
#include "observe/access_log.h"
#include "observe/worker_metrics.h"
#include "rate_limit/limiter.h"

namespace dragoman::gateway {

// What a pipeline leads through: one worker's side of each stage. All outlive the pipeline.
struct Stages {
  const Generation& generation;
  const Pages& pages;
  std::optional<guard::Sentry>& sentry;  // nothing: nobody is shut out
  const auth::Authenticator& authenticator;
  rate_limit::Limiter& limiter;
  dialects::Dialect& rest;
  dialects::Dialect& websocket;
  composition::Composer& composer;
  observe::WorkerMetrics& metrics;
  observe::AccessLog* access_log;  // null: none is kept
};

// A request's whole story, in the one place that knows the order of the stages.
//
// Threads: one pipeline a worker.
class Pipeline : public ExchangeHandler {
 public:
  explicit Pipeline(Stages stages);

  Task<void> Serve(Exchange& exchange) override;
  Task<void> Refuse(Exchange& exchange, Status status) override;

  // Requests that have not left it yet.
  size_t under_way() const { return under_way_; }

 private:
  // Within the pipeline as long as it lives.
  class Pass {
   public:
    explicit Pass(size_t& under_way) : under_way_(under_way) { ++under_way_; }
    ~Pass() { --under_way_; }
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;

   private:
    size_t& under_way_;
  };

  // Of a request whose bodies are compressed, or may be …
  Task<void> ServeCoded(Exchange& exchange);
  // … and of every other one: neither notices.
  Task<void> ServePlain(Exchange& exchange);

  // What is known of a request so far.
  struct Story {
    Exchange& exchange;
    dialects::Dialect& dialect;             // words every refusal
    guard::Admission guarded{};             // how far it has come with the guard
    const routing::Route* route = nullptr;  // null: none fits
    auth::Identity identity{};
    composition::Told told{};  // of a composition's calls
    const cors::Policy* cors = nullptr;  // null: pages of other origins may not call
    cors::Headers cors_headers{};        // what it says, in every response
  };

  // What the client speaks.
  dialects::Dialect& Recognise(const Exchange& exchange) const;
  // Where the request leads; null: nowhere, which WhyNot words.
  const routing::Route* Match(const Story& story, routing::Match& match) const;
  Status WhyNot(const Story& story, std::string_view http_method) const;
  // Of a request that no route fits; null: the gateway has no answer of its own.
  const Pages::Page* PageOf(const Story& story) const;
  bool IsWebSocket(const Story& story) const { return &story.dialect == &stages_.websocket; }

  // Whom the request comes from …
  Status FindClient(Exchange& exchange) const;
  // … and whether they are shut out.
  Status Meet(Story& story) const;
  // Which pages may call: by that RPC's own rules (null: of none), else by the listener's.
  const cors::Policy* CorsOf(const Exchange& exchange, const rpc::Rules* rules) const;
  // Whether the page that asks, if one does, may call by that policy, and what it may see of any answer.
  static void Apply(const cors::Policy* policy, Story& story);
  // Answers what browsers ask before a page may call; false where the request asks no such thing, or nothing is configured.
  Task<bool> AnswerPreflight(Story& story) const;
  // Those of the path's methods that pages of the origin may use, and `asked`, which they may.
  std::string MethodsFor(const Exchange& exchange, std::string_view origin, std::string_view asked) const;

  // Who calls, and whether they may. Nothing: it has to be asked for with Identify.
  std::optional<Status> TryIdentify(Story& story, const auth::Access& access) const;
  Task<Status> Identify(Story& story, const auth::Access& access) const;
  Status Recognise(Story& story, const auth::Access& access, Result<auth::Identity> proven) const;

  // Several calls, one answer.
  Task<Status> Compose(Story& story, const rpc::Admitted& composition) const;
  // Ends the request with a refusal.
  Task<void> End(Story& story, Status no) const;
  // What the guard learns of it.
  void Notice(const Story& story, const Status& refusal) const;
  // Credentials that a part of a composition has refused are guesses too, where the answer goes without that part.
  void NoticeParts(const Story& story, const Status& outcome) const;
  void Observe(const Story& story, guard::Event event, size_t rpc_index) const;
  // What the metrics and the log are told when it is over.
  void Conclude(const Story& story, const Status& outcome) const;
  void Log(const Story& story, const Status& outcome, Duration total) const;
  // Which methods the path takes (RFC 9110, 9.3.7).
  static Task<Status> DescribeOptions(Exchange& exchange, std::string_view allow);

  const Stages stages_;
  const compression::Rules compression_;
  size_t under_way_ = 0;
};

}  // namespace dragoman::gateway
