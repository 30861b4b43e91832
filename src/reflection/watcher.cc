#include "reflection/watcher.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <optional>
#include <utility>

#include "config/address.h"
#include "upstream/backend.h"
#include "upstream/endpoint.h"

namespace dragoman::reflection {
namespace {

// The names of a backend's endpoints, while they are being resolved. Whoever comes with an answer when nobody waits any
// more finds these.
struct Names {
  struct Name {
    size_t endpoint;
    std::string host;
    uint16_t port;
    std::optional<Resolver::Addresses> addresses = {};
  };
  std::vector<Name> names;
  size_t open = 0;
  Signal changed;
};

void StartResolving(Resolver& resolver, Loop& loop, TimePoint until, const std::shared_ptr<Names>& names) {
  for (size_t i = 0; i < names->names.size(); ++i) {
    resolver.Resolve(names->names[i].host, names->names[i].port, until,
                     [names, i, &io = loop.io()](Resolver::Addresses addresses) {
                       asio::post(io, [names, i, addresses = std::move(addresses)]() mutable {
                         names->names[i].addresses = std::move(addresses);
                         if (--names->open == 0) names->changed.Notify();
                       });
                     });
  }
}

}  // namespace

Watcher::Watcher(Loop& loop, SideThread& side_thread, Resolver& resolver, const config::Backend& backend,
                 std::shared_ptr<const tls::ClientContext> tls, Credentials credentials, const WatcherOptions& options)
    : loop_(loop),
      side_thread_(side_thread),
      resolver_(resolver),
      backend_(backend),
      tls_(std::move(tls)),
      credentials_(std::move(credentials)),
      options_(options),
      random_(std::random_device{}()) {}

Task<std::vector<Watcher::Place>> Watcher::FindPlaces(TimePoint end) {
  const auto names = std::make_shared<Names>();
  for (size_t i = 0; i < backend_.endpoints.size(); ++i) {
    const auto parsed = config::ParseAddress(backend_.endpoints[i].address);
    upstream::SocketAddress literal;
    const bool asks_nobody = !parsed || parsed->kind == config::Address::Kind::kUnix ||
                             upstream::ParseLiteral(parsed->host, parsed->port, literal);
    if (!asks_nobody) names->names.push_back({i, parsed->host, parsed->port});
  }
  names->open = names->names.size();
  Timer late(
      loop_, [](void* self) { static_cast<Names*>(self)->changed.Notify(); }, names.get());
  if (names->open > 0) {
    // The other half is for those that are known by then.
    const TimePoint now = Clock::now();
    const TimePoint until = now + (end - now) / 2;
    StartResolving(resolver_, loop_, until, names);
    late.Arm(until);
    co_await names->changed.Wait();
  }

  std::vector<Place> places;
  const auto add = [&places](const config::Endpoint& endpoint, std::string address, std::string why = {}) {
    const bool known = std::any_of(places.begin(), places.end(), [&](const Place& place) { return place.address == address; });
    if (!known) places.push_back({endpoint, std::move(address), std::move(why)});
  };
  auto name = names->names.begin();
  for (size_t i = 0; i < backend_.endpoints.size(); ++i) {
    const config::Endpoint& endpoint = backend_.endpoints[i];
    if (name == names->names.end() || name->endpoint != i) {
      add(endpoint, endpoint.address);
      continue;
    }
    const Names::Name& asked = *name++;
    if (asked.addresses && asked.addresses->has_value()) {
      for (const upstream::SocketAddress& address : **asked.addresses) add(endpoint, address.text);
      continue;
    }
    const std::string why = asked.addresses ? std::string(asked.addresses->error().message()) : "no answer in time";
    add(endpoint, endpoint.address, "backend \"" + backend_.name + "\": cannot resolve " + asked.host + ": " + why);
  }
  co_return places;
}

Task<tl::expected<Descriptors, Failure>> Watcher::AskOne(const Place& place, TimePoint end) const {
  if (!place.why.empty()) co_return tl::unexpected(Failure{Failure::Kind::kUnreachable, place.why});
  Bounds bounds = options_.bounds;
  bounds.deadline = std::min(bounds.deadline, end - Clock::now());
  if (bounds.deadline <= Duration::zero()) {
    co_return tl::unexpected(Failure{
        Failure::Kind::kUnreachable, "backend \"" + backend_.name + "\": no time was left to ask " + place.address});
  }
  config::Backend alone = backend_;
  alone.endpoints = {place.endpoint};
  const bool is_name = place.address != place.endpoint.address;
  const std::unique_ptr<upstream::Backend> backend =
      upstream::MakeBackend(loop_, side_thread_, alone,
                            {.connect_timeout = options_.connect_timeout,
                             .only_address = is_name ? place.address : "",
                             .audience = upstream::Audience::kOperators},
                            tls_);
  tl::expected<Descriptors, Failure> answer = co_await Ask(*backend, backend_.name, credentials_, bounds);
  backend->Close();
  co_return answer;
}

Task<Settled::Verdict> Watcher::AskAll() {
  const TimePoint end = Clock::now() + options_.round;
  std::vector<Place> places = co_await FindPlaces(end);
  Round round{.voices = {}, .everybody = places.size() <= options_.sample};
  if (!round.everybody) {
    std::shuffle(places.begin(), places.end(), random_);
    places.resize(options_.sample);
  }
  failure_.reset();
  for (const Place& place : places) {
    tl::expected<Descriptors, Failure> answer = co_await AskOne(place, end);
    Round::Voice& voice = round.voices.emplace_back(Round::Voice{.address = place.address, .descriptors = nullptr, .why = {}});
    if (answer) {
      voice.descriptors = std::make_shared<const Descriptors>(*std::move(answer));
      continue;
    }
    voice.why = answer.error().what;
    // One that answers wrongly tells more than one that does not answer.
    const bool tells_more = answer.error().kind != Failure::Kind::kUnreachable;
    if (!failure_ || (tells_more && failure_->kind == Failure::Kind::kUnreachable)) failure_ = std::move(answer.error());
  }
  Settled::Verdict verdict = settled_.Judge(round);
  if (verdict.what != Settled::Verdict::What::kNobody) {
    failure_.reset();
  } else if (failure_) {
    verdict.why = failure_->what;
  }
  co_return verdict;
}

}  // namespace dragoman::reflection
