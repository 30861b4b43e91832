#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

// Failures and delays on demand: by flags for every call of a method, or some of them, and by metadata for one call.
namespace shop {

// What goes wrong with one call: it waits, then fails, or then is served.
struct Fault {
  std::chrono::milliseconds delay{0};
  std::optional<grpc::StatusCode> failure;
  std::string wish;  // whose wish the failure is: "--fail shop.v1.Shipping/Track=UNAVAILABLE@0.2", "x-shop-fail"
};

// What was expected, and what came.
template <typename T>
using Parsed = tl::expected<T, std::string>;

// "UNAVAILABLE" or "14". OK is no failure, and refused.
Parsed<grpc::StatusCode> ParseFailure(std::string_view text);
// "250ms", "5s", "1m": at most ten minutes.
Parsed<std::chrono::milliseconds> ParseDelay(std::string_view text);

// The rules of the command line. Built first, then asked by all calls. Threads: Draw any.
class Faults {
 public:
  // The n-th call that meets a rule has the same fate in every run with the same seed.
  void Seed(uint64_t seed) { seed_ = seed; }
  // "METHOD=CODE[@PROBABILITY]" and "METHOD=DURATION[@PROBABILITY]", where METHOD is shop.v1.Shipping/Track,
  // shop.v1.Shipping/* or *. Returns what is wrong with the text, if anything is.
  std::optional<std::string> AddFailure(std::string_view text);
  std::optional<std::string> AddDelay(std::string_view text);

  // What happens to the next call of a method ("shop.v1.Shipping/Track"): the delays of all rules that strike, and the
  // failure of the first that strikes.
  Fault Draw(std::string_view method);

 private:
  struct Rule {
    explicit Rule(std::string_view method_pattern) : pattern(method_pattern) {}

    std::string pattern;
    double probability = 1;
    Fault fault;
    std::atomic<uint64_t> met{0};  // calls so far
  };
  tl::expected<Rule*, std::string> AddRule(std::string_view text, std::string_view what, std::string_view& value);
  bool Strikes(size_t rule);

  uint64_t seed_ = 1;
  std::deque<Rule> rules_;
};

// The fault that the call's own metadata ask for, on top of `fault`: x-shop-delay (a duration) is added, x-shop-fail (a
// code) comes first. Behind "METHOD=" a wish is of calls of that method only, as where one request becomes several
// calls. INVALID_ARGUMENT for values that are neither.
grpc::Status AddWishes(const grpc::CallbackServerContext& context, std::string_view method, Fault& fault);

}  // namespace shop
