#include "upstream/cluster.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <system_error>
#include <utility>

#include "base/log.h"
#include "base/side_thread.h"
#include "config/address.h"

namespace dragoman::upstream {
namespace {

constexpr std::string_view kShutDown = "the gateway is shutting down";

}  // namespace

Cluster::Cluster(Loop& loop, SideThread& side_thread, const config::Backend& backend, const BackendOptions& options,
                 std::shared_ptr<const tls::ClientContext> tls)
    : loop_(loop),
      side_thread_(side_thread),
      options_(options),
      tls_(std::move(tls)),
      name_(backend.name),
      who_("backend \"" + backend.name + "\""),
      compresses_(backend.compress_requests),
      wakes_(std::make_shared<WakeList>(loop)),
      self_(std::make_shared<Cluster*>(this)),
      random_(std::random_device{}()),
      last_error_("it has no endpoints") {
  const Backoff pauses(options_.min_backoff, options_.max_backoff);
  for (const config::Endpoint& configured : backend.endpoints) {
    const auto parsed = config::ParseAddress(configured.address);
    if (!parsed) {
      last_error_ = parsed.error();
      continue;
    }
    auto target = std::make_unique<Target>(pauses);
    SocketAddress address;
    bool known = false;
    if (parsed->kind == config::Address::Kind::kUnix) {
      target->authority = target->server = "localhost";
      Result<SocketAddress> unix_address = UnixAddress(parsed->path);
      if (!unix_address) {
        last_error_ = unix_address.error().message();
        continue;
      }
      address = std::move(*unix_address);
      known = true;
    } else {
      target->authority = parsed->ToString();
      target->server = parsed->host;
      known = ParseLiteral(parsed->host, parsed->port, address);
    }
    if (known) {
      target->endpoints.push_back(std::make_unique<Endpoint>(std::move(address), *target, pauses));
    } else {
      target->host = parsed->host;
      target->port = parsed->port;
      names_.push_back(target.get());
    }
    targets_.push_back(std::move(target));
  }
  RebuildRing();
}

Cluster::~Cluster() {
  *self_ = nullptr;
  Close();
  loop_.ForgetTurnEnd(this);
  while (!calls_.empty()) {
    calls_.front().Detach();
    calls_.pop_front();
  }
}

std::unique_ptr<Call> Cluster::Start(const CallHead& head) {
  auto call = std::make_unique<ClientCall>(*this, head);
  calls_.push_back(*call);
  Dispatch(*call, call->started());
  return call;
}

void Cluster::Close() {
  if (std::exchange(closed_, true)) return;
  for (ClientCall& call : calls_) call.Fail(Status(Reason::kDraining, std::string(kShutDown)));
  for (const auto& target : targets_) {
    for (const auto& endpoint : target->endpoints) {
      if (endpoint->channel) endpoint->channel->Close();
    }
  }
  for (const auto& channel : draining_) channel->Close();
  CountConnections();
}

// Anew at each change, of which there are few.
void Cluster::CountConnections() {
  uint64_t connecting = 0;
  uint64_t ready = 0;
  for (const Endpoint* endpoint : ring_) {
    if (!endpoint->channel || closed_) continue;
    ++(endpoint->channel->ready() ? ready : connecting);
  }
  connecting_.Set(connecting);
  ready_.Set(ready);
  draining_count_.Set(closed_ ? 0 : draining_.size());
}

void Cluster::Dispatch(ClientCall& call, TimePoint now) {
  if (call.ended()) return;
  if (closed_) return call.Fail(Status(Reason::kDraining, std::string(kShutDown)));
  Hope hope = Hope::kNone;
  if (Endpoint* endpoint = Pick(now, hope)) {
    return call.Open(*endpoint->channel, endpoint->target.authority);
  }
  if (hope == Hope::kNone) return call.Fail(Status(Reason::kBackendUnavailable, who_ + ": " + last_error_));
  if (queued_ >= options_.max_waiting_calls) {
    return call.Fail(Status(Reason::kOverloaded, who_ + ": " + std::to_string(queued_) + " calls are waiting already"));
  }
  call.WaitFor(hope == Hope::kStream ? ClientCall::WaitsFor::kStream : ClientCall::WaitsFor::kConnection);
  // One that is tried again has waited before: a backend that says GOAWAY often would else refuse it often.
  queue_.insert(call.attempts() > 0 ? queue_.begin() : queue_.end(), call);
  ++queued_;
}

void Cluster::LeaveQueue(ClientCall& call) {
  if (!call.queue_hook.is_linked()) return;
  call.queue_hook.unlink();
  --queued_;
}

// The next ready endpoint with room. On the way, endpoints whose time has come are connected and names resolved.
Endpoint* Cluster::Pick(TimePoint now, Hope& hope) {
  for (Target* target : names_) {
    if (!target->resolving && target->resolve_at <= now) Resolve(*target);
    if (target->resolving && target->endpoints.empty()) hope = Hope::kConnection;
  }
  for (size_t i = 0; i < ring_.size(); ++i) {
    const size_t at = next_ + i < ring_.size() ? next_ + i : next_ + i - ring_.size();
    Endpoint& endpoint = *ring_[at];
    if (endpoint.channel && endpoint.channel->has_room()) {
      next_ = at + 1 < ring_.size() ? at + 1 : 0;
      return &endpoint;
    }
    if (endpoint.channel) {
      hope = std::max(hope, endpoint.channel->ready() ? Hope::kStream : Hope::kConnection);
    } else if (endpoint.retry_at <= now && Connect(endpoint, now)) {
      hope = std::max(hope, Hope::kConnection);
    }
  }
  return nullptr;
}

bool Cluster::Connect(Endpoint& endpoint, TimePoint now) {
  auto channel =
      std::make_unique<Channel>(loop_, wakes_, options_, endpoint.address.text, static_cast<Channel::Owner&>(*this));
  const int error = channel->Connect(endpoint.address.get(), endpoint.address.size, tls_, endpoint.target.server);
  if (error != 0) {
    const std::string why = std::generic_category().message(error);
    BackOff(endpoint, why, why, now);
    return false;
  }
  endpoint.channel = std::move(channel);
  CountConnections();
  return true;
}

// `told`: what of it anybody may know.
void Cluster::BackOff(Endpoint& endpoint, std::string_view why, std::string_view told, TimePoint now) {
  endpoint.retry_at = now + endpoint.backoff.Next(random_);
  endpoint.last_error = why;
  const bool everything = options_.audience == Audience::kOperators;
  last_error_ = everything ? "cannot connect to " + endpoint.address.text + ": " : "cannot connect: ";
  last_error_ += everything ? why : told;
  Tell(endpoint.told, "backend_unreachable", endpoint.address.text, why, now);
  // The name may have moved.
  if (Target& target = endpoint.target; !target.host.empty() && !target.resolving) {
    target.resolve_at = std::min(target.resolve_at, endpoint.retry_at);
  }
}

// Clients are told less.
void Cluster::NoteUnready(const Channel& channel, Endpoint& endpoint, std::string_view why) {
  constexpr std::string_view kMayWantTls = "; if it expects TLS, its backend needs `tls: {}`";
  const std::string hint(channel.may_want_tls() ? kMayWantTls : "");
  BackOff(endpoint, std::string(why) + hint, channel.tls_failed() ? "the TLS handshake failed" : why, Clock::now());
}

void Cluster::NoteLost(const Channel& channel, Endpoint* endpoint, std::string_view why) {
  if (endpoint != nullptr) endpoint->last_error = why;
  if (channel.open_streams() == 0) return;  // that is how idle connections end
  Tell(endpoint != nullptr ? endpoint->told : told_of_draining_, "backend_connection_lost", channel.endpoint(), why,
       Clock::now());
}

void Cluster::NoteUnresolved(Target& target, std::string_view why, TimePoint now) {
  target.resolve_at = now + target.backoff.Next(random_);
  target.last_error = why;
  Tell(target.told, "backend_not_resolved", target.host, why, now);
  if (!target.endpoints.empty()) return;  // the addresses that are known stay
  last_error_ =
      options_.audience == Audience::kOperators ? "cannot resolve " + target.host + ": " : "cannot resolve its name: ";
  last_error_ += why;
}

void Cluster::Tell(ToldLately& lately, std::string_view event, std::string_view address, std::string_view why,
                   TimePoint now) const {
  if (options_.audience == Audience::kOperators || !lately.TellNow(now)) return;
  LogWarn(event, {{"backend", name_}, {"address", address}, {"error", why}});
}

Endpoint* Cluster::Find(const Channel& channel) {
  for (Endpoint* endpoint : ring_) {
    if (endpoint->channel.get() == &channel) return endpoint;
  }
  return nullptr;
}

void Cluster::OnReady(Channel& channel) {
  if (Endpoint* endpoint = Find(channel)) endpoint->backoff.Reset();
  CountConnections();
  ServeQueue();
}

void Cluster::OnRoom(Channel&) { ServeQueue(); }

void Cluster::OnDraining(Channel& channel) {
  if (Endpoint* endpoint = Find(channel)) draining_.push_back(std::move(endpoint->channel));
  CountConnections();
  ServeQueue();
}

void Cluster::OnClosed(Channel& channel, std::string_view why) {
  Endpoint* const endpoint = Find(channel);
  if (channel.was_ready()) NoteLost(channel, endpoint, why);
  if (endpoint != nullptr) {
    Bury(std::move(endpoint->channel));
    if (!channel.was_ready()) NoteUnready(channel, *endpoint, why);
  } else {
    for (auto& drained : draining_) {
      if (drained.get() != &channel) continue;
      Bury(std::exchange(drained, std::move(draining_.back())));
      draining_.pop_back();
      break;
    }
  }
  CountConnections();
  ServeQueue();
}

// Gives those who wait what has become free, in their order; if no hope is left, their error.
void Cluster::ServeQueue() {
  while (!queue_.empty() && !closed_) {
    ClientCall& call = queue_.front();
    Hope hope = Hope::kNone;
    Endpoint* endpoint = Pick(Clock::now(), hope);
    if (endpoint == nullptr && hope != Hope::kNone) {
      call.WaitFor(hope == Hope::kStream ? ClientCall::WaitsFor::kStream : ClientCall::WaitsFor::kConnection);
      return;
    }
    LeaveQueue(call);
    if (endpoint == nullptr) {
      call.Fail(Status(Reason::kBackendUnavailable, who_ + ": " + last_error_));
    } else {
      call.Open(*endpoint->channel, endpoint->target.authority);
    }
  }
}

void Cluster::Resolve(Target& target) {
  target.resolving = true;
  const bool posted =
      side_thread_.Post([self = self_, &io = loop_.io(), &target, host = target.host, port = target.port] {
        asio::post(io, [self, &target, addresses = ResolveName(host, port)] {
          if (Cluster* cluster = *self) cluster->OnResolved(target, addresses);
        });
      });
  if (posted) return;
  target.resolving = false;
  NoteUnresolved(target, "too many names are waiting for the resolver", Clock::now());
}

void Cluster::OnResolved(Target& target, const Result<std::vector<SocketAddress>>& addresses) {
  const WakeList::Batch batch(wakes_);
  const TimePoint now = Clock::now();
  target.resolving = false;
  if (!addresses) {
    NoteUnresolved(target, addresses.error().message(), now);
    return ServeQueue();
  }
  target.backoff.Reset();
  target.resolve_at = now + options_.resolve_interval;
  std::vector<std::unique_ptr<Endpoint>> endpoints;
  for (const SocketAddress& address : *addresses) {
    if (!options_.only_address.empty() && address.text != options_.only_address) continue;
    const auto known = std::find_if(target.endpoints.begin(), target.endpoints.end(),
                                    [&](const auto& endpoint) { return endpoint && endpoint->address == address; });
    endpoints.push_back(
        known != target.endpoints.end()
            ? std::move(*known)
            : std::make_unique<Endpoint>(address, target, Backoff(options_.min_backoff, options_.max_backoff)));
  }
  if (endpoints.empty() && !options_.only_address.empty()) last_error_ = target.host + " is not at " + options_.only_address + " any more";
  std::swap(target.endpoints, endpoints);
  RebuildRing();
  for (const auto& gone : endpoints) {
    if (!gone || !gone->channel) continue;
    if (gone->channel->ready()) {
      draining_.emplace_back(std::move(gone->channel))->Drain();
    } else {
      gone->channel->Close();
      Bury(std::move(gone->channel));
    }
  }
  CountConnections();
  ServeQueue();
}

Backend::State Cluster::state() const {
  const TimePoint now = Clock::now();
  State state{.waiting = queued_};
  for (const auto& target : targets_) {
    if (target->endpoints.empty()) {
      const std::string_view how = target->resolving ? "resolving" : target->resolve_at > now ? "unresolved" : "idle";
      state.endpoints.push_back({.address = target->authority, .state = how, .last_error = target->last_error});
    }
    for (const auto& endpoint : target->endpoints) {
      const Channel* const channel = endpoint->channel.get();
      std::string_view how = endpoint->retry_at > now ? "backing_off" : "idle";
      if (channel != nullptr) how = channel->ready() ? "ready" : "connecting";
      state.endpoints.push_back({.address = endpoint->address.text,
                                 .state = how,
                                 .calls = channel != nullptr ? channel->open_streams() : 0,
                                 .last_error = endpoint->last_error});
    }
  }
  for (const auto& channel : draining_) {
    state.endpoints.push_back({.address = channel->endpoint(), .state = "draining", .calls = channel->open_streams()});
  }
  return state;
}

void Cluster::RebuildRing() {
  ring_.clear();
  for (const auto& target : targets_) {
    for (const auto& endpoint : target->endpoints) ring_.push_back(endpoint.get());
  }
  next_ = 0;
}

// Destroyed at the end of the turn: its code may be on the stack now.
void Cluster::Bury(std::unique_ptr<Channel> channel) {
  if (buried_.empty()) {
    loop_.AtTurnEnd([](void* cluster) { static_cast<Cluster*>(cluster)->buried_.clear(); }, this);
  }
  buried_.push_back(std::move(channel));
}

std::unique_ptr<Backend> MakeBackend(Loop& loop, SideThread& side_thread, const config::Backend& backend,
                                     const BackendOptions& options, std::shared_ptr<const tls::ClientContext> tls) {
  return std::make_unique<Cluster>(loop, side_thread, backend, options, std::move(tls));
}

}  // namespace dragoman::upstream
