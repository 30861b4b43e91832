#include "routing/router.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include "routing/router_state.h"
#include "transcoding/quote.h"

namespace dragoman::routing {
namespace {

using transcoding::Excerpt;
using transcoding::Quote;

// The path of a target in origin form. A raw `#` has no place in one (RFC 9112 section 3.2.1): such a target has no
// path.
std::string_view PathOf(std::string_view target) {
  if (target.find('#') != std::string_view::npos) return {};
  return target.substr(0, target.find('?'));
}

// Adds "HEAD" where there is "GET", and "OPTIONS", which the gateway answers itself; "*" is spelled out.
//   {"LOCK", "POST", "GET"} → "GET, HEAD, POST, LOCK, OPTIONS"
std::string AllowText(std::vector<std::string_view> http_methods) {
  constexpr std::string_view kUsual[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};
  const auto has = [&](std::string_view name) { return std::ranges::find(http_methods, name) != http_methods.end(); };
  std::string text;
  for (const std::string_view name : kUsual) {
    if (has(name) || has("*") || (name == "HEAD" && has("GET"))) text.append(name).append(", ");
  }
  std::ranges::sort(http_methods);
  for (const std::string_view name : http_methods) {
    const bool listed = name == "*" || name == "OPTIONS" || std::ranges::find(kUsual, name) != std::end(kUsual);
    if (!listed) text.append(name).append(", ");
  }
  return text + "OPTIONS";
}

}  // namespace

Router::Router() : state_(new State{{.index = transcoding::PathIndexBuilder().Build().value()}}) {}
Router::Router(std::unique_ptr<State> state) : state_(std::move(state)) {}
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;
Router::~Router() = default;

bool Router::Find(std::string_view http_method, std::string_view target, Match& match) const {
  const std::optional<uint32_t> found = state_->index.Match(http_method, PathOf(target), match.captures);
  match.route = found ? &state_->routes[*found] : nullptr;
  return found.has_value();
}

bool Router::FindForWebSocket(std::string_view target, Match& match) const {
  constexpr std::string_view kFirst[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
  const Route* best = nullptr;
  size_t best_rank = 0;
  for (std::string_view http_method : state_->index.HttpMethods(PathOf(target))) {
    if (http_method == "*") http_method = "GET";
    Match candidate;
    if (!Find(http_method, target, candidate) || candidate.route->composition) continue;
    const size_t place = static_cast<size_t>(std::ranges::find(kFirst, http_method) - std::begin(kFirst));
    const Streaming streaming = candidate.route->streaming;
    const size_t rank = place + (std::size(kFirst) + 1) * (streaming.requests ? 0 : streaming.replies ? 1 : 2);
    if (best != nullptr && rank >= best_rank) continue;
    best = candidate.route;
    best_rank = rank;
    match = std::move(candidate);
  }
  match.route = best;
  return best != nullptr;
}

std::string Router::Allow(std::string_view target) const {
  if (target == "*") {
    std::set<std::string_view> http_methods;
    for (const Route& route : state_->routes) http_methods.insert(route.http_method);
    return AllowText({http_methods.begin(), http_methods.end()});
  }
  const std::vector<std::string_view> http_methods = state_->index.HttpMethods(PathOf(target));
  return http_methods.empty() ? std::string() : AllowText(http_methods);
}

Status Router::WhyNot(std::string_view http_method, std::string_view target) const {
  const std::string_view path = PathOf(target);
  if (!path.starts_with('/')) {
    return Status(Reason::kRouteNotFound, target.starts_with('/')
                                              ? "no route: the path holds a '#'; in a value it is written %23"
                                              : "no route: expected a path that begins with '/', got " + Quote(target));
  }
  if (std::string allow = Allow(target); !allow.empty()) {
    return Status(Reason::kMethodNotAllowed,
                  Excerpt(http_method) + " is not allowed for " + Quote(path) + "; allowed: " + allow)
        .WithHeader("allow", std::move(allow));
  }
  std::string text = "no route for " + Excerpt(http_method) + " " + Quote(path);
  if (const std::optional<uint32_t> nearest = state_->index.Nearest(path, http_method == "HEAD" ? "GET" : http_method)) {
    const Route& route = state_->routes[*nearest];
    text += "; did you mean " + (route.http_method == "*" ? "" : route.http_method + " ") + route.path + "?";
  }
  return Status(Reason::kRouteNotFound, std::move(text));
}

const std::vector<Route>& Router::routes() const { return state_->routes; }
const std::vector<Unrouted>& Router::unrouted() const { return state_->unrouted; }
const std::vector<Rpc>& Router::rpcs() const { return state_->rpcs; }
const Problems& Router::put_off() const { return state_->put_off; }

}  // namespace dragoman::routing
