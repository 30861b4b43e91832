#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "config/scalar.h"
#include "exchange/characters.h"
#include "explain/explainer.h"
#include "rpc/deadline.h"
#include "rpc/header_names.h"

// What goes to the backend beside the message: headers, and the time that is left. What comes back in every response.
namespace dragoman::explain {
namespace {

const std::string kDefault = "default";

std::string Spell(Duration duration) {
  const auto whole = std::chrono::duration_cast<config::Milliseconds>(duration);
  if (whole == duration) return config::RenderDuration(whole);
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
  return std::to_string(micros) + "us";
}

}  // namespace

// Each header by itself through the rules that serve: what comes out is what travels.
Status Explainer::TellHeaders(size_t rpc, std::vector<Explanation::ForwardedHeader>& to) {
  const rpc::Rules& rules = generation_.rules[rpc];
  const auto credentials = rpc::CredentialsFor(rules.access);
  const std::span<const dragoman::Header> headers = asked_->head().headers;
  asked_->SetHeaders({});
  rpc::Metadata own;  // what the gateway says whatever the client sends
  Status no = metadata_rules_.Collect(*asked_, credentials, own);
  std::vector<std::pair<std::string, std::string>> sent;
  for (const dragoman::Header& header : headers) {
    if ((header.name == "host" || header.name == "content-length") && !IsAsked(header.name)) continue;
    asked_->SetHeaders({&header, 1});
    rpc::Metadata out;
    Status why = metadata_rules_.Collect(*asked_, credentials, out);
    Explanation::ForwardedHeader told{.name = std::string(header.name), .value = Shown(header.name, header.value), .fate = {}, .why = {}};
    if (!why.ok()) {
      told.fate = "withheld";
      told.why = why.message();
    } else if (out.size() > own.size()) {
      told.fate = "sent";
      if (out.front().name != header.name) told.why = "as " + std::string(out.front().name);
      sent.emplace_back(out.front().name, header.value);
    } else if (std::any_of(own.begin(), own.end(), [&](const auto& each) { return each.name == header.name && each.value == header.value; })) {
      told.fate = "sent";  // the gateway says it in the client's words
      sent.emplace_back(header.name, header.value);
    } else {
      told.fate = "withheld";
      told.why = WhyWithheld(header.name);
    }
    to.push_back(std::move(told));
  }
  asked_->SetHeaders(headers);

  const rpc::Outbound outbound{.metadata = metadata_rules_, .backends = {}, .credentials = {}};
  rpc::Metadata metadata;
  BufferPool::Lease texts{Buffer()};
  no = rpc::CollectMetadata(outbound, *asked_, rules, identity_, metadata, texts);
  if (!no.ok()) return no;
  std::set<std::string, std::less<>> shown;  // by the backend's credentials
  for (const std::string_view name : (*generation_.credentials)[generation_.router.rpcs()[rpc].backend].names()) shown.emplace(name);
  for (Explanation::ForwardedHeader& told : to) {
    if (told.fate != "sent") continue;
    const std::string name = told.why.starts_with("as ") ? told.why.substr(3) : told.name;
    const bool there = std::any_of(metadata.begin(), metadata.end(), [&](const dragoman::Header& each) { return each.name == name; });
    if (shown.contains(name)) {
      told.fate = "removed";
      told.why = "the backend's credentials stand there";
    } else if (!there) {
      told.fate = "removed";
      told.why = "headers.request of its policy";
    }
  }
  for (const dragoman::Header& each : metadata) {
    if (shown.contains(each.name)) continue;
    const auto same = std::find_if(sent.begin(), sent.end(), [&](const auto& one) { return one.first == each.name && one.second == each.value; });
    if (same != sent.end()) {
      sent.erase(same);
      continue;
    }
    const auto is_it = [&](const auto& entry) { return entry.name == each.name; };
    const bool gateways = std::any_of(own.begin(), own.end(), is_it);
    const bool identity = config_.authentication && std::any_of(config_.authentication->identity.begin(), config_.authentication->identity.end(), is_it);
    to.push_back({.name = std::string(each.name),
                  .value = Shown(each.name, each.value),
                  .fate = "added",
                  .why = gateways ? "by the gateway" : identity ? "authentication.identity" : "headers.request of its policy"});
  }
  for (const std::string& name : shown) {
    to.push_back({.name = name, .value = "(hidden)", .fate = "added", .why = "credentials of the backend"});
  }
  return {};
}

// Whether it is the question's own; host and content-length are added where it has none.
bool Explainer::IsAsked(std::string_view name) const {
  return std::any_of(question_.headers.begin(), question_.headers.end(),
                     [name](const auto& header) { return EqualsIgnoringCase(header.first, name); });
}

std::string Explainer::WhyWithheld(std::string_view name) const {
  const std::vector<std::string> credentials = auth::CredentialHeaders(generation_.auth->schemes());
  const auto is_it = [&](const auto& entry) { return entry.name == name; };
  if (name == "authorization") return "the gateway reads it itself; forward_credentials: true would pass it on";
  if (std::find(credentials.begin(), credentials.end(), name) != credentials.end()) return "it carries a credential";
  if (name == "forwarded" || name.starts_with("x-forwarded-")) return "what proxies say of a client, no client says";
  if (const std::string_view why = rpc::CannotForward(name); !why.empty()) return std::string(why);
  if (config_.authentication && std::any_of(config_.authentication->identity.begin(), config_.authentication->identity.end(), is_it)) {
    return "authentication.identity sets it";
  }
  for (const config::Backend& backend : config_.backends) {
    if (backend.credentials && std::any_of(backend.credentials->metadata.begin(), backend.credentials->metadata.end(), is_it)) {
      return "it is a credential of a backend";
    }
  }
  if (name.starts_with("grpc-metadata-") && !config_.grpc_metadata_headers) return "grpc_metadata_headers is off";
  return "forward_headers does not name it";
}

// The timeout that is configured for it, with its place.
Explanation::Bound Explainer::ConfiguredTimeout() const {
  const bool stream = route_->streaming.any();
  const std::string key = stream ? "stream_timeout" : "timeout";
  const auto of = [stream](const auto& policy) { return stream ? policy.stream_timeout : policy.timeout; };
  Explanation::Bound bound{.from = "its policy's " + key, .value = Spell(rules_->timeout), .place = {}};
  if (of(rpc_->policy)) {
    const auto& policies = config_.policies;
    const auto gives = [&](const config::Policy& policy) {
      const std::vector<config::Policy> alone = {policy};
      Problems ignored;
      return of(policy) && of(routing::PolicyMap(alone, {}, ignored).Find(route_->rpc));
    };
    const auto policy = std::find_if(policies.rbegin(), policies.rend(), gives);
    if (policy != policies.rend()) bound.place = policy->at.ToString();
  } else if (route_->composition) {
    const config::Composition& composition = config_.compositions[*route_->composition];
    bound.from = "compositions." + composition.name + "." + key;
    bound.place = composition.timeout == config::Composition().timeout ? kDefault : composition.at.ToString();
  } else {
    const config::Backend& backend = config_.backends[route_->backend];
    bound.from = "backends." + backend.name + "." + key;
    bound.place = !stream && backend.timeout == config::Backend().timeout ? kDefault : backend.at.ToString();
  }
  return bound;
}

void Explainer::TellDeadline() {
  Explanation::Deadline& told = out_.deadline.emplace();
  Duration smallest = rules_->timeout;
  if (rules_->timeout != Duration::max()) told.from = told.bounds.emplace_back(ConfiguredTimeout()).from;
  for (const dragoman::Header& header : exchange_->head().headers) {
    const bool grpc = header.name == "grpc-timeout";
    if (!grpc && header.name != "x-server-timeout") continue;
    const Result<Duration> asked = grpc ? rpc::ParseGrpcTimeout(header.value) : rpc::ParseServerTimeout(header.value);
    if (!asked) continue;
    const std::string from = "header " + std::string(header.name);
    told.bounds.push_back({.from = from, .value = Spell(*asked), .place = {}});
    if (*asked < smallest) {
      smallest = *asked;
      told.from = from;
    }
  }
  const Result<TimePoint> deadline = rpc::DeadlineOf(*exchange_, rules_->timeout);
  if (!deadline) {
    out_.deadline.reset();
    return Refuse("deadline", deadline.error());
  }
  if (*deadline != TimePoint::max()) told.value = Spell(*deadline - exchange_->started());
}

void Explainer::TellResponseHeaders() {
  const config::Headers* headers = rpc_->policy.headers;
  if (headers == nullptr) return;
  for (const std::string& name : headers->response.remove) {
    out_.response_headers.push_back({.name = name, .value = {}, .fate = "removed", .why = "headers.response of its policy"});
  }
  ResponseHead head;
  rules_->response.Apply(exchange_->head().scheme, head.headers);
  for (const dragoman::Header& header : head.headers) {
    out_.response_headers.push_back({.name = std::string(header.name),
                                     .value = Shown(header.name, header.value),
                                     .fate = "added",
                                     .why = "headers.response of its policy"});
  }
}

}  // namespace dragoman::explain
