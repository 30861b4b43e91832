#include "explain/explain.h"

#include <algorithm>
#include <string>

#include "cors/preflight.h"
#include "dialects/websocket/handshake.h"
#include "exchange/origin.h"
#include "exchange/secret_name.h"
#include "explain/explainer.h"
#include "explain/tried_rules.h"
#include "generation/own_paths.h"
#include "transcoding/error_body.h"
#include "transcoding/percent.h"
#include "transcoding/quote.h"
#include "transcoding/request_text.h"

namespace dragoman::explain {
namespace {

constexpr size_t kFewBuckets = 64;
constexpr std::string_view kHidden = "(hidden)";

bool Contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

tl::expected<Explanation, std::string> Explain(const Generation& generation, const Question& question) {
  return Explainer(generation, question).Run();
}

Explainer::Explainer(const Generation& generation, const Question& question)
    : generation_(generation),
      config_(generation.config),
      question_(question),
      key_sources_(generation.auth->MakeKeySources(loop_)),
      authenticator_(generation.auth->MakeAuthenticator(loop_, side_thread_, key_sources_)),
      metadata_rules_(MetadataRulesOf(generation)),
      compression_{.max_body_bytes = generation.config.limits.max_body_bytes},
      codec_(*generation.plans) {
  if (auto limits = rate_limit::Limits::Build(config_, std::make_shared<rate_limit::Limits::Counts>(kFewBuckets))) {
    limits_ = *std::move(limits);
    limiter_.emplace(loop_, *limits_, nullptr);
  }
}

tl::expected<Explanation, std::string> Explainer::Run() {
  auto asked = QuestionExchange::Make(question_, config_, loop_);
  if (!asked) return tl::unexpected(std::move(asked.error()));
  asked_ = *std::move(asked);
  exchange_ = asked_.get();
  if (!asked_->refusal().ok()) {
    Refuse("http", asked_->refusal());
    Apply(CorsOf(nullptr));
    TellRequest();
    Answer();
    return std::move(out_);
  }
  if (compression::CodedExchange::Concerns(asked_->head(), compression_)) {
    exchange_ = &coded_.emplace(*asked_, compression_);
  }
  websocket_ = exchange_->head().http_method == "GET" && exchange_->offers_upgrade("websocket");
  Apply(CorsOf(nullptr));
  FindClient();
  TellRequest();
  AskGuard();
  FindRoute();
  if (!AnswerOptions() && !AnswerPage()) {
    if (route_ == nullptr) {
      const RequestHead& head = exchange_->head();
      const bool fits = !generation_.router.Allow(head.target).empty();
      const bool composition = websocket_ && fits;
      if (!generation_.waiting.empty() && !fits) Refuse("route", NoRoutesYet());
      Refuse("route", composition ? Status(Reason::kInvalidRequest, "a composition is not to be had by WebSocket")
                                  : generation_.router.WhyNot(head.http_method, head.target));
    } else {
      Apply(CorsOf(rules_));
      TellCors();
      TellRpc();
      Authenticate();
      AskLimits();
      route_->composition ? Compose() : ServeRpc();
      TellGates();
      TellResponseHeaders();
    }
  }
  Answer();
  return std::move(out_);
}

void Explainer::TellRequest() {
  const RequestHead& head = exchange_->head();
  const bool read = asked_->refusal().ok();  // else it is told as it was given
  out_.request = {.http_method = read ? std::string(head.http_method) : question_.http_method,
                  .target = ShownTarget(read ? head.target : asked_->target()),
                  .scheme = std::string(exchange_->client_scheme()),
                  .host = std::string(exchange_->client_authority()),
                  .client = std::string(exchange_->client_address()),
                  .dialect = websocket_ ? "websocket" : "rest",
                  .body_bytes = question_.body.size(),
                  .note = asked_->scheme_note()};
  if (read) return;
  const std::string where = asked_->WhereMalformed([this](std::string_view target) { return ShownTarget(target); });
  if (!where.empty()) out_.request.note = where;
}

void Explainer::FindClient() {
  if (!generation_.trusted_proxies) return;
  auto client = generation_.trusted_proxies->Resolve(exchange_->head(), exchange_->peer());
  if (!client) return Refuse("client", std::move(client.error()));
  if (!*client) return;
  exchange_->set_client(**client);
  asked_->set_client(**client);
}

void Explainer::AskGuard() {
  if (!generation_.guard) return;
  Status no = generation_.guard->WhyNot(exchange_->client_ip(), exchange_->head(), Clock::now());
  Explanation::Policy policy{.name = "guard", .verdict = no.ok() ? "passes" : "refuses", .what = {}, .checks = {}};
  const size_t headers = generation_.guard->config().headers.size();
  policy.what = "allow and deny lists, bans" + (headers == 0 ? "" : ", " + std::to_string(headers) + (headers == 1 ? " header rule" : " header rules"));
  if (!no.ok()) policy.checks.push_back({.what = std::string(no.rule()), .verdict = "fails", .why = std::string(no.message())});
  out_.policies.push_back(std::move(policy));
  Refuse("guard", std::move(no));
}

const cors::Policy* Explainer::CorsOf(const rpc::Rules* rules) const {
  if (rules != nullptr && rules->cors) return rules->cors.get();
  return generation_.listener_cors[exchange_->peer().listener].get();
}

void Explainer::Apply(const cors::Policy* policy) {
  cors_ = policy;
  cors_headers_.clear();
  if (policy == nullptr) return exchange_->set_page_rights(Exchange::PageRights::kNone);
  const std::string_view origin = OriginOf(exchange_->head());
  policy->AppendTo(origin, cors_headers_);
  exchange_->set_page_rights(policy->RightsOf(origin));
}

void Explainer::FindRoute() {
  const RequestHead& head = exchange_->head();
  const routing::Router& router = generation_.router;
  const bool found = websocket_ ? router.FindForWebSocket(head.target, match_) : router.Find(head.http_method, head.target, match_);
  route_ = found ? match_.route : nullptr;
  TriedRules tried = TryRules(router, head.http_method, head.target, route_);
  out_.rules = std::move(tried.shown);
  out_.other_rules = tried.others;
  if (route_ == nullptr) return;
  rpc_ = &router.rpcs()[route_->rpc_index];
  rules_ = &generation_.rules[route_->rpc_index];
}

// Whether its path is one of `openapi`.
bool Explainer::IsForOwnPage() const {
  const std::string_view target = exchange_->head().target;
  return config_.openapi && generation_.waiting.empty() && IsOwnPath(*config_.openapi, target.substr(0, target.find('?')));
}

// As the pipeline answers it, before anything else is asked.
bool Explainer::AnswerOptions() {
  const RequestHead& head = exchange_->head();
  if (head.http_method != "OPTIONS") return false;
  const routing::Router& router = generation_.router;
  if (const auto preflight = cors::PreflightOf(head)) {
    routing::Match match;
    const bool found = router.Find(preflight->http_method, head.target, match);
    const cors::Policy* policy = CorsOf(found ? &generation_.rules[match.route->rpc_index] : nullptr);
    if (policy != nullptr) {
      Apply(policy);
      const std::string page = transcoding::Excerpt(preflight->origin);
      Explanation::Policy told{.name = "cors", .verdict = "passes", .what = policy->description(), .checks = {}};
      const bool own_page = !found && router.Allow(head.target).empty() && IsForOwnPage();
      const bool may_send = found || (own_page && (preflight->http_method == "GET" || preflight->http_method == "HEAD"));
      if (!found && router.Allow(head.target).empty() && !own_page) {
        Refuse("route", generation_.waiting.empty() ? router.WhyNot(preflight->http_method, head.target) : NoRoutesYet());
      } else if (!policy->Allows(preflight->origin)) {
        told.verdict = "refuses";
        Refuse("cors", Status(Reason::kForbidden, "pages of " + page + " may not call this; `cors` says which may").WithRule("cors"));
      } else if (refusal_.ok()) {
        answered_ = true;
        out_.answer.status = 204;
        out_.answer.message = "a preflight: pages of " + page + (may_send ? " may send " : " may not send ") +
                              transcoding::Excerpt(preflight->http_method) + " here";
      }
      out_.policies.push_back(std::move(told));
      return true;
    }
  }
  if (route_ != nullptr) return false;
  const std::string allow = router.Allow(head.target);
  if (allow.empty()) return false;
  answered_ = refusal_.ok();
  out_.answer.status = 204;
  out_.answer.message = "the gateway answers OPTIONS itself";
  out_.answer.headers.push_back({"allow", allow});
  return true;
}

// Of `openapi`, where no route has the path.
bool Explainer::AnswerPage() {
  const RequestHead& head = exchange_->head();
  if (route_ != nullptr || websocket_ || !IsForOwnPage()) return false;
  const config::OpenApi& openapi = *config_.openapi;
  const std::string_view path = head.target.substr(0, head.target.find('?'));
  if (head.http_method != "GET" && head.http_method != "HEAD" && head.http_method != "OPTIONS") {
    Refuse("route", OwnPathRefuses(head.http_method, path));
    return true;
  }
  answered_ = refusal_.ok();
  if (head.http_method == "OPTIONS") {
    out_.answer.status = 204;
    out_.answer.message = "the gateway answers OPTIONS itself";
    out_.answer.headers.push_back({"allow", std::string(kOwnPathAllows)});
    return true;
  }
  const bool slashed = openapi.docs && path == *openapi.docs + "/";
  out_.answer.status = slashed ? 307 : 200;
  out_.answer.message = path == openapi.path ? "the gateway's own OpenAPI document" : "the gateway's own page that shows the API";
  return true;
}

void Explainer::TellRpc() {
  Explanation::Rpc& rpc = out_.rpc.emplace();
  rpc.name = route_->rpc;
  rpc.streams = route_->streaming.text();
  rpc.response_body = route_->response_body;
  if (route_->composition) return;
  const config::Backend& backend = config_.backends[route_->backend];
  rpc.backend = backend.name;
  for (const config::Endpoint& endpoint : backend.endpoints) rpc.endpoints.push_back(endpoint.address);
  rpc.request = route_->method->input_type()->full_name();
  rpc.reply = route_->method->output_type()->full_name();
}

// The dialects ask in this order what follows the limits of the head; an RPC whose requests stream is prepared first.
void Explainer::ServeRpc() {
  AskHandshake();
  const auto select = [this] {
    auto fields = route_->reply.Select(exchange_->head().query(), rules_->json->request.fields_parameter);
    if (!fields) Refuse("message", std::move(fields.error()));
  };
  if (route_->streaming.requests) {
    Refuse("headers", TellHeaders(route_->rpc_index, out_.headers));
    TellDeadline();
    select();
    MakeMessages();
  } else if (route_->streaming.replies) {
    MakeMessages();
    Refuse("headers", TellHeaders(route_->rpc_index, out_.headers));
    TellDeadline();
    select();
  } else {
    MakeMessages();
    Refuse("headers", TellHeaders(route_->rpc_index, out_.headers));
    select();
    TellDeadline();
  }
  const std::string_view first = first_message_;
  TellAuthorize(has_message_ ? &first : nullptr);
  TellLimits(has_message_ ? &first : nullptr);
}

void Explainer::AskHandshake() {
  if (!websocket_) return;
  if (auto handshake = dialects::websocket::ReadHandshake(*exchange_); !handshake) {
    Refuse("http", std::move(handshake.error()));
  }
}

void Explainer::Refuse(std::string_view stage, Status status) {
  if (status.ok() || !refusal_.ok()) return;
  stage_ = stage;
  refusal_ = std::move(status);
}

void Explainer::Answer() {
  Explanation::Answer& answer = out_.answer;
  if (refusal_.ok()) {
    answer.kind = answered_ ? "answered" : "call";
    for (const dragoman::Header& header : cors_headers_) {
      answer.headers.push_back({std::string(header.name), std::string(header.value)});
    }
    return;
  }
  answer.kind = "refused";
  if (stage_ == "message" && refusal_.message().starts_with("path variable {")) {
    for (Explanation::Rule& rule : out_.rules) {
      if (rule.outcome == "won") rule.why = "but " + std::string(refusal_.message());
    }
  }
  answer.stage = stage_;
  answer.status = static_cast<uint64_t>(refusal_.http_status());
  answer.reason = FactsOf(refusal_.reason()).name;
  answer.rule = refusal_.rule();
  answer.message = refusal_.message();
  answer.bound = BoundOf(refusal_);
  Buffer body;
  const transcoding::ErrorBody errors(config_.error_format, *generation_.plans);
  errors.Render(refusal_, codec_, body);
  answer.body = body.view();
  TellAnswerHeaders(refusal_);
}

// As every refusal is put into a response, less the ids and what limits have left.
void Explainer::TellAnswerHeaders(const Status& status) {
  const transcoding::ErrorBody errors(config_.error_format, *generation_.plans);
  ResponseHead head;
  for (const auto& [name, value] : status.headers()) head.headers.push_back({name, value});
  std::string retry_after;
  if (const auto seconds = transcoding::RetryAfterSeconds(status)) {
    retry_after = std::to_string(*seconds);
    head.headers.push_back({"retry-after", retry_after});
  }
  if (rules_ != nullptr) rules_->response.Apply(exchange_->head().scheme, head.headers);
  std::vector<Explanation::Header>& told = out_.answer.headers;
  told.clear();
  told.push_back({"content-type", std::string(errors.content_type())});
  for (const dragoman::Header& header : head.headers) told.push_back({std::string(header.name), Shown(header.name, header.value)});
  for (const dragoman::Header& header : cors_headers_) told.push_back({std::string(header.name), std::string(header.value)});
}

std::string Explainer::Shown(std::string_view header, std::string_view value) const {
  if (header == "www-authenticate") return std::string(value);
  const bool secret = SoundsSecret(header) || Contains(auth::CredentialHeaders(generation_.auth->schemes()), header) ||
                      std::any_of(config_.backends.begin(), config_.backends.end(), [header](const config::Backend& backend) {
                        return backend.credentials && std::any_of(backend.credentials->metadata.begin(), backend.credentials->metadata.end(),
                                                                  [header](const auto& each) { return each.name == header; });
                      });
  return std::string(secret ? kHidden : value);
}

bool Explainer::HidesParameter(std::string_view name) const {
  return Contains(auth::CredentialParameters(generation_.auth->schemes()), name);
}

std::string Explainer::ShownTarget(std::string_view target) const {
  const size_t mark = target.find('?');
  if (mark == std::string_view::npos) return std::string(target);
  std::string text(target.substr(0, mark + 1));
  for (std::string_view rest = target.substr(mark + 1); !rest.empty();) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(pair.size());
    const std::string_view name = pair.substr(0, pair.find('='));
    std::string scratch;
    const auto decoded = transcoding::PercentDecode(name, transcoding::PercentDecoding::kForm, scratch);
    if (HidesParameter(decoded ? *decoded : name)) {
      text.append(pair.substr(0, pair.find('='))).append("=").append(kHidden);
    } else {
      text += pair;
    }
    if (!rest.empty()) {
      text += '&';
      rest.remove_prefix(1);
    }
  }
  return text;
}

}  // namespace dragoman::explain
