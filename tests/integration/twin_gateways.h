#pragma once

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "credentials.h"
#include "redis_server.h"
#include "shop_fixture.h"

// Two gateways that share a Redis.
namespace dragoman::integration {

inline constexpr const char* kAda = "dgm_ada-0123456789abcdefghijklmnopqrstuvwxyz";
inline constexpr const char* kBob = "dgm_bob-0123456789abcdefghijklmnopqrstuvwxyz";
inline constexpr const char* kCas = "dgm_cas-0123456789abcdefghijklmnopqrstuvwxyz";

inline constexpr int kWorkers = 2;  // of each gateway, unless a test says otherwise
// Of a store that lives: longer than a machine can be busy, so that what is counted is exact.
inline constexpr const char* kNeverLate = "timeout: 30s, connect_timeout: 30s";
// Of one that will not.
inline constexpr const char* kSoonLate = "timeout: 100ms, connect_timeout: 500ms";

inline HttpResponse Get(const Gateway& gateway, std::string_view key) {
  return Fetch(gateway.address(), "GET", "/v1/items/grinder", {{"x-api-key", std::string(key)}});
}

// How much `ratelimit` says is left of the first window; -1: there is no such header.
inline long Left(const HttpResponse& response) {
  const std::string header = response.Header("ratelimit");
  const size_t at = header.find(";r=");
  return at == std::string::npos ? -1 : std::atol(header.c_str() + at + 3);
}

// What /metrics says of one that has no labels; -1 if nothing.
inline long Metric(const Gateway& gateway, const std::string& name) {
  const std::string page = AskAdmin(gateway, "GET", "/metrics").body;
  const size_t at = page.find("\n" + name + " ");
  return at == std::string::npos ? -1 : std::atol(page.c_str() + at + name.size() + 2);
}

// Asks until it is so; fails the test if it never is.
template <typename Condition>
void Await(std::string_view what, Condition is_so) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!is_so()) {
    if (std::chrono::steady_clock::now() > end) return void(ADD_FAILURE() << "never came true: " << what);
  }
}

inline void AwaitStore(const Gateway& gateway, long workers) {
  Await("as many workers have the store: " + std::to_string(workers),
        [&] { return Metric(gateway, "dragoman_store_up") == workers; });
}

// One shop, one Redis, and two gateways, which are ready when it is constructed.
class Twins {
 public:
  // `limit`: what "per-client" says, which holds for all of the catalogue. `redis`: beside its URL. `more`: further
  // top-level keys.
  explicit Twins(const std::string& limit, const std::string& redis, const std::string& more = "",
                 int workers = kWorkers)
      : workers_(workers),
        gateways_{Gateway(Options("a", limit, redis, more)), Gateway(Options("b", limit, redis, more))} {
    for (const Gateway& gateway : gateways_) AwaitStore(gateway, workers_);
  }

  Gateway& operator[](size_t n) { return gateways_.at(n); }
  RedisServer& redis() { return redis_; }

  // Waits until a request to one counts at the other; `key` is of a client who has asked for nothing before.
  void AwaitCountingTogether(std::string_view key) {
    for (const Gateway& gateway : gateways_) AwaitStore(gateway, workers_);
    Await("what one counts the other knows", [&] {
      const long left = Left(Get(gateways_[0], key));
      return left > 0 && Left(Get(gateways_[1], key)) == left - 1 && Left(Get(gateways_[0], key)) == left - 2;
    });
  }

 private:
  GatewayOptions Options(const std::string& name, const std::string& limit, const std::string& redis,
                         const std::string& more) const {
    return {
        .endpoints = {shop_.address()},
        .more = "workers: " + std::to_string(workers_) + "\nadmin: {address: \"unix:" + folder_.path(name + ".sock") +
                "\"}\nauthentication: {api_keys: {}}\nconsumers:\n" + ConsumerLine("ada", kAda) +
                ConsumerLine("bob", kBob, "tier: gold") + ConsumerLine("cas", kCas) + "store: {redis: {url: \"" +
                (name == "a" ? redis_.url() : redis_.unix_url()) + "\", " + redis + "}}\nrate_limits: {per-client: {" +
                limit + "}}\npolicies: [{methods: ['shop.v1.Catalog/*'], rate_limits: [per-client]}]\n" + more};
  }

  const int workers_;
  TempDir folder_;
  Shop shop_;
  RedisServer redis_;
  std::array<Gateway, 2> gateways_;
};

}  // namespace dragoman::integration
