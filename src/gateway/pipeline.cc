#include "gateway/pipeline.h"

#include <algorithm>
#include <string>
#include <utility>

#include "cors/preflight.h"
#include "exchange/origin.h"
#include "generation/own_paths.h"
#include "rpc/caller.h"
#include "transcoding/quote.h"

namespace dragoman::gateway {
namespace {

constexpr int kSwitched = 101;  // to another protocol

int StatusOf(const Exchange& exchange) {
  return exchange.cancelled() ? HttpStatusOf(Code::kCancelled) : exchange.reply_status();
}

// What the backend ended the call with; -1 where none did.
int GrpcCodeOf(const routing::Route* route, const Status& outcome) {
  return route && outcome.reason() == Reason::kNone ? static_cast<int>(outcome.code()) : -1;
}

// A view of it.
guard::Claimed ClaimedOf(const auth::ClaimedIdentity& claim) {
  return {.identity = {claim.scheme, claim.name}, .guessable = claim.guessable, .fingerprint = claim.fingerprint};
}

compression::Rules CompressionOf(const config::Config& config) {
  return {.responses = config.compression ? &*config.compression : nullptr, .max_body_bytes = config.limits.max_body_bytes};
}

}  // namespace

Pipeline::Pipeline(Stages stages) : stages_(stages), compression_(CompressionOf(stages.generation.config)) {}

Task<void> Pipeline::Serve(Exchange& exchange) {
  if (compression::CodedExchange::Concerns(exchange.head(), compression_)) return ServeCoded(exchange);
  return ServePlain(exchange);
}

Task<void> Pipeline::ServeCoded(Exchange& exchange) {
  const Pass pass(under_way_);
  compression::CodedExchange coded(exchange, compression_);
  co_await ServePlain(coded);
}

Task<void> Pipeline::ServePlain(Exchange& exchange) {
  const Pass pass(under_way_);
  const observe::WorkerMetrics::InFlight in_flight(stages_.metrics);
  Story story{exchange, Recognise(exchange)};
  Apply(CorsOf(exchange, nullptr), story);
  if (Status no = Meet(story); !no.ok()) {
    co_await End(story, std::move(no));
    co_return;
  }

  const routing::Router& router = stages_.generation.router;
  const RequestHead& head = exchange.head();
  if (head.http_method == "OPTIONS") {
    if (co_await AnswerPreflight(story)) co_return;
  }
  routing::Match match;
  if (!Match(story, match)) {
    const Pages::Page* const page = PageOf(story);
    std::string allow = head.http_method == "OPTIONS" ? router.Allow(head.target) : std::string();
    if (page != nullptr && head.http_method == "OPTIONS" && allow.empty()) allow = kOwnPathAllows;
    if (story.guarded.suspect) {
      co_await End(story, stages_.sentry->Shut(exchange.client_ip(), exchange.loop().now()));
    } else if (!allow.empty()) {
      Conclude(story, co_await DescribeOptions(exchange, allow));
    } else if (page != nullptr && (head.http_method == "GET" || head.http_method == "HEAD")) {
      Conclude(story, co_await Pages::Answer(exchange, *page));
    } else {
      co_await End(story, WhyNot(story, head.http_method));
    }
    co_return;
  }
  story.route = match.route;
  const rpc::Rules& rules = stages_.generation.rules[match.route->rpc_index];
  Apply(CorsOf(exchange, &rules), story);

  std::optional<Status> admitted = TryIdentify(story, rules.access);
  if (!admitted) admitted = co_await Identify(story, rules.access);
  rate_limit::Admission admission;
  if (admitted->ok() && !rules.limits.empty()) {
    const rate_limit::Caller caller = rpc::CallerOf(exchange, story.identity);
    admitted = stages_.limiter.TryAdmitHead(rules.limits, caller, admission);
    if (!admitted) admitted = co_await stages_.limiter.AdmitHead(rules.limits, caller, admission);
  }
  if (!admitted->ok()) {
    co_await End(story, *std::move(admitted));
    co_return;
  }
  const rpc::Admitted admitted_rpc{match, rules, story.identity, admission};
  Status outcome;
  if (match.route->composition) {
    outcome = co_await Compose(story, admitted_rpc);
  } else {
    outcome = co_await story.dialect.Serve(exchange, admitted_rpc);
  }
  if (stages_.sentry && !outcome.ok()) Notice(story, outcome);
  if (stages_.sentry && story.told.unproven) NoticeParts(story, outcome);
  Conclude(story, outcome);
}

dialects::Dialect& Pipeline::Recognise(const Exchange& exchange) const {
  const bool websocket = exchange.head().http_method == "GET" && exchange.offers_upgrade("websocket");
  return websocket ? stages_.websocket : stages_.rest;
}

const routing::Route* Pipeline::Match(const Story& story, routing::Match& match) const {
  const RequestHead& head = story.exchange.head();
  const routing::Router& router = stages_.generation.router;
  if (IsWebSocket(story)) {
    router.FindForWebSocket(head.target, match);
  } else {
    router.Find(head.http_method, head.target, match);
  }
  return match.route;
}

Status Pipeline::WhyNot(const Story& story, std::string_view http_method) const {
  const RequestHead& head = story.exchange.head();
  const routing::Router& router = stages_.generation.router;
  const bool fits = !router.Allow(head.target).empty();  // but for its HTTP method
  if (!fits && !stages_.generation.waiting.empty()) return NoRoutesYet();
  if (fits && IsWebSocket(story)) {
    return Status(Reason::kInvalidRequest, "a composition is not to be had by WebSocket");
  }
  if (!fits && PageOf(story) != nullptr)
    return OwnPathRefuses(http_method, head.target.substr(0, head.target.find('?')));
  return router.WhyNot(http_method, head.target);
}

const Pages::Page* Pipeline::PageOf(const Story& story) const {
  return IsWebSocket(story) ? nullptr : stages_.pages.Find(story.exchange.head().target);
}

Task<Status> Pipeline::Compose(Story& story, const rpc::Admitted& composition) const {
  Status outcome = co_await stages_.composer.Serve(story.exchange, composition, story.told);
  if (!outcome.ok()) co_await story.dialect.RefuseAdmitted(story.exchange, outcome, composition);
  co_return outcome;
}

Task<void> Pipeline::Refuse(Exchange& exchange, Status status) {
  const Pass pass(under_way_);
  Story story{exchange, stages_.rest};
  Apply(CorsOf(exchange, nullptr), story);
  (void)FindClient(exchange);  // of what could be read
  co_await End(story, std::move(status));
}

Status Pipeline::FindClient(Exchange& exchange) const {
  const TrustedProxies* trusted = stages_.generation.trusted_proxies.get();
  if (!trusted) return {};
  Result<std::optional<Exchange::Client>> client = trusted->Resolve(exchange.head(), exchange.peer());
  if (!client) return std::move(client.error());
  if (*client) exchange.set_client(**client);
  return {};
}

Status Pipeline::Meet(Story& story) const {
  Exchange& exchange = story.exchange;
  if (Status no = FindClient(exchange); !no.ok()) return no;
  if (!stages_.sentry) return {};
  story.guarded = stages_.sentry->Admit(exchange.client_ip(), exchange.head(), exchange.loop().now());
  return std::move(story.guarded.refusal);
}

const cors::Policy* Pipeline::CorsOf(const Exchange& exchange, const rpc::Rules* rules) const {
  if (rules != nullptr && rules->cors) return rules->cors.get();
  return stages_.generation.listener_cors[exchange.peer().listener].get();
}

void Pipeline::Apply(const cors::Policy* policy, Story& story) {
  if (policy == story.cors) return;  // nearly always: as for the listener
  story.cors = policy;
  story.cors_headers.clear();
  const std::string_view origin = OriginOf(story.exchange.head());
  policy->AppendTo(origin, story.cors_headers);
  story.exchange.set_standing_headers({story.cors_headers.data(), story.cors_headers.size()});
  story.exchange.set_page_rights(policy->RightsOf(origin));
}

Task<bool> Pipeline::AnswerPreflight(Story& story) const {
  Exchange& exchange = story.exchange;
  const routing::Router& router = stages_.generation.router;
  const std::string_view target = exchange.head().target;
  const std::optional<cors::Preflight> asked = cors::PreflightOf(exchange.head());
  if (!asked) co_return false;
  routing::Match match;
  const bool found = router.Find(asked->http_method, target, match);
  const cors::Policy* policy = CorsOf(exchange, found ? &stages_.generation.rules[match.route->rpc_index] : nullptr);
  if (policy == nullptr) co_return false;
  Apply(policy, story);
  const bool routed = found || !router.Allow(target).empty();
  if (!routed && PageOf(story) == nullptr) {
    if (story.guarded.suspect) {
      co_await End(story, stages_.sentry->Shut(exchange.client_ip(), exchange.loop().now()));
    } else {
      Status no = WhyNot(story, asked->http_method);  // gcc 12 destroys what a condition within a co_await makes twice
      co_await End(story, std::move(no));
    }
    co_return true;
  }
  if (!policy->Allows(asked->origin)) {
    Status no(Reason::kForbidden, "pages of " + transcoding::Excerpt(asked->origin) + " may not call this; `cors` says which may");
    co_await End(story, std::move(no).WithRule("cors"));
    co_return true;
  }
  const std::string http_methods = routed ? MethodsFor(exchange, asked->origin, found ? asked->http_method : std::string_view())
                                          : std::string(kOwnPathAllowsPages);
  ResponseHead head;
  head.status = 204;
  cors::AppendAnswer(*policy, *asked, http_methods, head.headers);
  head.headers.push_back({"x-request-id", exchange.request_id()});
  Conclude(story, co_await exchange.Reply(head, {}));
  co_return true;
}

// A browser remembers each method that it reads here as one that needs no further question, so those of other RPCs count only
// where their own rules let the page in.
std::string Pipeline::MethodsFor(const Exchange& exchange, std::string_view origin, std::string_view asked) const {
  const routing::Router& router = stages_.generation.router;
  const std::string allow = router.Allow(exchange.head().target);
  std::string text(asked);
  for (std::string_view rest = allow; !rest.empty();) {
    const std::string_view http_method = rest.substr(0, rest.find(", "));
    rest.remove_prefix(std::min(http_method.size() + 2, rest.size()));
    routing::Match match;
    if (http_method == asked || !router.Find(http_method, exchange.head().target, match)) continue;
    const cors::Policy* policy = CorsOf(exchange, &stages_.generation.rules[match.route->rpc_index]);
    if (policy != nullptr && policy->Allows(origin)) (text += text.empty() ? "" : ", ") += http_method;
  }
  return text;
}

std::optional<Status> Pipeline::TryIdentify(Story& story, const auth::Access& access) const {
  Exchange& exchange = story.exchange;
  const TimePoint now = exchange.loop().now();
  if (access.open()) {
    if (story.guarded.suspect) return stages_.sentry->Shut(exchange.client_ip(), now);
    return Status();
  }
  if (stages_.sentry && stages_.sentry->WantsClaim(story.guarded)) {
    const auth::ClaimedIdentity claim = stages_.authenticator.ClaimOf(access, exchange);
    stages_.sentry->AdmitClaim(exchange.client_ip(), ClaimedOf(claim), now, story.guarded);
    if (!story.guarded.ok()) return std::move(story.guarded.refusal);
  }
  std::optional<Result<auth::Identity>> proven = stages_.authenticator.TryAuthenticate(access, exchange);
  if (proven) return Recognise(story, access, *std::move(proven));
  if (story.guarded.only_at_once) return stages_.sentry->Shut(exchange.client_ip(), now);
  return std::nullopt;
}

Task<Status> Pipeline::Identify(Story& story, const auth::Access& access) const {
  Result<auth::Identity> proven = co_await stages_.authenticator.Authenticate(access, story.exchange);
  co_return Recognise(story, access, std::move(proven));
}

Status Pipeline::Recognise(Story& story, const auth::Access& access, Result<auth::Identity> proven) const {
  const config::IpAddress& client = story.exchange.client_ip();
  const TimePoint now = story.exchange.loop().now();
  if (!proven) {
    // Whether it was nearly right is nothing that a suspect should learn.
    if (story.guarded.suspect) return stages_.sentry->Shut(client, now);
    return std::move(proven.error());
  }
  story.identity = *std::move(proven);
  if (stages_.sentry) {
    const guard::IdentityName name{story.identity.scheme, story.identity.name()};
    if (story.guarded.suspect) stages_.sentry->AdmitIdentity(client, name, now, story.guarded);
    if (!story.guarded.ok()) return std::move(story.guarded.refusal);
    stages_.sentry->Succeeded(client, name, now);
  }
  return access.AdmitIdentity(story.identity);
}

Task<void> Pipeline::End(Story& story, Status no) const {
  const rpc::Rules* rules = story.route ? &stages_.generation.rules[story.route->rpc_index] : nullptr;
  if (stages_.sentry) Notice(story, no);  // before the answer, which the next try may follow at once
  co_await story.dialect.Refuse(story.exchange, no, rules);
  Conclude(story, no);
}

Task<Status> Pipeline::DescribeOptions(Exchange& exchange, std::string_view allow) {
  ResponseHead head;
  head.status = 204;
  head.headers.push_back({"allow", allow});
  head.headers.push_back({"x-request-id", exchange.request_id()});
  co_return co_await exchange.Reply(head, {});
}

void Pipeline::Conclude(const Story& story, const Status& outcome) const {
  const Exchange& exchange = story.exchange;
  // A unary call over a WebSocket may wait for its message for ever.
  const bool unary_by_websocket = exchange.reply_status() == kSwitched && !story.route->streaming.any();
  const Duration total = unary_by_websocket ? exchange.upstream_time() : Clock::now() - exchange.started();
  stages_.metrics.Record({.rpc = story.route ? story.route->rpc_index : observe::kNoRpc,
                          .http_status = StatusOf(exchange),
                          .grpc_code = GrpcCodeOf(story.route, outcome),
                          .reason = outcome.reason(),
                          .total = total,
                          .upstream = exchange.upstream_time(),
                          .client = exchange.client_time(),
                          .bytes_in = exchange.request_bytes(),
                          .bytes_out = exchange.reply_bytes(),
                          .stream = story.route && story.route->streaming.any()});
  if (stages_.access_log) Log(story, outcome, total);
}

void Pipeline::Notice(const Story& story, const Status& refusal) const {
  const std::optional<guard::Event> event = guard::EventOf(refusal);
  if (!event) return;
  const bool of_part = *event == guard::Event::kUnauthenticated && story.told.unproven;
  Observe(story, *event, of_part ? *story.told.unproven : story.route ? story.route->rpc_index : observe::kNoRpc);
}

void Pipeline::NoticeParts(const Story& story, const Status& outcome) const {
  if (outcome.reason() == Reason::kUnauthenticated) return;  // Notice has
  const auth::Access& access = stages_.generation.rules[*story.told.unproven].access;
  if (stages_.authenticator.ClaimOf(access, story.exchange).scheme.empty()) return;  // nobody in particular may ask for the rest
  Observe(story, guard::Event::kUnauthenticated, *story.told.unproven);
}

void Pipeline::Observe(const Story& story, guard::Event event, size_t rpc_index) const {
  guard::Observation seen{.event = event};
  auth::ClaimedIdentity claim;
  if (rpc_index != observe::kNoRpc) seen.rpc = stages_.generation.router.rpcs()[rpc_index].name;
  if (event == guard::Event::kUnauthenticated) {
    claim = stages_.authenticator.ClaimOf(stages_.generation.rules[rpc_index].access, story.exchange);
    seen.claimed = ClaimedOf(claim);
  }
  stages_.generation.guard->Observe(story.exchange.client_ip(), seen, story.exchange.loop().now());
}

void Pipeline::Log(const Story& story, const Status& outcome, Duration total) const {
  const Exchange& exchange = story.exchange;
  observe::AccessEntry entry;
  entry.time =
      std::chrono::system_clock::now() - std::chrono::duration_cast<std::chrono::system_clock::duration>(total);
  entry.request_id = exchange.request_id();
  entry.peer = exchange.client_address();
  entry.http_method = exchange.head().http_method;
  entry.path = exchange.head().target.substr(0, exchange.head().target.find('?'));
  entry.status = StatusOf(exchange);
  entry.bytes = exchange.reply_bytes();
  entry.duration = total;
  if (story.route) entry.rpc = story.route->rpc;
  if (story.route && story.route->backend != routing::kNoBackend) {
    entry.backend = stages_.generation.config.backends[story.route->backend].name;
  }
  entry.scheme = story.identity.scheme;
  if (story.identity.consumer) entry.consumer = story.identity.consumer->name;
  entry.grpc_status = GrpcCodeOf(story.route, outcome);
  entry.reason = FactsOf(outcome.reason()).name;
  entry.rule = outcome.rule();
  entry.calls = story.told.calls;
  stages_.access_log->Write(entry);
}

}  // namespace dragoman::gateway
