#include "reflection/watcher.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "config/address.h"
#include "upstream/backend.h"
#include "upstream/endpoint.h"

namespace dragoman::reflection {
namespace {

using Addresses = Result<std::vector<upstream::SocketAddress>>;

// Asks the resolver on the side thread. What comes when nobody waits any more is dropped.
Task<Addresses> Resolve(Loop& loop, SideThread& side_thread, std::string host, uint16_t port) {
  struct Waiter {
    Signal resolved;
    Addresses addresses;
  };
  Waiter waiter;
  const auto alive = std::make_shared<Waiter*>(&waiter);
  struct Guard {
    std::shared_ptr<Waiter*> waiter;
    ~Guard() { *waiter = nullptr; }
  };
  const Guard guard{alive};
  const bool posted = side_thread.Post([alive, &io = loop.io(), host, port] {
    asio::post(io, [alive, addresses = upstream::ResolveName(host, port)]() mutable {
      if (*alive == nullptr) return;
      (*alive)->addresses = std::move(addresses);
      (*alive)->resolved.Notify();
    });
  });
  if (!posted) co_return Refuse(Reason::kOverloaded, "too many names are waiting for the resolver");
  co_await waiter.resolved.Wait();
  co_return std::move(waiter.addresses);
}

}  // namespace

Watcher::Watcher(Loop& loop, SideThread& side_thread, const config::Backend& backend,
                 std::shared_ptr<const tls::ClientContext> tls, Credentials credentials, const WatcherOptions& options)
    : loop_(loop),
      side_thread_(side_thread),
      backend_(backend),
      tls_(std::move(tls)),
      credentials_(std::move(credentials)),
      options_(options),
      random_(std::random_device{}()) {}

Task<std::vector<Watcher::Place>> Watcher::FindPlaces() {
  std::vector<Place> places;
  const auto add = [&places](const config::Endpoint& endpoint, std::string address, std::string why = {}) {
    const bool known = std::any_of(places.begin(), places.end(), [&](const Place& place) { return place.address == address; });
    if (!known) places.push_back({endpoint, std::move(address), std::move(why)});
  };
  for (const config::Endpoint& endpoint : backend_.endpoints) {
    const auto parsed = config::ParseAddress(endpoint.address);
    upstream::SocketAddress literal;
    if (!parsed || parsed->kind == config::Address::Kind::kUnix ||
        upstream::ParseLiteral(parsed->host, parsed->port, literal)) {
      add(endpoint, endpoint.address);
      continue;
    }
    const Addresses addresses = co_await Resolve(loop_, side_thread_, parsed->host, parsed->port);
    if (!addresses) {
      add(endpoint, endpoint.address,
          "backend \"" + backend_.name + "\": cannot resolve " + parsed->host + ": " + std::string(addresses.error().message()));
      continue;
    }
    for (const upstream::SocketAddress& address : *addresses) add(endpoint, address.text);
  }
  co_return places;
}

Task<tl::expected<Descriptors, Failure>> Watcher::AskOne(const Place& place, TimePoint end) {
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
                            {.connect_timeout = options_.connect_timeout, .only_address = is_name ? place.address : ""}, tls_);
  asked_ = backend.get();
  tl::expected<Descriptors, Failure> answer = co_await Ask(*backend, backend_.name, credentials_, bounds);
  asked_ = nullptr;
  backend->Close();
  co_return answer;
}

void Watcher::Cancel() {
  cancelled_ = true;
  if (asked_ != nullptr) asked_->Close();
}

Task<Settled::Verdict> Watcher::AskAll() {
  const TimePoint end = Clock::now() + options_.round;
  std::vector<Place> places = co_await FindPlaces();
  Round round{.voices = {}, .everybody = places.size() <= options_.sample};
  if (!round.everybody) {
    std::shuffle(places.begin(), places.end(), random_);
    places.resize(options_.sample);
  }
  failure_.reset();
  for (const Place& place : places) {
    if (cancelled_) break;
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
  if (cancelled_) co_return Settled::Verdict{.what = Settled::Verdict::What::kSame};
  Settled::Verdict verdict = settled_.Judge(round);
  if (verdict.what != Settled::Verdict::What::kNobody) {
    failure_.reset();
  } else if (failure_) {
    verdict.why = failure_->what;
  }
  co_return verdict;
}

}  // namespace dragoman::reflection
