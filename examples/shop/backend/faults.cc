#include "faults.h"

#include <google/protobuf/descriptor.h>

#include <charconv>
#include <cmath>
#include <utility>

#include "errors.h"

namespace shop {
namespace {

constexpr std::chrono::milliseconds kLongestDelay = std::chrono::minutes(10);

constexpr std::string_view kCodes[] = {
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};

std::string Quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

template <typename Number>
bool ReadNumber(std::string_view text, Number& number) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

// "shop.v1.Shipping/Track" or "shop.v1.Shipping/*" exists; "" if so, else what does.
std::string WhyNoMethod(std::string_view pattern) {
  if (pattern == "*") return {};
  size_t slash = pattern.find('/');
  std::string service_name(pattern.substr(0, slash));
  const auto* pool = google::protobuf::DescriptorPool::generated_pool();
  const google::protobuf::ServiceDescriptor* service = pool->FindServiceByName(service_name);
  if (service == nullptr) return "the shop has no service " + Quoted(service_name);
  std::string_view method = slash == std::string_view::npos ? std::string_view() : pattern.substr(slash + 1);
  std::string methods;
  for (int i = 0; i < service->method_count(); ++i) {
    if (method == "*" || service->method(i)->name() == method) return {};
    methods += (i == 0 ? "" : ", ") + service->method(i)->name();
  }
  return service_name + " has no method " + Quoted(method) + "; it has " + methods;
}

// The pattern is that method's, or its service's, or everybody's.
bool Names(std::string_view pattern, std::string_view method) {
  if (!pattern.ends_with('*')) return pattern == method;
  return method.starts_with(pattern.substr(0, pattern.size() - 1));
}

// A good pseudo-random word for every n, one after the other (SplitMix64).
uint64_t Mix(uint64_t n) {
  n += 0x9e3779b97f4a7c15;
  n = (n ^ (n >> 30)) * 0xbf58476d1ce4e5b9;
  n = (n ^ (n >> 27)) * 0x94d049bb133111eb;
  return n ^ (n >> 31);
}

}  // namespace

Parsed<grpc::StatusCode> ParseFailure(std::string_view text) {
  for (size_t code = 1; code < std::size(kCodes); ++code) {
    if (text == kCodes[code] || text == std::to_string(code)) return static_cast<grpc::StatusCode>(code);
  }
  return tl::unexpected("expected a gRPC code such as UNAVAILABLE or 14, got " + Quoted(text));
}

Parsed<std::chrono::milliseconds> ParseDelay(std::string_view text) {
  constexpr std::pair<std::string_view, int64_t> kUnits[] = {{"ms", 1}, {"s", 1000}, {"m", 60'000}};
  for (const auto& [unit, milliseconds] : kUnits) {
    if (!text.ends_with(unit)) continue;
    uint32_t count = 0;
    if (!ReadNumber(text.substr(0, text.size() - unit.size()), count)) break;
    std::chrono::milliseconds delay(count * milliseconds);
    if (delay > kLongestDelay) return tl::unexpected("expected at most 10m, got " + Quoted(text));
    return delay;
  }
  return tl::unexpected("expected a duration such as 250ms, 5s or 1m, got " + Quoted(text));
}

tl::expected<Faults::Rule*, std::string> Faults::AddRule(std::string_view text, std::string_view what,
                                                         std::string_view& value) {
  size_t equals = text.find('=');
  if (equals == std::string_view::npos)
    return tl::unexpected("expected METHOD=" + std::string(what) + "[@PROBABILITY]");
  if (std::string why = WhyNoMethod(text.substr(0, equals)); !why.empty()) return tl::unexpected(why);
  value = text.substr(equals + 1);
  Rule& rule = rules_.emplace_back(text.substr(0, equals));
  if (size_t at = value.find('@'); at != std::string_view::npos) {
    std::string_view probability = value.substr(at + 1);
    if (!ReadNumber(probability, rule.probability) || !(rule.probability >= 0 && rule.probability <= 1)) {
      return tl::unexpected("expected a probability from 0 to 1 behind the @, got " + Quoted(probability));
    }
    value = value.substr(0, at);
  }
  return &rule;
}

std::optional<std::string> Faults::AddFailure(std::string_view text) {
  std::string_view value;
  auto rule = AddRule(text, "CODE", value);
  if (!rule) return rule.error();
  auto code = ParseFailure(value);
  if (!code) return code.error();
  (*rule)->fault.failure = *code;
  (*rule)->fault.wish = "--fail " + std::string(text);
  return std::nullopt;
}

std::optional<std::string> Faults::AddDelay(std::string_view text) {
  std::string_view value;
  auto rule = AddRule(text, "DURATION", value);
  if (!rule) return rule.error();
  auto delay = ParseDelay(value);
  if (!delay) return delay.error();
  (*rule)->fault.delay = *delay;
  return std::nullopt;
}

bool Faults::Strikes(size_t rule) {
  constexpr int kBits = 53;  // of a double's fraction
  uint64_t nth = rules_[rule].met.fetch_add(1, std::memory_order_relaxed);
  uint64_t word = Mix(Mix(seed_ + Mix(rule)) + nth);
  return std::ldexp(static_cast<double>(word >> (64 - kBits)), -kBits) < rules_[rule].probability;
}

Fault Faults::Draw(std::string_view method) {
  Fault drawn;
  for (size_t i = 0; i < rules_.size(); ++i) {
    if (!Names(rules_[i].pattern, method) || !Strikes(i)) continue;
    const Fault& fault = rules_[i].fault;
    drawn.delay += fault.delay;
    if (drawn.failure || !fault.failure) continue;
    drawn.failure = fault.failure;
    drawn.wish = fault.wish;
  }
  return drawn;
}

grpc::Status AddWishes(const grpc::CallbackServerContext& context, std::string_view method, Fault& fault) {
  for (const auto& [key, value] : context.client_metadata()) {
    std::string_view name(key.data(), key.size());
    std::string_view text(value.data(), value.size());
    if (!name.starts_with("x-shop-")) continue;
    if (size_t equals = text.find('='); equals != std::string_view::npos) {
      if (std::string why = WhyNoMethod(text.substr(0, equals)); !why.empty()) return Invalid(std::string(name), why);
      if (!Names(text.substr(0, equals), method)) continue;
      text.remove_prefix(equals + 1);
    }
    if (name == "x-shop-fail") {
      auto code = ParseFailure(text);
      if (!code) return Invalid("x-shop-fail", code.error());
      fault.failure = *code;
      fault.wish = name;
    } else if (name == "x-shop-delay") {
      auto delay = ParseDelay(text);
      if (!delay) return Invalid("x-shop-delay", delay.error());
      fault.delay += *delay;
    }
  }
  return grpc::Status::OK;
}

}  // namespace shop
